"""web4-governance: judges, records and proves what an AI coding agent does.

Import-light: every hook imports this package, so the public names are loaded when they are asked for (PEP 562).
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.query import Ledger

__all__ = ["Ledger", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Ledger":
        from web4_governance.app.query import Ledger  # noqa: PLC0415

        return Ledger
    raise AttributeError(f"module 'web4_governance' has no attribute {name!r}")
