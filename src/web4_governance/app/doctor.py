"""Runs every check, and mends what can be mended. Works with a missing, corrupt or full ledger: no check needs another."""

from __future__ import annotations

from web4_governance.app import packing
from web4_governance.app.checks import client, home, ledger, lines, plugin, policy, sandbox, settings
from web4_governance.app.checks.finding import Finding, Level, Mended
from web4_governance.core.errors import Web4Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.app.surroundings import Surroundings

ROUNDS = 3


def examine(around: Surroundings, *, now_us: int) -> tuple[Finding, ...]:
    """Give every finding, the worst first."""
    found = list(_all(around, now_us))
    return tuple(sorted(found, key=lambda finding: list(Level).index(finding.level)))


def mend(around: Surroundings, *, now_us: int) -> tuple[Mended, ...]:
    """Mend what can be mended, then look again: a finding that is still there, or new, is not fixed.

    One mending can serve several findings and can bring others to light (a damaged home hides what is in it), so it is
    done until nothing changes, at most a few times.
    """
    packing.pack()  # which finds nothing wrong: it only spares time
    done: dict[tuple[str, str], Mended] = {}
    for _round in range(ROUNDS):
        now = examine(around, now_us=now_us)
        todo = [finding for finding in now if finding.mend is not None and _key(finding) not in done]
        if not todo:
            break
        for finding in todo:
            done[_key(finding)] = _mended(finding)
    left = {_key(finding): finding for finding in examine(around, now_us=now_us)}
    mended = [_after(was, still=key in left) for key, was in done.items()]
    return (*mended, *(Mended(finding=finding) for key, finding in left.items() if key not in done))


def is_well(findings: tuple[Finding, ...]) -> bool:
    """Say whether nothing is left to mend; notes do not count."""
    return all(finding.level is Level.NOTE for finding in findings)


def _all(around: Surroundings, now_us: int) -> Iterator[Finding]:
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "home": lambda: home.check(around.home, now_us=now_us),
        "settings": lambda: settings.check(around),
        "lines": lambda: lines.check(around),
        "sandbox": lambda: sandbox.check(around),
        "plugin": lambda: plugin.check(around),
        "policy": lambda: policy.check(around),
        "ledger": lambda: ledger.check(around.home, now_us=now_us),
        "client": lambda: client.check(around),
    }
    for name, check in checks.items():
        try:
            yield from check()
        except Web4Error as error:  # what stops one check must not hide what the others would find
            yield Finding(id=f"{name}-unchecked", level=Level.ERROR, what=error.message, how=error.hint)


def _key(finding: Finding) -> tuple[str, str]:
    return finding.id, finding.what


def _mended(finding: Finding) -> Mended:
    try:
        if finding.mend is not None:  # as it was chosen
            finding.mend()
    except Web4Error as error:
        return Mended(finding=finding, why=error.message)
    except OSError as error:
        return Mended(finding=finding, why=(error.strerror or "unknown error").lower())
    return Mended(finding=finding, fixed=True)


def _after(was: Mended, *, still: bool) -> Mended:
    """What a mending came to, by what is found afterwards."""
    if not still:
        return Mended(finding=was.finding, fixed=True)
    return Mended(finding=was.finding, why=was.why or "it was done, and the finding is still there")
