"""What judging asks for and what it answers: needs, facts, verdicts (docs/spec/policy.md J1-J7). Values only."""

from __future__ import annotations

from web4_governance.core.policy.decision import Decision, LayerName
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.policy.grant import Grant
    from web4_governance.core.policy.standing import Key, Standing

BYPASS = "bypassPermissions"


@value
class LimitNeed:
    """A rate limit that a rule asks about: the key it is counted under and how far back, in microseconds."""

    key: str
    window_us: int


@value
class Needs:
    """What a policy wants to know about an action: where paths lead behind symlinks, and counts of earlier calls.

    `branches` are paths of whose repository only the branch is asked, `trees` those of which all is; `production` says
    that the environment is to be looked through for a production database. `trust` are (of whom, role, dimension) asked.
    `edits` are paths of which it is asked whether another agent changed them since this one last saw them.
    """

    paths: tuple[str, ...] = ()
    limits: tuple[LimitNeed, ...] = ()
    branches: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    production: bool = False
    trust: tuple[Key, ...] = ()
    edits: tuple[str, ...] = ()


@value
class Tree:
    """What a repository looks like, as seen from one path in it; None is unknown.

    `root` is its directory, empty where the path lies in none; `branch` its branch, `HEAD` for none, empty where unknown.
    `dirty`: at or below the path, tracked files differ from the last commit; `untracked`: something there is in no commit
    and not in the index. `unpushed`: the branch has commits that its upstream lacks.
    """

    root: str = ""
    branch: str = ""
    dirty: bool | None = None
    untracked: bool | None = None
    unpushed: bool | None = None


@value
class Facts:
    """What was found. What is absent is unknown, and judged as the careful case.

    `now_us` is the time in microseconds since the epoch, -1 where it is unknown; `utc_offset_s` the local offset.
    `real` maps a path to the one behind its symlinks, the empty string where that could not be told; an empty mapping
    says that nobody looked. `limits` maps a limit's key (or, in facts made by hand, its rule's id) to the number of
    earlier calls within its window. `trees` maps a path to what its repository looks like; `production` names the
    variables whose value looks like a production database's, None where nobody looked. `grants` are those that hold now.
    `trust` maps (of whom, role, dimension) to the two bounds in thousandths, to None where nothing is known of them.
    `absent` are paths in the project that the call changes and at which nothing was: no rule asks it, the record needs it.
    `held` are those of them that lay as git's index has them, with the blob and its size: likewise for the record.
    `altered` are those that do not lie there as the ledger last saw them: likewise.
    `edited` are paths that another agent changed since this one last saw them.
    `scripts` are the files whose text is in the deeds: path, SHA-256 in hex, size. No rule asks it, the record needs it.
    """

    now_us: int = -1
    utc_offset_s: int = 0
    real: Mapping[str, str] = {}
    limits: Mapping[str, int] = {}
    trees: Mapping[str, Tree] = {}
    production: tuple[str, ...] | None = None
    grants: tuple[Grant, ...] = ()
    trust: Mapping[Key, Standing] | None = None
    absent: tuple[str, ...] = ()
    held: tuple[tuple[str, str, int], ...] = ()
    altered: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str, int], ...] = ()


@value
class DeedVerdict:
    """What was decided on one deed, by which of the matching rules; `replaced` pairs an overridden rule with its successor."""

    deed: int
    decision: Decision
    answer: Decision
    rules: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()


@value
class Verdict:
    """The decision on an action, and everything that led to it.

    `decision` is what the policy says; `answer` what the agent hears: the strictest decision of a layer that enforces.
    `binding` is true where the two come from the same place. `rules` are the ids that decided, `reasons` say for people
    what was seen, `advice` what to do instead. `limits` are (key, count, max) consulted, -1 for an unknown count; `taken`
    the keys to count if the call goes on. `replaced` pairs overridden rules with their successors. `granted` pairs
    a grant that was made use of with the id of the rule that it lifted, `spent` those of them that lifted one which
    binds; `liftable` says that one could lift all that stops the call. `commit`: if it may run, then only under a signed head.
    """

    decision: Decision
    answer: Decision
    binding: bool
    deeds: tuple[DeedVerdict, ...]
    layer: LayerName = LayerName.CORE
    rules: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    advice: str = ""
    errors: tuple[str, ...] = ()
    host_allow: bool = False
    limits: tuple[tuple[str, int, int], ...] = ()
    taken: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()
    granted: tuple[tuple[str, str], ...] = ()
    spent: tuple[str, ...] = ()
    liftable: bool = False
    commit: bool = False


def lower_ask(verdict: Verdict, permission_mode: str, *, answerable: bool = True) -> Verdict:
    """Give the verdict where nobody can be asked: ask becomes deny, with that as its first reason."""
    if Decision.ASK not in (verdict.decision, verdict.answer) or (answerable and permission_mode != BYPASS):
        return verdict
    why = f"nobody can be asked: the permission mode is `{BYPASS}`" if answerable else "nobody can be asked here"
    return replace(
        verdict,
        decision=_lowered(verdict.decision),
        answer=_lowered(verdict.answer),
        reasons=(why, *verdict.reasons),
    )


def _lowered(decision: Decision) -> Decision:
    return Decision.DENY if decision is Decision.ASK else decision
