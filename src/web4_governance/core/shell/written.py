"""What a script has written to files so far, as far as the text is known, and which of these files a command reads.

A text that is written and then run is read like one that a shell is handed. Kept are texts, and the programs and
directories that stand behind a name which the script itself gave them; what is written by programs that nobody follows is
not known here. Nothing is read from a disk.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.shell import output, paths, pattern
from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.operands import names, option_word, read_options
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from web4_governance.core.shell.command import Command, Redirect
    from web4_governance.core.shell.walk import Stream

    Texts = tuple[Word, ...]

MOST_FILES = 512
MOST_TEXTS = 4  # ways in which branches may have left a file
MOST_RUNS = 128
MOST_TRIED = 32 * MOST_FILES  # files that are compared with globs
MOST_KEPT = 1024 * 1024
NEW, MORE = (">", ">|", "&>"), (">>", "&>>")
COPIERS = frozenset({"cp", "mv", "ln", "install", "link"})
WRITERS = COPIERS | {"tee", "dd"}
EDITORS = frozenset({"sed", "gsed", "perl", "ruby", "patch", "ed", "ex", "awk", "gawk"})
STANDARD_INPUT = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "-")
# What a program reads though no word says so.
READ_UNASKED = {
    **dict.fromkeys(("make", "gmake", "remake"), ("GNUmakefile", "makefile", "Makefile")),
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun", "npx"), ("package.json",)),
    **dict.fromkeys(("pip", "pip3"), ("setup.py",)),
    "cargo": ("build.rs",),
    "just": ("justfile", "Justfile", ".justfile"),
    "rake": ("Rakefile", "rakefile", "Rakefile.rb"),
}
_PRINTERS = frozenset({"echo", "printf"})
_BUILD_FILES = ("-f", "--file", "--makefile", "--justfile", "--rakefile")
_INTERPRETERS = frozenset({"python", "perl", "ruby", "node", "php", "lua", "jq", "bun", "deno"})
_INLINE = frozenset({"-c", "-e", "-E", "-n", "-ne", "-nr", "-rn", "-p", "-pe", "-r", "--eval", "eval", "--null-input"})
_MODULES = (".py", "/__main__.py")
_COPIES = names("-m --mode -o --owner -g --group -t --target-directory -S --suffix")
_OF_QUOTING = str.maketrans(dict.fromkeys("\"'{}"))


class Written:
    """The files that a script has written, by where they lie."""

    __slots__ = (
        "_kept",
        "_streams",
        "_tried",
        "descriptors",
        "found",
        "full",
        "programs",
        "runs",
        "stays",
        "sure",
        "texts",
    )

    def __init__(self, streams: Mapping[str, Stream] | None = None) -> None:
        self._streams = {} if streams is None else streams
        self.descriptors: dict[str, tuple[Word, str | None]] = {}
        self.texts: dict[str, Texts] = {}
        self.programs: dict[str, Word] = {}
        self.found: dict[str, Word] = {}  # those of the texts that lay there before, as somebody looked
        self.stays: set[str] = set()
        self.sure = False  # what is written now is written whatever happens
        self.full = False
        self.runs = [0]  # of files, of all texts that share these
        self._kept = self._tried = 0

    def __bool__(self) -> bool:
        return bool(self.texts or self.programs)

    @property
    def begun(self) -> bool:
        """Whether anything is written, or open to be."""
        return bool(self.texts or self.programs or self.descriptors)

    def add(self, other: Written) -> None:
        """Take over what another script has written."""
        self.texts.update(other.texts)
        self.programs.update(other.programs)
        self.found.update(other.found)
        self.stays |= other.stays
        self.full = self.full or other.full
        self.runs[0] = max(self.runs[0], other.runs[0])

    def runs_on(self) -> bool:
        """Count one more text that is run from a file; say whether that is still few enough to be followed."""
        self.runs[0] += 1
        self.full = self.full or self.runs[0] > MOST_RUNS
        return not self.full

    def unsaid(self) -> tuple[str, ...]:
        """Give the reason where not all that is written and run is followed."""
        return ("more is written to files than is followed",) if self.full else ()

    def note(self, command: Command, commands: Sequence[Command]) -> None:
        """Note what a command writes."""
        program = command.program
        if program in COPIERS:
            self._copied(command)
        into = [redirect for redirect in command.redirects if redirect.op in (*NEW, *MORE) and redirect.fd in (-1, 1)]
        files = [(redirect.target, redirect.op in MORE) for redirect in into]
        if program == "tee":
            more = any(word.text in ("-a", "--append") for word in command.words)
            files += [(word, more) for word in command.words[1:] if not word.text.startswith("-")]
        if program == "dd":
            files += [(_behind(word, "of="), False) for word in command.words if word.text.startswith("of=")]
        if files and command.words:
            self._put(files, self._said(command, commands), command.cwd)
        if self.descriptors and command.words:
            self._into_open(command, commands)
        if command.texts and program in EDITORS and any(word.text.startswith("-") for word in command.words):
            for given, _ in command.texts:  # who edits what was written makes something else of it
                self._put([(known_word(given), False)], _SOMETHING, command.cwd)

    def open(self, command: Command) -> None:
        """Note the files that `exec` leaves open: `exec 3> file`."""
        for redirect in command.redirects:
            if redirect.op in (*NEW, *MORE):
                self.descriptors[str(max(redirect.fd, 1))] = redirect.target, command.cwd

    def _into_open(self, command: Command, commands: Sequence[Command]) -> None:
        """Note what is written to a file that `exec` has opened."""
        ways = [one.target.text for one in command.redirects if one.op == ">&" and one.fd in (-1, 1)]
        kept = tuple(one for one in command.redirects if one.op != ">&")
        for way in ways or ["1"]:
            if way in self.descriptors:
                word, cwd = self.descriptors[way]
                self._put([(word, True)], self._said(replace(command, redirects=kept), commands), cwd)

    def _said(self, command: Command, commands: Sequence[Command]) -> Word | None:
        """Give what a command prints; something, where it makes it of a text that the script has written."""
        made = replace(command, redirects=tuple(one for one in command.redirects if one.op not in (*NEW, *MORE)))
        if command.program == "dd":
            made = replace(made, words=(known_word("cat"),))
        said = output.said(made, commands)
        derived = command.texts or command.stdin is not None or _makes(command)
        return _SOMETHING if said is None and derived else said

    def printed(self, redirects: Sequence[Redirect], cwd: str | None, commands: Sequence[Command], first: int) -> None:
        """Note what the commands from `first` on, which stand in a group with redirections, write there together."""
        files = [(one.target, one.op in MORE) for one in redirects if one.op in (*NEW, *MORE) and one.fd in (-1, 1)]
        if not files:
            return
        fed = {at for command in commands[first:] for at in command.feeds}
        said = [output.said(command, commands) for at, command in enumerate(commands[first:], first) if at not in fed]
        texts = [word for word in said if word is not None]
        if texts:
            text = "".join(word.text for word in texts)
            self._put(files, replace(known_word(text), known=all(word.known for word in texts), shape=text), cwd)

    def _put(self, files: list[tuple[Word, bool]], text: Word | None, cwd: str | None) -> None:
        if text is not None:
            for word, more in files:
                self._keep(_key(word, cwd), text, more=more)

    def lay(self, path: str, text: str, *, stays: bool) -> None:
        """Note what lies in a file before the script begins; `stays`: it may do so though it is written over."""
        self.found[path] = Word(text=text, known=UNKNOWN_PART not in text, literal=text, shape=text)
        self.texts[path] = (self.found[path],)
        if stays:
            self.stays.add(path)

    def lies(self, text: Word) -> bool:
        """Say whether a text is what lay in a file before."""
        return any(text is one for one in self.found.values())

    def put(self, key: str, text: Word) -> None:
        """Note what somebody else than the shell has written to a file."""
        self._keep(key, text, more=False)

    def _keep(self, key: str, text: Word, *, more: bool) -> None:
        before = self.texts.get(key, ())
        if self.sure and text.known and not more and key in self.found and key not in self.stays:
            before = tuple(one for one in before if one is not self.found[key])
        if more and before:
            made = tuple(_joined(one, text) for one in before)
        else:
            made = (*(one for one in before if one != text), text)[-MOST_TEXTS:]
        self._kept += sum(len(one.text) for one in made)
        if self._kept > MOST_KEPT or len(self.texts) >= MOST_FILES:
            self.full = True
        else:
            self.texts[key] = made

    def _copied(self, command: Command) -> None:
        """`cp a b`, `mv`, `ln`: what stands behind the second name is what stood behind the first."""
        options = read_options(command, _COPIES, leading=False)
        words = [command.words[place] for place in options.operands]
        into = option_word(command, options, names("-t --target-directory"))
        words += [] if into is None else [into]
        if len(words) < 2:  # noqa: PLR2004  from, to
            return
        for source in words[:-1]:
            texts = self._texts_from(source, command)
            name = source.text.rstrip("/").rpartition("/")[2]
            for key in (_key(words[-1], command.cwd), _key(known_word(f"{words[-1].text}/{name}"), command.cwd)):
                for text in texts:
                    self._keep(key, text, more=False)
                if not texts and source.known and len(self.programs) < MOST_FILES:
                    self.programs[key] = self.program(source, command.cwd) or source

    def _texts_from(self, source: Word, command: Command) -> Texts:
        stream = None if source.known else self._streams.get(source.text)
        if stream is not None:
            return (stream.printed,) if stream.printed.known else ()
        if source.text in STANDARD_INPUT:
            return () if command.stdin is None else (known_word(command.stdin),)
        return self.of(source, command.cwd)

    def of(self, word: Word, cwd: str | None) -> Texts:
        """Give the texts that a file may have; of several where the word is a glob."""
        if not self.texts:
            return ()
        key = _key(word, cwd)
        if not word.known and word.text == "{}":  # what `find` found below
            above = paths.resolve(cwd, word.literal or ".") or "?"
            return tuple(text for name, texts in self.texts.items() if name.startswith(above) for text in texts)
        if not word.glob:
            return self.texts.get(key, ())
        self._tried += len(self.texts)
        self.full = self.full or self._tried > MOST_TRIED
        if self.full:
            return ()
        return tuple(text for name, texts in self.texts.items() if pattern.matches(key, name) for text in texts)

    def program(self, word: Word, cwd: str | None) -> Word | None:
        """Give the program that stands behind a name which the script gave it."""
        return self.programs.get(_key(word, cwd)) if self.programs and not word.glob else None

    def read_by(self, command: Command) -> tuple[tuple[str, Word], ...]:
        """Give the written texts that a command's words name, each with the word; with what it reads unasked."""
        if not self.texts or not command.words:
            return ()
        found = [(word.text, text) for word in command.words for text in self._named(word, command.cwd)]
        for name in READ_UNASKED.get(command.program, ()):
            found += [(name, text) for key, texts in self.texts.items() if key.endswith("/" + name) for text in texts]
        for word in _modules(command):
            path = word.text.replace(".", "/")
            found += [(word.text, text) for end in _MODULES for text in self.of(known_word(path + end), command.cwd)]
        return tuple(found)

    def _named(self, word: Word, cwd: str | None) -> Iterator[Word]:
        yield from self.of(word, cwd)
        if word.known and word.text[:1] in ("-", "@"):  # `--file=x`, `-fx`, `@x`
            name = glued(word.text)
            yield from self.of(known_word(name), cwd) if name else ()

    def on_path(self, name: str) -> tuple[str, ...]:
        """Give the written files of a name, wherever they lie: a search path may find them."""
        return tuple(key for key in (*self.texts, *self.programs) if key.endswith("/" + name))


