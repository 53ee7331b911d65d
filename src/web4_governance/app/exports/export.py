"""Writes an export: the records that fit filters, the oldest first, in constant memory, so that it can be gone on with.

Read only, of one snapshot; an export that goes on reads a second one. It is a copy that no later erasure reaches.
"""

from __future__ import annotations

import os
import stat
import sys
import time

from web4_governance.app.exports import partial, sidecar
from web4_governance.app.exports.apart import made
from web4_governance.app.exports.formats import PARQUET, lines_of
from web4_governance.app.exports.stream import stream
from web4_governance.app.query import check
from web4_governance.core.errors import UsageError
from web4_governance.core.value import replace, value
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO, TypeAlias

    from web4_governance.app.exports.formats import Lines
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader

    Told: TypeAlias = Callable[[int, int, int], None]

STDOUT = "-"
OTLP = "otlp"
NOTE_EVERY_S = 1.0
FRAME = 8  # bytes that say how long some rows are
FLAGS = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


@value
class Job:
    """What is to be exported, how, and where to. `times` are the words that stood for `since` and `until`.

    `endpoint` is a collector's URL, and takes the place of the file.
    """

    format: str
    file: str
    filters: Filters
    times: Mapping[str, str]
    resume: bool = False
    endpoint: str = ""


def export(home: str, job: Job, *, told: Told) -> int:
    """Write the export and give how many records are in it; `told` hears records, place and the ledger's size."""
    check(job.filters)
    write = _way(job)
    with open_reader(home) as reader:
        try:
            return write(reader, job, told)
        except BrokenPipeError:  # of what was printed: the reader went away, which is no failure
            raise
        except OSError as error:
            raise UsageError(f"`{job.file}` cannot be written: {(error.strerror or 'no reason').lower()}") from None


def _way(job: Job) -> Callable[[Reader, Job, Told], int]:
    """Give the way that records go; UsageError where a format cannot go it, or there is no way back to where it stopped."""
    if job.endpoint:
        _whole(job, "what was sent cannot be gone on with; sent again, the same spans are the same")
        if job.format != OTLP:
            raise UsageError(f"a collector takes `{OTLP}`, not `{job.format}`")
        return _to_collector
    if job.format == PARQUET:
        if job.file == STDOUT:
            raise UsageError("a Parquet file is not printed", hint="give a file with `-o FILE`")
        return _to_parquet
    if job.file == STDOUT:
        _whole(job, "what was printed cannot be gone on with")
        return _to_stdout
    return _to_file


def _whole(job: Job, why: str) -> None:
    if job.resume:
        raise UsageError(why, hint="leave out `--resume`")


def _to_stdout(reader: Reader, job: Job, told: Told) -> int:
    return _pipe(reader, job, told, sys.stdout.buffer)


def _pipe(reader: Reader, job: Job, told: Told, out: BinaryIO) -> int:
    out.write(lines_of(job.format, reader).header)
    written, size = 0, reader.head().size
    for data, records, place in made(reader, job.format, reader.places(job.filters)):
        out.write(data)
        written += records
        told(written, place, size)
    out.flush()
    return written


def _to_parquet(reader: Reader, job: Job, told: Told) -> int:
    """Keep the rows beside the file's place, as they are made; when all are there, write the file of them, whole."""
    from web4_governance.app.exports import parquet  # noqa: PLC0415  # an extra

    lines_of(PARQUET, reader)  # or what it needs is not here, and nothing is written
    with partial.claim(job.file, resume=job.resume) as out:
        note = _write_on(reader, job, told, out, form=framed)
        # Crash: the rows, and a note that all of them are there.
        parquet.write(frames_of(partial.path_of(job.file)), job.file)
        partial.remove(job.file)
    return note.records


def framed(data: bytes) -> bytes:
    """Give some rows with their length before them (8 bytes, the most significant first)."""
    return len(data).to_bytes(FRAME, "big") + data


def frames_of(path: str) -> Iterator[bytes]:
    """Give the rows of a file of such."""
    with open(path, "rb") as file:
        while size := file.read(FRAME):
            yield file.read(int.from_bytes(size, "big"))


def _to_collector(reader: Reader, job: Job, told: Told) -> int:
    from web4_governance.app.exports.otlp import sender_for  # noqa: PLC0415  # an extra

    send, sent = sender_for(reader.origin, job.endpoint), 0
    size = reader.head().size
    for records in stream(reader, job.filters):
        send(records)
        sent += len(records)
        told(sent, records[-1].reference.idx, size)
    return sent


def _to_file(reader: Reader, job: Job, told: Told) -> int:
    lines_of(job.format, reader)  # as above
    fd = os.open(job.file, FLAGS, 0o600)
    with open(fd, "wb") as out:
        if not stat.S_ISREG(os.fstat(fd).st_mode):  # a pipe, a terminal, /dev/null: there is no length to cut it to
            if job.resume:
                raise UsageError(f"`{job.file}` is no file that could be gone on with")
            return _pipe(reader, job, told, out)
        note = _write_on(reader, job, told, out)
    sidecar.remove(job.file)
    return note.records


def _write_on(
    reader: Reader, job: Job, told: Told, out: BinaryIO, *, form: Callable[[bytes], bytes] = bytes
) -> sidecar.Note:
    """Write what is not in the file yet, noting now and then how far it is; give the last note."""
    note = _begin(reader, job, lines_of(job.format, reader), out)
    filters = replace(job.filters, since=note.since, until=note.until)
    size, noted = reader.head().size, time.monotonic()
    for made_of, records, place in made(reader, job.format, reader.places(filters, after=note.place)):
        data = form(made_of)
        out.write(data)
        note = replace(note, place=place, size=note.size + len(data), records=note.records + records)
        if time.monotonic() - noted > NOTE_EVERY_S:
            _keep(job.file, note, out)
            noted = time.monotonic()
        told(note.records, place, size)
    _keep(job.file, note, out)
    return note


def _begin(reader: Reader, job: Job, lines: Lines, out: BinaryIO) -> sidecar.Note:
    """Bring the file to where the export begins or goes on, with a note of it."""
    asked = sidecar.digest_of(job.filters, job.times, reader.ledger_id)
    if job.resume:
        note = _read_note(job, asked, os.fstat(out.fileno()).st_size)
        os.ftruncate(out.fileno(), note.size)
        out.seek(note.size)
        return note
    note = sidecar.Note(
        format=job.format,
        asked=asked,
        place=-1,
        size=len(lines.header),
        records=0,
        since=job.filters.since,
        until=job.filters.until,
    )
    # Crash: an earlier export's note beside an empty file, which is shorter than the note says and is refused.
    os.ftruncate(out.fileno(), 0)
    out.write(lines.header)
    _keep(job.file, note, out)
    return note


def _read_note(job: Job, asked: str, size: int) -> sidecar.Note:
    note = sidecar.read(job.file)
    hint = "leave out `--resume` to begin anew"
    if note.format != job.format:
        raise UsageError(f"`{job.file}` was begun as {note.format}, not {job.format}", hint=hint)
    if note.asked != asked:
        raise UsageError(f"`{job.file}` was begun with other filters, or from another ledger", hint=hint)
    if size < note.size:
        raise UsageError(f"`{job.file}` has {size} bytes, and {note.size} were written", hint=hint)
    return note


def _keep(file: str, note: sidecar.Note, out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
    sidecar.write(file, note)
