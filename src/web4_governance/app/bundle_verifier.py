"""The face of the verifier that lies in each bundle as `verify.py`: the core's own code, and nothing else (bundle.md B5).

Only the core and the standard library are imported here, so that the whole of it goes into one file. It reads a tar or a
directory, unpacks nothing, and prints the verdict. Exit codes are those of `web4 verify`.
"""

from __future__ import annotations

import marshal
import os
import sys

from web4_governance.core.errors import InputError, NoteError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.assurance import of_entries_alone
from web4_governance.core.ledger.bundle import NOT_OF_SELECTION, NOT_OF_WHOLE, stretch, verify_bundle
from web4_governance.core.ledger.log_policy import LogPolicy
from web4_governance.core.ledger.note import VerifierKey
from web4_governance.core.ledger.part import Part
from web4_governance.core.ledger.verdict import exit_code
from web4_governance.core.ledger.verify import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Self

    from web4_governance.core.ledger.bundle import Apart, Told
    from web4_governance.core.ledger.verdict import Report

USAGE = (
    "usage: python3 verify.py [--key VKEY]... [--witness VKEY]... [--head FILE]... [--log-policy FILE]"
    " [--require-anchor] [BUNDLE]"
)
MOST = 4 * 1024 * 1024  # bytes of a file that is read whole: manifest, heads
LONGEST_LINE = 64 * 1024 * 1024
BAD = 3
BLOCK = 512  # of a tar
PLAIN, DIRECTORY = (b"0", b"\0"), b"5"
FIELDS = tuple(Part.__annotations__)


