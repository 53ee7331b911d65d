"""A disk as a power cut leaves it: what a recorded run asked of it, replayed up to any step, with and without what was not
synced.

The model: a write that was not synced may be there or not, and may be torn between two sectors; a file grows in order (what
was appended last is lost first); a name that was made, changed or taken away may be as it was before, until its directory
is synced. Not modelled: sectors that change although nobody wrote them, and disks that lie about a sync.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SECTOR = 512
KINDS = "wstrucd"


class Step:
    """One thing that was asked: `w`rite, `s`ync, `t`runcate, `r`ename, `u`nlink, `c`reate a file, make a `d`irectory."""

    def __init__(self, kind: str, name: str, other: str, at: int, data: bytes) -> None:
        self.kind, self.name, self.other, self.at, self.data = kind, name, other, at, data


def steps_of(log: Path) -> list[Step]:
    """Read what the shim wrote down."""
    raw, here, found = log.read_bytes(), 0, []

    def take(size: int) -> bytes:
        nonlocal here
        here += size
        return raw[here - size : here]

    while here < len(raw):
        kind = take(1).decode()
        assert kind in KINDS
        name = take(struct.unpack("<I", take(4))[0]).decode()
        other = take(struct.unpack("<I", take(4))[0]).decode()
        (at,) = struct.unpack("<q", take(8))
        found.append(Step(kind, name, other, at, take(struct.unpack("<I", take(4))[0])))
    return found


class File:
    """What is durable of a file, and what was asked since the last sync."""

    def __init__(self, data: bytes = b"") -> None:
        self.durable = data
        self.pending: list[Step] = []

    def after(self, keep: list[bool], torn: int) -> bytes:
        """Give the bytes with the pending steps that are kept; `torn` cuts the last kept write after so many sectors."""
        data = bytearray(self.durable)
        last = max((n for n, kept in enumerate(keep) if kept), default=-1)
        for n, step in enumerate(self.pending):
            if not keep[n]:
                continue
            if step.kind == "t":
                data[step.at :] = b""
                data.extend(b"\0" * (step.at - len(data)))
                continue
            part = step.data[: torn * SECTOR] if torn >= 0 and n == last else step.data
            data.extend(b"\0" * (step.at - len(data)))
            data[step.at : step.at + len(part)] = part
        return bytes(data)


class Disk:
    """A directory, as the running system sees it and as it lies on the disk."""

    def __init__(self, begin: Path) -> None:
        self.now: dict[str, File] = {}
        self.directories: set[str] = set()
        for path in begin.rglob("*"):
            name = str(path.relative_to(begin))
            if path.is_dir():
                self.directories.add(name)
            elif not name.endswith("-shm"):
                self.now[name] = File(path.read_bytes())
        self.durable = dict(self.now)
        self.moved: list[tuple[str, str]] = []  # directories, until the one that holds their names is synced

    def apply(self, step: Step) -> None:
        """Do one step."""
        match step.kind:
            case "c":
                self.now[step.name] = File()
            case "w" | "t":
                self.now[step.name].pending.append(step)
            case "r" if step.name in self.now:
                self.now[step.other] = self.now.pop(step.name)
            case "r":
                self.now = _below(self.now, step.name, step.other)
                self.moved.append((step.name, step.other))
                self.directories.add(step.other)
            case "u":
                self.now.pop(step.name, None)
            case "d":
                self.directories.add(step.name)
            case _:
                self._sync(step.name)

    def _sync(self, name: str) -> None:
        file = self.now.get(name)
        if file is not None:
            file.durable = file.after([True] * len(file.pending), -1)
            file.pending = []
            return
        for old, new in self.moved:
            if os.path.dirname(old) == name:
                self.durable = _below(self.durable, old, new)
        self.moved = [(old, new) for old, new in self.moved if os.path.dirname(old) != name]
        self.durable = {one: f for one, f in self.durable.items() if os.path.dirname(one) != name}
        self.durable |= {one: f for one, f in self.now.items() if os.path.dirname(one) == name}

    def left(self, how: str, chance: Random) -> dict[str, bytes]:
        """Give the files after a power cut now: `all` of it, what was `synced`, or `some` of what was not."""
        if how == "all":
            return {name: f.after([True] * len(f.pending), -1) for name, f in self.now.items()}
        if how == "synced":
            return {name: f.after([False] * len(f.pending), -1) for name, f in self.durable.items()}
        names = self.now if chance.random() < 0.5 else self.durable
        return {name: f.after(self._some(name, f, chance), chance.randrange(-1, 4)) for name, f in names.items()}

    def _some(self, name: str, file: File, chance: Random) -> list[bool]:
        if name.startswith("audit/"):  # appended to, in order
            kept = chance.randrange(len(file.pending) + 1)
            return [n < kept for n in range(len(file.pending))]
        return [chance.random() < 0.5 for _ in file.pending]


def _below(files: dict[str, File], old: str, new: str) -> dict[str, File]:
    """Give the files with those below one directory moved below another."""
    return {new + name.removeprefix(old) if name.startswith(old + "/") else name: file for name, file in files.items()}


def lay(files: dict[str, bytes], directories: set[str], place: Path) -> None:
    """Write what was left into a new directory."""
    place.mkdir(mode=0o700)
    for name in sorted(directories):
        (place / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, data in files.items():
        (place / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (place / name).write_bytes(data)


def cuts(begin: Path, steps: list[Step], ways: tuple[str, ...]) -> Iterator[tuple[int, str, Disk]]:
    """Give the disk before the first step and after each, with each way in which the power can go."""
    disk = Disk(begin)
    for n, step in enumerate((None, *steps)):
        if step is not None:
            disk.apply(step)
        for how in ways:
            yield n, how, disk
