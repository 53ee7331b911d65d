"""Which assurance properties hold at a moment, from facts that somebody observed just then (docs/spec/assurance.md A1-A8, A10).

Pure: what is seen goes in, what can be claimed comes out, each with its cause. A property without its cause does not hold,
and says what is missing. A set and no ladder: each property stands for itself, but for G5, which needs the anchor of G4.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.ledger.verdict import Report

WHOLE = "every entry was read"
PART = "every entry that was asked for was read"
ALONE = "not looked at: a file alone was verified"
N_ENTRIES = 64
T_US = 60 * 1_000_000


class Property(Closed):
    """The closed list of properties."""

    G0 = "G0"
    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"
    G5 = "G5"
    G6 = "G6"


@value
class Chain:
    """G0: whether the ledger's chains and tree were looked at and fit; `fault` says why not."""

    checked: bool = False
    fault: str = "the ledger was not looked at"
    cause: str = "chains and tree fit"


@value
class Keys:
    """G1: how many epochs have a certificate, how many private keys of closed ones are still there, and the first key's pin.

    `pinned_at` is a file that names the first public key and that the asking user cannot write; empty where none was found.
    """

    epochs: int = 0
    left: int = 0
    pinned_at: str = ""


@value
class Sandbox:
    """G2: what keeps the deny rules of the host's sandbox from being there and in force; nothing where they are."""

    gaps: tuple[str, ...] = ("the host's sandbox has no deny rules for the home",)


@value
class Owner:
    """G3: whose the ledger is, who asks, and whether who asks can write it or read its key."""

    ledger_uid: int = -1
    asking_uid: int = -1
    can_write: bool = True
    can_read_key: bool = True


@value
class AnchoredAt:
    """G4: a head that an anchor was found to hold when it was asked.

    `stateful` says that the anchor keeps state which the asking user cannot take back.
    """

    anchor: str
    size: int
    stateful: bool = False


@value
class Took:
    """What is remembered of an anchor of the settings: the newest head that it took (0 where none), and when (microseconds).

    No evidence of what it holds: it lies beside the ledger.
    """

    anchor: str
    size: int = 0
    ts: int = 0
    stateful: bool = False


@value
class Committed:
    """G5: how many rules commit before the act, and whether only managed hooks run, ours among them.

    `asked` names the anchors that the log policy makes such a call wait for; `quorum` says that it asks for witnesses.
    """

    rules: int = 0
    managed_only: bool = False
    asked: tuple[str, ...] = ()
    quorum: bool = False


@value
class Reconciled:
    """G6: the last reconciliation on record: when, its exit code, by which kinds of witness, and how many calls came since."""

    ts: int = 0
    exit_code: int = -1
    by: tuple[str, ...] = ()
    since: int = 0


@value
class Observed:
    """Everything that was seen.

    `size` is the ledger's number of entries, `tail_us` the time of the first entry after the newest anchored head, `now_us`
    when it was looked (microseconds). `asked` says whether the anchors were asked just then, `took` what is remembered of
    those that the settings name.
    """

    now_us: int
    size: int = 0
    tail_us: int = 0
    chain: Chain = Chain()
    keys: Keys = Keys()
    sandbox: Sandbox = Sandbox()
    owner: Owner = Owner()
    asked: bool = False
    anchored: tuple[AnchoredAt, ...] = ()
    took: tuple[Took, ...] = ()
    committed: Committed = Committed()
    reconciled: Reconciled = Reconciled()


@value
class Claim:
    """One property: whether it holds, what can be said because of it, and what it does not cover or why it does not hold.

    `missing` is what is so where it does not hold; empty for what MISSING says.
    """

    name: Property
    holds: bool
    text: str
    cause: str
    missing: str = ""


@value
class Assurance:
    """All seven, in their order."""

    claims: tuple[Claim, ...]

    @property
    def holds(self) -> dict[str, str]:
        """Give what holds, by name, each with its cause."""
        return {str(claim.name): f"{claim.text} ({claim.cause})" for claim in self.claims if claim.holds}

    @property
    def not_covered(self) -> tuple[str, ...]:
        """Give what does not hold, each with what is missing, and what even those that hold do not cover."""
        missing = tuple(
            f"{claim.name}: {claim.missing or MISSING[claim.name]} ({claim.cause})"
            for claim in self.claims
            if not claim.holds
        )
        return (*missing, *(f"beyond {claim.name}: {BEYOND[claim.name]}" for claim in self.claims if claim.holds))


