"""Reads the scripts that a call runs, so that it is judged by what they do: the middle of plan, gather, judge.

Which files is the call's to say (effects.md A9). Each is read once, at one moment: what runs later may be another text, and
nothing here says otherwise. Regular files only, of text, bounded in size, number, depth and time; what does not fit into
number or time is `opaque`. Loaded only for a call that runs a file.
"""

from __future__ import annotations

import os
import stat
from time import monotonic

from web4_governance.app.regular import read_regular
from web4_governance.core.action import Effect, TargetKind
from web4_governance.core.digest import sha256_hex
from web4_governance.core.effects.scripts import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web4_governance.core.action import Action
    from web4_governance.core.effects import Protected

    Again = Callable[[Mapping[str, str], frozenset[str]], Action]
    Script = tuple[str, str, int]  # path, SHA-256 in hex of what was read, its size in bytes

MOST_BYTES = 64 * 1024  # of one file
MOST_TEXT = 256 * 1024  # of all
MOST_FILES = 16
MOST_TRIED = 64
DEPTH = 3  # a script, what it runs, and what that runs
MOST_S = 0.5  # for looking alone
NO_FILES = ("/proc/", "/sys/", "/dev/")  # what lies there looks like a file, and reading it does something


class _Found:
    """The scripts of one call that were read so far."""

    def __init__(self, kept: Protected) -> None:
        self.texts: dict[str, str] = {}
        self.scripts: list[Script] = []
        self.more = False
        self._kept = kept
        self._tried: set[str] = set()
        self._left = MOST_TEXT
        self._left_s = MOST_S

    def look(self, paths: tuple[str, ...]) -> bool:
        """Read what is new of these; say whether there was any."""
        before, begun = len(self.texts), monotonic()
        for path in paths:
            if path in self._tried:
                continue
            if len(self._tried) >= MOST_TRIED or len(self.texts) >= MOST_FILES or monotonic() - begun > self._left_s:
                self.more = self.more or _is_script(path)
                continue
            self._tried.add(path)
            data = b"" if self._is_own(path) else _bytes(path)
            if not data:
                continue
            self._left -= len(data)
            if self._left < 0:
                self.more = True
                continue
            self.texts[path] = data.decode("utf-8", "replace")
            self.scripts.append((path, sha256_hex(data), len(data)))
        self._left_s -= monotonic() - begun
        return len(self.texts) > before

    def _is_own(self, path: str) -> bool:
        """Say whether it is the gate's own program, or lies in what it runs on: what that does, its words tell."""
        return path.rpartition("/")[2] in self._kept.programs or self._kept.runs_on(os.path.realpath(path))


def with_scripts(action: Action, again: Again, kept: Protected) -> tuple[Action, tuple[Script, ...]]:
    """Give a call with what the scripts would do that it runs, and which those are.

    Args:
        action: The call by its own words, with the files whose text it may run.
        again: Derives the call anew with texts of files, and those of them that may stay though the call writes over them.
        kept: What the gate protects.
    """
    found = _Found(kept)
    read = action
    for _ in range(DEPTH):
        if not found.look(read.scripts):
            break
        read = again(found.texts, frozenset(path for path in found.texts if _stays(path, action)))
    else:
        found.more = found.more or any(path not in found.texts and _is_script(path) for path in read.scripts)
    if not found.texts and not found.more:
        return action, ()
    return within(action, read, more=found.more), tuple(found.scripts)


def _is_script(path: str) -> bool:
    return bool(_bytes(path))


def _bytes(path: str) -> bytes:
    """Give what a file holds; nothing where it is no regular file, of no text, too large, or cannot be read."""
    try:
        if path.startswith(NO_FILES) or os.path.realpath(path).startswith(NO_FILES):
            return b""
        looked = os.stat(path)
        if not stat.S_ISREG(looked.st_mode) or not 0 < looked.st_size <= MOST_BYTES:
            return b""
        data = read_regular(path, MOST_BYTES + 1, listened=False)
    except (OSError, ValueError):
        return b""
    return b"" if len(data) > MOST_BYTES or b"\0" in data else data


def _stays(path: str, action: Action) -> bool:
    """Say whether a file may stay as it is though the call writes over it: it cannot be written, or its rights change first."""
    for deed in action.deeds:
        target = deed.target
        moded = deed.effect is Effect.FILE_MODE and target is not None and target.kind is TargetKind.PATH
        if moded and target is not None and (not target.exact or path.startswith(target.resolved)):
            return True
        if deed.argv[:1] == ("set",) and any(word is None or "C" in word or "clobber" in word for word in deed.argv):
            return True
    return not os.access(path, os.W_OK)
