"""Reads records by the places of their intents, many at once and in bounded memory.

Not which records: that is a query's. A handful of statements for some hundred calls instead of several for each. What is
kept between them is bounded: the last prompts, and nothing of a session that grows with it.
"""

from __future__ import annotations

from web4_governance.core.ledger import profile
from web4_governance.core.record.build import digest_key
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.record.join import deeds_of, join
from web4_governance.core.record.r6 import Read
from web4_governance.core.value import make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import DeedRecord, Record
    from web4_governance.storage.reader import Reader

ABOUT = (str(Kind.OUTCOME), str(Kind.WORDS))
MOST_PROMPTS = 64  # sessions that are interleaved more than that read a prompt twice


class Reading:
    """Reads records of one open reader, of the entries before `size` where that is given."""

    def __init__(self, reader: Reader, *, size: int | None = None) -> None:
        self._reader = reader
        self._size = size
        self._prompts = _Prompts(reader)

    def at(self, places: Sequence[int]) -> list[Record]:
        """Give the records whose intents stand at these places, some hundred at most, in their order."""
        intents = self._reader.entries_at(places)
        about, said = self._about([*intents])
        read = _read(self._reader, [*intents.values(), *(stored for found in about.values() for stored in found)])
        calls = {place: read[place] for place in places if place in intents}
        outcomes = _outcomes(calls, about, read)
        words = self._words(said, outcomes)
        return [
            join(intent, outcomes.get(place), prompt=self._prompts.of(intent), words=words.get(place))
            for place, intent in calls.items()
        ]

    def deeds_at(self, places: Sequence[int]) -> dict[int, tuple[DeedRecord, ...]]:
        """Give the deeds alone of the calls whose intents stand at these places, some hundred at most, by place."""
        found = [*self._reader.entries_at(places).values()]
        opened = self._reader.openings_at(places, beginning="request.deeds")
        return {
            stored.idx: deeds_of(make[Read](stored=stored, body=body, open=opened.get(stored.idx, {})))
            for stored, body in zip(found, _bodies(found), strict=True)
        }

    def _about(self, places: Sequence[int]) -> tuple[dict[int, list[Stored]], dict[int, list[Stored]]]:
        """Give by the intent's place the outcomes of the calls, and the agent's words that name them."""
        found = self._reader.of_calls_at(places, ABOUT)
        if self._size is not None:
            found = {
                kind: {place: [one for one in of if one.idx < self._size] for place, of in those.items()}
                for kind, those in found.items()
            }
        return found[ABOUT[0]], found[ABOUT[1]]

    def _words(self, said: Mapping[int, Sequence[Stored]], outcomes: Mapping[int, Read]) -> dict[int, Read]:
        """Give, by the intent's place, what the agent said before the call: by the call, else by the message that made it."""
        by_call = {place: found for place, found in said.items() if found}
        wanted: dict[int, bytes] = {}
        for place, outcome in outcomes.items():
            message = at(outcome.body, "resource.message")
            if place not in by_call and isinstance(message, str):
                wanted[place] = digest_key("words", str(outcome.body.get("agent")), outcome.stored.session, message)
        by_message = self._reader.by_identities([*set(wanted.values())]) if wanted else {}
        spoken = {place: found[-1] for place, found in by_call.items()}
        spoken |= {place: by_message[key] for place, key in wanted.items() if key in by_message}
        if self._size is not None:
            spoken = {place: stored for place, stored in spoken.items() if stored.idx < self._size}
        read = _read(self._reader, [*spoken.values()])
        return {place: read[stored.idx] for place, stored in spoken.items()}


def _outcomes(
    calls: Mapping[int, Read], about: Mapping[int, Sequence[Stored]], read: Mapping[int, Read]
) -> dict[int, Read]:
    """Give, by the intent's place, the last outcome that names it."""
    chosen: dict[int, Read] = {}
    for place, call in calls.items():
        for stored in reversed(about.get(place, ())):
            outcome = read[stored.idx]
            if at(outcome.body, "reference.intent") == call.leaf:
                chosen[place] = outcome
                break
    return chosen


def _read(reader: Reader, entries: Sequence[Stored]) -> dict[int, Read]:
    """Read entries with the openings that are still there, all at once; by place."""
    if not entries:
        return {}
    opened = reader.openings_at([stored.idx for stored in entries])
    return {
        stored.idx: make[Read](stored=stored, body=body, open=opened.get(stored.idx, {}))
        for stored, body in zip(entries, _bodies(entries), strict=True)
    }


def _bodies(entries: Sequence[Stored]) -> list[dict[str, Json]]:
    found = profile.decode_all([stored.data for stored in entries])
    # What was written is an entry; of what a hand made of it, `body` says why it is none.
    return [
        body if isinstance(body, dict) and isinstance(body.get("reference"), dict) else stored.body()
        for stored, body in zip(entries, found, strict=True)
    ]


class _Prompts:
    """The prompts that intents name, the last few of them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, Read | None] = {}

    def of(self, intent: Read) -> Read | None:
        leaf = at(intent.body, "reference.prompt")
        if not isinstance(leaf, str):
            return None
        if leaf not in self._known:
            if len(self._known) >= MOST_PROMPTS:
                del self._known[next(iter(self._known))]
            self._known[leaf] = self._read(intent.stored, leaf)
        return self._known[leaf]

    def _read(self, intent: Stored, leaf: str) -> Read | None:
        found = self._reader.before(intent.session, str(Kind.PROMPT), intent.idx)
        if found is None or found.leaf.hex() != leaf:
            return None
        return _read(self._reader, [found])[found.idx]