class DirectoryFiles:
    """A bundle that was unpacked."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """There is nothing to close."""

    def __init__(self, path: str) -> None:
        self._path = path

    def names(self) -> tuple[str, ...]:
        """Give the names of all files."""
        found = []
        for directory, _, names in os.walk(self._path):
            inside = os.path.relpath(directory, self._path)
            found += [name if inside == "." else f"{inside}/{name}" for name in names]
        return tuple(sorted(found))

    def read(self, name: str) -> bytes:
        """Give a small file whole, empty where there is none."""
        path = os.path.join(self._path, name)
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read(MOST)

    def lines(self, name: str) -> Iterator[bytes]:
        """Give a file's lines; what is no regular file is none, so that nobody waits for a pipe."""
        path = os.path.join(self._path, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                yield from file


class TarFiles:
    """A bundle as it was made: plain files one after the other, each header's size the one that is read (bundle.md B1).

    Not tarfile's many dialects, in which a small file can claim to hold an endless one. Two files of one name are no bundle:
    readers would differ on which one counts.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._members: dict[str, tuple[int, int]] = {}
        self.twice = False
        with open(path, "rb") as file:
            end = os.fstat(file.fileno()).st_size
            while block := self._header(file):
                name, size = block
                start = file.tell()
                if start + size > end:
                    raise InputError(f"`{path}` is no tar: it ends within `{name}`")
                self.twice = self.twice or name in self._members
                self._members[name] = (start, size)
                file.seek(-size % BLOCK + size, os.SEEK_CUR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is open between two questions."""

    def names(self) -> tuple[str, ...]:
        """Give the names of all files."""
        return tuple(sorted(self._members))

    def read(self, name: str) -> bytes:
        """Give a small file whole, empty where there is none."""
        start, size = self._members.get(name, (0, 0))
        with open(self._path, "rb") as file:
            file.seek(start)
            return file.read(min(size, MOST))

    def lines(self, name: str) -> Iterator[bytes]:
        """Give a file's lines."""
        start, left = self._members.get(name, (0, 0))
        with open(self._path, "rb") as file:
            file.seek(start)
            while left and (line := file.readline(min(left, LONGEST_LINE))):
                left -= len(line)
                yield line

    def _header(self, file: IO[bytes]) -> tuple[str, int] | None:
        """Give name and size of the next plain file; None at the end, a directory is passed over."""
        while any(block := file.read(BLOCK)):
            if len(block) < BLOCK or block[257:262] != b"ustar":
                raise InputError(f"`{self._path}` is no tar: there is no header where one should be")
            if sum(block[:148]) + 8 * 32 + sum(block[156:]) != _octal(block[148:156]):
                raise InputError(f"`{self._path}` is no tar: a header is damaged")
            before = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
            name = f"{before}/{_text(block[:100])}" if before else _text(block[:100])
            if block[156:157] == DIRECTORY:
                continue
            size = _octal(block[124:136])
            if block[156:157] not in PLAIN or size < 0:
                hint = "unpack it, and verify the directory"
                raise InputError(f"`{self._path}` holds more than plain files: `{name[:200]}`; {hint}")
            return name.removeprefix("./"), size
        return None


def _octal(field: bytes) -> int:
    """Give the number in a header's field, -1 where it is none."""
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and set(digits) <= set(b"01234567") else -1


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def open_files(path: str) -> DirectoryFiles | TarFiles:
    """Open a bundle; InputError where there is none."""
    try:
        if os.path.isdir(path):
            return DirectoryFiles(path)
        if not os.path.isfile(path) and os.path.exists(path):
            raise InputError(f"`{path}` is no regular file")
        files = TarFiles(path)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from None
    if files.twice:
        raise InputError(f"`{path}` has two files of one name")
    return files


def main(words: list[str], beside: str = "") -> int:
    """Verify the bundle that is named, or the one that this file lies in; print the verdict and give the exit code."""
    try:
        path, given, strict = _arguments(words)
        policies = [LogPolicy.from_bytes(_small(name)) for name in given["--log-policy"]]
        with open_files(path or beside or ".") as files:
            report, whole = verify_bundle(
                files,
                pinned=[*map(VerifierKey.from_text, given["--key"])],
                witnesses=[*map(VerifierKey.from_text, given["--witness"])],
                check=ed25519.verify,
                apart=_apart(path or beside or "."),
                held=[(name, _small(name)) for name in given["--head"]],
                policy=policies[0] if policies else None,
            )
    except (InputError, NoteError, OSError) as error:
        print(f"verify: {error}", file=sys.stderr)  # noqa: T201  # a face
        return BAD
    code = exit_code(report, require_anchor=strict)
    for line in told(of_entries_alone(report), whole=whole):
        print(line)  # noqa: T201  # a face
    return code


def _apart(path: str) -> Apart | None:
    """Have the second half of a bundle read by a process of its own, where there are two cores and processes can be forked."""
    if (os.cpu_count() or 1) < 2 or not hasattr(os, "fork"):  # noqa: PLR2004  # one reads here
        return None

    def start(half: int, sizes: tuple[int, ...]) -> Callable[[], Told]:
        out, back = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(out)
                with open_files(path) as files, open(back, "wb") as told:
                    found = stretch(files, half, sizes)
                    if found is not None:
                        marshal.dump((*(getattr(found[0], name) for name in FIELDS), found[1]), told)
            finally:
                os._exit(0)
        os.close(back)
        return lambda: _told(out, child)

    return start


def _told(out: int, child: int) -> Told:
    with open(out, "rb") as file:
        data = file.read()
    os.waitpid(child, 0)
    try:
        told = marshal.loads(data)  # noqa: S302  # of our own child, through a pipe that it alone has
    except (EOFError, ValueError, TypeError):
        return None  # it found something, or died: then it is read here
    return Part(**dict(zip(FIELDS, told, strict=False))), told[-1]


def _small(path: str) -> bytes:
    """Read a head or a policy that is held beside the bundle."""
    if not os.path.isfile(path):
        raise InputError(f"`{path}` is no file that can be read")
    with open(path, "rb") as file:
        return file.read(MOST)


def _arguments(words: list[str]) -> tuple[str, dict[str, list[str]], bool]:
    given: dict[str, list[str]] = {"--key": [], "--witness": [], "--head": [], "--log-policy": []}
    rest, strict = "", False
    while words:
        word = words.pop(0)
        if word in given and words:
            given[word].append(words.pop(0))
        elif word == "--require-anchor":
            strict = True
        elif word.startswith("-") or rest:
            raise InputError(USAGE)
        else:
            rest = word
    if len(given["--log-policy"]) > 1:
        raise InputError("there is one log policy")
    return rest, given, strict


def told(report: Report, *, whole: bool) -> Iterator[str]:
    """Give what is printed: the steps, what was found, what is not covered, the verdict last."""
    left_out = NOT_OF_WHOLE if whole else NOT_OF_SELECTION
    failed, doubtful = ({found.step for found in some} for some in (report.findings, report.uncorroborated))
    for number, claim in STEPS.items():
        held = "open" if number in doubtful else "not asked" if number in left_out else "ok"
        result = "failed" if number in failed else held
        yield f"{number:>3}. {result:<9}  {claim}"
        yield from (f"     {_safe(f.place)}: {_safe(f.reason)}" for f in report.findings if f.step == number)
    yield from (f"gap  {_safe(g.place)}: {_safe(g.reason)} ({g.explained or 'unexplained'})" for g in report.gaps)
    yield from (f"uncorroborated  {_safe(f.place)}: {_safe(f.reason)}" for f in report.uncorroborated)
    yield from (f"anchored  {one.size} entries by {_safe(one.by)}" for one in report.anchored)
    yield from (f"note {_safe(note)}" for note in report.notes)
    yield f"{report.tally.entries} entries, {report.tally.opened} openings match, {report.tally.closed} commitments stay closed"
    if report.root:
        yield f"root {report.root}"
    yield from (f"holds {text}" for text in report.holds if text[:1] == "G" and text[2:4] == ": ")
    yield from (f"not covered: {text}" for text in report.not_covered)
    yield f"{report.verdict}" + (f" at {_safe(report.place)}: {_safe(report.reason)}" if report.place else "")


def _safe(text: str) -> str:
    """Show what an agent may have written, and let no terminal obey it."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
