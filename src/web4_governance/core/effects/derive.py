"""From a tool call to an action: the one way into the effects."""

from __future__ import annotations

from web4_governance.core.action import Action, Category, Deed
from web4_governance.core.effects.gathering import Gathering
from web4_governance.core.effects.places import scene
from web4_governance.core.effects.tools import Call, gather

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import McpServer
    from web4_governance.core.budget import Budget
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.effects.protect import Protected


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
) -> Action:
    """Give the action that a tool call is. Never raises, whatever the input; at most 257 deeds, at least one.

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

    Returns:
        The action with its deeds.
    """
    seen = scene(cwd, home, project)
    gathering = Gathering(seen, catalog, protected, budget)
    given = input if isinstance(input, dict) else {}  # type: ignore[redundant-expr]  # a host may send null all the same
    call = Call(tool, given, gathering, seen.cwd, mcp)
    gather(call)
    nothing = () if gathering.deeds else (Deed(effect=None, categories=(Category.OTHER,), why="nothing is done"),)
    more = catalog.packed_tool(tool)
    if more:
        from web4_governance.core.effects import packed  # noqa: PLC0415  # for the tools that a pack speaks of

        packed.add(call, more)
    deeds = (*nothing, *gathering.deeds)
    return Action(
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
    )
