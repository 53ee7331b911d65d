"""Gathers the deeds of one call: what is said to be done, and what that means where it is done.

Each deed is added once. A path adds what its place and name mean: writing to a disk's device destroys it, changing what
is the system's changes the system, reading a key is reading a secret, writing a shell profile runs later, and touching
what the gate protects is tampering. Bounded: over 256 deeds the rest is one `opaque` deed.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Deed, Effect, Place, Target, TargetKind
from web4_governance.core.effects.links import CHANGES
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART, locate
from web4_governance.core.value import make, replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from web4_governance.core.budget import Budget
    from web4_governance.core.effects.authored import Authored
    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.effects.places import Scene
    from web4_governance.core.effects.protect import Protected
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.effects.trail import Trail
    from web4_governance.core.shell.command import Word
    from web4_governance.core.shell.written import Written

MAX_DEEDS = 256
MAX_SCRIPTS = 128  # files whose text a call may be asked for
MAX_BEYOND = 4096  # paths without a deed that are looked behind
TOO_MANY = f"more than {MAX_DEEDS} deeds"

EFFECT_CATEGORIES: dict[Effect, tuple[Category, ...]] = {
    Effect.FILE_READ: (Category.FILE_READ,),
    Effect.FILE_LIST: (Category.FILE_READ,),
    Effect.FILE_WRITE: (Category.FILE_WRITE,),
    Effect.FILE_DELETE: (Category.FILE_WRITE,),
    Effect.FILE_MODE: (Category.FILE_WRITE,),
    Effect.VCS_READ: (Category.VCS,),
    Effect.VCS_COMMIT: (Category.VCS,),
    Effect.VCS_DISCARD: (Category.VCS,),
    Effect.VCS_REWRITE: (Category.VCS,),
    Effect.VCS_PUSH: (Category.VCS, Category.NETWORK),
    Effect.DB_READ: (Category.DATABASE,),
    Effect.DB_WRITE: (Category.DATABASE,),
    Effect.DB_DROP: (Category.DATABASE,),
    Effect.INFRA_READ: (Category.INFRASTRUCTURE,),
    Effect.INFRA_CHANGE: (Category.INFRASTRUCTURE,),
    Effect.INFRA_DESTROY: (Category.INFRASTRUCTURE,),
    Effect.DISK_DESTROY: (Category.FILE_WRITE,),
    Effect.NET_INGRESS: (Category.NETWORK,),
    Effect.NET_EGRESS: (Category.NETWORK,),
    Effect.NET_LISTEN: (Category.NETWORK,),
    Effect.NET_TUNNEL: (Category.NETWORK,),
    Effect.NET_SCAN: (Category.NETWORK,),
    Effect.DATA_EGRESS: (Category.NETWORK,),
    Effect.CODE_FROM_NETWORK: (Category.NETWORK, Category.COMMAND),
    Effect.CODE_HIJACK: (Category.COMMAND,),
    Effect.CODE_RUN: (Category.COMMAND,),
    Effect.PACKAGE_INSTALL: (Category.NETWORK,),
    Effect.PACKAGE_FOREIGN: (Category.NETWORK,),
    Effect.PACKAGE_PUBLISH: (Category.NETWORK,),
    Effect.SECRET_READ: (Category.CREDENTIAL,),
    Effect.SECRET_WRITE: (Category.CREDENTIAL,),
    Effect.SECRET_EGRESS: (Category.CREDENTIAL, Category.NETWORK),
    Effect.PRIVILEGE: (Category.COMMAND,),
    Effect.ISOLATION: (Category.COMMAND,),
    Effect.SYSTEM: (Category.OTHER,),
    Effect.PERSISTENCE: (Category.OTHER,),
    Effect.PROCESS_KILL: (Category.COMMAND,),
    Effect.PROCESS_INSPECT: (Category.COMMAND,),
    Effect.RESOURCE_EXHAUST: (Category.OTHER,),
    Effect.TRACE_ERASE: (Category.OTHER,),
    Effect.DELEGATE: (Category.DELEGATION,),
    Effect.AGENT_INSTRUCT: (Category.DELEGATION,),
    Effect.STATE: (Category.STATE,),
    Effect.MCP_CALL: (Category.MCP,),
    Effect.SELF_TAMPER: (Category.OTHER,),
    Effect.OPAQUE: (Category.OTHER,),
}

_implied: dict[tuple[tuple[Category, ...], Effect | None], tuple[Category, ...]] = {}
CHANGING = frozenset((Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE, Effect.VCS_DISCARD))
TOPS = frozenset((Place.PROJECT_ROOT, Place.HOME_ROOT, Place.SYSTEM, Place.ROOT))
OF_PROJECT = frozenset((Place.PROJECT, Place.PROJECT_ROOT, Place.ARTEFACT))
WORKED_ON = frozenset((Place.PROJECT, Place.ARTEFACT, Place.TEMPORARY))
MARKED = frozenset((Effect.FILE_READ, Effect.FILE_LIST, Effect.FILE_WRITE))
OWNERS = (("chown",), ("chgrp",))  # the person's files stay readable, whoever of theirs owns them
TAKEN_FROM = names("root nobody 0 65534")
EMPTY = "-empty"  # `find -empty -delete` takes nothing away that says anything
DISKS = tuple(
    f"/dev/{name}"
    for name in sorted(names("sd hd vd xvd nvme mmcblk disk rdisk mapper/ md dm- loop sr ram zram nbd mem kmem port"))
)


@value
class Frame:
    """What all deeds of one command, or of one tool's call, have in common.

    `mounts` are the directories of this machine that its container is given: where it has each, which one it is, and whether
    to read only. `apart` says whether that container has files of its own alone (`contained`).
    """

    argv: tuple[str | None, ...] = ()
    via: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    cwd: str | None = ""
    mounts: tuple[tuple[str, str, bool], ...] = ()
    apart: str = ""


class Gathering:
    """The deeds of one call so far, with what is needed to say what a path means."""

    __slots__ = (
        "_authored",
        "_empties",
        "_frame",
        "_frames",
        "_number",
        "_seen",
        "_tampered",
        "_trail",
        "_written",
        "beyond",
        "budget",
        "catalog",
        "deeds",
        "followed",
        "full",
        "loose",
        "lying",
        "most",
        "opened",
        "protected",
        "reading",
        "recent",
        "runs",
        "scene",
        "scripts",
        "source",
        "strayed",
    )

    def __init__(
        self,
        scene: Scene,
        catalog: Catalog,
        protected: Protected,
        budget: Budget | None = None,
        *,
        most: int = MAX_DEEDS,
    ) -> None:
        self.scene = scene
        self.budget = budget
        self.catalog = catalog
        self.protected = protected
        self.deeds: list[Deed] = []
        self.most = most
        self.runs = False  # something runs a text: a script, a program that is fed one
        self.scripts: dict[str, bool] = {}  # files whose text may be run, and whether they are so by themselves
        self.lying: tuple[str, ...] = ()  # the texts that lay in them
        self.opened: set[str] = set()  # those of them that are being read
        self.full = False
        self.source = ""  # the whole text of a call that is shell
        self.beyond: dict[str, None] = {}
        self.loose = False
        self.recent: list[tuple[Effect | None, Target | None]] = []
        self.reading: tuple[str, Reading] | None = None  # the program at hand, and its words
        self._authored: Authored | None = None
        self._trail: Trail | None = None
        self._written: Written | None = None
        self._tampered = False
        self._seen: set[tuple[int, Effect | None, Target | None, str, str]] = set()
        self._frames: dict[Frame, int] = {}
        self._frame: Frame | None = None
        self.followed = 0
        self.strayed: list[Target] = []  # where a shell went that cannot be told
        self._empties: tuple[Frame, bool] | None = None
        self._number = 0

    @property
    def trail(self) -> Trail:
        """What the commands of the call leave on the disk for those behind them; other calls have none, and load nothing."""
        if self._trail is None:
            from web4_governance.core.effects.trail import Trail  # noqa: PLC0415  # the shell's modules, for commands only

            self._trail = Trail()
        return self._trail

    @property
    def written(self) -> Written:
        """What the commands of the call write, by the words alone."""
        if self._written is None:
            from web4_governance.core.shell.written import Written  # noqa: PLC0415  # as above

            self._written = Written()
        return self._written

    @property
    def authored(self) -> Authored:
        """What code, patches and programs that are fed a text write."""
        if self._authored is None:
            from web4_governance.core.effects.authored import Authored  # noqa: PLC0415  # as above

            self._authored = Authored()
        return self._authored

    @property
    def has_authored(self) -> bool:
        """Say whether any of these has written a text yet."""
        return self._authored is not None and bool(self._authored)

    def add(
        self,
        frame: Frame,
        effect: Effect | None,
        target: Target | None = None,
        *,
        host: str = "",
        why: str = "",
        deep: bool = False,
        fresh: bool = False,
        counted: bool = False,
    ) -> None:
        """Add a deed, and those that follow from where its target lies.

        Args:
            frame: The command or call.
            effect: What is done.
            target: To what.
            host: The other side.
            why: How it was found.
            deep: All below is touched too.
            fresh: What is written is new, or only an example: in the project, or for a while, that is nobody's secret.
            counted: What is read is not shown, only how much of it there is: what its name marks is not read.
        """
        if frame.mounts and target is not None:
            target = self._mounted(effect, target, frame)
        if frame.apart and target is not None and effect in CHANGING:
            from web4_governance.core.effects import contained  # noqa: PLC0415  for what runs in containers only

            target = contained.inside(target, frame.apart)
        behind = None
        if target is not None and self._trail is not None:
            behind = self._trail.behind(effect, target, frame.argv[:1], self.scene)
        self._add(frame, effect, target, host=host, why=why, deep=deep, fresh=fresh, counted=counted)
        if behind is not None:
            self._add(frame, effect, behind, host=host, why=why, deep=deep, fresh=fresh, counted=counted)

    def _mounted(self, effect: Effect | None, target: Target, frame: Frame) -> Target:
        """Give what a path in a container is on this machine, where that directory is one of its own."""
        path = target.resolved if target.kind is TargetKind.PATH else ""
        for inside, host, kept in frame.mounts if path else ():
            if path == inside or path.startswith(inside.rstrip("/") + "/"):
                if kept and effect in CHANGING:
                    break
                there = host.rstrip("/") + "/" + path[len(inside) :].lstrip("/")
                found = locate(there, self.scene, cwd=None, glob=not target.exact)
                return replace(found, given=target.given, exact=target.exact, deep=target.deep)
        return target

    def _add(
        self,
        frame: Frame,
        effect: Effect | None,
        target: Target | None,
        *,
        host: str,
        why: str,
        deep: bool,
        fresh: bool,
        counted: bool,
    ) -> None:
        found = False
        if target is not None:
            # What a search found below a directory is written with all that it found.
            found = target.deep and not deep and effect is Effect.FILE_WRITE
            deep = deep or found
            target = replace(target, deep=True) if deep else target
        self._put(frame, effect, target, host=host, why=why)
        if self.full:
            self._beyond(frame, effect, target)
            self._guard(frame, effect, target, deep=deep, found=found)
            return
        if target is not None and target.kind is TargetKind.PATH and effect is not None and not counted:
            self._follow(frame, effect, target, deep=deep, found=found, fresh=fresh)
        mark = self.catalog.marks.of_host(host, target.given if target is not None else "") if host else None
        if mark is not None and mark.read is not None:
            self._put(frame, mark.read, target, host=host, why=mark.why)

    def _beyond(self, frame: Frame, effect: Effect | None, target: Target | None) -> None:
        """Remember a path that is changed and has no deed any more: where it leads is looked at all the same."""
        if effect not in CHANGES or target is None or target.kind is not TargetKind.PATH or not target.resolved:
            return
        if len(self.beyond) < MAX_BEYOND:
            self.beyond.setdefault(target.resolved)
        elif target.resolved not in self.beyond:
            self._put(frame, Effect.SELF_TAMPER, target, why="changes more paths than can be looked behind")

    def asks(self, target: Target, *, run: bool) -> None:
        """Note a file whose text may be run; what a name marks as a secret is not read for that."""
        path = target.resolved
        if path and (run or not self._implied(Effect.FILE_READ, target)) and len(self.scripts) < MAX_SCRIPTS:
            self.scripts[path] = run or self.scripts.get(path, False)

    def lay(self, texts: Mapping[str, str], stay: Container[str]) -> None:
        """Lay out what files hold before the call; `stay` are those that may do so though the call writes over them."""
        for path, text in texts.items():
            marked = self._implied(Effect.FILE_READ, locate(path, self.scene, cwd=None))
            said = without_values(text) if marked else text  # the values are secrets: what else it does is none
            self.lying = (*self.lying, said)
            self.written.lay(path, said, stays=path in stay)

    def add_marked(self, frame: Frame, effect: Effect, target: Target, *, fresh: bool = False) -> None:
        """Add only what the name of a path adds, were this done to it."""
        implied = self._implied(effect, target)
        if not implied:
            return
        harmless = fresh and target.place in WORKED_ON
        for more, why in implied.items():
            if not (harmless and more is Effect.SECRET_WRITE):
                self._put(frame, more, target, why=why)

    def begins(self, source: str, *, inner: bool) -> None:
        """Note a text of shell that is about to be read: the call's own, or one inside another."""
        if inner:
            self.followed += len(source)
        else:
            self.source += source

    def is_set_outside(self, word: Word) -> bool:
        """Say whether a word is one variable and no more, of which the call speaks nowhere else: it was there before."""
        name = word.text.strip('"').removeprefix("$").removeprefix("{").removesuffix("}")
        plain = not word.known and word.shape.strip('"') == UNKNOWN_PART and name.isidentifier()
        return plain and self.source.count(name) == 1

    def lasts(self, target: Target) -> bool:
        """Say whether what is written to a path is run again by itself, by its name."""
        return Effect.PERSISTENCE in self._implied(Effect.FILE_WRITE, target)

    def path(self, text: str, frame: Frame) -> Target:
        """Give the target of a plain path."""
        glob = any(sign in text for sign in "*?[")
        return locate(text, self.scene, cwd=frame.cwd, glob=glob)

    def _put(
        self, frame: Frame, effect: Effect | None, target: Target | None, *, host: str = "", why: str = ""
    ) -> None:
        if effect is Effect.DB_DROP and self.reading is not None:
            target = _in_database(target, *self.reading)
        self.recent.append((effect, target))
        key = (self._numbered(frame), effect, target, host, why)
        if key in self._seen or (self.full and effect is not Effect.SELF_TAMPER):
            return
        self._seen.add(key)
        self._keep(
            make[Deed](
                effect=effect,
                target=target,
                categories=_categories(frame.categories, effect),
                argv=frame.argv,
                via=frame.via,
                host=host,
                why=why,
            )
        )

    def _numbered(self, frame: Frame) -> int:
        """Give a number that equal frames share: the words of a command are hashed once, not once a deed."""
        if frame is not self._frame:
            self._frame = frame
            self._number = self._frames.setdefault(frame, len(self._frames))
        return self._number

    def _keep(self, deed: Deed) -> None:
        """Keep a deed; past the limit only the word that there are more, and tampering, which no padding may hide."""
        if len(self.deeds) == self.most:
            self.full = True
            self.deeds.append(Deed(effect=Effect.OPAQUE, categories=deed.categories, why=TOO_MANY))
        if not self.full:
            self.deeds.append(deed)
        elif deed.effect is Effect.SELF_TAMPER and not self._tampered:
            self._tampered = True
            self.deeds.append(deed)

    def _follow(self, frame: Frame, effect: Effect, target: Target, *, deep: bool, found: bool, fresh: bool) -> None:
        self.add_marked(frame, effect, target, fresh=fresh)
        if effect not in CHANGING:
            return
        if target.place is Place.SYSTEM:
            self._put(frame, Effect.SYSTEM, target, why="changes what belongs to the system")
        if target.place is Place.DEVICE and target.resolved.startswith(DISKS) and effect is Effect.FILE_WRITE:
            self._put(frame, Effect.DISK_DESTROY, target, why="writes over a disk")
        self._guard(frame, effect, target, deep=deep, found=found)

    def _implied(self, effect: Effect, target: Target) -> dict[Effect, str]:
        implied: dict[Effect, str] = {}
        if effect not in MARKED:
            return implied
        for mark in self.catalog.marks.of_path(target, self.scene.home):
            more = {Effect.FILE_READ: mark.read, Effect.FILE_LIST: mark.listed}.get(effect, mark.write)
            if more is not None:
                implied.setdefault(more, mark.why)
        return implied

    def _guard(self, frame: Frame, effect: Effect | None, target: Target | None, *, deep: bool, found: bool) -> None:
        if target is None or effect not in CHANGING:
            return
        owned = frame.argv[:1] in OWNERS and target.place in OF_PROJECT
        if owned and self.protected.directory(target) and not TAKEN_FROM.isdisjoint(_owner(frame.argv)):
            owned = False
        harmless = owned or self._spares_all(frame)
        sweeping = not harmless and (
            effect is Effect.FILE_DELETE
            or (deep and not self._spares(effect, target, found=found))
            or (effect is Effect.VCS_DISCARD and _is_settings(target))
            or (
                effect is Effect.FILE_MODE and target.place not in TOPS
            )  # a directory nobody may enter is as good as gone
        )
        if self.protected.touched(target, sweeping=sweeping, loose=self.loose):
            self._put(frame, Effect.SELF_TAMPER, target, why="touches what the gate protects")

    def _spares_all(self, frame: Frame) -> bool:
        """Say whether a command takes away only what is empty; its words are looked through once, not once a target."""
        if self._empties is None or self._empties[0] is not frame:
            self._empties = (frame, EMPTY in frame.argv or frame.argv[:1] == ("rmdir",))
        return self._empties[1]

    def _spares(self, effect: Effect, target: Target, *, found: bool) -> bool:
        """Say whether a write of all that lies below leaves what is kept there alone.

        What is unpacked or copied into the project is the project's business; into a home it may land in the gate's. What
        a search found is all that is there: settings too, where it is a fact that they govern.
        """
        own = effect is Effect.FILE_WRITE and target.place in OF_PROJECT
        return own and not _is_settings(target) and not (found and self.protected.looked)


