"""How commands print: one JSON document, JSON lines, or text for people. Not what they print.

Data goes to stdout, remarks to stderr. JSON is ASCII with escapes, so that it is as safe on a terminal as the text is.
"""

from __future__ import annotations

import json
import sys

from web4_governance.cli.text import pad, shorten, terminal_width, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TextIO

INDENT = "  "
COPIED = ("command", "input", "output")  # a line's end in the midst of one would be copied with it


def add_formats(parser: argparse.ArgumentParser) -> None:
    """Give a reading command its two machine formats."""
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="print one JSON document")
    formats.add_argument("--jsonl", action="store_true", help="print one JSON object a line")


def document(found: Any) -> None:  # noqa: ANN401  # whatever is JSON
    """Print one JSON document."""
    print(json.dumps(found, indent=2))


def line(found: Any) -> None:  # noqa: ANN401
    """Print one JSON object on its line, at once: somebody may be following."""
    print(_compact(found), flush=True)


def _compact(found: Any) -> str:  # noqa: ANN401
    return json.dumps(found, separators=(",", ":"))


def machine(arguments: argparse.Namespace, rows: Iterable[dict[str, Any]]) -> bool:
    """Print rows as JSON or JSON lines if that was asked for, and say whether it was."""
    return machine_lots(arguments, ((row,) for row in rows))


def machine_lots(arguments: argparse.Namespace, lots: Iterable[Iterable[dict[str, Any]]]) -> bool:
    """Do the same with rows that come some at a time: each lot is printed before the next one is asked for."""
    if arguments.json:
        _array(lots)
    elif arguments.jsonl:
        for lot in lots:
            for row in lot:
                print(_compact(row))
            sys.stdout.flush()  # somebody may be following
    else:
        return False
    return True


def _array(lots: Iterable[Iterable[dict[str, Any]]]) -> None:
    """Print one JSON array as `document` prints it."""
    before = "["
    for lot in lots:
        for row in lot:
            # A line's end in a text is an escape: all that stand here are the indentation's.
            print(before + json.dumps([row], indent=2)[1:-2], end="")
            before = ","
    print("[]" if before == "[" else "\n]")


def one(arguments: argparse.Namespace, found: dict[str, Any]) -> bool:
    """Print a single object as JSON or as a JSON line if that was asked for, and say whether it was."""
    if arguments.json:
        document(found)
    elif arguments.jsonl:
        line(found)
    return bool(arguments.json or arguments.jsonl)


def remark(text: str) -> None:
    """Tell the person something that is not data."""
    say(f"web4: {text}", hang=6, to=sys.stderr)


def say(
    text: str, *, hang: int, to: TextIO | None = None, paint: Callable[[str], str] | None = None, word: int = 0
) -> None:
    """Print a safe sentence; a terminal gets it wrapped at its blanks, `hang` columns in from the second line on.

    `paint` colours the first `word` characters, which do not count as wider for it.
    """
    stream = sys.stdout if to is None else to
    lines = wrapped(text, terminal_width() - hang) if stream.isatty() else [text]
    first = lines[0] if paint is None else paint(lines[0][:word]) + lines[0][word:]
    print("\n".join([first, *(" " * hang + line for line in lines[1:])]), file=stream)


def columns(rows: Sequence[Sequence[str]], *, caps: Sequence[int], flexible: int, total: int) -> list[int]:
    """Give the width of each column: as wide as needed up to its cap; the flexible one takes what is left."""
    found = [min(cap, max((width(row[n]) for row in rows), default=0)) for n, cap in enumerate(caps)]
    gaps = 2 * (len(caps) - 1)
    others = sum(size for n, size in enumerate(found) if n != flexible)
    found[flexible] = max(caps[flexible], total - gaps - others)
    return found


def cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Give the cells of a row, cut and filled to their columns; the last one is not filled."""
    last = len(row) - 1
    return [
        shorten(cell, size) if n == last else pad(shorten(cell, size), size)
        for n, (cell, size) in enumerate(zip(row, widths, strict=True))
    ]


def fields(pairs: Iterable[tuple[str, str]], *, indent: str = INDENT, label: int = 12) -> None:
    """Print labelled lines; a pair without a value is left out.

    A terminal gets sentences wrapped at their blanks, below their own beginning; what might be copied stands as it is.
    """
    hang = len(indent) + label + 1
    for name, value in pairs:
        if value:
            lines = wrapped(value, terminal_width() - hang) if name not in COPIED and sys.stdout.isatty() else [value]
            print(f"{indent}{pad(name, label)} {lines[0]}")
            for more in lines[1:]:
                print(f"{' ' * hang}{more}")
