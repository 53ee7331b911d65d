"""The shell front end: text to resolved commands. `parse` is loaded when it is asked for: most calls hold no command."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.parse import parse

__all__ = ["parse"]


def __getattr__(name: str) -> object:
    if name != "parse":
        raise AttributeError(name)
    from web4_governance.core.shell.parse import parse as function  # noqa: PLC0415

    globals()["parse"] = function  # importing the module of the same name has just put that here
    return function
