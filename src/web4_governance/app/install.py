"""Puts our hook lines into a host's settings, and keeps a receipt so that they come out again exactly.

Not the policy and not the canary: this is the file work. Rules: nothing is written to settings that are not valid, or
that the host would drop; a second installation changes nothing; the lines and the launcher always say the same mode.
"""

from __future__ import annotations

import os

from web4_governance.app import hosts, launcher, native, policies, receipts
from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.app.context import ORGANISATION
from web4_governance.app.hosts import claude_sandbox, claude_settings, entries
from web4_governance.app.hosts.claude_code import HookLine, Scope
from web4_governance.app.hosts.json_text import JsonFault, to_bytes, to_text
from web4_governance.app.interpreter import real_interpreter
from web4_governance.app.launcher import Launcher
from web4_governance.app.receipts import Receipt
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import PolicyError, UsageError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from web4_governance.app.hosts.claude_sandbox import Rules
    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "hook.py")
SETTINGS_MODE = {Scope.USER: 0o600, Scope.PROJECT: 0o600, Scope.MANAGED: 0o644, Scope.PLUGIN: 0o600}


@value
class Installed:
    """What was done: the settings file (empty for the plugin), whether it changed, and the lines that are in it now."""

    scope: Scope
    path: str
    changed: bool
    line: HookLine


def install(
    around: Surroundings,
    *,
    agent: str,
    scope: Scope,
    enforcing: bool,
    session_policy: str = "",
    sandbox: bool = False,
) -> Installed:
    """Write the launcher, and the hook lines of one scope; UsageError, and nothing written, where the file is not fit.

    With `sandbox` the host sandbox's deny rules too; rules that an earlier installation wrote stay.
    """
    line = line_of(around.home, scope, enforcing=enforcing, session_policy=session_policy)
    path = _host(agent).settings_path(scope, around)
    earlier = receipts.of_file(around.home, path) if path else None
    sandbox = sandbox or (earlier is not None and earlier.sandbox)
    changed = _write_lines(around.home, agent, scope, path, line, sandbox=sandbox) if path else False
    # The launcher speaks for all projects, whatever this one's policy says.
    closed = layers_enforce(around.home, "", organisation=around.organisation) if scope is Scope.PROJECT else enforcing
    write_launcher(around.home, line_of(around.home, Scope.PLUGIN, enforcing=closed))
    return Installed(scope=scope, path=path, changed=changed, line=line)


def require_fit(around: Surroundings, *, agent: str, scope: Scope, sandbox: bool = False) -> None:
    """Refuse, before anything is written, settings that lines cannot be put into, and an interpreter that cannot run."""
    if sandbox and scope in (Scope.MANAGED, Scope.PLUGIN):
        message = f"the scope `{scope}` has no settings for one home, which the sandbox's rules need"
        raise UsageError(message, hint="use `--scope user` or `--scope project`")
    line = line_of(around.home, scope, enforcing=False)
    path = _host(agent).settings_path(scope, around)
    if path:
        original = _without_us(path, read_bytes(path), around.home)
        _wanted(path, original, _host(agent).groups(line), deny_rules(around.home, path) if sandbox else None)


def rewrite_lines(
    home: str, *, enforcing: bool, organisation: str = ORGANISATION, restore: bool = False
) -> tuple[str, ...]:
    """Make every installed line, and the launcher, say the mode that holds; give the settings files that were rewritten.

    Called by whatever changes the policy, with the mode of what it wrote; a line fails closed if that or any layer that
    speaks for it enforces. Lines also get the present interpreter and script: a moved package is mended. Lines that
    somebody took out stay out unless they are to be restored.
    """
    rewritten: list[str] = []
    found, _broken = receipts.all_of(home)
    for receipt in found:
        if not restore and not _has_lines(home, receipt.path):
            continue
        closed = enforcing or layers_enforce(
            home, project_of(receipt), organisation=organisation, session_policy=receipt.session_policy
        )
        scope = Scope(receipt.scope)
        line = line_of(home, scope, enforcing=closed, session_policy=receipt.session_policy)
        if _write_lines(home, receipt.agent, scope, receipt.path, line, sandbox=receipt.sandbox):
            rewritten.append(receipt.path)
    if found or launcher.read(home) is not None:
        closed = enforcing or layers_enforce(home, "", organisation=organisation)
        write_launcher(home, line_of(home, Scope.PLUGIN, enforcing=closed))
    return tuple(rewritten)


