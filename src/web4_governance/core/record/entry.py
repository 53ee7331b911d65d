"""An entry of the ledger: its kinds, its bytes, and what is kept beside it (docs/spec/records.md).

`seal` turns a body into bytes and a leaf; nothing here reads a clock or makes a salt. What the host's words say never
stands bare in an entry: `commit` puts a salted commitment in its place and gives the opening that lies beside it.
"""

from __future__ import annotations

from web4_governance.core.canonical import decode, encode
from web4_governance.core.closed import Closed
from web4_governance.core.digest import committed, leaf
from web4_governance.core.errors import CanonicalError, EntryTooLarge
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from web4_governance.core.canonical import Json

VERSION = "r6/1"
MAX_BYTES = 16 * 1024
NO_SESSION = "-"
MOST_PATHS = 1000
_PATHS: dict[str, tuple[str, ...]] = {}
MOST_HELD = 1024 * 1024  # bytes of entries whose parsed bodies are kept
_held: dict[bytes, dict[str, Json]] = {}  # bodies by their bytes: what follows a call asks for its intent several times
_size = [0]


class Kind(Closed):
    """The closed list of entry kinds."""

    SESSION = "session"
    PROMPT = "prompt"
    WORDS = "words"
    INTENT = "intent"
    OUTCOME = "outcome"
    EVENT = "event"
    POLICY = "policy"
    GRANT = "grant"
    IDENTITY = "identity"
    WITNESS = "witness"
    LABEL = "label"
    ANCHOR = "anchor"
    SIGNOFF = "signoff"
    REDACTION = "redaction"
    PRUNE = "prune"
    GAP = "gap"
    CANARY = "canary"


@value
class Opening:
    """What makes a commitment readable: the field (a dotted path into the entry), the salt, and the value.

    `made` is the value's canonical bytes where they are at hand: they follow from the value, and two openings are equal
    without them.
    """

    field: str
    salt: bytes
    value: Json
    made: bytes = b""

    def printed(self) -> bytes:
        """Give the value's canonical bytes."""
        return self.made or encode(self.value)

    def __eq__(self, other: object) -> bool:
        """Say whether two openings open the same."""
        if not isinstance(other, Opening):
            return NotImplemented
        return (self.field, self.salt, self.value) == (other.field, other.salt, other.value)

    def __hash__(self) -> int:
        """Give what equal openings share."""
        return hash((self.field, self.salt))


@value
class Sealed:
    """An entry ready to be stored: what is stored is what is hashed, byte for byte. `leaf` is 32 bytes."""

    session: str
    seq: int
    kind: Kind
    ts: int
    data: bytes
    leaf: bytes
    openings: tuple[Opening, ...] = ()


@value
class Index:
    """What the store indexes about an entry so that it can be found: derived from it and its openings, never evidence.

    `identity` is the once-only key of the host event (32 bytes; empty where an entry has none). `same` is the HMAC of
    the action (equal for equal actions), empty where privacy or kind says none. `targets` are (effect, text) pairs.
    """

    identity: bytes = b""
    call: str = ""
    tool: str = ""
    agent_id: str = ""
    agent_type: str = ""
    decision: str = ""
    status: str = ""
    project: str = ""
    categories: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()
    same: bytes = b""


@value
class Stored:
    """An entry as it lies in the store: its place in the whole ledger and its bytes."""

    idx: int
    session: str
    seq: int
    kind: str
    ts: int
    data: bytes
    leaf: bytes

    def body(self) -> dict[str, Json]:
        """Parse the bytes; they were canonical when they were written, a CanonicalError says that they no longer are.

        Equal bytes give the same object, which nobody changes.
        """
        body = _held.get(self.data)
        if body is None:
            body = parse(self.data)
            if _size[0] + len(self.data) > MOST_HELD:
                _held.clear()
                _size[0] = 0
            _size[0] += len(self.data)
            _held[self.data] = body
        return body


def seal(
    body: Mapping[str, Json], *, kind: Kind, session: str, ts: int, seq: int, prev: str, openings: tuple[Opening, ...]
) -> Sealed:
    """Give the sealed entry: `body` with version, kind, time and place in its session's chain."""
    reference = body.get("reference")
    place: dict[str, Json] = {**(reference if isinstance(reference, dict) else {}), "seq": seq, "prev": prev}
    whole: dict[str, Json] = {**body, "v": VERSION, "kind": str(kind), "ts": ts, "session": session, "reference": place}
    data = encode(whole)
    if len(data) > MAX_BYTES:
        message = f"an entry of {len(data)} bytes is over {MAX_BYTES}"
        raise EntryTooLarge(message)
    return Sealed(session=session, seq=seq, kind=kind, ts=ts, data=data, leaf=leaf(data), openings=openings)


def commit(field: str, salt: bytes, content: Json) -> tuple[str, Opening]:
    """Give the commitment that stands in the entry, and the opening that lies beside it."""
    made = encode(content)
    return committed(field, salt, made), Opening(field=field, salt=salt, value=content, made=made)


def parse(data: bytes) -> dict[str, Json]:
    """Parse an entry's bytes; CanonicalError says why they are none."""
    body = decode(data)
    if not isinstance(body, dict):
        message = "not an entry: no object"
        raise CanonicalError(message)
    for field, kind in (("v", str), ("kind", str), ("ts", int), ("session", str), ("reference", dict)):
        if not isinstance(body.get(field), kind):
            message = f"not an entry: `{field}` is missing or of the wrong type"
            raise CanonicalError(message)
    return body


def part(body: dict[str, Json], name: str) -> dict[str, Json]:
    """Give one of an entry's objects, an empty one where it has none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def at(body: Json, field: str) -> Json:
    """Give what stands at a dotted path of an entry (numbers index into lists), or None."""
    path = _PATHS.get(field)
    return along(body, _kept_path(field) if path is None else path)


def _kept_path(field: str) -> tuple[str, ...]:
    """Give the parts of a path; those of the first thousand are kept, which are all that this package names."""
    path = tuple(field.split("."))
    if len(_PATHS) < MOST_PATHS:
        _PATHS[field] = path
    return path


def along(body: Json, path: Iterable[str]) -> Json:
    """Give what `at` gives, of a path in its parts."""
    here = body
    for part in path:
        if type(here) is dict:
            here = here.get(part)
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here
