"""What a call with `commitBeforeAct` waits for: a signed head over its record, held by who has to (docs/spec/ledger.md K6).

Whoever answers waits here and signs nothing: in a hook's process a detached `web4 anchor` does, in the resident gate its
own thread. What is not there in time is NotCommitted, and the line's failure mode answers.
"""

from __future__ import annotations

import os
from time import monotonic, sleep

from web4_governance.app.anchors.ask import log_policy, policy_path
from web4_governance.app.detach import start_anchor
from web4_governance.app.signatures import check
from web4_governance.core.errors import LedgerMissing, NotCommitted, NoteError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import Note
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.ledger.log_policy import LogPolicy
    from web4_governance.storage.lookup import SignedHead
    from web4_governance.storage.reader import Reader

PAUSE_S = 0.02
MAKE = "run `web4 anchor key --make`"
NAME = "name in it who has to hold a head (`web4 anchor`, docs/guide/anchors.md)"
SEE = "run `web4 anchor now` to see what keeps it"
NO_HEAD = "no signed head covers it yet"


def missing(home: str, size: int) -> str:
    """Say what is missing of a signed head over `size` entries, held as the log policy asks; "" where nothing is."""
    policy = log_policy(home)
    try:
        with open_reader(home) as reader:
            head = reader.last_head()
            if head is None or _size(head) < size:
                return NO_HEAD
            return "" if policy is None else "; ".join(_not_held(reader, policy, size))
    except LedgerMissing:
        return NO_HEAD


def lacking(home: str) -> tuple[str, str]:
    """Say what a home lacks for a rule with `commitBeforeAct`: keys, and a log policy; "" for each that is there."""
    keys = "" if _has_keys(home) else "the home has no keys: each call that it matches fails for want of a signed head"
    held = os.path.exists(policy_path(home))
    alone = "" if held else "the home has no `log-policy`: a head that is signed here alone is enough for it"
    return keys, alone


def _has_keys(home: str) -> bool:
    return os.path.exists(os.path.join(home, "keys", "first"))


def wait(home: str, size: int, deadline: float) -> None:
    """Let a head be signed and handed over by a process of its own, and wait for it; NotCommitted at the deadline."""
    why = missing(home, size)
    if not why:
        return
    if not _has_keys(home):
        raise NotCommitted("a rule asks for a signed head before this call, and the home has no keys", hint=MAKE)
    start_anchor(home)
    while why := missing(home, size):
        if monotonic() + PAUSE_S > deadline:
            raise not_in_time(home, why)
        sleep(PAUSE_S)


def not_in_time(home: str, why: str) -> NotCommitted:
    """Give the error of a call whose head was not there in time, with what the anchors said."""
    from web4_governance.app.anchors.submit import lags  # noqa: PLC0415  # only where it failed

    told = "".join(f"; `{lag.anchor}`: {lag.why}" for lag in lags(home))
    return NotCommitted(f"a rule asks for a signed head before this call: {why}{told}", hint=SEE)


def _size(head: SignedHead) -> int:
    """Give how many entries a head is over by its own word, which was signed; its row could say more. 0 of what is none."""
    try:
        return Checkpoint.from_text(Note.from_bytes(head.note).text).size
    except NoteError:
        return 0


def _not_held(reader: Reader, policy: LogPolicy, size: int) -> tuple[str, ...]:
    """Ask for one head over these entries that is held by all who have to; the newest says what is lacking."""
    anchorings = reader.anchorings(least=size)
    keys = [witness.key for witness in policy.witnesses]
    lacking = []
    for head in reversed(reader.heads(least=size)):
        if _size(head) < size:
            continue
        cosigned = [one.key for one in cosignatures(Note.from_bytes(head.note), keys, check=check)]
        agreed = {one.anchor for one in anchorings if one.size == head.size}
        lacking.append(policy.judge(cosigned, agreed=agreed).missing)
        if not lacking[-1]:
            return ()
    return lacking[0] if lacking else (NO_HEAD,)
