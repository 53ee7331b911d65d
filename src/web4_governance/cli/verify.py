"""`web4 verify`: check the ledger, one session, or a mirror file alone, step by step.

The steps and the verdicts are core.ledger's; here they are printed. Exit code 0 for a verdict that leaves nothing open,
1 for one that does, 2 for TAMPERED.
"""

from __future__ import annotations

import sys
import threading
import time

from web4_governance.cli import main, render
from web4_governance.cli.here import here, now_us
from web4_governance.cli.progress import EVERY_S, Progress
from web4_governance.cli.verdict import as_json, print_report
from web4_governance.core.errors import InputError, LedgerMissing, NoteError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Self

    from web4_governance.core.ledger.anchored import Heads
    from web4_governance.core.ledger.log_policy import LogPolicy
    from web4_governance.core.ledger.note import VerifierKey
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.reader import Reader

HELP = "check the ledger, step by step"
PATIENCE = 1.0
MOST = 1_000_000  # bytes of a head or a policy
# What cannot be asked of one session taken out of the ledger, and of a mirror file without the ledger.
NOT_OF_SESSION = (0, 3, 5)
NOT_OF_FILE = (0, 3, 5, 6, 8, 10)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--session", metavar="ID", help="one session only (the beginning of its id will do)")
    which.add_argument("--file", metavar="FILE", help="a session mirror alone, without the ledger")
    which.add_argument("--bundle", metavar="FILE", help="an export bundle, without the ledger")
    for name, what in (("--key", "a key of the log that you have from elsewhere"), ("--witness", "a witness's key")):
        parser.add_argument(name, metavar="VKEY", action="append", default=[], help=f"{what} (name+hash+base64)")
    parser.add_argument(
        "--head", metavar="FILE", action="append", default=[], help="a signed head that you hold (with `--key`)"
    )
    parser.add_argument(
        "--log-policy",
        metavar="FILE",
        help="who has to agree (default: `log-policy` in the governance home; of a bundle none)",
    )
    parser.add_argument(
        "--restored",
        metavar="LEAF",
        action="append",
        default=[],
        help="a restore that you know of, by its entry's leaf: what anchors hold of the tree before it is explained",
    )
    parser.add_argument(
        "--incremental",
        action="store_true",
        help="read only what came after the newest head that is held elsewhere, or signed here, and say what was not read",
    )
    parser.add_argument("--require-anchor", action="store_true", help="an unanchored ledger is not enough (exit 1)")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify and print."""
    from web4_governance.app.assurance import with_assurance  # noqa: PLC0415  # loaded only for this command
    from web4_governance.core.ledger.assurance import of_entries_alone  # noqa: PLC0415
    from web4_governance.core.ledger.verdict import exit_code  # noqa: PLC0415

    with _Patience() as patience:
        report, left_out = _report(arguments, patience)
        if arguments.file or arguments.bundle:
            report = of_entries_alone(report)
        else:
            report = with_assurance(report, here(arguments), now_us=now_us(), asked=not arguments.session)
    code = exit_code(report, require_anchor=arguments.require_anchor)
    if not render.one(arguments, as_json(report, code, left_out)):
        print_report(report, left_out)
    if code and report.verdict == "UNANCHORED":
        render.remark("no anchor speaks of this ledger, and `--require-anchor` asks for one")
    return code


def _report(arguments: argparse.Namespace, patience: _Patience) -> tuple[Report, tuple[int, ...]]:
    from web4_governance.app import verify  # noqa: PLC0415

    if arguments.incremental and (arguments.bundle or arguments.file or arguments.session):
        raise UsageError("`--incremental` is of a whole ledger", hint="leave out `--session`, `--file` and `--bundle`")
    if (arguments.file or arguments.session) and (named := _of_heads(arguments)):
        message = f"`{named}` is about heads of a whole ledger: they say nothing of one session alone"
        raise UsageError(message, hint=f"leave out `{named}`, or verify the ledger or a bundle")
    if arguments.bundle and arguments.restored:
        raise UsageError("`--restored` is of a ledger: a bundle holds no heads of what a backup replaced")
    if arguments.bundle:
        return _bundle(arguments)
    if arguments.file:
        return verify.verify_mirror(arguments.file, main.home_of(arguments)), NOT_OF_FILE
    home = main.home_of(arguments)
    if arguments.session:
        from web4_governance.cli.find import open_ledger, session_of  # noqa: PLC0415

        with open_ledger(arguments) as ledger:
            session = session_of(ledger, arguments.session)
        return verify.verify_session(home, session), NOT_OF_SESSION
    try:
        return _whole(arguments, home, patience)
    except LedgerMissing as error:
        return _missing(arguments, home, error)


def _whole(arguments: argparse.Namespace, home: str, patience: _Patience) -> tuple[Report, tuple[int, ...]]:
    from web4_governance.app import verify  # noqa: PLC0415

    if arguments.incremental:
        from web4_governance.app.verify_incremental import NOT_ASKED, verify_incremental  # noqa: PLC0415

        report = verify_incremental(home, lambda reader, newest: _heads(reader, arguments, newest=newest))
        return report, NOT_ASKED if report.unread else ()
    return verify.verify_ledger(home, lambda reader: _heads(reader, arguments), told=patience), ()


def _missing(arguments: argparse.Namespace, home: str, error: LedgerMissing) -> tuple[Report, tuple[int, ...]]:
    """Ask for the heads of a ledger that is not there; the error itself where there is nobody to ask."""
    from web4_governance.app.held import collect_without_ledger  # noqa: PLC0415
    from web4_governance.app.verify_missing import NOT_ASKED, report_of_missing  # noqa: PLC0415

    keys, witnesses = _keys(arguments)
    heads = collect_without_ledger(home, keys=keys, witnesses=witnesses, files=arguments.head)
    if heads is None:
        raise error
    return report_of_missing(heads, error), NOT_ASKED


def _heads(reader: Reader, arguments: argparse.Namespace, *, newest: bool = False) -> Heads:
    from web4_governance.app import log_keys  # noqa: PLC0415
    from web4_governance.app.context import ORGANISATION  # noqa: PLC0415
    from web4_governance.app.held import collect  # noqa: PLC0415
    from web4_governance.core.ledger.anchored import POLICY  # noqa: PLC0415

    keys, witnesses = _keys(arguments)
    kept = () if keys else log_keys.keys_of(ORGANISATION, reader.origin)
    policy, wrong = _home_policy(reader.home.path) if arguments.log_policy is None else (_log_policy(arguments), "")
    heads = collect(
        reader,
        keys=(*keys, *kept),
        witnesses=witnesses,
        files=arguments.head,
        newest=newest,
        policy=policy,
        restored=arguments.restored,
    )
    if wrong:
        heads.nothing(POLICY, wrong)
    if kept:
        heads.note(f"the log's first key is the one that `{log_keys.file_of(ORGANISATION)}` keeps")
    elif not keys and log_keys.lines_of(ORGANISATION):
        heads.note(f"`{log_keys.file_of(ORGANISATION)}` keeps no key of this log")
    return heads


def _of_heads(arguments: argparse.Namespace) -> str:
    """Give the first option that was given and is about heads, empty where none was."""
    given = {"--key": arguments.key, "--witness": arguments.witness, "--head": arguments.head}
    more = {"--log-policy": arguments.log_policy, "--restored": arguments.restored}
    found = [name for name, values in {**given, **more}.items() if values]
    return found[0] if found else ""


def _home_policy(home: str) -> tuple[LogPolicy | None, str]:
    """Give the log policy of a home, or what is wrong with it: then it asks for what nobody can answer."""
    from web4_governance.app.anchors.ask import log_policy  # noqa: PLC0415

    try:
        return log_policy(home), ""
    except (NoteError, UsageError) as error:
        return None, error.message


def _log_policy(arguments: argparse.Namespace) -> LogPolicy | None:
    from web4_governance.core.ledger.log_policy import LogPolicy  # noqa: PLC0415

    return LogPolicy.from_bytes(_held(arguments.log_policy)) if arguments.log_policy else None


def _held(path: str) -> bytes:
    from web4_governance.app.regular import read_regular  # noqa: PLC0415

    try:
        return read_regular(path, MOST)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from None


def _keys(arguments: argparse.Namespace) -> tuple[list[VerifierKey], list[VerifierKey]]:
    from web4_governance.core.ledger.note import VerifierKey  # noqa: PLC0415

    return [*map(VerifierKey.from_text, arguments.key)], [*map(VerifierKey.from_text, arguments.witness)]


def _bundle(arguments: argparse.Namespace) -> tuple[Report, tuple[int, ...]]:
    from web4_governance.app.bundle_verifier import open_files  # noqa: PLC0415
    from web4_governance.app.signatures import check  # noqa: PLC0415
    from web4_governance.core.ledger.bundle import NOT_OF_SELECTION, NOT_OF_WHOLE, verify_bundle  # noqa: PLC0415

    keys, witnesses = _keys(arguments)
    with open_files(arguments.bundle) as files:
        report, whole = verify_bundle(
            files,
            pinned=keys,
            witnesses=witnesses,
            check=check,
            held=[(path, _held(path)) for path in arguments.head],
            policy=_log_policy(arguments),
        )
    return report, NOT_OF_WHOLE if whole else NOT_OF_SELECTION


class _Patience:
    """Tells the person on stderr that the work goes on, once it takes longer than a second: on a terminal how far it is."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._far = (0, 0)

    def __enter__(self) -> Self:
        self._start = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def __call__(self, done: int, of: int) -> None:
        """Hear how many entries were read, and of how many."""
        self._far = (done, of)

    def _tell(self) -> None:
        if sys.stderr.isatty():
            self._draw()
            return
        wait = PATIENCE
        while not self._done.wait(wait):
            render.remark(f"still reading, {time.monotonic() - self._start:.0f} s so far")
            wait *= 2

    def _draw(self) -> None:
        bar = Progress("verified")
        while not self._done.wait(EVERY_S):
            done, of = self._far
            bar(done, done - 1, of)
        bar.close()
