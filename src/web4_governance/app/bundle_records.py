"""Reads the calls of a bundle: each an intent with its outcome, its prompt and the agent's words, as a ledger's are.

Line by line; what is kept is the calls that fit, the last prompt of each session, and the newest words. Nothing is checked
here: whoever lists a bundle verifies it first. Only its own lines speak: no database, no lookup.
"""

from __future__ import annotations

from collections import OrderedDict

from web4_governance.core.canonical import decode
from web4_governance.core.errors import CanonicalError
from web4_governance.core.ledger.bundle import ENTRIES, OPENINGS, PROOFS
from web4_governance.core.ledger.lookups import pairs_of
from web4_governance.core.ledger.verify import bare
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.record.entry import Kind, Opening, at
from web4_governance.core.record.join import join
from web4_governance.core.record.r6 import Read
from web4_governance.storage.filters import MAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.bundle import Files
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.filters import Filters

MOST_WORDS = 4096


def records(files: Files, filters: Filters, *, whole: bool) -> tuple[Record, ...]:
    """Give the calls of a bundle that fit, in their order; a session is named by its id's beginning."""
    reading = _Reading(filters)
    for read in entries(files, whole=whole):
        reading.take(read)
    return tuple(one for one in reading.records() if filters.status in ("", one.status))


class _Reading:
    """What is known of the calls that fit, while the lines go by."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self._intents: dict[str, tuple[Read, Read | None]] = {}
        self._calls: dict[tuple[str, str], str] = {}
        self._outcomes: dict[str, Read] = {}
        self._prompts: dict[str, Read] = {}
        self._words: dict[str, Read] = {}
        self._messages: OrderedDict[tuple[str, str], Read] = OrderedDict()

    def take(self, read: Read) -> None:
        """Take the next entry."""
        body, session = read.body, read.stored.session
        match read.stored.kind:
            case Kind.PROMPT:
                self._prompts[session] = read
            case Kind.INTENT:
                prompt = self._prompts.get(session)
                if prompt is not None and prompt.leaf != at(body, "reference.prompt"):
                    prompt = None
                if fits(join(read, None, prompt=prompt, words=None), read, self._filters):
                    self._intents[read.leaf] = (read, prompt)
                    self._calls[session, str(at(body, "request.call"))] = read.leaf
            case Kind.OUTCOME:
                leaf = at(body, "reference.intent")
                if isinstance(leaf, str) and leaf in self._intents:
                    self._outcomes[leaf] = read
            case Kind.WORDS:
                self._say(session, read)
            case _:
                pass

    def records(self) -> Iterator[Record]:
        """Give the calls, once every line was taken."""
        for leaf, (intent, prompt) in self._intents.items():
            outcome = self._outcomes.get(leaf)
            message = None if outcome is None else at(outcome.body, "resource.message")
            words = self._words.get(leaf) or self._messages.get((intent.stored.session, str(message)))
            yield join(intent, outcome, prompt=prompt, words=words)

    def _say(self, session: str, read: Read) -> None:
        leaf = self._calls.get((session, str(at(read.body, "reference.call"))))
        if leaf is not None:
            self._words[leaf] = read
        message = at(read.body, "request.message")
        if isinstance(message, str):
            self._messages[session, message] = read
            if len(self._messages) > MOST_WORDS:
                self._messages.popitem(last=False)


def fits(record: Record, read: Read, filters: Filters) -> bool:
    """Say whether a call fits everything but a status, which its end tells."""
    role, request = record.role, record.request
    agents = ("", MAIN) if not role.agent_id else ("", role.agent_id, role.agent_type)
    return (
        record.session.startswith(filters.session)
        and filters.tool in ("", record.tool)
        and filters.decision in ("", record.decision)
        and filters.agent in agents
        and (not filters.category or filters.category in request.categories)
        and filters.since <= record.ts
        and (not filters.until or record.ts < filters.until)
        and (not filters.project or compile_glob(filters.project).matches(request.project or ""))
        and _touches(record, read, filters)
    )


def _touches(record: Record, read: Read, filters: Filters) -> bool:
    if not filters.target:
        return not filters.effect or filters.effect in record.effects
    glob = compile_glob(filters.target)
    openings = (Opening(field=name, salt=b"", value=held) for name, held in read.open.items())
    return any(filters.effect in ("", effect) and glob.matches(text) for effect, text in pairs_of(openings))


def entries(files: Files, *, whole: bool) -> Iterator[Read]:
    """Give the entries of a bundle with their openings; both are in the order of places."""
    opened, waiting = _openings(files), None
    places = None if whole else files.lines(PROOFS)
    for n, line in enumerate(files.lines(ENTRIES)):
        idx = n if places is None else _place(next(places, b""))
        stored = bare(idx, line.removesuffix(b"\n"))
        while waiting is None or waiting[0] < idx:
            waiting = next(opened, (2**63, {}))
        try:
            body = stored.body()
        except CanonicalError:  # the verification has said so
            continue
        yield Read(stored=stored, body=body, open=waiting[1] if waiting[0] == idx else {})


def _openings(files: Files) -> Iterator[tuple[int, dict[str, Json]]]:
    for line in files.lines(OPENINGS):
        idx, found = at(decode(line.removesuffix(b"\n")), "idx"), at(decode(line.removesuffix(b"\n")), "open")
        if isinstance(idx, int) and isinstance(found, dict):
            yield idx, {name: held[1] for name, held in found.items() if isinstance(held, list) and len(held) > 1}


def _place(line: bytes) -> int:
    idx = at(decode(line.removesuffix(b"\n")), "idx")
    return idx if isinstance(idx, int) else -1
