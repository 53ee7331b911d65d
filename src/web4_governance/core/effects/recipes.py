"""What a written file says to the program that reads it: the language of a program's text, the recipes of a build.

Only for texts that the same call has written. Of a build's file the recipes count which the words ask for, and those
that they need; a part that only the program could fill in is left open, as in a shell's text.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.action import Effect
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.shells import SHELLS
from web4_governance.core.shell.written import READ_UNASKED as _UNASKED
from web4_governance.core.shell.written import glued

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from web4_governance.core.action import Target
    from web4_governance.core.effects.gathering import Gathering
    from web4_governance.core.shell.command import Command, Word
    from web4_governance.core.shell.written import Written

    Touched = tuple[Effect | None, Target | None]

READ_UNASKED = frozenset(name for names in _UNASKED.values() for name in names)
TESTING = frozenset(
    [
        "pytest",
        "tox",
        "nox",
        "jest",
        "vitest",
        "mocha",
        "ava",
        "rspec",
        "phpunit",
        "playwright",
        "cypress",
        "tsx",
        "ts-node",
    ]
)
MODULES = frozenset(("python", "javascript", "ruby", "perl", "php", "lua"))
MOST_RULES = 256
FED, FOUND = "<", "{}"  # in the place of a name: what is fed to a program that runs it, what a search hands on
_ENDINGS = {
    "py": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "ts": "javascript", "mts": "javascript",
    "tsx": "javascript", "jsx": "javascript", "rb": "ruby", "pl": "perl", "php": "php", "lua": "lua", "sql": "sql",
    "sh": "shell", "bash": "shell", "R": "r", "jl": "julia", "ps1": "powershell", "el": "elisp", "m4": "m4",
    "cmake": "cmake", "tcl": "tcl", "groovy": "code", "scala": "code", "kts": "code", "exs": "code", "jsh": "code",
}  # fmt: skip  # one line a letter says no more
_AS_BLANKS = str.maketrans(dict.fromkeys("'\"/.,;:()[]{}", " "))
_INSTALLING = ("install", "i", "ci", "add", "")
_HOOKS = ("preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare", "postprepare")


def run_by(command: Command, language: str, fed: str | None, gathering: Gathering) -> Iterator[tuple[str, str, str]]:
    """Give the texts that a command runs from files that the call has written, as `loaded` does, a shell's apart.

    A file of settings is one of them: what `curl -K` is told is a command of its own.
    """
    if command.program == "curl":
        yield from ((line, "shell", "") for line in settings(command, fed))
    for source, spoken, file in (
        loaded(command, language, gathering.written, gathering.recent) if gathering.written else ()
    ):
        if not (spoken == "shell" and command.program in SHELLS):  # the shell has read it by now
            yield source, spoken, file


def loaded(
    command: Command, language: str, written: Written, recent: Sequence[Touched]
) -> Iterator[tuple[str, str, str]]:
    """Give the texts that a command runs of those that are written, each with its language, and the file if it lay there."""
    runs = (Effect.CODE_RUN, Effect.FILE_READ) if language == "sql" else (Effect.CODE_RUN,)
    ran = {target.given for effect, target in recent if target is not None and effect in runs}
    done: set[str] = set()
    for given, text in command.texts:
        if given in ran or glued(given) in ran or given == FED or (given == FOUND and ran) or is_run(given, command):
            source, spoken = read(given, text.text, command, language)
            done.add(source)
            if spoken and written.runs_on():
                yield source, spoken, given if written.found and written.lies(text) else ""
    if language in MODULES:
        sources = (*(word.text for word in command.words), *(text.text for _, text in command.texts))
        for source in taken_in((*sources, command.stdin or ""), written.texts, language):
            file = next((path for path, one in written.found.items() if one.text == source), "")
            if not (file and source in done) and written.runs_on():
                yield source, language, file


def read(given: str, text: str, command: Command, language: str) -> tuple[str, str]:
    """Give what a program makes of a file's text, and the language of that; an empty language where it runs nothing."""
    name = given.rpartition("/")[2]
    if name == "setup.py":
        return text, "python" if language == "python" or "install" in _asked(command) else ""
    if name == "build.rs":
        return text, "code"
    if name == "package.json":
        return _scripts(text, command), "shell"
    if name.startswith("Rakefile") or name == "rakefile":
        return text, "ruby"
    if name in READ_UNASKED or command.program in _UNASKED:
        return _recipes(text, command), "shell"
    return text, language or _ENDINGS.get(name.rpartition(".")[2], "")