def line_of(home: str, scope: Scope, *, enforcing: bool, session_policy: str = "") -> HookLine:
    """Give what the lines of one scope say: this interpreter, this package; managed lines find the home by the user."""
    client, resident = native.chosen(home) if scope in (Scope.USER, Scope.PROJECT) else ("", False)
    return HookLine(
        python=real_interpreter(),
        script=SCRIPT,
        home="" if scope is Scope.MANAGED else home,
        via=str(scope),
        enforcing=enforcing,
        session_policy=session_policy,
        client=client,
        resident=resident,
    )


def deny_rules(home: str, settings: str) -> Rules:
    """Give what the host's sandbox is to deny for a home whose lines stand in a settings file."""
    return claude_sandbox.rules(home, settings=settings, package=os.path.dirname(SCRIPT))


def layers_enforce(home: str, project: str, *, organisation: str, session_policy: str = "") -> bool:
    """Say whether any layer that speaks here enforces; where a policy does not load, the careful answer."""
    projects = (project,) if project else ()
    try:
        loaded = policies.in_force(home, projects, organisation=organisation, session_policy=session_policy)
    except PolicyError:
        return True
    return loaded.policy.enforcing


def project_of(receipt: Receipt) -> str:
    """Give the project that an installation speaks for, empty where it speaks for all."""
    return os.path.dirname(os.path.dirname(receipt.path)) if receipt.scope == str(Scope.PROJECT) else ""


def write_launcher(home: str, line: HookLine) -> None:
    """Tell the plugin's launcher what the lines say."""
    mode = "block" if line.enforcing else "continue"
    launcher.write(home, Launcher(python=line.python, script=line.script, on_failure=mode))


def _write_lines(home: str, agent: str, scope: Scope, path: str, line: HookLine, *, sandbox: bool) -> bool:
    current = read_bytes(path)
    kept = receipts.baseline(home, path, current)
    original = kept.original if kept is not None else _without_us(path, current, home)
    wanted = _wanted(path, original, _host(agent).groups(line), deny_rules(home, path) if sandbox else None)
    made = kept.made if kept is not None and kept.made else _missing_directories(path)
    receipt = Receipt(
        agent=agent,
        scope=str(scope),
        path=path,
        original=original,
        written=sha256_hex(wanted),
        made=made,
        session_policy=line.session_policy,
        sandbox=sandbox,
    )
    if current == wanted and kept == receipt:
        return False
    _make_directories(os.path.dirname(path))
    # Crash after the receipt: the file is still as it was, which the receipt recognises (see `baseline`).
    receipts.keep(home, receipt)
    write_bytes(path, wanted, mode=SETTINGS_MODE[scope])
    return True


def _wanted(path: str, original: bytes | None, groups: Mapping[str, dict[str, Json]], denied: Rules | None) -> bytes:
    """Give the file as it is to be: what was there, our groups, and the sandbox's rules where they are wanted."""
    text = to_text(original or b"")
    try:
        claude_settings.require_fit(text)
        made = entries.put(text, groups)
        return to_bytes(claude_sandbox.put(made, denied) if denied is not None else made)
    except JsonFault as fault:
        raise _unfit(path, fault) from None


def _without_us(path: str, current: bytes | None, home: str) -> bytes | None:
    """Give the file as it would be without us: what a later uninstall gives back."""
    if current is None:
        return None
    old = receipts.of_file(home, path)
    before = to_text(old.original) if old is not None and old.original is not None else None
    try:
        if not current.strip():
            return current
        left = entries.take(to_text(current), home=home, before=before)
        return to_bytes(
            claude_sandbox.take(left, deny_rules(home, path), before=before) if old and old.sandbox else left
        )
    except JsonFault as fault:
        raise _unfit(path, fault) from None


def _unfit(path: str, fault: JsonFault) -> UsageError:
    message = f"`{path}`: {fault.message}"
    return UsageError(message, hint="mend the file first; nothing was written")


def _has_lines(home: str, path: str) -> bool:
    try:
        return bool(entries.find(to_text(read_bytes(path) or b"{}"), home=home))
    except JsonFault:
        return False


def _missing_directories(path: str) -> tuple[str, ...]:
    missing = []
    here = os.path.dirname(path)
    while here and not os.path.isdir(here):
        missing.append(here)
        here = os.path.dirname(here)
    return tuple(missing)


def _make_directories(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        message = f"`{path}` cannot be made: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None


def _host(agent: str) -> ModuleType:
    host = hosts.HOSTS.get(agent)
    if host is None:
        message = f"no agent is called `{agent}`"
        raise UsageError(message, hint=f"agents are {', '.join(hosts.HOSTS)}")
    return host
