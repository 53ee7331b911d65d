"""The front door: a text of shell in, a script of resolved commands out.

Never raises on account of the text. What it does not do: judge, look at files, or ask the real environment.
"""

from __future__ import annotations

from web4_governance.core.budget import TOO_SLOW
from web4_governance.core.shell.calls import SHADOWED, look_into
from web4_governance.core.shell.command import Script
from web4_governance.core.shell.environment import State, join
from web4_governance.core.shell.source import MOST_SHELL
from web4_governance.core.shell.unseen import hidden
from web4_governance.core.shell.walk import NOWHERE, Shell
from web4_governance.core.value import make, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.budget import Budget
    from web4_governance.core.shell.written import Written

LONGEST = 1024 * 1024
MOST_ALIASES = 64
# A text says the same each time it is seen from the same place: agents run a few commands again and again.
LONGEST_KEPT = 1024
MOST_KEPT_COMMANDS = 16
MOST_SCRIPTS = 256
_scripts: dict[tuple[str, str | None, str], Script] = {}


def parse(
    text: str,
    *,
    cwd: str | None,
    home: str,
    env: Mapping[str, str] | None = None,
    budget: Budget | None = None,
    written: Written | None = None,
) -> Script:
    """Resolve a piece of shell.

    Args:
        text: What the shell would be given.
        cwd: The directory it starts in; None where that is not known.
        home: The home directory of the person it runs for.
        env: Variables of the real environment that may be relied upon.
        written: What was put into files before, by the text around this one.
        budget: The time that it may take; None for as long as the other bounds let it.

    Returns:
        Its commands in order, and the reasons for what could not be seen.

    Raises:
        InputError: The shell grammar cannot be loaded.
    """
    if env is not None or written or len(text) > LONGEST_KEPT:
        return _parsed(text, State(cwd, home, env or {}), budget, written)
    key = (text, cwd, home)
    found = _scripts.get(key)
    if found is None:
        found = _parsed(text, State(cwd, home, {}), budget, None)
        if len(found.commands) > MOST_KEPT_COMMANDS or TOO_SLOW in found.opaque:
            return found
        if len(_scripts) >= MOST_SCRIPTS:
            _scripts.clear()
        _scripts[key] = found
    return found


def _parsed(text: str, state: State, budget: Budget | None, written: Written | None) -> Script:
    if len(text) > LONGEST or (len(text) > MOST_SHELL and "<<" not in text):
        return Script(opaque=("too long",))
    shell = Shell(budget)
    if written is not None:
        shell.written.add(written)
        shell.written.runs = written.runs
    unseen = hidden(text)
    if unseen:
        shell.complain(unseen)
    if "\0" in text:
        shell.complain("a NUL in the text")
        text = text.replace("\0", "")
    end = join(*shell.script(text, state, NOWHERE)) or state
    shell.wake()
    shell.close(end)
    for name, (text, then, context) in list(shell.renamed.items())[:MOST_ALIASES]:
        mark = f"alias {name}"
        inner = replace(context, via=(*context.via, mark), depth=context.depth + 1, active=(*context.active, mark))
        shell.script(text, then, inner)
    for name, (body, then) in list(shell.defined.items()):
        if name in SHADOWED:
            look_into(shell, name, body, then)
    for reason in shell.written.unsaid():
        shell.complain(reason)
    return make[Script](
        commands=tuple(shell.commands),
        opaque=tuple(shell.opaque),
        endless=tuple(shell.endless),
        hijacked=tuple(shell.hijacked),
        written=shell.written or None,
    )
