"""One policy document as read: its values, and where in the text each stands.

JSON goes through CPython's C scanner without the `json` package; only when something is wrong is the text read again to
find the place. YAML and TOML are read by their libraries, loaded when a policy needs them.
"""

from __future__ import annotations

from web4_governance.core.canonical import scan
from web4_governance.core.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.position import Broken
    from web4_governance.core.policy.read import Path, Wrong

    Locate = Callable[[Path, bool], tuple[int, int]]

# How long a document may be: the readers in Python take a second for what the scanner in C does in a blink, and a
# project's policy is read before anybody trusts it.
MAX_BYTES = {"json": 1024 * 1024, "yaml": 128 * 1024, "yml": 128 * 1024, "toml": 128 * 1024}
BOM = b"\xef\xbb\xbf"
_BLANK = " \t\r\n"


class Document:
    """A parsed document: `values` as JSON, and `locate`, which gives line and column of a path."""

    __slots__ = ("file", "locate", "values")

    def __init__(self, values: Json, file: str, locate: Locate) -> None:
        self.values = values
        self.file = file
        self.locate = locate

    def error(self, wrong: Wrong) -> PolicyError:
        """Give a mistake its place in the file."""
        line, column = self.locate(wrong.path, wrong.on_key)
        return PolicyError(wrong.message, file=self.file, line=line, column=column, hint=wrong.hint)


def parse(data: bytes, *, file: str, format: str) -> Document:  # noqa: A002  the word that people use for it
    """Parse the bytes of a document; PolicyError says where the syntax is broken."""
    if format not in MAX_BYTES:
        message = f"`{format}` is no format of a policy"
        raise PolicyError(message, file=file, hint="known are json, yaml and toml")
    if len(data) > MAX_BYTES[format]:
        message = f"a policy of {len(data)} bytes is over {MAX_BYTES[format]}"
        raise PolicyError(message, file=file)
    text = _text(data, file)
    if not text.strip():
        message = "the policy is empty"
        raise PolicyError(message, file=file, line=1, column=1)
    match format:
        case "json":
            return _json(text, file)
        case "yaml" | "yml":
            from web4_governance.core.policy.yaml_text import parse_yaml  # noqa: PLC0415  third party behind it

            return Document(*parse_yaml(text, file))
        case _:
            from web4_governance.core.policy.toml_text import parse_toml  # noqa: PLC0415  only for TOML policies

            return Document(*parse_toml(text, file))


def _text(data: bytes, file: str) -> str:
    data = data.removeprefix(BOM)  # not by the codec of that name, which is a module of its own
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        from web4_governance.core.policy.position import line_and_column  # noqa: PLC0415  # a good document needs no places

        before = data[: error.start].decode("utf-8", "replace")
        line, column = line_and_column(before, len(before))
        message = f"not UTF-8: byte 0x{data[error.start]:02x}"
        raise PolicyError(message, file=file, line=line, column=column) from None


class _Twice(ValueError):
    """A key stands twice in one object."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(text: str) -> None:
    raise ValueError(text)


class _Profile:
    """What the C scanner wants to know. A fraction stays one, so that its reader can name it."""

    strict = True
    object_hook = None
    object_pairs_hook = staticmethod(_pairs)
    parse_float = float
    parse_constant = staticmethod(_no_constant)
    parse_int = staticmethod(lambda text: int(text) if len(text) < 20 else float(text))  # noqa: PLR2004  past any bound
    memo: dict[str, str] = {}  # noqa: RUF012  the scanner's own scratch space


def _json(text: str, file: str) -> Document:
    try:
        start = len(text) - len(text.lstrip(_BLANK))
        values, end = scan(text, start, _Profile)
    except (StopIteration, ValueError, RecursionError):
        raise _syntax_error(text, file) from None
    if text[end:].strip(_BLANK):
        raise _syntax_error(text, file)
    return Document(values, file, lambda path, on_key: _locate(text, file, path, on_key))


def _syntax_error(text: str, file: str) -> PolicyError:
    from web4_governance.core.policy.position import Broken, places  # noqa: PLC0415  # as above

    try:
        places(text)
    except Broken as broken:
        return _placed(broken, text, file)
    message = "not JSON"  # pragma: no cover  # the two readers agree: a property test holds them to it
    return PolicyError(message, file=file)  # pragma: no cover


def _placed(broken: Broken, text: str, file: str) -> PolicyError:
    from web4_governance.core.policy.position import line_and_column  # noqa: PLC0415  # as above

    line, column = line_and_column(text, broken.at)
    return PolicyError(broken.message, file=file, line=line, column=column)


def _locate(text: str, file: str, path: Path, on_key: bool) -> tuple[int, int]:
    from web4_governance.core.policy.position import Broken, line_and_column, places  # noqa: PLC0415  # as above

    try:
        values, keys = places(text)
    except Broken as broken:
        # Deeper than the slow reader goes: that is the mistake, whatever else there is.
        raise _placed(broken, text, file) from None
    known = keys if on_key and path in keys else values
    # A field that is missing is looked for where it should have been.
    while path not in known:
        path, known = path[:-1], values
    return line_and_column(text, known[path])
