"""A linked context token: what an identity is bound to, what it is called here, its parent, and what came before it (L1-L5).

The id follows from what is bound: the same model, definition or command is the same identity in every ledger of these keys,
and a changed one is another, linked to the one before and starting with nothing. Bound in software, and saying so: who
can read the home's private key can sign others. Not the signature: a document is the text of a signed note.
"""

from __future__ import annotations

from web4_governance.core.canonical import decode, encode
from web4_governance.core.closed import Closed
from web4_governance.core.digest import sha256
from web4_governance.core.errors import CanonicalError, InputError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.canonical import Json

HEADER = "web4-governance identity v1"
SOFTWARE = "software"
DOMAIN = b"web4/lct/1\0"
DIGITS = 32
_FIELDS = ("after", "binding", "binds", "id", "kind", "made_us", "name", "parent")
_ROWS = 4  # header, origin, document, the end


class LctKind(Closed):
    """The closed list of what has an identity."""

    OPERATOR = "operator"
    MACHINE = "machine"
    SESSION = "session"
    AGENT = "agent"
    SUBAGENT = "subagent"
    SERVER = "server"
    POLICY = "policy"


@value
class Lct:
    """One identity. `binds` are the words and digests that it is, by name; `parent` and `after` are ids, empty for none.

    `after` is the identity whose place this one took: of the same agent or server, bound to something else.
    """

    kind: LctKind
    name: str
    binds: tuple[tuple[str, str], ...]
    parent: str
    made_us: int
    after: str = ""

    @property
    def id(self) -> str:
        """The id, from the kind and what is bound."""
        return id_of(self.kind, dict(self.binds))

    def to_text(self, origin: str) -> bytes:
        """Print the text that is signed, for the ledger of this origin."""
        document: dict[str, Json] = {
            "id": self.id,
            "kind": str(self.kind),
            "name": self.name,
            "binds": dict(self.binds),
            "binding": SOFTWARE,
            "parent": self.parent,
            "after": self.after,
            "made_us": self.made_us,
        }
        return f"{HEADER}\n{origin}\n".encode() + encode(document) + b"\n"

    @staticmethod
    def from_text(text: bytes) -> tuple[str, Lct]:
        """Parse a signed text: the origin and the identity; InputError says why it is none."""
        rows = text.split(b"\n")
        if len(rows) != _ROWS or rows[0] != HEADER.encode() or rows[3]:
            raise InputError(f"an identity is the line `{HEADER}`, an origin and a document")
        try:
            return rows[1].decode(), _of(decode(rows[2]))
        except (CanonicalError, UnicodeDecodeError, ValueError) as error:
            raise InputError(f"the document of the identity cannot be read: {error}") from None


def id_of(kind: LctKind, binds: Mapping[str, str]) -> str:
    """Give the id of what is bound so."""
    bound: dict[str, Json] = {"kind": str(kind), "binds": dict(binds)}
    return f"lct:{kind}:{sha256(DOMAIN + encode(bound)).hex()[:DIGITS]}"


def _of(found: Json) -> Lct:
    if not isinstance(found, dict) or tuple(sorted(found)) != _FIELDS:
        raise ValueError(f"it has the fields {', '.join(_FIELDS)}")
    binds, made = found["binds"], found["made_us"]
    texts = [found[name] for name in ("id", "kind", "name", "binding", "parent", "after")]
    if not isinstance(binds, dict) or not isinstance(made, int) or not all(isinstance(one, str) for one in texts):
        raise ValueError("a field is of the wrong type")
    if found["binding"] != SOFTWARE or not all(isinstance(one, str) for one in binds.values()):
        raise ValueError("it binds nothing that is known")
    read = Lct(
        kind=LctKind(str(found["kind"])),
        name=str(found["name"]),
        binds=tuple((key, str(one)) for key, one in sorted(binds.items())),
        parent=str(found["parent"]),
        after=str(found["after"]),
        made_us=made,
    )
    if read.id != found["id"]:
        raise ValueError("its id does not follow from what it binds")
    return read
