"""A record as one flat row: the columns of the CSV and the Parquet export, and their types (docs/spec/cli.md T4).

What is not known, not kept or erased is None. Not the whole record: jsonl has that.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from web4_governance.core.record.r6 import Record

    Cell: TypeAlias = "str | int | bool | tuple[str, ...] | None"

TEXT, TEXTS, INTEGER, FLAG, TIME = "text", "texts", "integer", "flag", "time"

# In the order of `row`. Columns are added at the end; none changes its name or its meaning.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("place", INTEGER),
    ("time", TIME),
    ("session", TEXT),
    ("agent", TEXT),
    ("agent_id", TEXT),
    ("agent_type", TEXT),
    ("model", TEXT),
    ("permission_mode", TEXT),
    ("tool", TEXT),
    ("call", TEXT),
    ("categories", TEXTS),
    ("effects", TEXTS),
    ("targets", TEXTS),
    ("command", TEXT),
    ("cwd", TEXT),
    ("project", TEXT),
    ("prompt", TEXT),
    ("words", TEXT),
    ("decision", TEXT),
    ("answer", TEXT),
    ("mode", TEXT),
    ("rules", TEXTS),
    ("reasons", TEXTS),
    ("policy", TEXT),
    ("status", TEXT),
    ("denied_by", TEXT),
    ("error_class", TEXT),
    ("exit_code", INTEGER),
    ("ended", TIME),
    ("duration_us", INTEGER),
    ("input_bytes", INTEGER),
    ("output_bytes", INTEGER),
    ("late", FLAG),
    ("erased", TEXTS),
    ("seq", INTEGER),
    ("prev", TEXT),
    ("leaf", TEXT),
    ("outcome_leaf", TEXT),
)


def row(record: Record) -> tuple[Cell, ...]:
    """Give a record's cells, one a column; times are microseconds since 1970."""
    rules, role, request = record.rules, record.role, record.request
    reference, resource, result = record.reference, record.resource, record.result
    return (
        reference.idx,
        record.ts,
        record.session,
        role.agent or None,
        role.agent_id or None,
        role.agent_type or None,
        resource.model or role.model or None,
        role.permission_mode or None,
        request.tool,
        request.call or None,
        request.categories,
        record.effects,
        record.targets,
        record.command,
        request.cwd,
        request.project,
        request.prompt,
        request.words,
        rules.decision or None,
        rules.answer or None,
        rules.mode or None,
        rules.matched,
        rules.reasons,
        rules.policy or None,
        result.status,
        result.denied_by or None,
        result.error_class or None,
        _known(result.exit_code),
        result.ts or None,
        _known(resource.duration_us),
        _known(resource.input_bytes),
        _known(resource.output_bytes),
        record.late,
        record.erased,
        reference.seq,
        reference.prev or None,
        record.id,
        reference.outcome or None,
    )


def _known(number: int) -> int | None:
    return None if number == -1 else number
