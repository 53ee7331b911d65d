"""Whether an input that a witness shows is the one that was judged (docs/spec/assurance.md R5).

First by the ledger's own HMAC of equal actions, which needs no opening. Where that differs, the opening is asked, because
witnesses show inputs otherwise: they cut long texts, and the client makes paths absolute and fills in what it takes for
granted. Whatever cannot be told is said so: an erased opening, a text that the record shortened or took a secret out of.
"""

from __future__ import annotations

import posixpath

from web4_governance.core.closed import Closed
from web4_governance.core.digest import sha256_hex
from web4_governance.core.record.build import same_action
from web4_governance.core.record.keep import STANDING, cleaned
from web4_governance.core.secrets import MARKER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

CUT, CUT_END = "…[", " chars]"
# What the client fills in for an input that does not say it; a judged input without it means the same.
TAKEN_FOR_GRANTED: dict[str, Json] = {"replace_all": False}
PATHS = ("file_path", "notebook_path", "path")


class Likeness(Closed):
    """The closed list of answers; of several sources the last in this list counts."""

    UNSHOWN = "unshown"  # no witness shows an input
    SAME = "same"
    ALIKE = "alike"  # as far as the witness shows it: it cuts long texts
    UNKNOWN = "unknown"  # shown, and could not be compared
    OTHER = "other"


ORDER = tuple(Likeness)


def worse(one: Likeness, other: Likeness) -> Likeness:
    """Give the one that counts where two sources answer."""
    return max(one, other, key=ORDER.index)


def likeness(
    shown: dict[str, Json], *, tool: str, same: bytes, judged: Json, secret: bytes, cwd: str = "", home: str = ""
) -> Likeness:
    """Compare an input with the judged one.

    Args:
        shown: The input as the witness shows it.
        tool: The tool's name as the ledger has it.
        same: The HMAC of the judged action (32 bytes), empty where it is gone.
        judged: The opening of the judged input, None where it is erased or was never kept.
        secret: The ledger's key of lookups by equality.
        cwd: Where the agent stood, for relative paths; empty where the witness does not say.
        home: The person's home directory, for `~`.
    """
    if same and same == same_action(secret, tool, cleaned(shown)[0]):
        return Likeness.SAME
    if not isinstance(judged, dict):
        return Likeness.UNKNOWN
    keys = [key for key in shown if key in judged or shown[key] != TAKEN_FOR_GRANTED.get(key, ...)]
    if set(keys) != set(judged):
        return Likeness.OTHER
    found = Likeness.SAME
    for key in keys:
        given = _absolute(shown[key], cwd, home) if key in PATHS else shown[key]
        found = worse(found, min(_alike(shown[key], judged[key]), _alike(given, judged[key]), key=ORDER.index))
    return found


def _alike(shown: Json, judged: Json) -> Likeness:
    if shown == judged:
        return Likeness.SAME
    if isinstance(judged, dict) and judged.keys() == STANDING:
        return _against_standing(shown, judged)
    if isinstance(judged, str) and isinstance(shown, str):
        return _texts(shown, judged)
    if isinstance(judged, dict) and isinstance(shown, dict) and judged.keys() == shown.keys():
        return _worst([_alike(shown[key], judged[key]) for key in judged])
    if isinstance(judged, list) and isinstance(shown, list) and len(judged) == len(shown):
        return _worst([_alike(mine, theirs) for mine, theirs in zip(shown, judged, strict=True)])
    return Likeness.UNKNOWN if isinstance(shown, str) and _cut(shown) else Likeness.OTHER


def _texts(shown: str, judged: str) -> Likeness:
    if cleaned(shown)[0] == judged:
        return Likeness.SAME
    beginning, length = _cut(shown)
    if not length:
        return Likeness.OTHER
    if MARKER in judged:
        return Likeness.UNKNOWN
    return Likeness.ALIKE if judged.startswith(beginning) and _units(judged) == length else Likeness.OTHER


def _against_standing(shown: Json, judged: dict[str, Json]) -> Likeness:
    """A text of which the record keeps digest, size and a beginning: a whole one is compared by its digest."""
    if not isinstance(shown, str):
        return Likeness.OTHER
    beginning, length = _cut(shown)
    head = str(judged["excerpt"])
    if not length:
        digests = {sha256_hex(str(text).encode()) for text in (shown, cleaned(shown)[0])}
        return Likeness.SAME if judged["sha256"] in digests else Likeness.OTHER
    if MARKER in head:
        return Likeness.UNKNOWN
    return Likeness.ALIKE if head.startswith(beginning[: len(head)]) else Likeness.OTHER


def _cut(text: str) -> tuple[str, int]:
    """Give the beginning and the length (UTF-16 units) of a text that a witness cut; the text and 0 where it is whole."""
    if not text.endswith(CUT_END) or CUT not in text:
        return text, 0
    beginning, _, digits = text.removesuffix(CUT_END).rpartition(CUT)
    return (beginning, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 16 else (text, 0)  # noqa: PLR2004


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _absolute(shown: Json, cwd: str, home: str) -> Json:
    if not isinstance(shown, str) or _cut(shown)[1]:
        return shown
    if home and (shown == "~" or shown.startswith("~/")):
        return posixpath.normpath(home + shown[1:])
    return posixpath.normpath(posixpath.join(cwd, shown)) if cwd.startswith("/") else shown


def _worst(found: list[Likeness]) -> Likeness:
    return max(found, key=ORDER.index, default=Likeness.SAME)
