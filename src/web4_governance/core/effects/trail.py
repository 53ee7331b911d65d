"""What the commands of a call leave on the disk for those behind them: where files come from, links, what waits for a file.

By paths and words alone; nothing is looked up. One trail a call, so that a text inside a command's words sees what was
done before it.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, Place, TargetKind
from web4_governance.core.effects.flows import NETWORK
from web4_governance.core.effects.places import locate, resolve
from web4_governance.core.shell.shells import SHELLS
from web4_governance.core.shell.written import READ_UNASKED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from web4_governance.core.action import Target
    from web4_governance.core.effects.places import Scene
    from web4_governance.core.shell.command import Command

    Touched = tuple[Effect | None, Target | None]

MOST_KEPT = 1024
MOST_LINKS = 8
PACKED = (".gz", ".xz", ".bz2", ".zst", ".Z", ".lzma", ".br", ".lz4")
LINKING = frozenset({"ln", "link", "gln"})
MOVING = frozenset({"mv", "gmv"})
_OF_QUOTING = str.maketrans(dict.fromkeys("\"'{}"))


class Trail:
    """The files that the commands of a call have touched so far."""

    __slots__ = ("_links", "_moved", "_origins", "_ran", "_unpacked")

    def __init__(self) -> None:
        self._origins: dict[str, set[str]] = {}
        self._unpacked: list[tuple[str, bool, str]] = []
        self._links: dict[str, str] = {}
        self._moved: dict[str, str] = {}
        self._ran: set[str] = set()

    def knows(self, target: Target) -> bool:
        """Say whether a file was written by the call."""
        return _key(target) in self._origins

    def of(self, target: Target) -> set[str]:
        """Give what a file carries."""
        return self._origins.get(_key(target), set())

    def read(self, touched: Iterable[Touched], cwd: str | None, scene: Scene) -> set[str]:
        """Give what the files carry that a command reads; an archive lies where it stands, not where it unpacks."""
        found: set[str] = set()
        if not self._origins:
            return found
        for effect, target in touched:
            if (
                effect in (Effect.FILE_READ, Effect.FILE_DELETE)
                and target is not None
                and target.kind is TargetKind.PATH
            ):
                found |= self.of(target) | self.of(locate(target.given, scene, cwd=cwd))
        return found

    def run(self, command: Command, touched: Iterable[Touched], cwd: str | None, scene: Scene) -> set[str]:
        """Give what the programs carry that a command runs; the name of one that waits in the background is kept."""
        found: set[str] = set()
        for effect, target in touched:
            if effect is Effect.CODE_RUN and target is not None and target.kind is TargetKind.PATH:
                found |= self.of(target) | self._from_archive(command, target)
                self.waits(command, target)
        if not self._origins:  # nothing was written yet that carries anything
            return found
        for name in READ_UNASKED.get(command.program, ()):
            found |= {origin for path, held in self._origins.items() if path.endswith("/" + name) for origin in held}
        words = [word.text for word in command.words]
        if "-m" in words[:-1]:
            name = words[words.index("-m") + 1].replace(".", "/")
            found |= self.of(locate(name + ".py", scene, cwd=cwd))
        return found

    def waits(self, command: Command, target: Target) -> None:
        """Note what a command in the background runs or reads: it may get it later."""
        if command.background:
            self.awaits(target)

    def awaits(self, target: Target) -> None:
        """Note a file from which something is run as soon as it is written."""
        if len(self._ran) < MOST_KEPT:
            self._ran.add(_key(target))

    def wrote(self, touched: Iterable[Touched], lasting: set[str], brought: AbstractSet[str]) -> bool:
        """Note what a command writes; say whether something waits for a file that comes from the network.

        Args:
            touched: What it touches.
            lasting: What its output carries.
            brought: What it was fed or has read: an archive, where that is from the network.
        """
        awaited = False
        for effect, target in touched:
            if effect is not Effect.FILE_WRITE or target is None or target.kind is not TargetKind.PATH:
                continue
            key = _key(target)
            awaited = awaited or (NETWORK in lasting and key in self._ran)
            if len(self._origins) < MOST_KEPT:
                self._origins[key] = lasting
                for end in PACKED if NETWORK in lasting else ():
                    if key.endswith(end):
                        self._origins.setdefault(key.removesuffix(end), lasting)
            if target.deep and NETWORK in brought and target.resolved and len(self._unpacked) < MOST_KEPT:
                self._unpacked.append((target.resolved, target.place is Place.PROJECT_ROOT, _stem(touched)))
        return awaited

    def _from_archive(self, command: Command, target: Target) -> set[str]:
        """Say whether a program comes out of an archive from the network.

        What is unpacked in the middle of a project lies among its own files: there it counts what bears the archive's name, and
        what is started by its path or by a shell.
        """
        program = command.words[0].text if command.words else ""
        started = "/" in program or command.program in SHELLS or program in (".", "source")
        for directory, among, stem in self._unpacked:
            path = target.resolved
            if path.startswith(directory.rstrip("/") + "/"):
                first = path[len(directory.rstrip("/")) + 1 :].partition("/")[0]
                if not among or started or (stem and first.startswith(stem)):
                    return {NETWORK}
        return set()

    def link(self, command: Command, scene: Scene, cwd: str | None) -> None:
        """Note a link that a command makes, or the name that it gives a file."""
        into = self._links if command.program in LINKING else self._moved if command.program in MOVING else None
        if into is None:
            return
        words = [word for word in command.words[1:] if not word.text.startswith("-") and word.known and not word.glob]
        if not words or len(into) >= MOST_KEPT:
            return
        symbolic = into is self._links and any(
            word.text == "--symbolic" or (word.text[:1] == "-" and word.text[1:2] != "-" and "s" in word.text)
            for word in command.words[1:]
        )
        last = words[-1].text if len(words) > 1 else "."
        place = locate(last, scene, cwd=cwd).resolved
        for word in words[:-1] or words:
            base = (place.rpartition("/")[0] or "/") if symbolic and len(words) > 1 else (cwd or "")
            source = resolve(word.text, base, scene.home)
            name = source.rpartition("/")[2]
            if source and place:
                into[f"{place.rstrip('/')}/{name}"] = source
                if len(words) > 1:
                    into[place] = source

    def behind(
        self, effect: Effect | None, target: Target, argv: tuple[str | None, ...], scene: Scene
    ) -> Target | None:
        """Give what a path stands for that leads over a link of this call; None where it leads over none.

        Who takes a link away, or makes it anew, does nothing to what it leads to; a file that was moved is only read as it was.
        """
        if not (self._links or self._moved) or target.kind is not TargetKind.PATH or not target.resolved:
            return None
        own = effect is Effect.FILE_DELETE or not LINKING.isdisjoint(argv)
        links = {**self._moved, **self._links} if effect is Effect.FILE_READ else self._links
        path = target.resolved
        for _ in range(MOST_LINKS):
            link = next((one for one in links if (path == one and not own) or path.startswith(one + "/")), None)
            if link is None:
                break
            path = links[link] + path[len(link) :]
        return None if path == target.resolved else locate(path, scene, cwd=None, glob=not target.exact)


def _key(target: Target) -> str:
    """Give what tells a file from others: its path, or what is written of it where that is not known."""
    return target.resolved or "?/" + target.given.translate(_OF_QUOTING)


def _stem(touched: Iterable[Touched]) -> str:
    """Give the beginning that what an archive holds has in common with its name; nothing where that is not told."""
    for effect, target in touched:
        if effect is Effect.FILE_READ and target is not None:
            return target.resolved.rpartition("/")[2].partition(".")[0].partition("-")[0]
    return ""
