"""The exports of `web4 export` that are read by other programs; the bundle is in export.py."""

from __future__ import annotations

import os
import sys

from web4_governance.app.assurance import for_export
from web4_governance.app.exports import assured, sidecar
from web4_governance.app.exports.export import STDOUT, Job, export
from web4_governance.cli import main, render
from web4_governance.cli.find import filters_of, open_ledger
from web4_governance.cli.here import here, now_us
from web4_governance.cli.progress import Progress
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Write the records and say how many."""
    printed = arguments.output == STDOUT
    if printed and (arguments.json or arguments.jsonl):
        raise UsageError("the records go to standard output, and nothing else can", hint="give a file with `-o`")
    with open_ledger(arguments) as ledger:
        filters = filters_of(arguments, ledger)
    job = Job(
        format=arguments.format,
        file=arguments.output,
        filters=filters,
        times={"since": arguments.since, "until": arguments.until},
        resume=arguments.resume,
        endpoint=arguments.endpoint,
    )
    if job.file and not printed and not (job.resume and not os.path.exists(sidecar.path_of(job.file))):
        assured.begin(job.file)
    records = _watched(main.home_of(arguments), job)
    said = for_export(here(arguments), now_us=now_us())
    beside = "" if printed or not job.file else assured.write(job.file, form=job.format, calls=records, assurance=said)
    if printed:
        render.remark(f"{records} calls; {assured.line(said)}")
        return 0
    row = {"file": job.file or job.endpoint, "format": job.format, "calls": records, "assurance": said}
    if not render.one(arguments, row):
        render.say(f"{job.file or job.endpoint}: {records} calls as {job.format}", hang=2)
        render.say(f"{assured.line(said)}: {beside}" if beside else assured.line(said), hang=2)
    return 0


def _quiet(_done: int, _place: int, _size: int) -> None:
    """Say nothing."""


def _watched(home: str, job: Job) -> int:
    progress = Progress("exported")
    # Where the rows themselves are seen, nothing stands among them.
    seen = job.file == STDOUT and sys.stdout.isatty()
    try:
        return export(home, job, told=_quiet if seen else progress)
    except KeyboardInterrupt:
        progress.close()
        if job.file not in ("", STDOUT):
            print("web4: stopped; the same command with `--resume` goes on", file=sys.stderr)
        raise
    finally:
        progress.close()
