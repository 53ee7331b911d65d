"""The ledger's disk: the home, the lock, the database, the mirror. The only code that touches them.

Names are loaded when they are asked for (PEP 562), so that a hook pays for the writer alone.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.home import Home
    from web4_governance.storage.reader import Reader, open_reader
    from web4_governance.storage.writer import Writer, open_writer

__all__ = ["Home", "Reader", "Writer", "open_reader", "open_writer"]


def __getattr__(name: str) -> object:
    match name:
        case "Writer" | "open_writer":
            from web4_governance.storage import writer as module  # noqa: PLC0415  # loaded when asked for
        case "Reader" | "open_reader":
            from web4_governance.storage import reader as module  # type: ignore[no-redef]  # noqa: PLC0415
        case "Home":
            from web4_governance.storage import home as module  # type: ignore[no-redef]  # noqa: PLC0415
        case _:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
    found: object = getattr(module, name)
    return found
