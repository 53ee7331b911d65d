"""Runs every check, and mends what can be mended. Works with a missing, corrupt or full ledger: no check needs another."""

from __future__ import annotations

from web4_governance.app.checks import client, home, ledger, lines, plugin, policy, settings
from web4_governance.app.checks.finding import Finding, Level, Mended
from web4_governance.core.errors import Web4Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.app.surroundings import Surroundings


def examine(around: Surroundings, *, now_us: int) -> tuple[Finding, ...]:
    """Give every finding, the worst first."""
    found = list(_all(around, now_us))
    return tuple(sorted(found, key=lambda finding: list(Level).index(finding.level)))


def mend(around: Surroundings, *, now_us: int) -> tuple[Mended, ...]:
    """Mend what can be mended, then look again: a finding that is still there, or new, is not fixed.

    One mending can serve several findings and can bring others to light (a damaged home hides what is in it), so it is
    done until nothing changes, at most a few times.
    """
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


ROUNDS = 3


def _all(around: Surroundings, now_us: int) -> Iterator[Finding]:
    yield from home.check(around.home, now_us=now_us)
    yield from settings.check(around)
    yield from lines.check(around)
    yield from plugin.check(around)
    yield from policy.check(around)
    yield from ledger.check(around.home, now_us=now_us)
    yield from client.check(around)


def _key(finding: Finding) -> tuple[str, str]:
    return finding.id, finding.what


def _mended(finding: Finding) -> Mended:
    try:
        if finding.mend is not None:
            finding.mend()
    except Web4Error as error:
        return Mended(finding=finding, why=error.message)
    except OSError as error:
        return Mended(finding=finding, why=(error.strerror or "unknown error").lower())
    return Mended(finding=finding, fixed=True)


def _after(was: Mended, *, still: bool) -> Mended:
    if still and was.fixed:
        return Mended(finding=was.finding, why="it was done, and the finding is still there")
    return was
