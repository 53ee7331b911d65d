"""`web4 report sign-off FILE`: a reviewer's word on a report, as an entry of the ledger."""

from __future__ import annotations

from web4_governance.app import sign_off
from web4_governance.cli import find, main, render
from web4_governance.cli.here import now_us, person
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

MOST = 200  # characters of a name


def run(arguments: argparse.Namespace) -> int:
    """Record the sign-off."""
    by = arguments.by.strip()
    if not arguments.file:
        raise UsageError("say which report", hint="`web4 report sign-off FILE --by NAME`")
    if not by or len(by) > MOST:
        raise UsageError("say who signs off", hint="with `--by NAME`; it is recorded beside the account's own name")
    signed = sign_off.read_report(arguments.file)
    with find.open_ledger(arguments) as ledger:
        sign_off.check(ledger.reader, signed)
        identity = sign_off.operator(ledger.reader)
    idx = sign_off.append(
        main.home_of(arguments),
        signed,
        by=by,
        account=person(),
        note=arguments.note.strip(),
        identity=identity,
        now_us=now_us(),
    )
    row = {
        "idx": idx,
        "sha256": signed.sha256,
        "form": signed.form,
        "framework": signed.framework,
        "since_us": signed.since_us,
        "until_us": signed.until_us,
        "size": signed.size,
        "root": signed.root,
        "identity": identity,
    }
    if not render.one(arguments, row):
        print(f"#{idx}  report {signed.sha256[:12]} over the first {signed.size} entries is signed off")
    return 0
