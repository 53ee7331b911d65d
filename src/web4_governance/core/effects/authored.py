"""What inline code, patches and programs that are fed a text put into files, for the commands of the same call that run these.

A shell's own redirections are followed where the shell is read (shell/written.py); here is what other languages write. Of
code it is told which files it writes; their text is taken to be made of the literals that stand in the code, all of them. What
a text is made of otherwise (decoded, spelled in numbers, read from the input) cannot be known, and whoever runs it is told.
A file that the code reads as well is changed, not made: of what stood in it no more is known than of any other file.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, TargetKind
from web4_governance.core.effects import patches, recipes
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART, locate
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.shells import SHELLS
from web4_governance.core.shell.written import COPIERS, MORE, NEW, Written, shebang
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.core.action import Target
    from web4_governance.core.effects.gathering import Frame
    from web4_governance.core.effects.places import Scene
    from web4_governance.core.effects.signs import Found
    from web4_governance.core.shell.command import Command

    Touched = tuple[Effect | None, Target | None]

MODES = names("r w a x b t + r+ w+ a+ rb wb ab rt wt at > < >> +< w! utf8 utf-8 ascii latin-1 UTF-8 hex base64 sh bash")
UNSEEN_ROLES = names("stdin spells")
UNSEEN = "runs a text that code has put together"
LANGUAGES = {**{name: name for name in ("python", "perl", "ruby", "php", "lua")}, "node": "javascript"}
SOURCES = frozenset((".", "source"))


class Authored:
    """The files of a call that no shell has written."""

    __slots__ = ("_fragments", "_open", "_unseen", "written")

    def __init__(self) -> None:
        self.written = Written()
        self._fragments: set[str] = set()  # texts that may be only parts of a file, or not in their order
        self._unseen: set[str] = set()  # texts of which too little is known
        self._open: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self.written.texts)

    def by_code(self, code: str, language: str, found: Sequence[Found], frame: Frame, scene: Scene) -> None:
        """Note what a piece of code puts into the files that it writes by their names."""
        named = [one for one in found if one.takes == "path" and one.literal and UNKNOWN_PART not in one.literal]
        into = [str(one.literal) for one in named if one.effect is Effect.FILE_WRITE]
        if not into:
            return
        from web4_governance.core.effects import literals  # noqa: PLC0415  only where code writes a file

        texts = literals.texts(code, language, frozenset(str(one.literal) for one in named) | MODES)
        reads = any(one.effect is Effect.FILE_READ for one in found)
        unseen = any(one.role in UNSEEN_ROLES for one in found) or not (texts or reads)
        for name in into:
            self._note(locate(name, scene, cwd=frame.cwd), texts, whole=not reads, unseen=unseen)

    def by_patch(self, patch: str, frame: Frame, scene: Scene) -> None:
        """Note the lines that a patch adds to files."""
        for name, lines, whole in patches.added(patch):
            self._note(locate(name, scene, cwd=frame.cwd), ["\n".join(lines)], whole=whole)

    def by_input(self, fed: str, recent: Sequence[Touched]) -> None:
        """Note the files that a program writes which is fed a text: it may put that there."""
        for effect, target in recent:
            if effect is Effect.FILE_WRITE and target is not None and target.kind is TargetKind.PATH:
                self._note(target, [fed], whole=False)

    def _note(self, target: Target, texts: list[str], *, whole: bool, unseen: bool = False) -> None:
        if not target.resolved or not target.exact:
            return
        text = "\n".join(texts) or UNKNOWN_PART
        self.written.put(target.resolved, Word(text=text, known=UNKNOWN_PART not in text, literal=text, shape=text))
        if len(texts) != 1 or not whole:
            self._fragments.add(text)
        if unseen:
            self._unseen.add(text)

    def is_fragment(self, source: str) -> bool:
        """Say whether a text is not known to be the whole of a file, in its order."""
        return source in self._fragments

    def is_unseen(self, source: str) -> bool:
        """Say whether too little is known of a text that is run."""
        return any(text in source for text in self._unseen)

    def run_by(
        self, command: Command, language: str, recent: Sequence[Touched], *, takes_input: bool
    ) -> Iterator[tuple[str, str]]:
        """Give the texts that a command runs, each with its language, and note what it copies or adds to these files.

        Args:
            command: The command.
            language: What its texts are written in, if that is the command's to say.
            recent: What it touches.
            takes_input: It runs what it is fed.
        """
        fed = [text for one in command.redirects if one.op == "<" for text in self.written.of(one.target, command.cwd)]
        texts = (*self.written.read_by(command), *((recipes.FED, text) for text in fed if takes_input))
        made = replace(command, texts=texts)
        if (texts and command.program in COPIERS) or any(
            one.op in (*NEW, *MORE) and self.written.of(one.target, command.cwd) for one in command.redirects
        ):
            self.written.note(made, ())
        for source in self._lines_run(command, texts):
            yield source, "shell"
        spoken = language or ("shell" if command.program in SOURCES else _started(command, texts))
        for source, its, _ in recipes.loaded(made, spoken, self.written, recent):
            if source not in self._open:  # a text that runs its own file is read once
                self._open.add(source)
                yield source, its
                self._open.discard(source)

    def _lines_run(self, command: Command, texts: tuple[tuple[str, Word], ...]) -> Iterator[str]:
        """Give the lines that were put into a build's file, of which the rest is not known: any may be a recipe's."""
        for given, text in texts:
            changed = given.rpartition("/")[2] in recipes.READ_UNASKED and text.text in self._fragments
            if changed and recipes.is_run(given, command) and self.written.runs_on():
                source = "\n".join(line.strip().lstrip("@+-") for line in _values(given, text.text))
                self._fragments.add(source)
                yield source


def _values(given: str, text: str) -> list[str]:
    """Give the lines of a recipe, or the texts between quotes of a file that is written in them."""
    if not given.endswith(".json") or '"' not in text:
        return text.split("\n")
    return [part for line in text.split("\n") for part in line.split('"')[1::2]]


def _started(command: Command, texts: tuple[tuple[str, Word], ...]) -> str:
    """Give the language of a file that is started by its path: what its first line names, else its ending's, else a shell's."""
    text = next((text for given, text in texts if given == command.words[0].text), None)
    if text is None or (not text.text.startswith("#!") and recipes.language_of(command.program)):
        return ""
    program = shebang(text)[0].rpartition("/")[2]
    return "shell" if program in SHELLS else LANGUAGES.get(program.rstrip("0123456789."), "")