def _in_database(target: Target | None, program: str, reading: Reading) -> Target | None:
    """Give what is dropped with the database that it lies in, where the command's words name one."""
    from web4_governance.core.effects import databases  # noqa: PLC0415  for what drops something

    if target is not None and (target.kind is not TargetKind.DATABASE or target.resolved):
        return target
    named = databases.of(program, reading)
    if not named:
        return target
    return replace(target or Target(kind=TargetKind.DATABASE, given=""), resolved=named)


def without_values(text: str) -> str:
    """Give a text without the lines that only give a name a value."""
    return "\n".join(line for line in text.split("\n") if not _gives(line))


def _gives(line: str) -> bool:
    name, equals, given = line.strip().removeprefix("export ").partition("=")
    return (
        bool(equals) and name.strip().isidentifier() and not any(sign in given for sign in ("$(", "`", ";", "&", "|"))
    )


def _categories(of_call: tuple[Category, ...], effect: Effect | None) -> tuple[Category, ...]:
    """Give the categories of a deed, each once, in the order of the set."""
    key = (of_call, effect)
    found = _implied.get(key)  # INVARIANT: of few kinds of calls and a closed set of effects, so it stays small
    if found is None:
        implied = (*of_call, *(EFFECT_CATEGORIES[effect] if effect is not None else ()))
        found = tuple(category for category in Category if category in implied) or (Category.OTHER,)
        _implied[key] = found
    return found


def _is_settings(target: Target) -> bool:
    """What is unpacked straight into the directory of the host's settings may be settings."""
    return target.resolved.lower().endswith("/.claude")


def _owner(argv: tuple[str | None, ...]) -> tuple[str, ...]:
    """Give whom `chown` makes the owner."""
    named = next((word for word in argv[1:] if word and not word.startswith("-")), "")
    return (named.partition(":")[0],)