def language_of(name: str) -> str:
    """Give the language that a file's name says; empty where it says none."""
    return _ENDINGS.get(name.rpartition(".")[2], "") if "." in name else ""


def is_run(given: str, command: Command) -> bool:
    """Say whether a program runs a file though its row does not say so: a build's file, a module, what is to be tested."""
    if command.program in _UNASKED or command.program in TESTING:
        return given.rpartition("/")[2] in READ_UNASKED or command.program in TESTING or _is_option(given, command)
    return any(word.text in ("-m", "test", "--test") for word in command.words[1:])


def _is_option(given: str, command: Command) -> bool:
    """Say whether a word stands behind `-f`."""
    words = [word.text for word in command.words]
    return any(option in ("-f", "--file", "--makefile") and word == given for option, word in pairwise(words))


def taken_in(sources: tuple[str, ...], written: Mapping[str, tuple[Word, ...]], language: str) -> list[str]:
    """Give the written texts that code names where it takes in a module, and those that these take in."""
    left = {key.rpartition("/")[2].rpartition("."): texts for key, texts in written.items()}
    found: list[str] = []
    todo = [source for source in sources if any(word in source for word in ("import", "require", "from", "load"))]
    while todo:
        source = todo.pop()
        words = set(source.translate(_AS_BLANKS).split())
        for name in [name for name in left if _ENDINGS.get(name[2]) == language and name[0] in words]:
            texts = [word.text for word in left.pop(name)]
            found += texts
            todo += texts
    return found


def _asked(command: Command) -> list[str]:
    return [word.text for word in command.words[1:] if word.known and not word.text.startswith("-")]


def _scripts(text: str, command: Command) -> str:
    """Give the scripts of a package that run when it is asked for them, or when it is installed."""
    import json  # noqa: PLC0415  only where a package's file is written and used in one call

    try:
        held = json.loads(text)
    except ValueError:
        return UNKNOWN_PART if '"scripts"' in text else ""
    scripts = held.get("scripts") if isinstance(held, dict) else None
    words = _asked(command)
    wanted = [form + word for word in words for form in ("", "pre", "post")]
    wanted += _HOOKS if (words[:1] or [""])[0] in _INSTALLING else ()
    found = [scripts[name] for name in wanted if name in scripts] if isinstance(scripts, dict) else []
    return "\n".join(line for line in found if isinstance(line, str))


def settings(command: Command, fed: str | None) -> list[str]:
    """Give the command that `curl -K` comes down to, where what the file of settings says is known."""
    words = [word.text if word.known else UNKNOWN_PART for word in command.words]
    kept, files = words[:1], []
    rest = iter(words[1:])
    for word in rest:
        flags, short, value = word.partition("K") if word[1:2] != "-" else ("", "", "")
        if word[:1] == "-" and short:
            files.append(value or next(rest, ""))
            kept += [flags] if len(flags) > 1 else []
        elif word.partition("=")[0] == "--config":
            files.append(word.partition("=")[2] or next(rest, ""))
        else:
            kept.append(word)
    texts = [text for name in files for given, text in _held(command, fed) if given == name]
    return [" ".join(map(_quoted, (*kept, *(part for text in texts for part in _set(text)))))] if texts else []


def _held(command: Command, fed: str | None) -> list[tuple[str, str]]:
    told = [(name, fed) for name in ("-", "/dev/stdin")] if fed is not None else []
    return [*told, *((given.rpartition("=")[2].removeprefix("-K"), text.text) for given, text in command.texts)]


def _set(text: str) -> list[str]:
    """Give the words that a file of settings stands for: `name = value`, `name: value`, `--name value`."""
    words: list[str] = []
    for line in text.split("\n"):
        plain = line.strip()
        name = plain.partition(" ")[0].partition("=")[0].partition(":")[0]
        value = plain[len(name) :].lstrip(" =:\t")
        if name and not name.startswith("#"):
            words.append(name if name.startswith("-") else "--" + name)
            words += [value.strip('"').replace('\\"', '"')] if value else []
    return words


