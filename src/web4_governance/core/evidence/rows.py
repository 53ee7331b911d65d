"""The fold's memory as rows: small canonical documents by key, read when they are first asked for.

So that a hook that folds two entries reads and writes a dozen rows, whatever the ledger's length. Not storage: where rows
come from is the caller's, and where they go.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode, trusted
from web4_governance.core.digest import sha256_hex
from web4_governance.core.trust.posterior import NOTHING, Posterior
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

    __slots__ = ("_changed", "_held", "_load", "_tensors")

    def __init__(self, load: Load) -> None:
        self._load = load
        self._held: dict[str, Any] = {}
        self._tensors: dict[str, Tensor] = {}
        self._changed: dict[str, None] = {}

    def get(self, key: str) -> Any:  # noqa: ANN401  # each kind of row has its own shape, which only the fold makes
        """Give a row, None where there is none."""
        if key not in self._held:
            found = self._load(key)
            self._held[key] = None if found is None else trusted(found.encode())
        return self._held[key]

    def put(self, key: str, row: Json) -> None:
        """Set a row."""
        self._held[key] = row
        self._changed[key] = None

    def drop(self, key: str) -> None:
        """Take a row away."""
        self._held[key] = None
        self._changed[key] = None

    def tensor(self, entity: str, role: str) -> Tensor:
        """Give what is known of an entity in a role; dimensions of which nothing is known are not there."""
        key = key_of(entity, role)
        if key not in self._tensors:
            self._tensors[key] = tensor_of(self.get(key))
        return self._tensors[key]

    def set_tensor(self, entity: str, role: str, tensor: Tensor) -> None:
        """Set what is known of an entity in a role."""
        key = key_of(entity, role)
        self._tensors[key] = tensor
        self._changed[key] = None

    def changes(self) -> dict[str, str | None]:
        """Give the rows that were changed since the last time, None for those that are gone."""
        found = {key: self._text(key) for key in self._changed}
        self._changed.clear()
        return found

    def _text(self, key: str) -> str | None:
        tensor = self._tensors.get(key)
        row = self._held[key] if tensor is None else row_of(tensor)
        return None if row is None else encode(row).decode()


def key_of(entity: str, role: str) -> str:
    """Give the key of the row of an entity in a role."""
    return f"{TENSOR}{entity}{APART}{role}"


def named(key: str) -> tuple[str, str]:
    """Give the entity and the role of a tensor's key."""
    entity, _, role = key.removeprefix(TENSOR).rpartition(APART)
    return entity, role


def tensor_of(row: Any) -> Tensor:  # noqa: ANN401  # a row of ours, or None
    """Read a tensor from its row."""
    found = row or {}
    return {Dimension(name): Posterior(**dict(zip(_PARTS, parts, strict=True))) for name, parts in found.items()}


def row_of(tensor: Tensor) -> Json:
    """Give a tensor as a row."""
    return {str(name): [getattr(one, part) for part in _PARTS] for name, one in tensor.items() if one != NOTHING}


def digest_of(rows: Iterable[tuple[str, str]]) -> str:
    """Give the digest of a whole memory: equal for equal rows, in whatever order they are given."""
    return "sha256:" + sha256_hex(encode([[key, row] for key, row in sorted(rows)]))
