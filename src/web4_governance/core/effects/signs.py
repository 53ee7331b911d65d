"""What code does by signs instead of calls: quoted commands of Ruby, Perl and PHP, and Perl's `open`."""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.expressions import literal_at
from web4_governance.core.effects.names import names
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLANK = " \t\n\r"
CLOSING = {"(": ")", "{": "}", "[": "]", "|": "|", "!": "!", "/": "/", "<": ">"}
QUOTED = "the code quotes a command"
PIPED = "the code pipes to or from a command"
OPENED = "the code opens it"
SHELLS = frozenset(names("sh bash zsh dash ksh ash fish csh /bin/sh /bin/bash /usr/bin/env"))
MAX_ARGUMENTS = 400
MAX_COMMAND = 1_000
MAX_OPENED = 1_000
# Words behind which CMake's execute_process() says other things of a command (cmake-commands(7)).
CMAKE_ENDS = (" WORKING_DIRECTORY", " RESULT_VARIABLE", " OUTPUT_", " ERROR_", " TIMEOUT ", " INPUT_FILE", " COMMAND_")


@value
class Found:
    """One call: its effect, the literal it was given (None where it is no plain literal), and how to take that.

    `takes` is `path`, `url`, `command`, `code` or the empty string; `role` says what part the call plays in a flow. `at` is
    where in the code the call stands, -1 where that is not told; `cwd` where it says that a command runs.
    """

    effect: Effect | None
    literal: str | None
    takes: str
    why: str
    role: str = ""
    at: int = -1
    cwd: str | None = ""


def quoted(code: str) -> Iterator[Found]:
    """Give the commands between backticks, and in `%x(...)` and `qx(...)`."""
    for at, part in enumerate(code.split("`")):
        if at % 2:
            yield _command(part, QUOTED)
    for sign in ("%x", "qx"):
        at = code.find(sign)
        while at >= 0:
            opening = code[at + 2 : at + 3]
            inside, close, _ = code[at + 3 : at + MAX_COMMAND].partition(CLOSING.get(opening, "\0"))
            if close and not code[at - 1 : at].isalnum():
                yield replace(_command(inside, QUOTED), at=at)
            at = code.find(sign, at + 2)


def perl_files(code: str, filled: Callable[[str], str]) -> Iterator[Found]:
    """Give what Perl's `open` opens: `open(F, '<', 'x')`, `open F, ">x"`, `open(F, "cmd |")`, `open(F, '-|', 'cmd')`."""
    at, seen = code.find("open"), 0
    while at >= 0:
        seen += 1
        if seen > MAX_OPENED:
            yield Found(effect=Effect.OPAQUE, literal=None, takes="", why="opens more than is read")
            return
        if code[at + 4 : at + 5] in ("(", " ") and not code[at - 1 : at].isalnum():
            texts = _literals(code[at + 4 : at + MAX_ARGUMENTS].partition(";")[0].partition(" or ")[0], filled)
            if texts:
                yield replace(_opened(texts), at=at)
        at = code.find("open", at + 4)


def words(code: str, at: int, *, lines: bool) -> str | None:
    """Give the command that stands in the code as words, as m4, Tcl and CMake have it, up to where the call ends.

    `lines` says that it ends with the line.
    """
    depth, end = 1, at
    for end in range(at, min(len(code), at + MAX_COMMAND)):
        char = code[end]
        depth += (char in "({[") - (char in ")}]")
        if depth <= 0 or (lines and char in "\n;" and depth == 1):
            break
    else:
        end = min(len(code), at + MAX_COMMAND)
    text = code[at:end].strip().removeprefix("`").removesuffix("'").strip("{} ")
    for keyword in CMAKE_ENDS:
        text = text.partition(keyword)[0]
    return text.replace("COMMAND ", " ; ").strip() or None


def _opened(texts: list[str]) -> Found:
    mode, path = (texts[0], texts[1]) if len(texts) > 1 else _mode_of(texts[0])
    if "|" in mode and path.strip() in SHELLS and not mode.strip().endswith("-|") and texts[0].strip()[-1:] != "|":
        return Found(effect=Effect.OPAQUE, literal=None, takes="", why="the code pipes what it makes to a shell")
    if "|" in mode:
        return _command(path, PIPED)
    effect = Effect.FILE_WRITE if ">" in mode or "+" in mode else Effect.FILE_READ
    return Found(effect=effect, literal=path.strip(), takes="path", why=OPENED)


def _mode_of(text: str) -> tuple[str, str]:
    """`>x` and `cmd |` say in one text what is opened and how."""
    if text.strip()[:1] == "|" or text.strip()[-1:] == "|":
        return "|", text.strip("| ")
    path = text.lstrip("<>+& ")
    return text[: len(text) - len(path)], path


def _literals(code: str, filled: Callable[[str], str]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(code):
        text, end = literal_at(code, at) if code[at] in "'\"" else (None, at)
        if text is not None:
            found.append(filled(text) if code[at] == '"' else text)
        at = max(end, at + 1)
    return found


def _command(command: str | None, why: str) -> Found:
    known = command is not None and "#{" not in command and "$" not in command
    return Found(effect=Effect.CODE_RUN, literal=command if known else None, takes="command", why=why)
