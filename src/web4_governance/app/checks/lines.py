"""Our hook lines: whether they are where we put them, whole, runnable, and of one mind with the policy."""

from __future__ import annotations

import os

from web4_governance.app import hosts, install, receipts
from web4_governance.app.atomic import read_bytes
from web4_governance.app.checks import plugin
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.app.hosts import claude_code, entries
from web4_governance.app.hosts.json_text import JsonFault, to_text
from web4_governance.app.interpreter import fault_of
from web4_governance.core.errors import UsageError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.app.hosts.entries import Found
    from web4_governance.app.surroundings import Surroundings

MEND = "`web4 doctor --fix`, or `web4 init` again"


@value
class Form:
    """One installed form: which, in which file, and the lines of ours that stand there."""

    scope: str
    path: str
    lines: tuple[Found, ...]

    @property
    def mode(self) -> str:
        """What the gate's line does when nothing can decide: `block`, `continue`, or empty where there is no line."""
        gates = [line.option("--on-failure") for line in self.lines if line.event == claude_code.GATE]
        return gates[0] if gates else ""

    @property
    def client(self) -> str:
        """By what the gate's line asks a resident gate: the `native` client, the `slim` one, or `plain`: it asks none."""
        gate = next((line for line in self.lines if line.event == claude_code.GATE), self.lines[0])
        return "native" if gate.client() else "slim" if "--resident" in gate.argv() else "plain"


def forms(around: Surroundings) -> tuple[Form, ...]:
    """Give the forms that stand in settings files; the scope is what the lines themselves say."""
    found = []
    for _scope, path in claude_code.all_settings(around):
        try:
            lines = entries.find(to_text(read_bytes(path) or b"{}"), home=around.home, in_force=True)
        except (JsonFault, UsageError):
            continue
        if lines:
            found.append(Form(scope=lines[0].option("--via"), path=path, lines=lines))
    return tuple(found)


def check(around: Surroundings) -> Iterator[Finding]:
    """Look at every form that is installed, and at every one that should be."""
    here = forms(around)
    mend = _mender(around)
    for form in here:
        yield from _whole(form, mend)
        yield from _runnable(form, mend)
        yield from _one_mind(around, form, mend)
    yield from _project(around, here)
    yield from _gone(around, {form.path for form in here}, mend)
    yield from _count(around, here)


def _mender(around: Surroundings) -> Callable[[], object]:
    def mend() -> object:
        closed = install.layers_enforce(around.home, "", organisation=around.organisation)
        return install.rewrite_lines(around.home, enforcing=closed, organisation=around.organisation, restore=True)

    return mend


def _whole(form: Form, mend: Callable[[], object]) -> Iterator[Finding]:
    there = {line.event for line in form.lines}
    missing = [event for event in claude_code.EVENTS if event not in there]
    if missing:
        yield Finding(
            id="lines-missing",
            level=Level.ERROR if claude_code.GATE in missing else Level.WARNING,
            what=f"`{form.path}` has no line of ours for {', '.join(missing)}",
            how=MEND,
            mend=mend,
        )
    for line in form.lines:
        damage = _damage(line)
        if damage:
            what = f"`{form.path}`: our line for {line.event} {damage}"
            yield Finding(id="line-damaged", level=Level.ERROR, what=what, how=MEND, mend=mend)


def _damage(line: Found) -> str:
    """Say what is wrong with the words of a line, empty where nothing is."""
    words = line.argv()[2 if line.client() else 1 :]
    name = line.option("--session-policy")
    wanted = claude_code.arguments(
        claude_code.HookLine(
            python=line.python(),
            script=line.script(),
            home=line.option("--home"),
            via=line.option("--via"),
            enforcing=line.option("--on-failure") == "block",
            session_policy=name,
            resident="--resident" in words,
        ),
        line.event,
    )
    if words != wanted:
        return "is not as it was installed"
    if line.matcher not in ("", "*"):
        return f"speaks only for `{line.matcher}`"
    if line.handler.get("async") or line.handler.get("asyncRewake"):
        return "runs in the background, where it can stop nothing"
    timeout = line.handler.get("timeout", claude_code.TIMEOUT_S)
    if not isinstance(timeout, int | float) or timeout < claude_code.TIMEOUT_S:
        return f"is ended by the client after {timeout} s, before its own deadline"
    if line.handler.get("if"):
        return "runs only under a condition"
    if name and not os.path.isfile(name):
        return f"names a session policy that is not there, `{name}`"
    return ""


