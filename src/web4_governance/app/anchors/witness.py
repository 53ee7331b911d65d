"""The client of a C2SP witness (tlog-witness): hands over a head with the proof that it follows from what the witness saw.

A witness tells its size only in answers to submissions, so what it holds is asked by handing over a head that it may have
already: an equal size and root is cosigned anew, anything else is answered with the size that it holds. That changes
nothing at the witness. Our own `web4 witness serve` also gives the checkpoint itself.
"""

from __future__ import annotations

from urllib.parse import quote

from web4_governance.app.anchors.anchor import (
    MICROSECONDS,
    Head,
    Held,
    Holdings,
    Receipt,
    held_of,
)
from web4_governance.app.anchors.http import Place
from web4_governance.app.signatures import check as fast_check
from web4_governance.core.errors import AnchorError, AnchorRefused, InputError, NoteError, UsageError
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import COSIGNATURE_V1, Note, VerifierKey, decimal, signature_lines
from web4_governance.core.ledger.witness import SIZE_TYPE, AddCheckpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.anchors.anchor import Known, Prove
    from web4_governance.app.anchors.http import Answer

ATTEMPTS = 3  # another submission of this log may move the witness between two of ours
OK, FORBIDDEN, CONFLICT = 200, 403, 409


class WitnessAnchor:
    """`kind = "witness"`, `url`: its submission prefix, `key`: its vkey (name+hash+base64)."""

    kind = "witness"

    def __init__(self, name: str, *, url: str, key: str) -> None:
        self.name = name
        self.key = _witness_key(key)
        self._place = Place(name, url)

    @property
    def stateful(self) -> bool:
        """A witness on this machine may be this same user's; one elsewhere is somebody else's, as far as can be seen."""
        return not self._place.here

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:
        """Have a head cosigned; AnchorRefused where the witness saw another history of this log."""
        size = head.checkpoint.size
        old = min(self._last_size(known), size)
        for _ in range(ATTEMPTS):
            answer = self._add(head, old=old, prove=prove)
            if answer.status == FORBIDDEN and self._told_keys(known):
                continue
            if answer.status != CONFLICT:
                break
            found = self._size(answer)
            if found > size:
                raise AnchorRefused(
                    f"the witness `{self.name}` has seen {found} entries of this log, and this head has {size}",
                    hint="the ledger was cut or is an older copy: `web4 verify` says more",
                )
            if found == old == size:
                raise AnchorRefused(f"the witness `{self.name}` has seen another tree of {size} entries of this log")
            old = found
        return self._receipt(head, answer)

    def held(self, known: Known) -> Holdings:
        """Ask what the witness holds: by its checkpoint where it gives that, else by the newest head."""
        answer = self._place.ask("GET", f"/checkpoint/{quote(known.origin, safe='')}", b"")
        if answer.status == OK and (held := self._given(known.origin, answer.body)) is not None:
            return Holdings(heads=(held,))
        if not known.heads:
            return Holdings(
                notes=(f"the witness `{self.name}` can only be asked with a signed head, and there is none",)
            )
        return self._probed(known)

    def _probed(self, known: Known) -> Holdings:
        head = Head.of(known.heads[-1])
        answer = self._add(head, old=head.checkpoint.size, prove=lambda _old, _new: ())
        if answer.status == OK:
            receipt = self._receipt(head, answer)
            note = head.note.with_lines(receipt.lines).to_bytes()
            held = held_of(known.origin, note, time=receipt.time, where=self.key.name)
            return Holdings(heads=(held,) if held else ())
        if answer.status == FORBIDDEN:
            return Holdings(
                wrong=(f"the witness `{self.name}` knows this log by other keys than the one that signs here",)
            )
        if answer.status != CONFLICT:
            raise self._error(answer.status)
        size = self._size(answer)
        if size == head.checkpoint.size:
            return Holdings(wrong=(f"the witness `{self.name}` has seen another tree of {size} entries of this log",))
        return Holdings(heads=(self._remembered(known, size),) if size else ())

    def _remembered(self, known: Known, size: int) -> Held:
        """Give the cosigned note of a size, if the ledger still has it: the cosignature is the witness's own word."""
        for note in known.heads:
            head = Head.of(note)
            if head.checkpoint.size == size and (found := cosignatures(note, [self.key], check=fast_check)):
                time = found[0].time * MICROSECONDS
                return Held(size=size, root=head.checkpoint.root, time=time, where=self.key.name, note=note.to_bytes())
        return Held(size=size, where=self.key.name)

    def _given(self, origin: str, body: bytes) -> Held | None:
        try:
            found = cosignatures(Note.from_bytes(body), [self.key], check=fast_check)
        except InputError:
            return None
        return held_of(origin, body, time=found[0].time * MICROSECONDS, where=self.key.name) if found else None

    def _last_size(self, known: Known) -> int:
        for note in reversed(known.heads):
            if note.lines_of(self.key):
                return Head.of(note).checkpoint.size
        return 0

    def _add(self, head: Head, *, old: int, prove: Prove) -> Answer:
        request = AddCheckpoint(old=old, proof=prove(old, head.checkpoint.size), note=head.note)
        return self._place.ask("POST", "/add-checkpoint", request.to_bytes())

    def _told_keys(self, known: Known) -> bool:
        """Tell the witness of the keys that followed the one it knows; one of another make has no such call."""
        answers = [self._place.ask("POST", "/add-key", note.to_bytes()).status for note in known.successions]
        return bool(answers) and answers[-1] == OK

    def _receipt(self, head: Head, answer: Answer) -> Receipt:
        if answer.status != OK:
            raise self._error(answer.status)
        try:
            lines = signature_lines(answer.body)
            note = Note(text=head.note.text, lines=lines)
            found = cosignatures(note, [self.key], check=fast_check)
        except InputError as error:
            raise AnchorError(f"the witness `{self.name}` answered no cosignature: {error.message}") from None
        if not found:
            raise AnchorError(f"the witness `{self.name}` answered no cosignature of its key")
        mine = note.lines_of(self.key)
        data = b"".join(line.to_bytes() for line in mine)
        return Receipt(size=head.checkpoint.size, time=found[0].time * MICROSECONDS, data=data, lines=mine)

    def _size(self, answer: Answer) -> int:
        text = answer.body.decode("utf-8", "replace").removesuffix("\n") if answer.kind == SIZE_TYPE else ""
        try:
            return decimal(text)
        except NoteError:
            message = f"the witness `{self.name}` has seen another tree of this log, and says no more"
            raise AnchorRefused(message) from None

    def _error(self, status: int) -> AnchorError:
        match status:
            case 404:
                hint = "give whoever runs it the key of this log"
                return AnchorError(f"the witness `{self.name}` does not know this log", hint=hint)
            case 403:
                hint = "give whoever runs it the key of this log"
                return AnchorError(f"the witness `{self.name}` does not know the key that signs this log", hint=hint)
            case 422:
                return AnchorRefused(f"what the witness `{self.name}` has seen of this log is not the beginning of it")
            case _:
                return AnchorError(f"the witness `{self.name}` answered with status {status}")


def _witness_key(text: str) -> VerifierKey:
    key = VerifierKey.from_text(text)
    if key.kind != COSIGNATURE_V1:
        raise UsageError(f"the key of `{key.name}` is none of a witness (type 0x04)")
    return key
