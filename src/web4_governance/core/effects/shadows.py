"""Whether a call puts something else where the gate, or what it is asked by, is looked for.

A program or an alias of the gate's name is what the person gets who asks `web4`; a line that runs later by itself may switch
the gate off where no call shows it; and hooks of git that lie outside the project run programs which nobody judges. The
hooks of the host name their interpreter by its path, so that a search path alone leads nobody astray.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.action import Effect, Place, TargetKind
from web4_governance.core.effects.tamper import own_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from web4_governance.core.action import Target
    from web4_governance.core.effects.glance import Glance
    from web4_governance.core.effects.protect import Protected
    from web4_governance.core.effects.sweeping import Guard
    from web4_governance.core.shell.command import Command

    Touched = tuple[Effect | None, Target | None]

CHANGES = frozenset((Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE))
OWN = frozenset((Place.PROJECT, Place.PROJECT_ROOT, Place.ARTEFACT))
HOOKS = "core.hookspath"
NOWHERE = ("/dev/null", "")
LONGEST = 64 * 1024
SHADOWED = "puts something else where the gate's program is named"
LATER = "sets up a line that changes or hides the gate"
ELSEWHERE = "leads git's hooks to a place outside the project"


def shadows_gate(command: Command, glance: Glance, fed: str | None, touched: Sequence[Touched], of: Guard) -> str:
    """Say why a command hides the gate behind its own name, or prepares a change of it; empty where it does not.

    Args:
        command: The command.
        glance: One look at its words.
        fed: The text that it is fed, where that is known.
        touched: What it does.
        of: What is protected.
    """
    lasts = False
    for effect, target in touched:
        if effect in CHANGES and target is not None and of.protected.is_program(target):
            return SHADOWED
        lasts = lasts or effect is Effect.PERSISTENCE
    if lasts:
        texts = (*(word.text for word in command.words), *(one.target.text for one in command.redirects), fed or "")
        if any(speaks(text, of.protected) for text in texts):
            return LATER
    if command.program != "git" or (HOOKS not in glance.lowered and not command.assignments):
        return ""
    return ELSEWHERE if _hooks_elsewhere(command, of.place) else ""


def writes_shadow(target: Target, texts: Iterable[str], lasting: Callable[[Target], bool], protected: Protected) -> str:
    """Say why a file that a tool writes hides the gate; `lasting` says of a file that it is run again by itself."""
    if protected.is_program(target):
        return SHADOWED
    return LATER if lasting(target) and any(speaks(text, protected) for text in texts) else ""


def speaks(text: str, protected: Protected) -> bool:
    """Say whether a text gives the gate's name to something else, or runs one of its changing commands."""
    if not any(name in text for name in protected.programs) or len(text) > LONGEST:
        return False
    plain = text.replace("\\n", "\n")
    for sign in "'\"`();&|!":
        plain = plain.replace(sign, f" {sign} " if sign in "();&|" else " ")
    for line in plain.replace("&", "\n").replace("|", "\n").replace(";", "\n").splitlines():
        words = line.partition(" #")[0].split() if not line.lstrip().startswith("#") else []
        if any(_defines(pair, protected.programs) for pair in pairwise((*words, ""))):
            return True
        if own_command(tuple(words), protected):
            return True
    return False


def _defines(pair: tuple[str, str], programs: Sequence[str]) -> bool:
    """Say whether `alias x=`, `function x`, `x (` or the like stands there."""
    first, after = pair
    name = after.partition("=")[0]
    if first in ("alias", "function", "abbr", "hash", "unalias"):
        return name in programs
    return (first in programs and after == "(") or (first == "-g" and name in programs and "=" in after)


def _hooks_elsewhere(command: Command, place: Callable[[str], Target]) -> bool:
    """Say whether git is told, for now or for ever, to look for its hooks outside the project (git-config(1))."""
    words = [word.text for word in command.words[1:]]
    told = [after for word, after in pairwise(words) if word.lower() == HOOKS]
    told += [word.partition("=")[2] for word in words if word.lower().startswith(f"{HOOKS}=")]
    given = {name: word.text for name, word in command.assignments}
    told += [
        given.get(name.replace("_KEY_", "_VALUE_"), "")
        for name, text in given.items()
        if name.startswith("GIT_CONFIG_KEY_") and text.lower() == HOOKS
    ]
    return any(text not in NOWHERE and _is_elsewhere(place(text)) for text in told)


def _is_elsewhere(target: Target) -> bool:
    return target.kind is TargetKind.PATH and target.place not in OWN
