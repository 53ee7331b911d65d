"""Which hosts a deed's command names (docs/spec/policy.md F9): addresses among its words, and what options of programs say.

Beside the host that a deed has of its own. Words of commands that speak with others only: a text that holds an address is
none. What the environment says (`HTTPS_PROXY`, `PGHOST`) and what lies in a file of settings is not read.
"""

from __future__ import annotations

from web4_governance.core.action import Effect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.action import Deed

SPEAKING = frozenset(
    (
        Effect.NET_INGRESS, Effect.NET_EGRESS, Effect.NET_TUNNEL, Effect.NET_SCAN, Effect.DATA_EGRESS, Effect.SECRET_EGRESS,
        Effect.CODE_FROM_NETWORK, Effect.VCS_PUSH, Effect.VCS_REWRITE, Effect.DB_READ, Effect.DB_WRITE, Effect.DB_DROP,
        Effect.INFRA_READ, Effect.INFRA_CHANGE, Effect.INFRA_DESTROY, Effect.PACKAGE_INSTALL, Effect.PACKAGE_FOREIGN,
        Effect.PACKAGE_PUBLISH,
    )
)  # fmt: skip  # one name a line says no more
# Programs whose words are addresses or commands, whatever their deed is called.
ALWAYS = frozenset(
    ["git", "go", "docker", "podman", "nerdctl", "websocat", "yt-dlp", "youtube-dl", "ffmpeg", "ssh", "scp", "sftp"]
)
# Options that are given a host: joined to it, after `=`, or as the next word.
OF_CLIENTS = ("-h", "--host")
OPTIONS = {
    **dict.fromkeys(
        [
            "psql",
            "pg_dump",
            "pg_restore",
            "pg_dumpall",
            "createdb",
            "dropdb",
            "mysql",
            "mariadb",
            "mysqldump",
            "redis-cli",
            "mongosh",
        ],
        OF_CLIENTS,
    ),
    **dict.fromkeys(("ssh", "scp", "sftp"), ("-J",)),
    "curl": ("-x", "--proxy", "--preproxy", "--socks5", "--socks5-hostname", "--connect-to", "--resolve"),
    "sqlcmd": ("-S",),
}
IMAGES = frozenset(("docker", "podman", "nerdctl"))
IMAGE_COMMANDS = frozenset(("pull", "push", "run", "create"))
MODULE_COMMANDS = frozenset(("get", "install", "run"))
JUMP = "proxyjump="


def told_in(deed: Deed) -> Iterator[str]:
    """Give the hosts that a deed's command names, as they stand; with ports and users still on them."""
    argv = deed.argv
    if not argv or argv[0] is None:
        return
    program = argv[0].rsplit("/", 1)[-1]
    if deed.effect not in SPEAKING and program not in ALWAYS:
        return
    words = [word or "" for word in argv]
    if program == "git" and not {"remote", "push", "fetch", "pull", "clone", "submodule", "ls-remote"} & set(
        words[1:4]
    ):
        return
    for word in words[1:]:
        text = word.partition("=")[2] if word.startswith("-") else word
        scheme, found, rest = text.partition("://")
        if found and scheme.replace("+", "").replace(":", "").isalnum():
            yield _authority(rest)
    yield from _of_options(words, OPTIONS.get(program, ()))
    if program in IMAGES and IMAGE_COMMANDS & set(words[1:3]):
        yield from (word.split("/")[0] for word in words[2:] if _is_registry(word))
    if program == "go" and words[1:2] and words[1] in MODULE_COMMANDS:
        yield from (word.split("/")[0] for word in words[2:] if _is_registry(word))


def _of_options(words: list[str], options: tuple[str, ...]) -> Iterator[str]:
    for n, word in enumerate(words):
        for option in options:
            if word == option:
                yield from _hosts(words[n + 1] if n + 1 < len(words) else "")
            elif word.startswith(option + "=") or (len(option) == 2 and word.startswith(option)):  # noqa: PLR2004  # `-hdb`
                yield from _hosts(word[len(option) :].lstrip("="))
        lowered = word.lower().removeprefix("-o")
        if lowered.startswith(JUMP):
            yield from _hosts(word[-(len(lowered) - len(JUMP)) :])


def _hosts(given: str) -> Iterator[str]:
    """Give the hosts of an option's value: a name, an address, jumps with commas between, or `from:port:to:port`."""
    for one in given.split(","):
        rest = one.partition("://")[2] or one
        parts = rest.split(":")
        yield from (part for part in (parts[0], parts[2]) if part) if len(parts) == 4 else (_authority(rest),)  # noqa: PLR2004


def _authority(rest: str) -> str:
    return rest.partition("/")[0].partition("?")[0].rpartition("@")[2]


def _is_registry(word: str) -> bool:
    """Say whether a word begins with a registry's name, which has a dot or a port."""
    first, slash, _ = word.partition("/")
    return bool(slash) and not word.startswith((".", "/", "-")) and ("." in first or ":" in first)
