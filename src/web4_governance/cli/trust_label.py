"""`web4 trust label`: a person's verdict on a call, a session or an entity, or what a check of it said in CI."""

from __future__ import annotations

from math import isfinite

from web4_governance.app import label, trust
from web4_governance.cli import find, main, render
from web4_governance.cli.here import now_us, person
from web4_governance.cli.text import safe
from web4_governance.cli.trust import name_of
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.app.label import About
    from web4_governance.app.query import Ledger

NEED = "say one of --good, --bad, --exit-code N and --endorse"


def run(arguments: argparse.Namespace) -> int:
    """Record the verdict."""
    if not arguments.what:
        raise UsageError(
            "say what the verdict is about", hint="a call, a session, or an entity: `web4 trust` lists those"
        )
    said = [arguments.good, arguments.bad, arguments.exit_code is not None, arguments.endorse]
    if sum(said) != 1:
        raise UsageError(NEED)
    checked = arguments.exit_code is not None
    if not checked and not arguments.why.strip():
        raise UsageError("a verdict has a reason", hint="give it with --why TEXT; it is recorded")
    event = label.CHECKED if checked else label.ENDORSED if arguments.endorse else label.VERDICT
    verdict = label.label_of(
        event,
        good=arguments.exit_code == 0 if checked else not arguments.bad,
        dimensions=tuple(dict.fromkeys(arguments.dimension)),
        weight=thousandths_of(arguments.weight),
    )
    with find.open_ledger(arguments) as ledger:
        about = _about(arguments, ledger)
    why = arguments.why.strip() or f"exit code {arguments.exit_code}"
    idx = label.append(main.home_of(arguments), about, verdict, who=person(), why=why, now_us=now_us())
    row = {
        "idx": idx,
        "event": event,
        "good": verdict.good,
        "weight": verdict.weight / 1000,
        "entities": list(about.entities),
        "roles": list(about.roles),
        "dimensions": list(verdict.dimensions),
    }
    if not render.one(arguments, row):
        sign = "+" if verdict.good else "-"
        print(
            f"#{idx}  {sign}{verdict.weight / 1000:g} {', '.join(verdict.dimensions)} in {safe(', '.join(about.roles))}"
        )
        for name in about.entities:
            print(f"  {safe(name)}")
    return 0


def thousandths_of(weight: float) -> int:
    """Give a weight in thousandths; UsageError where it is no number of calls."""
    if not isfinite(weight):
        raise UsageError(f"{weight:g} is no weight", hint="say a number of calls, such as 3")
    return round(weight * 1000)


def _about(arguments: argparse.Namespace, ledger: Ledger) -> About:
    what, reader, roles = arguments.what, ledger.reader, tuple(dict.fromkeys(arguments.role))
    if label.is_entity(what):
        return label.about_entity(reader, what, roles=roles)
    if arguments.endorse:
        found, _ = trust.known(reader)
        return label.about_entity(reader, name_of(what, found), roles=roles)
    if roles:
        raise UsageError("a call has its own roles", hint="`--role` is for the name of an entity")
    sessions = [session for session, *_ in reader.sessions()]
    if what in sessions:
        return label.about_session(reader, what)
    return label.about_call(reader, str(find.record_of(ledger, what).reference.idx))
