"""Asks every anchor of a home what it holds, and reads the policy that says which of them have to agree (anchors.md A, Q).

Anchors first, then the ledger: whoever compares starts from these answers. An anchor that cannot be asked is named with
the reason; it never counts as one that holds nothing.
"""

from __future__ import annotations

import os

from web4_governance.app.regular import read_regular
from web4_governance.core.errors import AnchorError, AnchorRefused, UsageError
from web4_governance.core.ledger.log_policy import LogPolicy
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from web4_governance.app.anchors.anchor import Anchor, Holdings, Known


@value
class Asked:
    """What one anchor answered: what it holds, or why it could not be asked; `refused` tells a no from no answer."""

    anchor: str
    kind: str
    holdings: Holdings | None = None
    why: str = ""
    refused: bool = False


def ask(anchors: Iterable[Anchor], *, known: Callable[[str], Known]) -> tuple[Asked, ...]:
    """Ask each anchor on its own; `known` gives what is remembered of one, by its name."""
    return tuple(_one(anchor, known(anchor.name)) for anchor in anchors)


def _one(anchor: Anchor, known: Known) -> Asked:
    try:
        return Asked(anchor=anchor.name, kind=anchor.kind, holdings=anchor.held(known))
    except AnchorError as error:
        refused = isinstance(error, AnchorRefused)
        return Asked(anchor=anchor.name, kind=anchor.kind, why=error.message, refused=refused)


def policy_path(home: str) -> str:
    """Where the log policy lies."""
    return os.path.join(home, "log-policy")


def log_policy(home: str) -> LogPolicy | None:
    """Give the log policy of a home, None where there is none; NoteError names the line that makes no sense."""
    path = policy_path(home)
    try:
        return LogPolicy.from_bytes(read_regular(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {(error.strerror or 'unknown error').lower()}") from None
