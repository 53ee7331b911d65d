"""What of the host's words is kept beside an entry, at which privacy level (docs/spec/records.md P1-P4).

`metadata` keeps no opening of content: the commitment stays, the value is gone. `standard` keeps redacted commands,
prompts, words and diffs; long texts and outputs as digest, size and an excerpt. `full` keeps them whole, up to a bound.
Secrets are taken out before anything is kept or digested, at every level.
"""

from __future__ import annotations

from enum import StrEnum

from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.record.entry import commit
from web4_governance.core.secrets import redact_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening

EXCERPT = 512
LONG_TEXT = 16 * 1024
FULL_TEXT = 1024 * 1024


class Privacy(StrEnum):
    """How much of the content is kept readable."""

    METADATA = "metadata"
    STANDARD = "standard"
    FULL = "full"


class Keeper:
    """Collects the openings of one entry while its body is built; makes every commitment that stands in it."""

    def __init__(self, *, privacy: Privacy, salt: Callable[[], bytes]) -> None:
        self._privacy = privacy
        self._salt = salt
        self._openings: list[Opening] = []
        self._redacted: set[str] = set()

    @property
    def openings(self) -> tuple[Opening, ...]:
        """The openings kept so far."""
        return tuple(self._openings)

    @property
    def redacted(self) -> list[Json]:
        """The names of the kinds of secrets that were taken out, sorted."""
        return [*sorted(self._redacted)]

    def clean(self, content: Json) -> Json:
        """Take secrets out, and remember which kinds were found."""
        cleaned, names = redact_json(content)
        self._redacted.update(names)
        return cleaned

    def commit(self, field: str, content: Json) -> str:
        """Give the commitment to a content value (cleaned, long texts shortened), keeping its opening if allowed."""
        limit = FULL_TEXT if self._privacy is Privacy.FULL else LONG_TEXT
        return self._commit(field, shorten(self.clean(content), limit))

    def commit_output(self, field: str, content: Json) -> str:
        """Give the commitment to an output: digest, size and a short excerpt unless the level is `full`."""
        cleaned = self.clean(content)
        if self._privacy is Privacy.FULL:
            return self._commit(field, shorten(cleaned, FULL_TEXT))
        text = cleaned if isinstance(cleaned, str) else encode(cleaned).decode()
        return self._commit(field, digest_of(text))

    def _commit(self, field: str, content: Json) -> str:
        standing, opening = commit(field, self._salt(), content)
        if self._privacy is not Privacy.METADATA:
            self._openings.append(opening)
        return standing


def digest_of(text: str) -> dict[str, Json]:
    """Give what stands for a text that is not kept whole: its SHA-256, its size in bytes, and its beginning."""
    data = text.encode()
    return {"sha256": sha256_hex(data), "size": len(data), "excerpt": text[:EXCERPT]}


def shorten(content: Json, limit: int) -> Json:
    """Replace every string longer than `limit` characters by its digest, size and excerpt."""
    if isinstance(content, str):
        return digest_of(content) if len(content) > limit else content
    if isinstance(content, list):
        return [shorten(item, limit) for item in content]
    if isinstance(content, dict):
        return {key: shorten(item, limit) for key, item in content.items()}
    return content