TEXTS = {
    Property.G0: "accidents, partial writes and naive edits of the ledger are found, and the order of entries is fixed",
    Property.G1: "entries of closed epochs cannot be signed anew with keys that are here now",
    Property.G2: "commands in the host's sandbox can neither write the home and the hooks nor read the home",
    Property.G3: "the agent's user can neither write the ledger nor read its key",
    Property.G4: "a rewrite, a cut or a replacement up to the anchored head is found by whoever asks the anchor",
    Property.G5: "a call that a rule commits for runs only after a record of it is held elsewhere",
    Property.G6: "calls that no hook saw were looked for in a second source",
}
MISSING = {
    Property.G0: "nothing is known of the ledger's own order",
    Property.G1: "no key of an earlier time binds earlier entries",
    Property.G2: "nothing keeps the agent's own processes from the home but the policy",
    Property.G3: "the gate runs as the same user as the agent",
    Property.G4: "no head of the ledger is held elsewhere, so a whole rewrite or a cut is not found",
    Property.G5: "no record is held elsewhere before a call runs",
    Property.G6: "no second source is compared",
}
UNASKED = {
    Property.G4: "whether a head of the ledger is held elsewhere was not asked now",
    Property.G5: "whether a record is held elsewhere before a call runs was not asked now",
}
BEYOND = {
    Property.G0: "whoever computes everything anew",
    Property.G1: "a cut, and whatever is signed from the theft of the present key on; copies of old keys on disks",
    Property.G2: "commands outside the sandbox, MCP servers, the client's own file tools, and hooks",
    Property.G3: "root, what never reached the gate, and events that are made up",
    Property.G4: "what came after the anchored head, and what never reached the gate",
    Property.G5: "calls on paths that have no hook",
    Property.G6: "calls since then, and those of which both sources are silent",
}


def evaluate(seen: Observed) -> Assurance:
    """Give what can be claimed of what was seen."""
    head, unasked = _best(seen), _unasked(seen)
    checks = {
        Property.G0: _g0(seen.chain),
        Property.G1: _g1(seen.keys),
        Property.G2: _g2(seen.sandbox),
        Property.G3: _g3(seen.owner),
        Property.G4: _g4(seen, head, unasked),
        Property.G5: _g5(seen, head, unasked),
        Property.G6: _g6(seen),
    }
    return Assurance(
        claims=tuple(
            Claim(
                name=name,
                holds=not fault,
                text=TEXTS[name],
                cause=fault or cause,
                missing=UNASKED.get(name, "") if fault == unasked else "",
            )
            for name, (fault, cause) in checks.items()
        )
    )


def alone(chain: Chain, why: str) -> Assurance:
    """Give what can be claimed where nothing but the entries was looked at (a file, a bundle), and `why` nothing else was."""
    found = evaluate(Observed(now_us=0, chain=chain))
    return Assurance(
        claims=tuple(claim if claim.name is Property.G0 else replace(claim, cause=why) for claim in found.claims)
    )


def of_report(report: Report) -> Chain:
    """Give G0's cause as a verification found it."""
    if report.findings:
        return Chain(fault=f"a step of the verification does not hold, at {report.place}")
    if report.unread:
        return Chain(fault=f"the first {report.unread} entries were not read again")
    return Chain(checked=True, cause=WHOLE if report.root else PART)


def beside(report: Report, found: Assurance) -> Report:
    """Give a verification's report with the properties that hold, and those that do not, beside what its steps say."""
    holds = tuple(f"{name}: {text}" for name, text in found.holds.items())
    return replace(report, holds=(*report.holds, *holds), not_covered=(*report.not_covered, *found.not_covered))


def of_entries_alone(report: Report) -> Report:
    """Give the report of a file or a bundle with what can be claimed of entries alone."""
    return beside(report, alone(of_report(report), ALONE))


def _g0(chain: Chain) -> tuple[str, str]:
    return ("" if chain.checked else chain.fault), chain.cause


def _g1(keys: Keys) -> tuple[str, str]:
    cause = f"{keys.epochs} epochs, the first key is pinned at `{keys.pinned_at}`"
    if keys.epochs < 2:  # noqa: PLR2004  # one epoch has nothing before it
        return "no epoch is closed yet" if keys.epochs else "there are no epoch keys", cause
    if keys.left:
        return f"{keys.left} private keys of closed epochs are still there", cause
    return ("" if keys.pinned_at else "the first public key is pinned nowhere that its owner cannot write"), cause


