"""Reads records one by one, a question at a time: slow and plain, to hold what reads many at once against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web4_governance.core.record.entry import Kind, at
from web4_governance.core.record.join import join
from web4_governance.core.record.r6 import Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Reader


def read_records(reader: Reader, places: Iterable[int]) -> Iterator[Record]:
    """Read the records whose intents stand at these places."""
    why = _Why(reader)
    for idx in places:
        intent = read(reader, reader.entry(idx))
        if intent is None:
            continue
        outcome = read(reader, _outcome(reader, intent))
        yield join(intent, outcome, prompt=why.prompt(intent), words=why.words(intent, outcome))


def read(reader: Reader, stored: Stored | None) -> Read | None:
    return None if stored is None else _opened(reader, stored)


def _opened(reader: Reader, stored: Stored) -> Read:
    return Read(stored=stored, body=stored.body(), open={o.field: o.value for o in reader.openings(stored.idx)})


def _outcome(reader: Reader, intent: Read) -> Stored | None:
    """Give the last outcome that names this intent."""
    for stored in reversed(reader.outcomes_of(intent.stored.idx)):
        if at(stored.body(), "reference.intent") == intent.leaf:
            return stored
    return None


class _Why:
    """Finds the prompt and the agent's words for intents, reading each session's once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._prompts: dict[str, Read | None] = {}
        self._words: dict[str, dict[str, Read]] = {}

    def prompt(self, intent: Read) -> Read | None:
        """Give the prompt that an intent names."""
        leaf = at(intent.body, "reference.prompt")
        if not isinstance(leaf, str):
            return None
        if leaf not in self._prompts:
            found = self._reader.before(intent.stored.session, str(Kind.PROMPT), intent.stored.idx)
            self._prompts[leaf] = read(self._reader, found) if found is not None and found.leaf.hex() == leaf else None
        return self._prompts[leaf]

    def words(self, intent: Read, outcome: Read | None) -> Read | None:
        """Give what the agent said before a call: by the call, else by the message that made several calls."""
        session = intent.stored.session
        if session not in self._words:
            self._words[session] = self._all_words(session)
        spoken = self._words[session]
        by_call = spoken.get(f"call {at(intent.body, 'request.call')}")
        if by_call is not None or outcome is None:
            return by_call
        return spoken.get(f"message {at(outcome.body, 'resource.message')}")

    def _all_words(self, session: str) -> dict[str, Read]:
        found: dict[str, Read] = {}
        for stored in self._reader.entries_of(session, kind=str(Kind.WORDS)):
            spoken = _opened(self._reader, stored)
            found[f"call {at(spoken.body, 'reference.call')}"] = spoken
            found[f"message {at(spoken.body, 'request.message')}"] = spoken
        return found
