"""Writes entries about one host event into the ledger: fills in time, chain place, links, role and salts.

One pen a hook call, inside its transaction. It knows how entries hang together; what they say is `core.record.build`'s.
"""

from __future__ import annotations

from web4_governance.agents import AGENTS
from web4_governance.app import formats, transcripts
from web4_governance.app.handed import first_hand, told_once
from web4_governance.app.settings import settings
from web4_governance.core.record import build
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.record.keep import Cleaner, Keeper
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.agents.transcript import Words
    from web4_governance.app.context import Context
    from web4_governance.app.settings import Settings
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Event
    from web4_governance.core.record.build import Body
    from web4_governance.storage.writer import Writer

DELIVERY = "reference.delivery"
REMEMBERED_US = 86_400 * 1_000_000  # how long a second delivery of an event without a call id is known as one


class Pen:
    """The one that writes about one event."""

    def __init__(self, ledger: Writer, event: Event, context: Context, *, known: Settings | None = None) -> None:
        self.ledger = ledger
        # What names things is kept in the clear: ids and words without secrets, and the same in entry, lookup and join.
        # The host's own files are asked by its own ids.
        self._told = event
        self.event = replace(
            event,
            session=build.ident(event.session) or NO_SESSION,
            call=build.ident(event.call),
            agent_id=build.ident(event.agent_id),
            tool=build.clean_text(event.tool),
            agent_type=build.clean_text(event.agent_type),
        )
        self.delivery: tuple[bytes, int] | None = None
        self.context = context
        self.adapter = AGENTS[event.agent]
        self.settings: Settings = known or settings(context.home)
        self._tail: bytes | None = None
        self._entities: dict[str, str] | None = None
        self._words: tuple[Words | None] | None = None
        self._cleaner = Cleaner()
        self._cleaner.formats = formats.held(ledger)

    def about(self, event: Event) -> Pen:
        """Give a pen that writes about another call of the same delivery, sharing what was read."""
        other = Pen(self.ledger, event, self.context, known=self.settings)
        if other.event.agent_id == self.event.agent_id:
            other._told = replace(event, agent_id=self._told.agent_id)
        other._tail = self._tail  # the transcript is read once a delivery
        other._cleaner = self._cleaner
        return other

    def know(self, packs: tuple[dict[str, Json], ...]) -> None:
        """Take out the secrets whose formats a policy's packs bring along, from now on in every delivery."""
        self._cleaner.formats = formats.keep(self.ledger, packs)

    @property
    def told_call(self) -> str:
        """The call's id in the host's own words, by which its transcript is asked."""
        return self._told.call

    def keeper(self) -> Keeper:
        """Give a fresh keeper for one entry."""
        return Keeper(privacy=self.settings.privacy, salt=self.context.salt, cleaner=self._cleaner)

    def tail(self) -> bytes:
        """Give the end of the transcript, read at most once."""
        if self._tail is None:
            self._tail = transcripts.tail(self.adapter.transcript_path(self._told.transcript, self._told.agent_id))
        return self._tail

    def first_delivery(self, data: bytes) -> bool:
        """Say whether these bytes, which name no call, are new; what is then appended first says which delivery it was."""
        if not first_hand(self.ledger, self.context):
            return False
        key = build.occurrence(self.event, data, self.ledger.secret)
        number = self.ledger.deliver(key, self.context.via, since=self.context.now_us - REMEMBERED_US)
        self.delivery = (key, number) if number else None
        return bool(number)

    def append(self, kind: Kind, body: Body, keep: Keeper, index: Index | None = None) -> str:
        """Append one entry to the session's chain and give its leaf in hex."""
        return self._append(self.event.session, kind, body, keep, index or self.index())

    def append_apart(self, kind: Kind, body: Body, keep: Keeper, index: Index | None = None) -> str:
        """Append one entry that belongs to no session."""
        return self._append(NO_SESSION, kind, body, keep, index or Index())

    def index(self, *, identity: bytes = b"", status: str = "") -> Index:
        """Give the plain index of an entry about this event."""
        event = self.event
        return Index(
            identity=identity,
            call=event.call,
            tool=event.tool,
            agent_id=event.agent_id,
            agent_type=event.agent_type,
            status=status,
        )

    def role(self) -> Body:
        """Who acts, with the parent of a subagent where the host has written it down."""
        meta: dict[str, Json] = {}
        if self.event.agent_id:
            path = self.adapter.parent_path(self._told.transcript, self._told.agent_id)
            parent = self.adapter.parent_of(transcripts.tail(path, limit=transcripts.MAX_META))
            if parent is not None:
                meta = {"call": build.ident(parent.call), "agent_id": build.ident(parent.agent_id)}
        pid, start, forged = self.context.peer
        peer: dict[str, Json] = {"pid": pid, "start": start} if pid else {}
        if forged:
            peer["forged?"] = True
        return build.role(self.event, parent=meta, peer=peer)

    def entities(self) -> dict[str, str]:
        """Name the agent and, for a call of one, the server, as trust is kept of them."""
        if self._entities is None:
            from web4_governance.app.identify import acting  # noqa: PLC0415  # only where an intent is made

            self._entities = acting(self)
        return self._entities

    def model(self) -> str:
        """Give the model that acts, as far as it is known: what the event says, the transcript, or the ledger."""
        if self.event.model:
            return self.event.model
        said = self._said() if self._told.call else None
        return said.model if said is not None and said.model else ""

    def _said(self) -> Words | None:
        """Give the message that made this call, looked for in the transcript once."""
        if self._words is None:
            self._words = (self.adapter.words_before(self.tail(), self._told.call),)
        return self._words[0]

    def links(self) -> Body:
        """What this entry refers to: the prompt it serves, and the words said before the call."""
        links: Body = {}
        prompt = self.ledger.last(self.event.session, str(Kind.PROMPT))
        if prompt is not None:
            links["prompt"] = prompt.leaf.hex()
        return links

    def words_before(self, *, intent: str = "") -> None:
        """Record the message that made this call, once, if the transcript already has it: its words, model and tokens."""
        if not self.settings.words or not self.event.call:
            return
        said = self._said()
        if said is None or not (said.text or said.usage):
            return
        once = build.digest_key("words", self.event.agent, self.event.session, build.ident(said.message))
        if self.ledger.by_identity(once) is not None:
            return
        keep = self.keeper()
        keep.learn(self.event.input or {})  # what its call is given, the agent may have said before
        links: Body = {**self.links(), **({"intent": intent} if intent else {}), "call": build.ident(self.event.call)}
        body = build.words(self.event, said, keep=keep, links=links, who=self.role())
        self.append(Kind.WORDS, body, keep, replace(self.index(identity=once), tool=""))

    def _append(self, session: str, kind: Kind, body: Body, keep: Keeper, index: Index) -> str:
        seq, prev = self.ledger.tail(session)
        delivery = self.delivery if session != NO_SESSION or self.event.session == NO_SESSION else None
        if delivery is not None:  # the first entry that a delivery without a call id lets through says which it was
            self.delivery = None
            key: Json = [delivery[0].hex(), delivery[1]]
            links = body.get("reference")
            body = {
                **body,
                "reference": {**(links if isinstance(links, dict) else {}), "delivery": keep.commit(DELIVERY, key)},
            }
        sealed = seal(
            body,
            kind=kind,
            session=session,
            ts=self.context.now_us,
            seq=seq,
            prev=prev,
            openings=keep.openings,
        )
        idx = self.ledger.append(sealed, index)
        if delivery is not None:
            self.ledger.delivered(delivery[0], idx)
            told_once(self.ledger, self.context, idx)
        return sealed.leaf.hex()
