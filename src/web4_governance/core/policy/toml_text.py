"""Policies in TOML, read by the standard library, which keeps no places: those of mistakes are found again by name."""

from __future__ import annotations

from web4_governance.core.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.document import Locate
    from web4_governance.core.policy.read import Path


def parse_toml(text: str, file: str) -> tuple[Json, str, Locate]:
    """Parse TOML text; PolicyError says where it is broken."""
    import tomllib  # noqa: PLC0415  only for policies in TOML

    try:
        values = tomllib.loads(text)
    except ValueError as error:  # the library's own kind, and that of a number with thousands of digits
        message, line, column = _place_in(str(error), text)
        raise PolicyError(f"not TOML: {message}", file=file, line=line, column=column) from None
    except RecursionError:
        message = "nested too deeply"
        raise PolicyError(message, file=file, line=1, column=1) from None
    return values, file, lambda path, _on_key: find(text, path)


def find(text: str, path: Path) -> tuple[int, int]:
    """Give the line and column where a path most likely stands: its table's header, then its key."""
    lines = text.splitlines()
    start, end = _table(lines, path)
    names = [name for name in path if isinstance(name, str) and name != "rules"]
    for name in reversed(names):
        for n in range(start, end):
            column = _key_at(lines[n], name)
            if column:
                return n + 1, column
    return start + 1, 1


def _table(lines: list[str], path: Path) -> tuple[int, int]:
    """Give the lines of the rule that a path is in, or of all."""
    if len(path) < 2 or path[0] != "rules" or not isinstance(path[1], int):  # noqa: PLR2004
        return 0, len(lines)
    headers = [n for n, line in enumerate(lines) if line.replace(" ", "").startswith("[[rules]]")]
    if path[1] >= len(headers):
        return 0, len(lines)
    after = headers[path[1] + 1] if path[1] + 1 < len(headers) else len(lines)
    return headers[path[1]], after


def _key_at(line: str, name: str) -> int:
    """Give the column from 1 where a key (or a dotted part of one, or of a header) stands in a line, 0 where it does not."""
    at = line.find(name)
    while at >= 0:
        before, after = line[:at].strip(), line[at + len(name) :].lstrip("\"' ")
        if after[:1] in ("=", ".", "]") and (not before or before[-1] in "[.{,\"'"):
            return at + 1
        at = line.find(name, at + 1)
    return 0


def _place_in(said: str, text: str) -> tuple[str, int, int]:
    """Take the place out of the library's message: `... (at line 1, column 5)` or `(at end of document)`."""
    message, _, place = said.partition(" (at ")
    words = place.rstrip(")").replace(",", "").split()
    if len(words) == 4 and words[1].isdigit() and words[3].isdigit():  # noqa: PLR2004
        return message.lower(), int(words[1]), int(words[3])
    lines = text.splitlines()
    return message.lower(), max(len(lines), 1), len(lines[-1]) + 1 if lines else 1
