"""The Parquet export: the columns of the CSV, typed and exact, by pyarrow (the extra `parquet`; docs/spec/cli.md T7).

Written in groups of rows, so that memory does not grow with their number. A Parquet file ends with its directory and cannot
be appended to: it is written beside its place and put there whole, of rows that were kept there meanwhile (`export`).
"""

from __future__ import annotations

from web4_governance.app.exports.columns import COLUMNS, row
from web4_governance.app.exports.partial import placed
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from web4_governance.core.record.r6 import Record

HEADER = b""
GROUP = 8192  # records: some megabytes


def lot() -> Callable[[Sequence[Record]], bytes]:
    """Give what makes the rows of some records, as Arrow's stream format has them."""
    arrow, _ = _pyarrow()
    schema = _schema(arrow)

    def rows(records: Sequence[Record]) -> bytes:
        columns = zip(*map(row, records), strict=True)
        arrays = [arrow.array(cells, type=field.type) for cells, field in zip(columns, schema, strict=True)]
        out = arrow.BufferOutputStream()
        with arrow.ipc.new_stream(out, schema) as stream:
            stream.write_batch(arrow.RecordBatch.from_arrays(arrays, schema=schema))
        made: bytes = out.getvalue().to_pybytes()
        return made

    return rows


def write(lots: Iterable[bytes], path: str) -> int:
    """Write the file whole, or not at all; give how many records are in it."""
    arrow, parquet = _pyarrow()
    schema = _schema(arrow)
    written = 0
    with placed(path) as out, parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(arrow, lots):
            writer.write_table(group)
            written += group.num_rows
    return written


def _groups(arrow: Any, lots: Iterable[bytes]) -> Iterator[Any]:  # noqa: ANN401  # a package without types
    """Give tables of some thousand rows."""
    tables: list[Any] = []
    rows = 0
    for data in lots:
        with arrow.ipc.open_stream(data) as stream:
            tables.append(stream.read_all())
        rows += tables[-1].num_rows
        if rows >= GROUP:
            yield arrow.concat_tables(tables).combine_chunks()
            tables, rows = [], 0
    if tables:
        yield arrow.concat_tables(tables).combine_chunks()


def _schema(arrow: Any) -> Any:  # noqa: ANN401  # as above
    types = _types(arrow)
    return arrow.schema([(name, types[kind]) for name, kind in COLUMNS])


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
