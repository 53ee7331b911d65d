"""From a tool call to an action: the one way into the effects.

What the last few short calls came to is kept: the same words in the same place, before the same catalog and protection, are
the same deeds (effects.md A2). A process that judges one call is not helped by it, one that stays is.
"""

from __future__ import annotations

from web4_governance.core.action import Action, Category, Deed
from web4_governance.core.effects.gathering import MAX_DEEDS, Gathering
from web4_governance.core.effects.places import scene
from web4_governance.core.effects.tools import Call, gather

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from web4_governance.core.action import McpServer
    from web4_governance.core.budget import Budget
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.effects.protect import Protected

MOST_READ_DEEDS = 2048
MOST_KNOWN, MOST_FIELDS, LONGEST = 256, 8, 2048
_known: dict[tuple[object, ...], tuple[Protected, Catalog, Action]] = {}


def derive(
    tool: str,
    input: dict[str, Json],  # noqa: A002  the host's own name for it
    *,
    agent: str,  # noqa: ARG001  the hosts' tools have one table today; callers name the host all the same
    cwd: str,
    home: str,
    project: str,
    protected: Protected,
    catalog: Catalog,
    mcp: McpServer | None = None,
    agent_id: str = "",
    agent_type: str = "",
    permission_mode: str = "",
    budget: Budget | None = None,
    texts: Mapping[str, str] | None = None,
    stay: Container[str] = (),
) -> Action:
    """Give the action that a tool call is. Never raises, whatever the input; at most 257 deeds, at least one.

    With `texts` it is what the call would be if all that these say were its own words, of as many deeds as that makes up to
    `MOST_READ_DEEDS`: what of that counts is for `scripts.within` to say.

    Args:
        tool: The tool's name as the host has it.
        input: The tool's input.
        agent: The host.
        cwd: The working directory of the call; relative paths are seen from it.
        home: The person's home.
        project: The project's root; the working directory where it is empty.
        protected: What the gate keeps from the agent.
        catalog: What programs, paths and hosts mean.
        mcp: The server behind an MCP call.
        agent_id: The subagent, empty for the main agent.
        agent_type: Its kind.
        permission_mode: The host's permission mode.
        budget: The time that reading shell may take; None where no host waits for the answer.
        texts: What lies in files that it runs, by their paths (effects.md A9).
        stay: Those of the files that may stay as they are though the call writes over them.

    Returns:
        The action with its deeds.
    """
    key = () if texts else _key(tool, input, cwd, home, project, mcp, agent_id, agent_type, permission_mode)
    kept = _known.get(key) if key else None
    if kept is not None and kept[0] is protected and kept[1] is catalog:
        return kept[2]
    action, whole = _derived(
        tool,
        input,
        cwd=cwd,
        home=home,
        project=project,
        protected=protected,
        catalog=catalog,
        mcp=mcp,
        agent_id=agent_id,
        agent_type=agent_type,
        permission_mode=permission_mode,
        budget=budget,
        texts=texts or {},
        stay=stay,
    )
    if key and whole:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = (protected, catalog, action)
    return action


def _key(tool: str, given: object, *said: object) -> tuple[object, ...]:
    """Give what a call is known again by; nothing for one that is large, or whose input is more than words."""
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        return ()
    words, size = [], 0
    for name, word in given.items():
        if isinstance(word, str):
            size += len(word)
        elif not isinstance(word, int):
            return ()
        words.append((name, word, type(word)))  # for Python, true is 1
    return (tool, tuple(words), *said) if size <= LONGEST else ()


def _derived(
    tool: str,
    input: dict[str, Json],  # noqa: A002
    *,
    cwd: str,
    home: str,
    project: str,
    protected: Protected,
    catalog: Catalog,
    mcp: McpServer | None,
    agent_id: str,
    agent_type: str,
    permission_mode: str,
    budget: Budget | None,
    texts: Mapping[str, str],
    stay: Container[str],
) -> tuple[Action, bool]:
    """Give the action, and whether there was time to read all of it."""
    seen = scene(cwd, home, project)
    gathering = Gathering(seen, catalog, protected, budget, most=MOST_READ_DEEDS if texts else MAX_DEEDS)
    if texts:
        gathering.lay(texts, stay)
    given = input if isinstance(input, dict) else {}  # type: ignore[redundant-expr]  # a host may send null all the same
    call = Call(tool, given, gathering, seen.cwd, mcp)
    gather(call)
    nothing = () if gathering.deeds else (Deed(effect=None, categories=(Category.OTHER,), why="nothing is done"),)
    more = catalog.packed_tool(tool)
    if more:
        from web4_governance.core.effects import packed  # noqa: PLC0415  # for the tools that a pack speaks of

        packed.add(call, more)
    deeds = (*nothing, *gathering.deeds)
    action = Action(
        tool=tool,
        input=given,
        deeds=deeds,
        cwd=cwd,
        home=home,
        project=project,
        agent_id=agent_id,
        agent_type=agent_type,
        permission_mode=permission_mode,
        mcp=mcp,
        unlisted=tuple(gathering.beyond),
        scripts=tuple(sorted(gathering.scripts, key=lambda path: not gathering.scripts[path]))
        if gathering.runs
        else (),
    )
    return action, budget is None or not budget.over
