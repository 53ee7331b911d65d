"""The home directory: where everything of a person's gate lies, and the rule that nobody else can write there.

Not the search for it: who says where the home is (a flag, the installed hook line, the passwd entry) is the caller's
business. Rules: directories are made 0700 and files 0600; a home that others can write, that belongs to somebody else,
or that is reached through somebody else's symlink is refused before anything in it is opened.
"""

from __future__ import annotations

import os
import stat

from web4_governance.core.errors import HomeError

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600
OTHERS_WRITE = 0o022
OTHERS_ANY = 0o077
POLICY_SUFFIXES = ("json", "yaml", "yml", "toml")

_HAS_OWNERS = hasattr(os, "getuid")


class Home:
    """A home directory by its path, and the places in it. Making one touches nothing; `check` and `create` do."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        if not path or "\0" in path:
            raise HomeError(f"`{path!s:.80}` names no directory", hint="give a directory with `--home`")
        self.path = os.path.abspath(path)

    def __repr__(self) -> str:
        return f"Home({self.path!r})"

    def at(self, *parts: str) -> str:
        """Give the path of something in the home."""
        return "/".join((self.path, *parts))

    @property
    def ledger(self) -> str:
        """The database: the one source of truth."""
        return self.at("ledger.db")

    @property
    def lock(self) -> str:
        """The file whose lock guards writing."""
        return self.at("ledger.lock")

    @property
    def audit(self) -> str:
        """The directory of the session mirrors."""
        return self.at("audit")

    @property
    def config(self) -> str:
        """The settings."""
        return self.at("config.toml")

    @property
    def launcher(self) -> str:
        """The file that names the interpreter for the plugin's launcher."""
        return self.at("launcher")

    @property
    def cache(self) -> str:
        """What can be made again: compiled policies and the like."""
        return self.at("cache")

    def policies(self) -> tuple[str, ...]:
        """The places of the user's policy, in the order in which they are looked for."""
        return tuple(self.at("policy." + suffix) for suffix in POLICY_SUFFIXES)

    def exists(self) -> bool:
        """Say whether there is a directory; nothing is said about whether it can be trusted."""
        return os.path.isdir(self.path)

    def check(self) -> None:
        """Refuse a home that others can write: HomeError says why and names the command that mends it."""
        try:
            link = os.lstat(self.path)
            here = os.stat(self.path)
        except FileNotFoundError:
            raise HomeError(f"there is no home at `{self.path}`", hint="run `web4 init`") from None
        except OSError as error:
            raise HomeError(f"the home `{self.path}` cannot be read: {_reason(error)}", hint=_DOCTOR) from None
        if not stat.S_ISDIR(here.st_mode):
            raise HomeError(f"the home `{self.path}` is no directory", hint="move it away, then run `web4 init`")
        if _HAS_OWNERS:  # pragma: no branch  # Windows has other rights
            self._check_owner(link, here)

    def _check_owner(self, link: os.stat_result, here: os.stat_result) -> None:
        me = os.getuid()
        if here.st_uid != me:
            raise HomeError(f"the home `{self.path}` belongs to another user (uid {here.st_uid})", hint=_OWN)
        if stat.S_ISLNK(link.st_mode) and link.st_uid not in (me, 0):
            raise HomeError(f"the home `{self.path}` is another user's symlink (uid {link.st_uid})", hint=_OWN)
        if here.st_mode & OTHERS_WRITE:
            hint = f"run `chmod go-w {self.path}`, or `web4 doctor --fix`"
            raise HomeError(f"the home `{self.path}` can be written by others", hint=hint)

    def readable_by_others(self) -> bool:
        """Say whether group or others have any right on the directory: no reason to refuse, one to mend."""
        return _HAS_OWNERS and bool(os.stat(self.path).st_mode & OTHERS_ANY)

    def create(self) -> None:
        """Make the home and its mirror directory if they are missing, and check the result."""
        try:
            self._make(self.path)
            self.check()
            self._make(self.audit)
        except OSError as error:
            raise HomeError(f"the home `{self.path}` cannot be made: {_reason(error)}", hint=_DOCTOR) from None

    @staticmethod
    def _make(path: str) -> None:
        # Crash: an empty directory, or none, is left; both are made good by the next call. The parent is synced, so
        # that a power cut after the first durable entry cannot take the directory and the ledger with it.
        try:
            os.mkdir(path, PRIVATE_DIRECTORY)
        except FileExistsError:
            return
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), PRIVATE_DIRECTORY, exist_ok=True)
            os.mkdir(path, PRIVATE_DIRECTORY)
        sync_directory(os.path.dirname(path))


_DOCTOR = "run `web4 doctor --fix`"
_OWN = "use a home of your own: `web4 init --home DIR`"


def sync_directory(path: str) -> None:
    """Make the names in a directory durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # pragma: no cover  # Windows cannot open directories; its renames are journalled
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
