"""Changes the person's settings file: one setting, every other line of it stays.

What the settings mean and which there are is `app.settings`'.
"""

from __future__ import annotations

import re
import tomllib

from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.app.settings import SETTINGS, Settings, checked, path_of
from web4_governance.core.errors import UsageError
from web4_governance.storage import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

_TABLE = re.compile(r"^\s*\[", re.MULTILINE)
FLAGS: dict[str, Json] = {"true": True, "false": False}


def set_setting(home: str, name: str, text: str) -> Settings:
    """Set one setting and give what holds then; UsageError, and nothing written, where it makes no sense."""
    if name not in SETTINGS:
        message = f"there is no setting `{name}`"
        raise UsageError(message, hint=f"settings are {', '.join(SETTINGS)}")
    path = path_of(home)
    given: Json = FLAGS.get(text, text)
    checked({name: given}, origin=name)
    old = (read_bytes(path) or b"").decode("utf-8", "surrogateescape")
    before = _parsed(old, path)
    new = _with_line(old, name, f"{name} = {text if given in (True, False) else _quoted(text)}\n")
    settings = checked({**before, name: given}, origin=path)
    if _parsed(new, path) != {**before, name: given}:  # pragma: no cover  # no text is known to get here
        message = f"`{path}` could not be edited safely"
        raise UsageError(message, hint=f"set `{name}` in it by hand")
    Home(home).create()
    write_bytes(path, new.encode("utf-8", "surrogateescape"))
    return settings


def given_in(home: str) -> tuple[str, ...]:
    """Give the names of the settings that the file sets."""
    path = path_of(home)
    return tuple(_parsed((read_bytes(path) or b"").decode("utf-8", "surrogateescape"), path))


def _with_line(text: str, name: str, line: str) -> str:
    """Replace the line that sets a name, or put one at the end of the part before the first table."""
    table = _TABLE.search(text)
    top = text[: table.start()] if table else text
    found = re.search(rf"^[ \t]*{re.escape(name)}[ \t]*=[^\n]*\n?", top, re.MULTILINE)
    if found:
        return text[: found.start()] + line + text[found.end() :]
    gap = "" if not top or top.endswith("\n") else "\n"
    return top + gap + line + text[len(top) :]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parsed(text: str, path: str) -> dict[str, Json]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"`{path}` is no TOML: {str(error).lower()}"
        raise UsageError(message, hint="mend or remove the file first") from None
