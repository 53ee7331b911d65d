"""Whether another user's rights are used: looking at files, repositories and services as root is only looking.

What may be looked at is told by the target: `sudo cat` of a key is reading a secret, with and without `sudo`.
"""

from __future__ import annotations

from web4_governance.core.action import Effect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target

AS_ANOTHER = frozenset(("sudo", "doas", "pkexec", "gosu", "su-exec", "run0"))
ONLY_LOOKS = frozenset(
    (
        None,
        Effect.FILE_READ,
        Effect.FILE_LIST,
        Effect.VCS_READ,
        Effect.DB_READ,
        Effect.INFRA_READ,
        Effect.NET_INGRESS,
    )
)
SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh", "fish", "csh", "tcsh"))


def used(via: tuple[str, ...], argv: tuple[str | None, ...], did: list[tuple[Effect | None, Target | None]]) -> bool:
    """Say whether a command behind these wrappers does with another user's rights more than look."""
    if AS_ANOTHER.isdisjoint(via):
        return False
    return _is_open_shell(argv) or any(effect not in ONLY_LOOKS for effect, _ in did)


def _is_open_shell(argv: tuple[str | None, ...]) -> bool:
    """A shell that is told nothing waits for commands that nobody sees."""
    names = [(word or "").rpartition("/")[2] for word in argv[:1]]
    return not SHELLS.isdisjoint(names) and all(word in ("-", "-l", "-i", "--login", "-p") for word in argv[1:])
