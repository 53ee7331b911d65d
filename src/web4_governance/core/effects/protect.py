"""What the gate keeps from an agent's calls: its own home, policies, hook settings, plugin and package.

The paths come from the application, once as given and once behind symlinks where that differs. Asked here is only
whether a target lies in one of them, or holds one, or a text speaks of one. Case does not count, because on some disks it
does not. Not a judge: what it finds becomes a `self.tamper` deed, and the policy denies that.
"""

from __future__ import annotations

from web4_governance.core.action import TargetKind
from web4_governance.core.effects.wildcard import GLOB, meets, without_brackets
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target

# Words that mean the gate's files or the host's hook settings wherever they stand; those of code besides.
NAMED = (".web4", ".claude/settings", "managed-settings.json")
SPOKEN = (*NAMED, "web4_governance", "disableallhooks")
# Names of what lies in protected directories, as a search for names below a directory could meet them.
INSIDE = (
    "ledger.db",
    "policy.json",
    "policy.yaml",
    "policy.toml",
    "config.toml",
    "launcher",
    "gate.sock",
    "a.jsonl",
    "a.py",
)


@value
class Protected:
    """The paths that no call of an agent may change, and the names of the gate's own programs."""

    paths: tuple[str, ...] = ()
    programs: tuple[str, ...] = ("web4",)

    def holds(self, target: Target, *, sweeping: bool = False, loose: bool = False) -> bool:
        """Say whether a target is or lies in a protected path or, for what sweeps, holds one.

        Args:
            target: What is touched.
            sweeping: Taking the target away, or changing it with all it holds.
            loose: Globs reach names that begin with a dot.
        """
        if target.kind is not TargetKind.PATH:
            return False
        path = target.resolved.lower()
        if not path:
            return self.named_in(target.given)
        parts = _parts(without_brackets(path) if not target.exact else path)
        return any(
            _touches(parts, _parts(kept.lower()), exact=target.exact, sweeping=sweeping, loose=loose)
            for kept in self.paths
        )

    def inside(self, path: str) -> bool:
        """Say whether a resolved path is or lies in a protected one."""
        parts = _parts(path.lower())
        return any(
            _touches(parts, _parts(kept.lower()), exact=True, sweeping=False, loose=False) for kept in self.paths
        )

    def named_in(self, text: str) -> bool:
        """Say whether a text names a protected path."""
        return self._has(text, NAMED)

    def spoken_of(self, text: str) -> bool:
        """Say whether code names a protected path or the gate itself."""
        return self._has(text, SPOKEN)

    def _has(self, text: str, words: tuple[str, ...]) -> bool:
        lowered = text.lower()
        return any(_has_word(lowered, word) for word in (*words, *(kept.lower() for kept in self.paths)))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _touches(parts: list[str], kept: list[str], *, exact: bool, sweeping: bool, loose: bool) -> bool:
    if not kept:
        return False
    if not sweeping and len(parts) < len(kept) and "**" not in parts:
        return False
    if exact:
        return all(one == other for one, other in zip(parts, kept, strict=False))
    if "**" in parts:
        anywhere = "/".join(parts).replace("**/", "*").replace("**", "*")
        stem = "/".join(kept)
        head = anywhere.partition("*")[0]
        if not stem.startswith(head) and not head.startswith(stem):
            return False  # another tree altogether, told without walking two globs
        return any(meets(anywhere, path) for path in (stem, *(f"{stem}/{name}" for name in INSIDE)))
    return all(_names(one, other, loose=loose) for one, other in zip(parts, kept, strict=False))


def _names(glob: str, name: str, *, loose: bool) -> bool:
    if glob[:1] in GLOB and name.startswith(".") and not loose:
        return False
    return meets(glob, name)


def _has_word(text: str, word: str) -> bool:
    """Say whether `word` stands in `text` and is not the middle of another name."""
    at = text.find(word)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
        if not (before.isalnum() or after.isalnum()) or word.endswith("settings"):
            return True
        at = text.find(word, at + 1)
    return False