def _g2(sandbox: Sandbox) -> tuple[str, str]:
    more = f", and {len(sandbox.gaps) - 1} more" if len(sandbox.gaps) > 1 else ""
    return (
        f"{sandbox.gaps[0]}{more}" if sandbox.gaps else ""
    ), "the host's settings deny it, and its sandbox can start"


def _g3(owner: Owner) -> tuple[str, str]:
    cause = f"the ledger is uid {owner.ledger_uid}'s, asked as uid {owner.asking_uid}"
    if owner.ledger_uid < 0:
        return "whose the ledger is was not seen", cause
    if owner.ledger_uid == owner.asking_uid:
        return f"the ledger is this user's own, uid {owner.asking_uid}", cause
    if owner.can_write or owner.can_read_key:
        return f"uid {owner.asking_uid} can {'write the ledger' if owner.can_write else 'read its key'}", cause
    return "", cause


def _best(seen: Observed) -> AnchoredAt | None:
    """Give the newest head that an anchor with state holds of this ledger."""
    heads = [one for one in seen.anchored if one.stateful and 0 < one.size <= seen.size]
    return max(heads, key=lambda one: one.size, default=None)


def _unasked(seen: Observed) -> str:
    """Give what is known of the anchors where they were not asked; empty where they were, or where there is none."""
    if seen.asked or not seen.took:
        return ""
    last = max(seen.took, key=lambda one: (bool(one.size), one.stateful, one.size))
    if not last.size:
        return "`web4 verify` asks the anchors; none has taken a head yet"
    where = f"by its receipt `{last.anchor}` took the head at {last.size} {_ago(seen.now_us - last.ts)} ago"
    tail = seen.size - last.size
    since = f"{tail} entries came since" if tail >= 0 else f"which is more than the {seen.size} entries that are here"
    return f"`web4 verify` asks the anchors; {where}, {since}" + ("" if last.stateful else ", and it keeps no state")


def _g4(seen: Observed, head: AnchoredAt | None, unasked: str) -> tuple[str, str]:
    if head is None:
        others = ", ".join(
            f"`{name}`" for name in dict.fromkeys(one.anchor for one in seen.anchored if not one.stateful)
        )
        if others:
            return f"only anchors whose state this user could take back hold a head: {others}", ""
        if seen.anchored:
            return "anchors hold heads of more entries than are here", ""
        return unasked or (
            "no anchor holds a head that this ledger has" if seen.took else "no anchor is configured"
        ), ""
    tail = seen.size - head.size
    cause = f"`{head.anchor}` holds the head at {head.size}, {tail} entries came since"
    if tail > N_ENTRIES:
        return f"the newest anchored head is {tail} entries back, more than {N_ENTRIES}", cause
    if tail and seen.now_us - seen.tail_us > T_US:
        return f"{tail} entries wait for an anchor longer than {T_US // 1_000_000} s", cause
    return "", cause


def _g5(seen: Observed, head: AnchoredAt | None, unasked: str) -> tuple[str, str]:
    cause = f"{seen.committed.rules} rules commit before the act, and only managed hooks run"
    if not seen.committed.rules:
        return "no rule says `commitBeforeAct`", cause
    if not seen.committed.managed_only:
        return "hooks that are not managed can be taken out", cause
    held = any(one.stateful and one.anchor in seen.committed.asked for one in seen.anchored)
    if head is not None and not (held or seen.committed.quorum):
        return "the log policy makes no call wait for an anchor with state", cause
    return ("" if head is not None else unasked or "no anchor with state holds a head"), cause


def _g6(seen: Observed) -> tuple[str, str]:
    done = seen.reconciled
    found = "nothing was amiss" if done.exit_code == 0 else "differences are on record"
    cause = f"by {' and '.join(done.by)}, {_ago(seen.now_us - done.ts)} ago, {done.since} calls came since: {found}"
    if done.exit_code < 0:
        return "no reconciliation is on record", cause
    return ("the last reconciliation could not tell" if done.exit_code == 1 else ""), cause


def _ago(span_us: int) -> str:
    minutes = max(span_us, 0) // 60_000_000
    days, hours = minutes // 1440, minutes // 60
    return f"{days} d" if days else f"{hours} h" if hours else f"{minutes} min"
