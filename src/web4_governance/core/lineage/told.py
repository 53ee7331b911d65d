"""What a call changed in a file, as far as the host's own answer tells: the content before and after, and which lines.

Nothing is read from disk: the host's response to Write, Edit and NotebookEdit carries the text before and the change. Where
it does not, nothing is claimed. Its hunks are taken where they lead from the one text to the other, and made anew where not.
"""

from __future__ import annotations

from web4_governance.core.lineage.align import edits_between
from web4_governance.core.lineage.lines import content_of, split
from web4_governance.core.lineage.tools import NOTEBOOK, TELLING
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.lineage.align import Edit


@value
class Told:
    """One changed file: `before` is None for a new one; `edits` are None where lines are not followed."""

    path: str
    before: bytes | None
    after: bytes
    edits: tuple[Edit, ...] | None


def told(tool: str, given: dict[str, Json], output: Json) -> Told | None:
    """Give what the host's answer tells of a changed file; None where it does not."""
    if not isinstance(output, dict) or tool not in TELLING:
        return None
    path = output.get("filePath") or output.get("notebook_path") or given.get("file_path")
    before = output.get("original_file" if tool == NOTEBOOK else "originalFile")
    after = _after(tool, output, before)
    if not isinstance(path, str) or after is None or not (before is None or isinstance(before, str)):
        return None
    old, new = (None if text is None else content_of(text.encode()) for text in (before, after))
    return Told(path=path, before=old, after=new or b"", edits=_edits(output.get("structuredPatch"), old, new or b""))


def _after(tool: str, output: dict[str, Json], before: Json) -> str | None:
    if tool in ("Write", NOTEBOOK):
        known = before is not None or output.get("type") != "update"
        content = output.get("content" if tool == "Write" else "updated_file")
        return content if isinstance(content, str) and known else None
    old, new = output.get("oldString"), output.get("newString")
    if not isinstance(before, str) or not isinstance(old, str) or not isinstance(new, str) or old not in before:
        return None
    return before.replace(old, new) if output.get("replaceAll") is True else before.replace(old, new, 1)


def _edits(hunks: Json, before: bytes | None, after: bytes) -> tuple[Edit, ...] | None:
    old, new = split(before or b""), split(after)
    if old is None or new is None:
        return None
    said = _said(hunks)
    return said if said and _leads(old, new, said) else edits_between(old, new)


def _said(hunks: Json) -> tuple[Edit, ...]:
    """Read the host's hunks without their context; empty where one makes no sense."""
    found: list[Edit] = []
    for hunk in hunks if isinstance(hunks, list) else ():
        lines = hunk.get("lines") if isinstance(hunk, dict) else None
        starts = (hunk.get("oldStart"), hunk.get("newStart")) if isinstance(hunk, dict) else ()
        if not isinstance(lines, list) or not all(isinstance(start, int) for start in starts):
            return ()
        found += _of_hunk(lines, *(max(0, int(str(start)) - 1) for start in starts))
    return tuple(found)


def _of_hunk(lines: list[Json], old: int, new: int) -> list[Edit]:
    found: list[Edit] = []
    gone = come = 0
    for line in (*lines, " "):
        sign = str(line)[:1]
        if sign in "+-":
            gone, come = gone + (sign == "-"), come + (sign == "+")
        elif sign == " ":
            if gone or come:
                found.append((old, gone, new, come))
            old, new, gone, come = old + gone + 1, new + come + 1, 0, 0
    return found


def _leads(old: list[bytes], new: list[bytes], edits: tuple[Edit, ...]) -> bool:
    """Say whether these edits make the new lines of the old ones."""
    made: list[bytes] = []
    at = 0
    for start, count, first, added in edits:
        if start < at or first != len(made) + start - at:
            return False
        made += old[at:start]
        made += new[first : first + added]
        at = start + count
    return made + old[at:] == new
