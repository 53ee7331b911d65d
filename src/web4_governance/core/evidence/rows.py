"""The fold's memory as rows: small canonical documents by key, read when they are first asked for.

So that a hook that folds two entries reads and writes a dozen rows, whatever the ledger's length. Not storage: where rows
come from is the caller's, and where they go.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode, trusted
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.trust.posterior import Posterior
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from web4_governance.core.canonical import Json

    Load: TypeAlias = Callable[[str], "str | None"]
    Tensor: TypeAlias = dict[Dimension, Posterior]

TENSOR = "t/"
APART = "\t"
_PARTS = fields(Posterior)


class Rows:
    """Rows by key over a place that they are loaded from; what changed is given back at the end."""

    __slots__ = ("_absent", "_changed", "_held", "_load", "_tensors")

    def __init__(self, load: Load) -> None:
        self._load = load
        self._held: dict[str, Any] = {}
        self._tensors: dict[str, Tensor] = {}
        self._changed: dict[str, None] = {}
        self._absent: set[str] = set()

    @property
    def held(self) -> int:
        """How many rows are remembered."""
        return len(self._held) + len(self._tensors)

    def load_by(self, load: Load) -> None:
        """Load what is not remembered from another place, which has the same rows."""
        self._load = load

    def get(self, key: str) -> Any:  # noqa: ANN401  # each kind of row has its own shape, which only the fold makes
        """Give a row, None where there is none."""
        if key not in self._held:
            found = self._load(key)
            self._held[key] = None if found is None else trusted(found.encode())
            if found is None:
                self._absent.add(key)
        return self._held[key]

    def add(self, key: str, row: Json) -> None:
        """Set a row that was never there before."""
        self._absent.add(key)
        self.put(key, row)

    def put(self, key: str, row: Json) -> None:
        """Set a row."""
        self._held[key] = row
        self._changed[key] = None

    def drop(self, key: str) -> None:
        """Take a row away."""
        self._held[key] = None
        self._changed[key] = None

    def forget_gone(self) -> None:
        """Forget the rows that are not there, where nothing is loaded from anywhere: asked for again, they are not either."""
        for key in [key for key, row in self._held.items() if row is None]:
            del self._held[key]
            self._changed.pop(key, None)
            self._absent.discard(key)

    def tensor(self, entity: str, role: str) -> Tensor:
        """Give what is known of an entity in a role; dimensions of which nothing is known are not there."""
        return self.tensor_at(key_of(entity, role))

    def tensor_at(self, key: str) -> Tensor:
        """Give what is known under the key of an entity in a role."""
        if key not in self._tensors:
            found = self._load(key)
            self._tensors[key] = {} if found is None else read_tensor(key, found)
        return self._tensors[key]

    def set_tensor(self, key: str, tensor: Tensor) -> None:
        """Set what is known under the key of an entity in a role."""
        self._tensors[key] = tensor
        self._changed[key] = None

    def changes(self) -> dict[str, str | None]:
        """Give the rows that were changed since the last time, None for those that are gone."""
        every = {key: self._text(key) for key in self._changed}
        # What came and went in between is nothing to anybody.
        found = {key: row for key, row in every.items() if row is not None or key not in self._absent}
        self._absent = {key for key in self._absent if every.get(key) is None}
        self._changed.clear()
        return found

    def _text(self, key: str) -> str | None:
        tensor = self._tensors.get(key)
        if tensor is not None:
            return text_of(tensor)
        row = self._held[key]
        return None if row is None else encode(row).decode()


def key_of(entity: str, role: str) -> str:
    """Give the key of the row of an entity in a role."""
    return f"{TENSOR}{entity}{APART}{role}"


def named(key: str) -> tuple[str, str]:
    """Give the entity and the role of a tensor's key."""
    entity, _, role = key.removeprefix(TENSOR).rpartition(APART)
    return entity, role


def read_tensor(key: str, text: str) -> Tensor:
    """Read the tensor of a stored row; LedgerCorrupt where it is none."""
    try:
        return tensor_of(text)
    except ValueError:
        message = f"the row `{key[:120]}` of trust makes no sense"
        raise LedgerCorrupt(message, hint="it is made anew by the next call that a rule asks trust of") from None


def tensor_of(text: str) -> Tensor:
    """Read a tensor from its row; ValueError where it is none."""
    found: Tensor = {}
    for part in text.split(";") if text else ():
        name, _, numbers = part.partition("=")
        found[Dimension(name)] = Posterior(**dict(zip(_PARTS, map(int, numbers.split(",")), strict=False)))
    return found


def text_of(tensor: Tensor) -> str:
    """Give a tensor as its row: `name=good,bad,...;...` in the order of dimensions, zeros at an end left out."""
    return ";".join([f"{name}={_numbers(tensor[name])}" for name in Dimension if name in tensor])


def _numbers(of: Posterior) -> str:
    plain = f"{of.good},{of.bad},{of.squares}"
    if not of.rise and not of.alarms:
        return plain
    return f"{plain},{of.rise},{of.hit},{of.miss},{of.since_good},{of.since_bad},{of.since_squares},{of.alarms}"


def digest_of(rows: Iterable[tuple[str, str]]) -> str:
    """Give the digest of a whole memory: equal for equal rows, in whatever order they are given."""
    return "sha256:" + sha256_hex(encode([[key, row] for key, row in sorted(rows)]))
