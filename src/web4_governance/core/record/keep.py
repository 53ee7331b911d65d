"""What of the host's words is kept beside an entry, at which privacy level (docs/spec/records.md P1-P4).

`metadata` keeps no opening of content: the commitment stays, the value is gone. `standard` keeps redacted commands,
prompts, words and diffs; long texts and outputs as digest, size and an excerpt. `full` keeps them whole, up to a bound.
Secrets are taken out before anything is kept or digested, at every level. Looked through is what could be kept: a text that
is too long for every level stands as the digest and size of the whole, with a beginning that was looked through.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode, sayable
from web4_governance.core.closed import Closed
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError
from web4_governance.core.record.entry import commit
from web4_governance.core.secrets import MARKER, formed, is_known, redact_json, without

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening

EXCERPT = 512
LONG_TEXT = 16 * 1024
FULL_TEXT = 1024 * 1024
MOST = 4 * FULL_TEXT  # characters and items of one content that are looked through and kept
HEAD = 64 * 1024
STANDING = frozenset(("sha256", "size", "excerpt"))
EDGE = 8 * 1024  # longer than what a secret needs to be known as one: none is cut in two by the end of the beginning


class Privacy(Closed):
    """How much of the content is kept readable."""

    METADATA = "metadata"
    STANDARD = "standard"
    FULL = "full"


class Cleaner:
    """Takes the secrets out of what one delivery brought: each content once, however many entries speak of it.

    INVARIANT: what was taken out of one content of a delivery is taken out of all that is kept after it, whoever says it:
    the deeds, their targets, the lookups, the agent's words, the output. What a command is given is a secret by what stands
    around it, which is lost where only the word is left.
    """

    __slots__ = ("_held", "_taken", "formats")

    def __init__(self) -> None:
        self.formats: tuple[tuple[str, str, int, str], ...] = ()  # that packs bring along
        self._held: dict[int, tuple[Json, Json, tuple[str, ...], bool]] = {}
        self._taken: dict[str, str] = {}

    def clean(self, content: Json) -> tuple[Json, tuple[str, ...]]:
        """Give the content without its own secrets and bounded in size, and the names of the secrets.

        It is the same whatever else was looked at: by it equal contents are known again.
        """
        return self.cleaned(content)[:2]

    def cleaned(self, content: Json) -> tuple[Json, tuple[str, ...], bool]:
        """Give what `clean` gives, and whether all of the content is brief."""
        if type(content) is str and is_known(content):
            return content, (), True
        held = self._held.get(id(content))
        if held is None or held[0] is not content:
            # Words that were looked through before, and are brief: a process that stays meets them in every call.
            held = (
                (content, content, (), True) if is_known(content) else (content, *_cleaned(content, self._taken), False)
            )
            if isinstance(content, (dict, list, str)):
                self._held[id(content)] = held
        return held[1], held[2], held[3]

    def kept(self, content: Json) -> tuple[Json, tuple[str, ...], bool]:
        """Give what `cleaned` gives, without what was taken out of any other content."""
        clean, names, brief = self.cleaned(content)
        if self.formats:
            formed(clean, self.formats, self._taken)
        if not self._taken:
            return clean, names, brief
        clean, more = without(clean, self._taken)
        return clean, tuple(dict.fromkeys((*names, *more))), brief


class Keeper:
    """Collects the openings of one entry while its body is built; makes every commitment that stands in it."""

    def __init__(self, *, privacy: Privacy, salt: Callable[[], bytes], cleaner: Cleaner | None = None) -> None:
        self._privacy = privacy
        self._salt = salt
        self._cleaner = cleaner or Cleaner()
        self._openings: list[Opening] = []
        self._redacted: set[str] = set()
        self._places: list[tuple[str, str, int]] = []
        self.replaced = False  # whether what no text can hold (a name on the disk that is no UTF-8) was replaced

    @property
    def openings(self) -> tuple[Opening, ...]:
        """The openings kept so far."""
        return tuple(self._openings)

    @property
    def redacted(self) -> list[Json]:
        """The names of the kinds of secrets that were taken out, sorted."""
        return [*sorted(self._redacted)]

    @property
    def places(self) -> tuple[tuple[str, str, int], ...]:
        """Where secrets were taken out: field, kind, and the place of the mark in the field's clean content.

        The place is in characters of the content's canonical text; of a content that is a text, in the text.
        """
        return tuple(self._places)

    def clean(self, content: Json) -> Json:
        """Take a content's own secrets out, and remember which kinds were found."""
        clean, names = self._cleaner.clean(content)
        self._redacted.update(names)
        return clean

    def learn(self, *contents: Json) -> None:
        """Look through contents before any is kept: what is taken out of one is taken out of all."""
        for content in contents:
            try:
                self._cleaner.kept(content)
            except (CanonicalError, UnicodeEncodeError):
                self._cleaner.kept(sayable(content))

    def text(self, text: str) -> str:
        """Give a text for an index, without secrets: there lies as little as in the entry."""
        return str(self._cleaner.kept(text)[0])

    def _clean_in(self, field: str, content: Json, *, own: bool = False) -> tuple[Json, bool]:
        clean, names, brief = self._cleaner.cleaned(content) if own else self._cleaner.kept(content)
        self._redacted.update(names)
        if names:
            text = clean if isinstance(clean, str) else encode(clean).decode()
            found = [(place, name) for name in names for place in _finds(text, f"{MARKER}{name}]")]
            self._places += [(field, name, place) for place, name in sorted(found)]
        return clean, brief

    def commit(self, field: str, content: Json, *, own: bool = False) -> str:
        """Give the commitment to a content value (cleaned, long texts shortened), keeping its opening if allowed.

        `own` says that only the content's own secrets go: it holds digests, paths that are known by them, or the policy,
        which no call takes anything out of by naming it as its secret.
        """
        # INVARIANT: nothing that lies on the disk keeps an entry from being written.
        places = len(self._places)
        try:
            return self._commit_whole(field, content, own=own)
        except (CanonicalError, UnicodeEncodeError):
            del self._places[places:]
            self.replaced = True
            return self._commit_whole(field, sayable(content), own=own)

    def _commit_whole(self, field: str, content: Json, *, own: bool) -> str:
        clean, brief = self._clean_in(field, content, own=own)
        limit = FULL_TEXT if self._privacy is Privacy.FULL else LONG_TEXT
        return self._commit(field, clean if brief else shorten(clean, limit))

    def commit_output(self, field: str, content: Json) -> str:
        """Give the commitment to an output: digest, size and a short excerpt unless the level is `full`."""
        clean, _ = self._clean_in(field, content)
        if self._privacy is Privacy.FULL or _stands(clean):
            return self._commit(field, shorten(clean, FULL_TEXT))
        text = clean if isinstance(clean, str) else encode(clean).decode()
        return self._commit(field, digest_of(text))

    def _commit(self, field: str, content: Json) -> str:
        standing, opening = commit(field, self._salt(), content)
        if self._privacy is not Privacy.METADATA:
            self._openings.append(opening)
        return standing


