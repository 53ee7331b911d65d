"""The Parquet export: the columns of the CSV, typed and exact, by pyarrow (the extra `parquet`; docs/spec/cli.md T7).

Written in groups of rows, so that memory does not grow with their number. A Parquet file ends with its directory and cannot
be appended to: it is written beside its place and put there whole, and has no `--resume`.
"""

from __future__ import annotations

import os

from web4_governance.app.exports.columns import COLUMNS, row
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from web4_governance.core.record.r6 import Record

GROUP = 8192  # records: some megabytes


def write(batches: Iterable[Sequence[Record]], path: str) -> int:
    """Write the file whole, or not at all; give how many records are in it."""
    arrow, parquet = _pyarrow()
    schema = arrow.schema([(name, _types(arrow)[kind]) for name, kind in COLUMNS])
    temporary = f"{path}.{os.getpid()}.tmp"
    written = 0
    # Crash: a `.tmp` that nobody reads; the file itself is there whole or not at all.
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        with open(fd, "wb") as out:
            with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
                for group in _groups(batches):
                    columns = [arrow.array(cells, type=field.type) for cells, field in zip(group, schema, strict=True)]
                    writer.write_table(arrow.Table.from_arrays(columns, schema=schema))
                    written += len(columns[0])
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return written


def _groups(batches: Iterable[Sequence[Record]]) -> Iterator[list[tuple[Any, ...]]]:
    """Give the cells of some thousand records, column by column."""
    rows: list[tuple[Any, ...]] = []
    for records in batches:
        rows += map(row, records)
        if len(rows) >= GROUP:
            yield [*zip(*rows, strict=True)]
            rows = []
    if rows:
        yield [*zip(*rows, strict=True)]


def _types(arrow: Any) -> dict[str, Any]:  # noqa: ANN401  # a package without types
    return {
        "text": arrow.string(),
        "texts": arrow.list_(arrow.string()),
        "integer": arrow.int64(),
        "flag": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
    }


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        hint = "in the clone: pip install '.[parquet]'"
        raise UsageError("a Parquet file needs pyarrow, and it is not here", hint=hint) from None
    return pa, parquet
