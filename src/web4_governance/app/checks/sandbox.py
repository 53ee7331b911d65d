"""The deny rules of the host's sandbox that `web4 init --sandbox` wrote: whether they are there, and in force."""

from __future__ import annotations

from web4_governance.app import install, receipts
from web4_governance.app.atomic import read_bytes
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.app.hosts import claude_code, claude_sandbox
from web4_governance.app.hosts.json_text import to_text
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.app.surroundings import Surroundings


def check(around: Surroundings) -> Iterator[Finding]:
    """Look at every installation that has rules."""
    found, _broken = receipts.all_of(around.home)
    for receipt in found:
        if not receipt.sandbox:
            continue
        gaps = gaps_of(around, receipt.path)
        gone = [gap for gap in gaps if gap.startswith("`deny")]
        if gone:
            yield Finding(
                id="sandbox-rules-gone",
                level=Level.WARNING,
                what=f"`{receipt.path}`: the sandbox's rules are not as they were installed: {gone[0]}",
                how="`web4 init --sandbox` again; `web4 uninstall` forgets them",
            )
        for gap in gaps:
            if gap not in gone:
                what = f"the sandbox's rules of `{receipt.path}` are not in force: {gap}"
                yield Finding(id="sandbox-open", level=Level.NOTE, what=what, how="see docs/guide/omission.md")


def gaps_of(around: Surroundings, path: str) -> tuple[str, ...]:
    """Give what keeps the rules for a settings file from being in force in all the settings that hold here."""
    texts = [_text(place) for _scope, place in claude_code.all_settings(around)]
    return claude_sandbox.gaps(texts, install.deny_rules(around.home, path))


def _text(path: str) -> str:
    try:
        return to_text(read_bytes(path) or b"")
    except UsageError:
        return ""