def _finds(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + len(mark))


def cleaned(content: Json) -> tuple[Json, tuple[str, ...]]:
    """Give a content without its secrets, what is too large to be kept at any level replaced by what stands for it.

    Returns:
        The content, and the names of the secrets that were taken out of what is left of it.
    """
    return _cleaned(content, {})


def _cleaned(content: Json, taken: dict[str, str]) -> tuple[Json, tuple[str, ...]]:
    names: dict[str, None] = {}
    mine: dict[str, str] = {}
    bounded = _bounded(content, names, mine)
    if _room(bounded, MOST) < 0:
        bounded = _beginning(encode(content).decode(), names, mine)
    clean, more = redact_json(bounded, mine)
    if mine:  # what it said in one place with a name, it may say in another without
        clean, _ = without(clean, mine)
        taken.update(mine)
    return clean, tuple(dict.fromkeys((*names, *more)))


def _bounded(content: Json, names: dict[str, None], taken: dict[str, str], under: str = "") -> Json:
    if isinstance(content, str):
        return content if len(content) <= FULL_TEXT else _beginning(content, names, taken, under)
    if isinstance(content, list):
        return [_bounded(item, names, taken) for item in content]
    if isinstance(content, dict):
        return {key: _bounded(item, names, taken, key) for key, item in content.items()}
    return content


def _room(content: Json, room: int) -> int:
    """Give what is left of the room after a content; below zero, it does not fit and was not looked through to its end."""
    room -= len(content) + 1 if isinstance(content, str) else 1
    parts: list[Json] = []
    if isinstance(content, dict):
        parts = [*content, *content.values()]
    elif isinstance(content, list):
        parts = content
    for part in parts:
        if room < 0:
            break
        room = _room(part, room)
    return room


def _beginning(text: str, names: dict[str, None], taken: dict[str, str], under: str = "") -> Json:
    """Give what stands for a text that no level keeps: the digest of all of it as it came, and a beginning without secrets.

    `under` is the key that it stood under: what stands under a secret's name has no beginning.
    """
    data = text.encode()
    clean, found = redact_json({under: text[:HEAD]}, taken)
    names.update(dict.fromkeys(found))
    head = "".join(str(item) for item in clean.values()) if isinstance(clean, dict) else ""
    return {"sha256": sha256_hex(data), "size": len(data), "excerpt": head[: max(0, min(EXCERPT, len(head) - EDGE))]}


def _stands(content: Json) -> bool:
    return isinstance(content, dict) and content.keys() == STANDING


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