def _runnable(form: Form, mend: Callable[[], object]) -> Iterator[Finding]:
    for client in sorted({line.client() for line in form.lines} - {""}):
        if not os.access(client, os.X_OK) or not os.path.isfile(client):
            what = f"`{form.path}`: the native client `{client}` is not there, or cannot run"
            yield Finding(id="native-missing", level=Level.ERROR, what=what, how=MEND, mend=mend)
    for python in sorted({line.python() for line in form.lines}):
        fault = fault_of(python)
        if fault:
            slow = "shim" in fault
            yield Finding(
                id="interpreter-shim" if slow else "interpreter-missing",
                level=Level.WARNING if slow else Level.ERROR,
                what=f"`{form.path}`: the interpreter `{python}` {fault}",
                how=MEND,
                mend=mend,
            )
    for script in sorted({line.script() for line in form.lines}):
        if not os.path.isfile(script):
            what = f"`{form.path}`: the package's `{script}` is not there"
            yield Finding(id="package-missing", level=Level.ERROR, what=what, how=MEND, mend=mend)
        elif os.path.realpath(script) != os.path.realpath(install.SCRIPT):
            what = f"`{form.path}` runs another installation of the package than this command: `{script}`"
            yield Finding(id="package-other", level=Level.WARNING, what=what, how=MEND, mend=mend)


def _one_mind(around: Surroundings, form: Form, mend: Callable[[], object]) -> Iterator[Finding]:
    receipt = receipts.of_file(around.home, form.path)
    project = install.project_of(receipt) if receipt is not None else ""
    policy = receipt.session_policy if receipt is not None else ""
    closed = install.layers_enforce(around.home, project, organisation=around.organisation, session_policy=policy)
    wanted = "block" if closed else "continue"
    for line in form.lines:
        if line.event != claude_code.GATE:
            continue
        if line.option("--on-failure") != wanted:
            what = f"`{form.path}` says `--on-failure={form.mode}`, and the policy wants `{wanted}`"
            yield Finding(id="mode-disagrees", level=Level.ERROR, what=what, how=MEND, mend=mend)
        elif str(line.handler.get("onFailure", "continue")) != wanted:
            what = f"`{form.path}`: the host's own `onFailure` is not `{wanted}`, as the policy wants"
            yield Finding(id="mode-disagrees", level=Level.ERROR, what=what, how=MEND, mend=mend)


def _project(around: Surroundings, here: tuple[Form, ...]) -> Iterator[Finding]:
    """A line for all projects does not fail closed for the policy of one; a line of that project's own does."""
    everywhere = install.layers_enforce(around.home, "", organisation=around.organisation)
    closed = install.layers_enforce(around.home, around.project, organisation=around.organisation)
    if here and closed and not everywhere and all(form.mode != "block" for form in here):
        yield Finding(
            id="project-open",
            level=Level.WARNING,
            what=f"the policy of `{around.project}` enforces, but where nothing can decide its calls go on",
            how="`web4 init --scope project` there",
        )


def _gone(around: Surroundings, there: set[str], mend: Callable[[], object]) -> Iterator[Finding]:
    found, broken = receipts.all_of(around.home)
    for receipt in found:
        if receipt.path not in there and receipt.agent in hosts.HOSTS and not _holds_us(around, receipt.path):
            what = f"our lines are gone from `{receipt.path}`, where they were installed"
            yield Finding(
                id="lines-gone",
                level=Level.ERROR,
                what=what,
                how="`web4 doctor --fix` puts them back; `web4 uninstall` forgets them",
                mend=mend,
            )
    for path in broken:
        what = f"the receipt `{path}` is damaged: uninstalling will take our lines out, but not byte for byte"
        yield Finding(id="receipt-damaged", level=Level.WARNING, what=what, how="`web4 init` again")


def _holds_us(around: Surroundings, path: str) -> bool:
    try:
        return bool(entries.find(to_text(read_bytes(path) or b"{}"), home=around.home))
    except (JsonFault, UsageError):
        return True  # the settings' own finding says what is wrong there


def _count(around: Surroundings, here: tuple[Form, ...]) -> Iterator[Finding]:
    names = [form.scope for form in here]
    if plugin.is_set_up(around):
        names.append("plugin")
    if not names:
        what = "nothing is installed here: no session started here is governed"
        yield Finding(id="not-installed", level=Level.ERROR, what=what, how="`web4 init`")
    if len(names) > 1:
        what = f"{len(names)} forms are installed at once ({', '.join(names)}): each call is recorded once, at twice the cost"
        yield Finding(id="two-forms", level=Level.NOTE, what=what, how="keep one of them")
