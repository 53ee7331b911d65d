"""The plugin: where it is switched on, and whether its launcher finds a gate."""

from __future__ import annotations

import os

from web4_governance.app import install, launcher
from web4_governance.app.atomic import read_bytes
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.app.hosts import claude_code, claude_settings
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.hosts.json_text import to_text
from web4_governance.app.interpreter import fault_of
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.app.launcher import Launcher
    from web4_governance.app.surroundings import Surroundings

MEND = "`web4 doctor --fix`"
INSTALLED = "installed_plugins.json"
INSTALL = f"run `claude plugin install {claude_code.PLUGIN}@{claude_code.MARKETPLACE} --scope project` there"


def enabled_in(around: Surroundings) -> tuple[str, ...]:
    """Give the settings files that switch the plugin on."""
    found = []
    for _scope, path in claude_code.all_settings(around):
        try:
            plugins = claude_settings.setting(to_text(read_bytes(path) or b""), "enabledPlugins")
        except UsageError:
            continue
        if plugins is not None and any(
            name.split("@")[0] == claude_code.PLUGIN and item.data is True
            for name, item in zip(plugins.keys, plugins.items, strict=True)
        ):
            found.append(path)
    return tuple(found)


def _not_installed(around: Surroundings) -> Iterator[Finding]:
    """A project's declaration of a plugin from a repository loads it once; then it has to be installed."""
    listed = os.path.join(around.config_dir, "plugins", INSTALLED)
    for scope, path in claude_code.all_settings(around):
        if scope not in ("project", "local") or path not in enabled_in(around):
            continue
        text = to_text(read_bytes(path) or b"")
        source = claude_settings.setting(text, "extraKnownMarketplaces", claude_code.MARKETPLACE, "source", "source")
        if source is not None and source.data == "directory":
            continue  # the client loads it from where it lies
        try:
            known = claude_settings.setting(to_text(read_bytes(listed) or b""), "plugins")
        except UsageError:
            known = None
        if known is None or not any(name.split("@")[0] == claude_code.PLUGIN for name in known.keys):
            what = (
                f"`{path}` declares the plugin, and the client has not installed it: its sessions run none of its hooks"
            )
            yield Finding(id="plugin-not-installed", level=Level.ERROR, what=what, how=INSTALL)


def is_set_up(around: Surroundings) -> bool:
    """Say whether the plugin is switched on and finds a launcher's file."""
    return bool(enabled_in(around)) and os.path.isfile(launcher.path_of(around.home))


def check(around: Surroundings) -> Iterator[Finding]:
    """Look at the launcher's file, which every form writes and the plugin needs."""
    where = enabled_in(around)
    yield from _not_installed(around)

    def mend() -> None:
        closed = install.layers_enforce(around.home, "", organisation=around.organisation)
        install.write_launcher(around.home, install.line_of(around.home, Scope.PLUGIN, enforcing=closed))

    try:
        named = launcher.read(around.home)
    except UsageError as error:
        yield Finding(id="launcher-unreadable", level=Level.ERROR, what=error.message, how=MEND, mend=mend)
        return
    if named is None:
        if where:
            what = f"`{where[0]}` switches the plugin on, but `{launcher.path_of(around.home)}` is not there"
            yield Finding(id="launcher-missing", level=Level.ERROR, what=what, how=MEND, mend=mend)
        return
    level = Level.ERROR if where else Level.WARNING
    yield from _launcher(around, named, level, mend)


def _launcher(around: Surroundings, named: Launcher, level: Level, mend: Callable[[], object]) -> Iterator[Finding]:
    path = launcher.path_of(around.home)
    why = launcher.foreign(around.home)
    if why:
        what = f"the plugin does not trust `{path}`: {why}"
        yield Finding(id="launcher-foreign", level=level, what=what, how=MEND, mend=mend)
    fault = fault_of(named.python)
    if fault:
        what = f"`{path}`: the interpreter `{named.python}` {fault}"
        yield Finding(id="launcher-interpreter", level=level, what=what, how=MEND, mend=mend)
    if not os.path.isfile(named.script):
        what = f"`{path}`: the package's `{named.script}` is not there"
        yield Finding(id="launcher-package", level=level, what=what, how=MEND, mend=mend)
    closed = install.layers_enforce(around.home, "", organisation=around.organisation)
    wanted = "block" if closed else "continue"
    if named.on_failure != wanted:
        what = f"`{path}` says `{named.on_failure}`, and the policy wants `{wanted}`"
        yield Finding(id="launcher-mode", level=level, what=what, how=MEND, mend=mend)
