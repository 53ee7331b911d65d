"""What a bundle is made of while it is made: `FILE.partial`, which an export that was stopped goes on from (bundle.md B9).

Frames, one after the other: the first holds the plan, every other one the lines of some entries. A frame is the last place
in it, how many entries there are with it, the lengths of its four sections, and these. Nothing is ever changed in it: a
note says up to where it is on the disk, with the digest of all before that.
"""

from __future__ import annotations

import os
import struct
from hashlib import sha256

from web4_governance.app.exports import partial, sidecar
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import CanonicalError, UsageError
from web4_governance.core.value import fields, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from web4_governance.core.canonical import Json

FORMAT = "bundle"
FRAME = struct.Struct(">qQ4Q")
PLACE = struct.Struct(">q")
ENTRIES, OPENINGS, PROOFS, USED = range(4)
BEFORE_ALL = -(2**63)
BLOCK = 1 << 20


@value
class Plan:
    """What is settled when a bundle is begun, so that it is the same whenever it gets done.

    The tree (`size`, `root` in hex) and the head it had then (`head`), the log's name and keys, signed heads by size and
    successions (notes in hex), and, of a selection, the places; of what is shown in some calls alone, theirs.
    """

    size: int
    root: str
    head: int
    origin: str
    keys: tuple[str, ...]
    heads: tuple[tuple[int, str], ...]
    successions: tuple[str, ...]
    places: tuple[int, ...] | None
    shown: frozenset[int] | None

    def sections(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Give it as the sections of a frame."""
        plain: dict[str, Json] = {
            "size": self.size,
            "root": self.root,
            "head": self.head,
            "origin": self.origin,
            "keys": list(self.keys),
            "heads": [[size, note] for size, note in self.heads],
            "successions": list(self.successions),
            "whole": self.places is None,
            "everywhere": self.shown is None,
        }
        return encode(plain), _packed(self.places or ()), _packed(sorted(self.shown or ())), b""

    @classmethod
    def from_sections(cls, sections: Sequence[bytes]) -> Plan:
        """Read it; CanonicalError, KeyError, TypeError or ValueError where it is none."""
        found = decode(sections[0])
        if not isinstance(found, dict):
            raise TypeError("a plan is an object")
        whole, everywhere = found.pop("whole"), found.pop("everywhere")
        lists = {name: tuple(found.pop(name)) for name in ("keys", "successions")}  # type: ignore[arg-type]  # ours
        heads = tuple((one[0], one[1]) for one in found.pop("heads"))  # type: ignore[union-attr,index]  # ours
        return cls(
            **found,  # type: ignore[arg-type]  # ours, as the digest says
            **lists,  # type: ignore[arg-type]
            heads=heads,  # type: ignore[arg-type]
            places=None if whole else _unpacked(sections[1]),
            shown=None if everywhere else frozenset(_unpacked(sections[2])),
        )


class Work:
    """The unfinished bundle of one export, open for writing. `place`, `records` and `used` say how far it is."""

    def __init__(self, file: str, out: BinaryIO, asked: str) -> None:
        self._file = file
        self._out = out
        self._asked = asked
        self._hash = sha256()
        self._size = 0
        self.place = BEFORE_ALL
        self.records = 0
        self.used: tuple[str, ...] = ()

    def begin(self, plan: Plan) -> None:
        """Write the plan; from here on there is something to go on with."""
        self._append(BEFORE_ALL, 0, plan.sections())
        self.keep()

    def add(self, place: int, records: int, lines: Sequence[bytes], used: Sequence[str]) -> None:
        """Append the lines of some entries, up to a place: entries, openings and proofs."""
        self.place, self.records, self.used = place, self.records + records, tuple(used)
        self._append(place, self.records, (*lines, encode(list(used))))

    def keep(self) -> None:
        """Put what was appended on the disk, and then a note of it."""
        self._out.flush()
        os.fsync(self._out.fileno())
        note = sidecar.Note(
            format=FORMAT,
            asked=self._asked,
            place=-1,
            size=self._size,
            records=self.records,
            since=0,
            until=0,
            digest=self._hash.hexdigest(),
        )
        sidecar.write(self._file, note)

    def go_on(self, told: Callable[[int, int], object]) -> Plan:
        """Take up what the note speaks of, and cut off the rest; `told` hears of how many bytes how many were looked at.

        Raises:
            UsageError: It was begun by another command or is not what was written.
        """
        note = sidecar.read(self._file)
        path = partial.path_of(self._file)
        if note.format != FORMAT:
            raise UsageError(f"`{self._file}` was begun as {note.format}, not {FORMAT}", hint=partial.ANEW)
        if note.asked != self._asked:
            message = f"`{path}` was begun from another ledger, with other options, or by another version"
            raise UsageError(message, hint=partial.ANEW)
        there = os.fstat(self._out.fileno()).st_size
        if there < note.size:
            raise UsageError(f"`{path}` has {there} bytes, and {note.size} were written", hint=partial.ANEW)
        self._digest(note.size, told)
        if self._hash.hexdigest() != note.digest:
            raise UsageError(f"`{path}` is damaged: it is not what was written", hint=partial.ANEW)
        try:
            return self._take_up(note.size)
        except (CanonicalError, KeyError, TypeError, ValueError, struct.error):
            raise UsageError(f"`{path}` is no unfinished bundle", hint=partial.ANEW) from None

    def size_of(self, section: int) -> int:
        """Give how many bytes one section of all entries has."""
        return sum(sizes[section] for _at, _place, _records, sizes in self._lots())

    def read(self, section: int) -> Iterator[bytes]:
        """Give one section of all entries, piece by piece."""
        for at, _place, _records, sizes in self._lots():
            yield self._piece(at, sizes, section)

    def remove(self) -> None:
        """Take it away, with its note."""
        partial.remove(self._file)

    def leave(self) -> None:
        """Leave it for an export that goes on; where nothing was begun, nothing is left."""
        if not self._size:
            self.remove()

    def _append(self, place: int, records: int, sections: Sequence[bytes]) -> None:
        for data in (FRAME.pack(place, records, *map(len, sections)), *sections):
            self._out.write(data)
            self._hash.update(data)
            self._size += len(data)

    def _digest(self, size: int, told: Callable[[int, int], object]) -> None:
        self._out.seek(0)
        left = size
        while left:
            data = self._out.read(min(left, BLOCK))
            if not data:  # cut meanwhile
                break
            self._hash.update(data)
            left -= len(data)
            told(size - left, size)

    def _take_up(self, size: int) -> Plan:
        os.ftruncate(self._out.fileno(), size)
        self._size = size
        first = next(self._frames(), None)
        if first is None:
            raise ValueError("there is no plan")
        at, _place, _records, sizes = first
        plan = Plan.from_sections([self._piece(at, sizes, n) for n in range(len(sizes))])
        for at, place, records, sizes in self._lots():
            self.place, self.records = place, records
            last = (at, sizes)
        if self.records:
            used = decode(self._piece(*last, USED))
            self.used = tuple(map(str, used)) if isinstance(used, list) else ()
        self._out.seek(size)
        return plan

    def _lots(self) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
        frames = self._frames()
        next(frames)
        return frames

    def _frames(self) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
        """Give each frame: where its sections begin, its last place, its records, and the sections' sizes."""
        at = 0
        while at < self._size:
            self._out.seek(at)
            place, records, *sizes = FRAME.unpack(self._out.read(FRAME.size))
            at += FRAME.size
            if at + sum(sizes) > self._size:
                raise ValueError("a frame is cut")
            yield at, place, records, tuple(sizes)
            at += sum(sizes)

    def _piece(self, at: int, sizes: tuple[int, ...], section: int) -> bytes:
        self._out.seek(at + sum(sizes[:section]))
        return self._out.read(sizes[section])


def asked_for(*, what: dict[str, Json], program: bytes) -> str:
    """Digest what is asked for, and the program that makes it: an export goes on only where both are the same."""
    return sha256(encode({"asked": what, "program": sha256(program).hexdigest()})).hexdigest()


def names_of(of: object) -> dict[str, Json]:
    """Give the fields of a value of ours by name."""
    return {name: getattr(of, name) for name in fields(of)}


def _packed(places: Sequence[int]) -> bytes:
    return b"".join(map(PLACE.pack, places))


def _unpacked(data: bytes) -> tuple[int, ...]:
    return tuple(place for (place,) in PLACE.iter_unpack(data))
