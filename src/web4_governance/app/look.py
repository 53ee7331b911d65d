"""Looks at the world for one call: project, policy in force, deeds, and the facts that the policy asks for.

Bounded: paths are resolved up to a count, nothing is read but policies and the scripts that the call runs. Order matters:
the plan says what is needed, only that is gathered, and all of it goes into the record.
"""

from __future__ import annotations

import os
import stat
from time import thread_time

from web4_governance.app import policies
from web4_governance.app.catalogs import catalog
from web4_governance.app.protect import protected
from web4_governance.app.scope import projects_of
from web4_governance.core.budget import Budget
from web4_governance.core.effects import behind_links, changed_paths, derive, read_paths, secrets_behind
from web4_governance.core.lineage.tools import TELLING
from web4_governance.core.policy import Facts, plan
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.app.context import Context
    from web4_governance.app.git_index import Tracked
    from web4_governance.app.policies import Loaded
    from web4_governance.core.action import Action
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects import Protected
    from web4_governance.core.event import Event
    from web4_governance.core.policy import Needs

MAX_PATHS = 64
MAX_TREES = 16
OF_EACH = ("/dev/fd/", "/dev/std", "/proc/self/", "/proc/thread-self/")
READING_S, WHOLE_S = 0.100, 0.800  # of a call with its scripts: for reading each time, for all together


@value
class Sight:
    """One call as it is about to be judged; `facts` still lacks limits and trust, which are read inside the transaction.

    `consulted` is what the record says of the trust that was read, None where none was.
    """

    loaded: Loaded
    action: Action
    needs: Needs
    facts: Facts
    consulted: Json = None


def look(event: Event, context: Context) -> Sight:
    """Gather what judging this call needs, short of the limits."""
    projects, loaded, kept = _found(event.cwd, context)
    known = catalog(loaded.policy.packs)

    begun = thread_time()

    def derived(texts: Mapping[str, str], stay: frozenset[str]) -> Action:
        return derive(
            event.tool,
            event.input or {},
            agent=event.agent,
            cwd=event.cwd,
            home=context.user_home,
            project=projects[0] if projects else "",
            protected=kept,
            catalog=known,
            mcp=event.mcp,
            agent_id=event.agent_id,
            agent_type=event.agent_type,
            permission_mode=event.permission_mode,
            budget=_budget(begun) if texts else Budget(thread_time),
            texts=texts,
            stay=stay,
        )

    action = derived({}, frozenset())
    scripts: tuple[tuple[str, str, int], ...] = ()
    if action.scripts:
        from web4_governance.app.scripts import with_scripts  # noqa: PLC0415  of calls that run a file

        action, scripts = with_scripts(action, derived, kept)
    # As many as there are deeds, which are bounded: a cut here would be a way to pad oneself past it.
    # The gate's own protection is above every policy: what a call changes is looked behind whatever the rules ask for.
    behind = {path: _real(path) for path in changed_paths(action)}
    action = behind_links(action, behind, kept)
    # What is read is a secret's, too, by whatever link it goes; most files are none, and none of this is put into the facts.
    links = {path: _real(path) for path in read_paths(action)}
    action = secrets_behind(action, links, known.marks)
    real = {path: leads for path, leads in behind.items() if path not in action.unlisted}
    needs = plan(loaded.policy, action)
    real.update(
        (path, links[path] if path in links else _real(path)) for path in needs.paths[:MAX_PATHS] if path not in real
    )
    inside = [leads for leads in behind.values() if leads.startswith(os.path.join(action.project, ""))]
    absent = tuple(path for path in inside[:MAX_PATHS] if not os.path.lexists(path))
    held = _as_git_holds(event, inside, action.project)
    facts = Facts(
        now_us=context.now_us,
        utc_offset_s=context.offset_s,
        real=real,
        limits={},
        absent=absent,
        held=held,
        scripts=scripts,
    )
    if needs.trees or needs.branches or needs.production:
        facts = _with_state(facts, needs, os.environ if context.environment is None else context.environment)
    return Sight(loaded=loaded, action=action, needs=needs, facts=facts)


def _budget(begun: float) -> Budget:
    """Give the time that is left for reading a call with its scripts, since it was begun."""
    return Budget(thread_time, READING_S, whole=max(0.001, begun + WHOLE_S - thread_time()))


def _real(path: str) -> str:
    """Give what a path leads to; one that leads elsewhere for each process is for the call's own to follow."""
    if path.startswith(OF_EACH):
        return path
    at = 0 if path == os.path.normpath(path) and path[:1] == "/" != path[1:2] else -1
    while at >= 0:  # what `realpath` does, for a path without a link or anything to take away: which most are
        at = path.find("/", at + 1)
        try:
            kind = os.lstat(path if at < 0 else path[:at]).st_mode
        except OSError:  # nothing is there, and nothing below it
            return path
        if stat.S_ISLNK(kind):
            break
        if at < 0:
            return path
    return os.path.realpath(path)


def _as_git_holds(event: Event, changed: list[str], project: str) -> tuple[Tracked, ...]:
    """Give the files that a call changes and that lie as git's index has them; a tool that tells what it changes needs none."""
    if not changed or event.tool in TELLING:
        return ()
    from web4_governance.app.git_index import lying_as_held  # noqa: PLC0415  of commands that change files of a project

    return lying_as_held(changed, project)


def _found(cwd: str, context: Context) -> tuple[tuple[str, ...], Loaded, Protected]:
    """Give projects, policy in force and what is protected: from the disk, or as a process that stays knows it."""
    memory = context.memory
    further = tuple(path for path in (context.plugin_root, context.session_policy) if path)
    if memory is not None:
        return memory.found(context, cwd, further)
    projects = projects_of(cwd, context.project_hint, user_home=context.user_home)
    loaded = policies.in_force(
        context.home, projects, organisation=context.organisation, session_policy=context.session_policy
    )
    return (
        projects,
        loaded,
        protected(
            context.home,
            user_home=context.user_home,
            projects=projects,
            organisation=context.organisation,
            config_dir=context.config_dir,
            further=further,
        ),
    )


def _with_state(facts: Facts, needs: Needs, environment: Mapping[str, str]) -> Facts:
    """Add what the repository and the surroundings look like; loaded only for a call that a rule asks this of."""
    from web4_governance.app import repository  # noqa: PLC0415  most calls ask nothing of it

    trees = repository.look_at(needs.trees[:MAX_TREES], needs.branches[:MAX_TREES])
    return replace(facts, trees=trees, production=repository.production(environment) if needs.production else None)
