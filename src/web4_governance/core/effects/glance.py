"""One look at a command's words, which tells of most checks that they can have nothing to say.

A glance finds nothing, it only rules out. INVARIANT: where a word is not known or a glob, or where the directory is not
known, it rules out nothing (`sure` is false there): each check then looks for itself. What a check asks of it stands in the
check's own module, made of that check's own names.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command

PATH_SIGNS = frozenset(("/", "~", "."))
GLUES = ("=", ":", ",")
_GLUED = tuple(glue + sign for glue in GLUES for sign in sorted(PATH_SIGNS))
GLUED_AT = 2  # `-x/y`: what stands behind a short option's letter


class Glance:
    """What the words of a command are made of.

    `said` are all of them, the program first, each behind a NUL; `lowered` the same in lower case. `options` are the words
    that begin with a dash, up to their `=`. `reaching` says that a word, or what is glued to an option or a sign in it,
    begins as a path outside the directory, or a hidden one, does.
    """

    __slots__ = ("lowered", "options", "reaching", "said", "sure")

    def __init__(self, command: Command) -> None:
        sure, said = bool(command.cwd), ""
        for word in command.words:
            said += "\0" + word.text
            if word.glob or not word.known:
                sure = False
        self.sure = sure
        self.said = said
        self.lowered = said.lower()
        self.options: tuple[str, ...] = ()
        if "\0-" in said:
            self.options = tuple([word.text.partition("=")[0] for word in command.words if word.text[:1] == "-"])
        self.reaching = self._reaches()

    def _reaches(self) -> bool:
        said = self.said
        if "\0/" in said or "\0." in said or "\0~" in said:
            return True
        if "=" in said or ":" in said or "," in said:
            for glued in _GLUED:
                if glued in said:
                    return True
        for option in self.options:  # noqa: SIM110  no generator where every command comes by
            if option[GLUED_AT : GLUED_AT + 1] in PATH_SIGNS:
                return True
        return False