def _quoted(text: str) -> str:
    return text if text == UNKNOWN_PART else "'" + text.replace("'", "'\\''") + "'"


class _Rule:
    """A rule of a build: what it needs, and the lines of its recipe."""

    __slots__ = ("lines", "needs")

    def __init__(self, needs: list[str]) -> None:
        self.needs = needs
        self.lines: list[str] = []


def install_scripts(text: str) -> list[str]:
    """Give the scripts of a text of `package.json`, or a part of one, that run by themselves when the package is installed."""
    from web4_governance.core.effects.literals import unescaped  # noqa: PLC0415  only where a package's file is written

    found: list[str] = []
    for name in _HOOKS:
        for part in text.split(f'"{name}"')[1:]:
            given = part.lstrip()[1:].lstrip() if part.lstrip()[:1] == ":" else ""
            end = 1
            while end < len(given) and given[end] != '"':
                end += 1 + (given[end] == "\\")
            if given[:1] == '"' and end < len(given):
                found.append(unescaped(given[1:end]))
    return found


def _recipes(text: str, command: Command) -> str:
    """Give the recipes of a makefile that the words ask for, the first where they ask for none, as a shell's text."""
    rules, variables, at_once = _rules(text.replace("\\\n", " "))
    words = _asked(command)
    wanted = [word for word in words if word in rules] or list(rules)[:1]
    lines: dict[str, None] = dict.fromkeys(at_once)
    seen: set[str] = set()
    while wanted:
        name = wanted.pop(0)
        rule = rules.get(name)
        if rule is None or name in seen:
            continue
        seen.add(name)
        wanted += rule.needs
        lines.update(dict.fromkeys(rule.lines))
    given = dict(word.split("=", 1) for word in words if "=" in word)
    return "\n".join(_filled(line.strip().lstrip("@+-"), {**variables, **given}) for line in lines)


def _rules(text: str) -> tuple[dict[str, _Rule], dict[str, str], list[str]]:
    """Read the rules of a makefile, its variables, and the commands that run when it is only read."""
    rules: dict[str, _Rule] = {}
    variables: dict[str, str] = {}
    at_once: list[str] = []
    open_now: list[_Rule] = []
    for line in text.split("\n"):
        if line[:1] in ("\t", " "):
            for rule in open_now:
                rule.lines.append(line)
            continue
        head, colon, rest = line.partition(":")
        name, equals, value = line.partition("=")
        at_once += _called(line)
        if equals and (not colon or len(name) <= len(head) + 2):
            variables[name.strip(" :?+!")] = value.strip()
        elif colon and len(rules) < MOST_RULES:
            needs, semicolon, first = rest.lstrip(":").partition(";")
            open_now = [rules.setdefault(target, _Rule(needs.split())) for target in head.split() if target[:1] != "."]
            for rule in open_now if semicolon else ():
                rule.lines.append(first)
    return rules, variables, at_once


def _called(line: str) -> list[str]:
    """Give the commands of the `$(shell …)` in a line, which run whatever is asked for."""
    return [_closed(part) for part in line.split("$(shell ")[1:]]


def _closed(text: str) -> str:
    """Give a text up to the bracket that closes it."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return text[:at]
    return text


def _filled(line: str, variables: dict[str, str]) -> str:
    """Give a recipe's line as the shell gets it: what make fills in is put there where it is known."""
    for name, value in variables.items():
        line = line.replace(f"$({name})", value).replace(f"${{{name}}}", value)
    line = (
        line.replace("$(MAKE)", "make")
        .replace("$@", UNKNOWN_PART)
        .replace("$<", UNKNOWN_PART)
        .replace("$^", UNKNOWN_PART)
    )
    line = line.replace("$(shell ", "$\0(")
    parts = line.split("$(")
    line = parts[0] + "".join(UNKNOWN_PART + part[len(_closed(part)) + 1 :] for part in parts[1:])
    return line.replace("$\0(", "$(").replace("$$", "$")
