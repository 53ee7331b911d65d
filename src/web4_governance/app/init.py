"""Governs an agent: home, settings, policy, hooks, and then canaries through the very command that was installed.

Everything that can be refused is refused before anything is written.
"""

from __future__ import annotations

import os

from web4_governance.app import anchor, canary, first_policy, install, off, packing, policies
from web4_governance.app.checks import settings as silence
from web4_governance.app.checks.sandbox import gaps_of as sandbox_gaps
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.scope import projects_of
from web4_governance.app.settings import settings
from web4_governance.app.settings_file import set_setting
from web4_governance.core.policy import LayerName
from web4_governance.core.value import value
from web4_governance.storage import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.canary import Song
    from web4_governance.app.first_policy import Chosen
    from web4_governance.app.install import Installed
    from web4_governance.app.settings import Settings
    from web4_governance.app.surroundings import Surroundings


@value
class Wish:
    """What a person asked `web4 init` for; an empty field leaves what is there."""

    agent: str
    scope: Scope
    preset: str = ""
    enforce: bool = False
    session_policy: str = ""
    privacy: str = ""
    sandbox: bool = False


@value
class Governed:
    """What holds now: the policy, its mode here, the installation, the settings, and how the canaries were answered.

    `open_sandbox` says what keeps the sandbox's rules from being in force, where they were asked for.
    """

    policy: Chosen
    enforcing: bool
    binding: bool
    installed: Installed
    settings: Settings
    songs: tuple[Song, ...]
    silenced: tuple[str, ...] = ()
    first_key: str = ""
    open_sandbox: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Say whether every canary was answered as it must be, and nothing keeps the host from asking."""
        return not self.silenced and all(song.as_expected for song in self.songs)


def initialise(around: Surroundings, wish: Wish, *, cwd: str, now_us: int) -> Governed:
    """Do all of it; UsageError or PolicyError, and nothing written, where it cannot be done."""
    directory, layer = policy_place(around, wish.scope)
    first_policy.require_sense(preset=wish.preset, enforce=wish.enforce, existing=policies.find(directory, layer))
    session_policy = _session_policy(wish.session_policy)
    install.require_fit(around, agent=wish.agent, scope=wish.scope, sandbox=wish.sandbox)
    Home(around.home).create()
    chosen = first_policy.choose(directory, layer, preset=wish.preset, enforce=wish.enforce)
    held = set_setting(around.home, "privacy", wish.privacy) if wish.privacy else settings(around.home)
    enforcing = enforces(around, wish.scope, session_policy=session_policy)
    installed = install.install(
        around,
        agent=wish.agent,
        scope=wish.scope,
        enforcing=enforcing,
        session_policy=session_policy,
        sandbox=wish.sandbox,
    )
    packing.pack()
    # Other places where we are installed follow the policy too.
    install.rewrite_lines(around.home, enforcing=False, organisation=around.organisation)
    binding = _binds(around, cwd, session_policy) and not off.in_force(around.home, now_us)
    songs = canary.sing(
        installed,
        home=around.home,
        cwd=cwd,
        binding=binding,
        environment=dict(around.environment),
        ident=canary.fresh_ident(),
    )
    return Governed(
        policy=chosen,
        enforcing=enforcing,
        binding=binding,
        installed=installed,
        settings=held,
        songs=songs,
        silenced=silence.silent(around),
        first_key=anchor.make_key(around.home).first.to_text(),
        open_sandbox=sandbox_gaps(around, installed.path) if wish.sandbox else (),
    )


def policy_place(around: Surroundings, scope: Scope) -> tuple[str, LayerName]:
    """Give where this scope's policy lies: managed settings speak for everybody, so does the organisation's policy."""
    if scope is Scope.MANAGED:
        return around.organisation, LayerName.ORGANISATION
    return around.home, LayerName.USER


def enforces(around: Surroundings, scope: Scope, *, session_policy: str = "") -> bool:
    """Say what hook lines of this scope must say: a project's own policy speaks only for lines of that project."""
    project = around.project if scope is Scope.PROJECT else ""
    return install.layers_enforce(around.home, project, organisation=around.organisation, session_policy=session_policy)


def _binds(around: Surroundings, cwd: str, session_policy: str) -> bool:
    projects = projects_of(cwd, "", user_home=around.user_home)
    loaded = policies.in_force(around.home, projects, organisation=around.organisation, session_policy=session_policy)
    return loaded.policy.enforcing


def _session_policy(given: str) -> str:
    if not given:
        return ""
    path = os.path.abspath(os.path.expanduser(given))
    policies.load_source(policies.Source(layer=LayerName.SESSION, path=path, format=policies.format_of(path)))
    return path