def glued(given: str) -> str:
    """Give the name of a file that stands in one word with what comes before it: `--file=x`, `-fx`, `@x`."""
    if given.startswith("--"):
        return given.partition("=")[2]
    return given[2:] if given.startswith("-") else given.removeprefix("@")


def unasked(command: Command) -> tuple[str, ...]:
    """Give the files that a program reads though no word says so, as seen from its directory."""
    modules = [word.text.replace(".", "/") + end for word in _modules(command) if word.known for end in _MODULES]
    if command.program not in READ_UNASKED:
        return tuple(modules)
    words = command.words
    told = [word.text for option, word in pairwise(words) if option.text in _BUILD_FILES and word.known]
    told += [
        word.text.partition("=")[2] for word in words if word.known and word.text.startswith(("--file=", "--makefile="))
    ]
    return (*READ_UNASKED[command.program], *told)


def _modules(command: Command) -> list[Word]:
    """Give the words behind `-m`: `python -m a.b`."""
    words = command.words
    return [words[at + 1] for at in range(len(words) - 1) if words[at].text == "-m"]


def shebang(text: Word) -> tuple[str, ...]:
    """Give the interpreter that a text names in its first line, with its options; a shell where it names none."""
    first = text.text.partition("\n")[0]
    words = first[2:].split() if first.startswith("#!") else []
    if words and words[0].endswith("/env"):
        del words[:1]
        while words and (words[0].startswith("-") or "=" in words[0]):
            del words[:1]
    return tuple(words) or ("sh",)


_SOMETHING = Word(text=UNKNOWN_PART, known=False, shape=UNKNOWN_PART)


def _makes(command: Command) -> bool:
    """Say whether a program makes its output of its own words: inline code, a format that is not followed."""
    words = [word.text for word in command.words[1:]]
    if command.program in _PRINTERS:
        return True
    if command.program.rstrip("0123456789.") in _INTERPRETERS:
        return any(word in _INLINE for word in words)
    return command.program in ("awk", "gawk", "mawk") and any("BEGIN" in word for word in words)


def _joined(one: Word, other: Word) -> Word:
    text = one.text + other.text
    return Word(text=text, known=one.known and other.known, literal=text, shape=text)


def _behind(word: Word, prefix: str) -> Word:
    return replace(word, text=word.text.removeprefix(prefix), literal=word.literal.removeprefix(prefix))


def _key(word: Word, cwd: str | None) -> str:
    """Give what tells a file from others: its path, or what is written of it where that is not known."""
    if word.known:
        return paths.resolve(cwd, word.text) or "?/" + word.text.removeprefix("./")
    return "?/" + word.text.translate(_OF_QUOTING)
