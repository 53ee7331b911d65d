"""The face of the verifier that lies in each bundle as `verify.py`: the core's own code, and nothing else (bundle.md B5).

Only the core and the standard library are imported here, so that the whole of it goes into one file. It reads a tar or a
directory, unpacks nothing, and prints the verdict. Exit codes are those of `web4 verify`.
"""

from __future__ import annotations

import marshal
import os
import sys
import tarfile

from web4_governance.core.errors import InputError, NoteError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.bundle import NOT_OF_SELECTION, NOT_OF_WHOLE, stretch, verify_bundle
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

USAGE = "usage: python3 verify.py [--key VKEY]... [--witness VKEY]... [--require-anchor] [BUNDLE]"
MOST = 4 * 1024 * 1024  # bytes of a file that is read whole: manifest, heads
LONGEST_LINE = 64 * 1024 * 1024
BAD = 3
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
        try:
            with open(os.path.join(self._path, name), "rb") as file:
                return file.read(MOST)
        except FileNotFoundError:
            return b""

    def lines(self, name: str) -> Iterator[bytes]:
        """Give a file's lines."""
        try:
            with open(os.path.join(self._path, name), "rb") as file:
                yield from file
        except FileNotFoundError:
            return


class TarFiles:
    """A bundle as it was made. Two files of one name are no bundle: readers would differ on which one counts."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")  # noqa: SIM115  # open as long as the verifier runs
        try:
            self._tar = tarfile.open(fileobj=self._file, mode="r:")  # noqa: SIM115  # likewise
            members = [member for member in self._tar.getmembers() if member.isreg()]
        except (tarfile.TarError, EOFError, ValueError) as error:
            self._file.close()
            raise InputError(f"`{path}` is no tar: {str(error).lower()}") from None
        self._members = {member.name: member for member in members}
        self.twice = len(self._members) != len(members)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the tar."""
        self._file.close()

    def names(self) -> tuple[str, ...]:
        """Give the names of all files."""
        return tuple(sorted(self._members))

    def read(self, name: str) -> bytes:
        """Give a small file whole, empty where there is none."""
        file = self._open(name)
        return file.read(MOST) if file else b""

    def lines(self, name: str) -> Iterator[bytes]:
        """Give a file's lines."""
        file = self._open(name)
        while file and (line := file.readline(LONGEST_LINE)):
            yield line

    def _open(self, name: str) -> IO[bytes] | None:
        member = self._members.get(name)
        return self._tar.extractfile(member) if member else None


def open_files(path: str) -> DirectoryFiles | TarFiles:
    """Open a bundle; InputError where there is none."""
    try:
        if os.path.isdir(path):
            return DirectoryFiles(path)
        files = TarFiles(path)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from None
    if files.twice:
        files.close()
        raise InputError(f"`{path}` has two files of one name")
    return files


def main(words: list[str], beside: str = "") -> int:
    """Verify the bundle that is named, or the one that this file lies in; print the verdict and give the exit code."""
    try:
        path, keys, strict = _arguments(words)
        with open_files(path or beside or ".") as files:
            report, whole = verify_bundle(
                files,
                pinned=keys["--key"],
                witnesses=keys["--witness"],
                check=ed25519.verify,
                apart=_apart(path or beside or "."),
            )
    except (InputError, NoteError, OSError, tarfile.TarError) as error:
        print(f"verify: {error}", file=sys.stderr)  # noqa: T201  # a face
        return BAD
    code = exit_code(report, require_anchor=strict)
    for line in told(report, whole=whole):
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


def _arguments(words: list[str]) -> tuple[str, dict[str, list[VerifierKey]], bool]:
    keys: dict[str, list[VerifierKey]] = {"--key": [], "--witness": []}
    rest, strict = "", False
    while words:
        word = words.pop(0)
        if word in keys and words:
            keys[word].append(VerifierKey.from_text(words.pop(0)))
        elif word == "--require-anchor":
            strict = True
        elif word.startswith("-") or rest:
            raise InputError(USAGE)
        else:
            rest = word
    return rest, keys, strict


def told(report: Report, *, whole: bool) -> Iterator[str]:
    """Give what is printed: the steps, what was found, what is not covered, the verdict last."""
    left_out = NOT_OF_WHOLE if whole else NOT_OF_SELECTION
    failed = {found.step for found in report.findings}
    for number, claim in STEPS.items():
        result = "failed" if number in failed else "not asked" if number in left_out else "ok"
        yield f"{number:>3}. {result:<9}  {claim}"
        yield from (f"     {_safe(f.place)}: {_safe(f.reason)}" for f in report.findings if f.step == number)
    yield from (f"gap  {_safe(g.place)}: {_safe(g.reason)} ({g.explained or 'unexplained'})" for g in report.gaps)
    yield from (f"uncorroborated  {_safe(f.place)}: {_safe(f.reason)}" for f in report.uncorroborated)
    yield from (f"anchored  {one.size} entries by {_safe(one.by)}" for one in report.anchored)
    yield from (f"note {_safe(note)}" for note in report.notes)
    yield f"{report.tally.entries} entries, {report.tally.opened} openings match, {report.tally.closed} commitments stay closed"
    if report.root:
        yield f"root {report.root}"
    yield from (f"not covered: {text}" for text in report.not_covered)
    yield f"{report.verdict}" + (f" at {_safe(report.place)}: {_safe(report.reason)}" if report.place else "")


def _safe(text: str) -> str:
    """Show what an agent may have written, and let no terminal obey it."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
