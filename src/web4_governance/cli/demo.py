"""`web4 demo`: a whole governed run in a throw-away home, told step by step.

Prints what happens and checks it: a claim that does not hold makes the exit code 1. Nothing outside the throw-away
directory is touched, and none of the recorded commands is executed.
"""

from __future__ import annotations

import shutil
import tempfile

from web4_governance.app import demo, demo_claims, rows
from web4_governance.app.explanation import rules_of
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.cli import explanation
from web4_governance.cli.forest import print_tree
from web4_governance.cli.listing import Listing
from web4_governance.cli.text import Paint, safe, shorten, terminal_width
from web4_governance.cli.verdict import print_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from web4_governance.app.demo import Played, Stage
    from web4_governance.app.demo_claims import Claim
    from web4_governance.core.record.r6 import Record

HELP = "a whole governed run in a throw-away home"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--keep", action="store_true", help="leave the throw-away directory, to look around in it")


def run(arguments: argparse.Namespace) -> int:
    """Play the demo; 0 if everything was as it must be."""
    root = tempfile.mkdtemp(prefix="web4-demo-")
    try:
        held = _play(demo.build(root))
    finally:
        if arguments.keep:
            print(f"\nleft in {root}: try `web4 log --home {root}/home/dev/.web4`")
        else:
            shutil.rmtree(root, ignore_errors=True)
    print("\n" + ("Everything was as it must be." if held else "Something was not as it must be: see FAILED above."))
    return 0 if held else 1


def _play(stage: Stage) -> bool:
    tell = _Teller()
    tell.title("A session of a real client, recorded, goes through the hook, one process an event")
    print(f"home {stage.home} · preset safety, enforced\n")
    played = tuple(_told(one, tell) for one in demo.play(stage))
    tell.claims(demo_claims.claims_about_answers(played))
    with Ledger.open(stage.home) as ledger:
        records = ledger.query_audit()
        tell.title("What was done, by whom, why, and under which rule (`web4 log`)")
        Listing().show(records)
        tell.claims(demo_claims.claims_about_records(records))
        denied = next((record for record in records if record.status == "denied"), None)
        if denied is None:
            return False
        tell.title("Why the one was denied (`web4 why`)")
        explanation.explain(denied, rules_of(ledger, denied))
        tell.title("Who made whom (`web4 tree`)")
        print_tree(ledger, stage.session)
        data = ledger.reader.entry(denied.reference.idx)
    return _prove(stage, denied, data.data if data is not None else b"", tell)


def _prove(stage: Stage, denied: Record, data: bytes, tell: _Teller) -> bool:
    tell.title("Nobody rewrote it (`web4 verify`)")
    report = verify_ledger(stage.home)
    print_report(report)
    tell.claims([("the chain verifies", str(report.verdict) == "UNANCHORED")])
    tell.title("And if one byte of it is changed, in a copy")
    change = demo.tamper(stage, data, denied.reference.idx)
    print(f"ledger.db, byte {change.offset}: …{safe(change.before)}… becomes …{safe(change.after)}…\n")
    report = verify_ledger(change.home)
    print_report(report)
    tell.claims(
        [
            ("the verifier says TAMPERED", str(report.verdict) == "TAMPERED"),
            ("it says where", report.place.startswith(f"entry {change.entry} ")),
        ]
    )
    return tell.held


def _told(one: Played, tell: _Teller) -> Played:
    event = one.event
    what = event.get("tool_name") or event.get("prompt") or event.get("agent_type") or ""
    about = rows.telling(str(event.get("tool_name")), event.get("tool_input") or {})
    line = shorten(
        f"{event['hook_event_name']:<19} {safe(str(what))} {safe(str(about))}".rstrip(), terminal_width() - 9
    )
    print(f"{line}{tell.paint(f'  exit {one.code}', 'red') if one.code else ''}")
    if one.stderr:
        print(tell.paint(f"    {safe(one.stderr.strip())}", "red"))
    return one


class _Teller:
    """Prints titles and claims, and remembers whether every claim held."""

    def __init__(self) -> None:
        self.held = True
        self.paint = Paint()
        self._count = 0

    def title(self, text: str) -> None:
        """Begin a section."""
        self._count += 1
        print(f"\n{self.paint(f'{self._count}. {text}', 'bold')}\n")

    def claims(self, claims: Iterable[Claim]) -> None:
        """Print what must hold, and whether it does."""
        print()
        for text, holds in claims:
            self.held = self.held and holds
            print(f"  {self.paint('ok', 'green') if holds else self.paint('FAILED', 'red')} {text}")
