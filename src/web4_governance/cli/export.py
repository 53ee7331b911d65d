"""`web4 export`: take entries out of the ledger in a form that others can check or read."""

from __future__ import annotations

import os

from web4_governance.cli import main, render
from web4_governance.cli.find import add_filters, filters_of, open_ledger
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "export the ledger, or a part of it, with what it takes to check it"
FORMATS = ("bundle", "jsonl", "csv", "cef", "ocsf", "otlp", "parquet")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--format", choices=FORMATS, default="bundle", help="bundle: a tar with proofs and a verifier")
    parser.add_argument("-o", "--output", metavar="FILE", default="", help="the file to write; `-` prints it")
    parser.add_argument(
        "--endpoint", metavar="URL", default="", help="send `otlp` to a collector (http://127.0.0.1:4318)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an export that was stopped")
    parser.add_argument(
        "--disclose",
        metavar="FIELD",
        action="append",
        default=[],
        help="show the values of this field only (`request.input`, `result`, a glob); all others stay closed, and are proved",
    )
    parser.add_argument(
        "--where",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="show them of these calls only: a filter's name and value, such as `tool=Bash` or `target=*/patient/*`",
    )
    add_filters(parser)
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say what is in it."""
    from web4_governance.app.assurance import for_export  # noqa: PLC0415  # as below
    from web4_governance.app.bundle import write_bundle  # noqa: PLC0415  # loaded only for this command
    from web4_governance.app.disclosure import Disclosure  # noqa: PLC0415
    from web4_governance.app.exports import assured, sidecar  # noqa: PLC0415
    from web4_governance.cli.here import here, now_us  # noqa: PLC0415
    from web4_governance.cli.progress import Progress  # noqa: PLC0415
    from web4_governance.storage.filters import Filters  # noqa: PLC0415

    if arguments.limit is not None:
        raise UsageError("an export has no `--limit`: what matches is in it")
    if arguments.where and not arguments.disclose:
        raise UsageError("`--where` says of which calls values are shown", hint="say which: `--disclose request.input`")
    if bool(arguments.output) == bool(arguments.endpoint):
        raise UsageError("say where to: `-o FILE`, or `--endpoint URL` for otlp")
    if arguments.format != "bundle":
        if arguments.disclose:
            raise UsageError("only a bundle keeps values closed: `--disclose` is its option")
        from web4_governance.cli.export_lines import run as run_lines  # noqa: PLC0415

        return run_lines(arguments)
    if arguments.output in ("", "-"):
        raise UsageError("a bundle is a file, and is not printed", hint="give one with `-o FILE`")
    with open_ledger(arguments) as ledger:
        filters = filters_of(arguments, ledger)
        narrowed = _where(arguments.where)
        where = filters_of(narrowed, ledger) if arguments.where else None
    chosen = None if filters == Filters() else filters
    disclose = Disclosure(fields=tuple(arguments.disclose), where=where) if arguments.disclose else None
    times = {"since": arguments.since, "until": arguments.until}
    if where:
        times.update({"where.since": narrowed.since, "where.until": narrowed.until})
    said = for_export(here(arguments), now_us=now_us())
    progress = Progress("exported")
    try:
        entries, whole = write_bundle(
            main.home_of(arguments),
            arguments.output,
            filters=chosen,
            disclose=disclose,
            assurance=said,
            told=progress.of,
            resume=arguments.resume,
            times=times,
        )
    except KeyboardInterrupt:
        progress.close()
        if os.path.exists(sidecar.path_of(arguments.output)):
            render.remark("stopped; the same command with `--resume` goes on")
        raise
    finally:
        progress.close()
    found = {"file": arguments.output, "entries": entries, "whole": whole, "assurance": said}
    if not render.one(arguments, found):
        what = "the whole ledger" if whole else "a selection"
        check = f"web4 verify --bundle {arguments.output}"
        render.say(f"{arguments.output}: {what}, {entries} entries; check it with `{check}`", hang=2)
        render.say(assured.line(said), hang=2)
    return 0


def _where(pairs: list[str]) -> argparse.Namespace:
    """Read filters as they stand on the command line of a listing, each as `name=value`, once."""
    import argparse  # noqa: PLC0415

    parser = argparse.ArgumentParser(add_help=False)
    add_filters(parser)
    found = parser.parse_args([])
    names = [name for name in vars(found) if name != "limit"]
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not text or name not in names:
            raise UsageError(f"`--where {pair}` is no filter", hint=f"write NAME=VALUE; names are {', '.join(names)}")
        if getattr(found, name):
            raise UsageError(f"`--where {name}` is given twice")
        setattr(found, name, text)
    return found
