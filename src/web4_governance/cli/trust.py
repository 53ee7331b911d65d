"""`web4 trust`: how far each agent, server and session has earned to be trusted, and by which entries."""

from __future__ import annotations

import sys
from itertools import chain

from web4_governance.app import times, trust
from web4_governance.app.trust_course import Course
from web4_governance.cli import main, render
from web4_governance.cli.find import open_ledger
from web4_governance.cli.progress import shown
from web4_governance.cli.text import Paint, safe, shorten_name, terminal_width, width, wrapped
from web4_governance.core.errors import UsageError
from web4_governance.core.trust.bounds import bounds, interval
from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.tensor import Dimension, bridge, roots
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.app.trust import Checked, Known
    from web4_governance.core.evidence.fold import Moved
    from web4_governance.core.trust.posterior import Posterior

EPILOG = (
    "`web4 trust label WHAT` records a verdict: WHAT is a call (its place, its id, or the beginning of its leaf), a session's"
    " id, or an entity's name."
)
HELP = "how far agents, servers and sessions are to be trusted, and why"
HEADER = ("  role", *(str(one)[:6] for one in Dimension), "seen")
CAPS = (16, 6, 6, 6, 6, 6, 6, 7)
LABEL = "label"
CAPS_OF_MOVES, CAPS_OF_MOVES_WIDE, WIDE = (8, 16, 10, 22, 15), (8, 16, 14, 22, 15), 84
POINTS = 20
MOST_CANDIDATES = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    parser.epilog = EPILOG
    if isinstance(parser, main.Parser):
        parser.intermixed = True  # `label --good WHAT` says the same as `label WHAT --good`
    add("entity", nargs="?", default="", metavar="ENTITY", help="of this entity: its name, or a part that only it has")
    add("what", nargs="?", default="", metavar="WHAT", help="with `label`: what the verdict is about")
    add(
        "--role",
        action="append",
        default=[],
        metavar="WORD",
        help="in this role: a category, such as `file_write` or `network` (may be repeated)",
    )
    add("--bundle", default="", metavar="FILE", help="by this export bundle of a whole ledger, without a ledger")
    add("--key", action="append", default=[], metavar="KEY", help="with --bundle: a key of its log")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--explain", action="store_true", help="name the entries that moved it, and by how much")
    what.add_argument("--history", action="store_true", help="show how the bounds went")
    what.add_argument("--check", action="store_true", help="fold the ledger anew, and compare with what is kept")
    what.add_argument("--renew", action="store_true", help="forget what is kept, and fold the ledger anew")
    add("--limit", type=int, default=30, metavar="N", help="with --explain: the newest N (default: 30; 0 for all)")
    verdict = parser.add_argument_group("with `label`").add_argument
    verdict("--good", action="store_true", help="the work was right")
    verdict("--bad", action="store_true", help="the work was not right")
    verdict("--exit-code", type=int, default=None, metavar="N", help="what a check of it said: 0 is good (for CI)")
    verdict(
        "--endorse", action="store_true", help="vouch for an entity: as much as fifteen good calls, in every dimension"
    )
    verdict(
        "--dimension", action="append", default=[], choices=tuple(Dimension), help="in this one (default: reliability)"
    )
    verdict("--weight", type=float, default=0.0, metavar="N", help="how many calls it counts for (default: 3; CI: 2)")
    verdict("--why", default="", metavar="TEXT", help="the reason, which is recorded")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show trust, or what made it; or record a verdict."""
    if arguments.entity == LABEL:
        from web4_governance.cli import trust_label  # noqa: PLC0415  # loaded for the one action that was asked for

        return trust_label.run(arguments)
    if arguments.what:
        raise UsageError(f"`{arguments.what}` is one word too many", hint="`web4 trust label WHAT` records a verdict")
    if arguments.bundle:
        return _by_bundle(arguments)
    if arguments.renew:
        return _renew(arguments)
    with open_ledger(arguments) as ledger:
        if arguments.check:
            return _check(arguments, ledger)
        with shown("folded") as told:
            found, size = trust.known(ledger.reader, told=told)
        chosen = _chosen(arguments, found)
        if arguments.explain or arguments.history:
            return _moves(arguments, ledger, chosen)
    return _show(arguments, chosen, size)


def _by_bundle(arguments: argparse.Namespace) -> int:
    from web4_governance.app.trust_bundle import known_in  # noqa: PLC0415  # loaded for who asks for it
    from web4_governance.core.ledger.note import VerifierKey  # noqa: PLC0415  # likewise

    if arguments.explain or arguments.history or arguments.check or arguments.renew:
        message = "a bundle tells what is known, and no more"
        raise UsageError(message, hint="leave out --explain, --history, --check and --renew")
    found, size = known_in(arguments.bundle, keys=[VerifierKey.from_text(key) for key in arguments.key])
    return _show(arguments, _chosen(arguments, found), size)


def _show(arguments: argparse.Namespace, chosen: tuple[Known, ...], size: int) -> int:
    rows = [_row(one, size) for one in chosen]
    if render.machine(arguments, rows):
        return 0
    if arguments.entity:
        _details(chosen)
    else:
        _table(chosen)
    if not chosen:
        print("nothing is known of anybody yet: no call has been recorded", file=sys.stderr)
    return 0


def _chosen(arguments: argparse.Namespace, found: tuple[Known, ...]) -> tuple[Known, ...]:
    name = name_of(arguments.entity, found) if arguments.entity else ""
    return tuple(one for one in found if name in ("", one.entity) and _in_role(arguments, one.role))


def _in_role(arguments: argparse.Namespace, role: str) -> bool:
    return not arguments.role or role in arguments.role


def name_of(given: str, found: tuple[Known, ...]) -> str:
    """Give the entity that a text names; UsageError where it is none, or more than one."""
    names = list(dict.fromkeys(one.entity for one in found))
    if given in names:
        return given
    fits = [name for name in names if given in name]
    if len(fits) == 1:
        return fits[0]
    which = "nothing is known of" if not fits else f"{len(fits)} entities have"
    hint = (
        "`web4 trust` lists all" if not fits else f"it could be {', '.join(f'`{n}`' for n in fits[:MOST_CANDIDATES])}"
    )
    raise UsageError(f"{which} `{given}`", hint=hint)


def _renew(arguments: argparse.Namespace) -> int:
    with open_writer(main.home_of(arguments), deadline=None) as writer:
        with shown("folded") as told:
            size = trust.renew(writer, told=told)
        writer.commit()
    if not render.one(arguments, {"size": size}):
        print(f"trust is folded anew from {size} entries")
    return 0


def _check(arguments: argparse.Namespace, ledger: Ledger) -> int:
    with shown("folded") as told:
        found = trust.check(ledger.reader, told=told)
    row = {"size": found.size, "rows": found.rows, "wrong": list(found.wrong), "pruned": found.pruned}
    row |= {"calls": found.calls, "misjudged": list(found.misjudged)}
    if not render.one(arguments, row):
        if found.pruned:
            print("the oldest entries were pruned: what they said of anybody cannot be folded again")
        else:
            _print_check(found)
    return 1 if found.pruned else 2 if found.wrong or found.misjudged else 0


def _print_check(found: Checked) -> None:
    if found.wrong:
        print(f"{len(found.wrong)} rows are not what the entries say:")
        for key in found.wrong[:POINTS]:
            print(f"  {safe(key)}")
    else:
        print(f"all {found.rows} rows are what the first {found.size} entries say")
    if found.misjudged:
        places = ", ".join(f"#{idx}" for idx in found.misjudged[:POINTS])
        print(
            f"{len(found.misjudged)} of {found.calls} calls were judged by other bounds than the entries give: {places}"
        )
    elif found.calls:
        print(f"all {found.calls} calls that a rule judged by trust were judged by what the entries before them give")


def _row(known: Known, size: int) -> dict[str, Any]:
    return {
        "entity": known.entity,
        "role": known.role,
        "size": size,
        "dimensions": {str(one): _figures(held) for one, held in known.tensor.items()},
        "roots": {str(root): mean / 1000 for root, mean in roots(known.tensor).items()},
        "bridge": {
            str(root): mean / 1000 for root, mean in bridge(known.tensor, witnesses=len(known.witnesses)).items()
        },
        "witnesses": list(known.witnesses),
        "heard": [{"domain": domain, "low": low / 1000} for domain, low in known.heard],
        "with_heard": {str(name): bounds(held).low / 1000 for name, held in known.believed},
    }


def _figures(held: Posterior) -> dict[str, Any]:
    found, (low, high) = bounds(held), interval(held)
    return {
        "mean": found.mean / 1000,
        "lcb05": found.low / 1000,
        "ucb95": found.high / 1000,
        "interval90": [low / 1000, high / 1000],
        "evidence": round(held.mass / ONE, 2),
        "n_eff": round(held.effective / ONE, 1),
        "alarm": found.alarm,
        "alarms": held.alarms,
    }


def _table(found: tuple[Known, ...]) -> None:
    lines = [HEADER, *(_cells(one) for one in found)]
    total = terminal_width()
    widths = render.columns(lines, caps=CAPS, flexible=0, total=0)
    paint, above = Paint(), ""
    if found:
        print(paint(_line(HEADER, widths), "dim"))
    for one, line in zip(found, lines[1:], strict=True):
        if one.entity != above:
            above = one.entity
            print(shorten_name(safe(above), total))
        print(_line(line, widths))
    if found:
        render.remark("each figure is the 5 % bound, which rules compare; `!` is an alarm, `-` is not known")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(render.cells(cells, widths)).rstrip()


def _cells(one: Known) -> tuple[str, ...]:
    seen = max((held.mass for held in one.tensor.values()), default=0) / ONE
    return (f"  {safe(one.role)}", *(_low(one.tensor.get(d)) for d in Dimension), f"{seen:.1f}")


def _low(held: Posterior | None) -> str:
    if held is None:
        return "-"
    found = bounds(held)
    return f"{found.low / 1000:.3f}{'!' if found.alarm else ''}"


def _details(found: tuple[Known, ...]) -> None:
    for one in found:
        role = f"  in {safe(one.role)}"
        print(shorten_name(safe(one.entity), terminal_width() - width(role)) + role)
        for dimension, held in one.tensor.items():
            figures = _figures(held)
            alarm = f"  ALARM ({held.alarms})" if figures["alarm"] else ""
            between = f"between {figures['lcb05']:.3f} and {figures['ucb95']:.3f}"
            print(f"  {dimension:<13} mean {figures['mean']:.3f}  {between}  evidence {figures['evidence']:.1f}{alarm}")
        if one.witnesses:
            _said("seen by", f"{safe(', '.join(one.witnesses))} (of this ledger: it adds nothing)")
        for domain, low in one.heard:
            _said("told by", f"{safe(domain)}, whose word counts for {low / 1000:.3f} of what it says")
        if one.heard:
            _said("with it", "  ".join(f"{name} {bounds(held).low / 1000:.3f}" for name, held in one.believed))
        _said("roots", "  ".join(f"{root} {mean / 1000:.3f}" for root, mean in roots(one.tensor).items()))


def _said(label: str, words: str) -> None:
    for n, line in enumerate(wrapped(words, terminal_width() - 16)):
        print(f"  {label if n == 0 else '':<13} {line}")


def _moves(arguments: argparse.Namespace, ledger: Ledger, chosen: tuple[Known, ...]) -> int:
    names = {one.entity for one in chosen}
    if len(names) != 1 or not arguments.entity:
        raise UsageError("say whose trust it is", hint="`web4 trust` lists who is known")
    newest = (arguments.limit if arguments.limit > 0 else None) if arguments.explain else 0
    course = Course(names.pop(), newest=newest, points=POINTS, wanted=lambda role: _in_role(arguments, role))
    with shown("folded") as told:
        course.follow(ledger.reader, told=told)
    if arguments.history:
        return _history(arguments, ledger, course)
    if len(course.newest) < course.count:
        render.remark(f"only the newest {len(course.newest)} of {course.count} observations are shown")
    found = course.newest
    rows = [_move(one, ledger) for one in found]
    if not render.machine(arguments, rows):
        lines = [_moved(row) for row in rows]
        caps = CAPS_OF_MOVES if terminal_width() < WIDE else CAPS_OF_MOVES_WIDE
        widths = render.columns(lines, caps=caps, flexible=4, total=0)
        for line in lines:
            print(_line(line, widths))
    return 0


def _moved(row: dict[str, Any]) -> tuple[str, ...]:
    sign, alarm = "+" if row["good"] else "-", "!" if row["alarm"] else ""
    by = f"{sign}{row['dimension']} by {row['weight']:.2f}"
    return f"#{row['idx']}", _minute(row), safe(row["role"]), by, f"{row['before']:.3f} to {row['after']:.3f}{alarm}"


def _minute(row: dict[str, Any]) -> str:
    return str(row["time"])[:16].replace("T", " ")


def _move(one: Moved, ledger: Ledger) -> dict[str, Any]:
    stored = ledger.reader.entry(one.idx)
    return {
        "idx": one.idx,
        "time": times.iso(stored.ts) if stored is not None else "",
        "kind": stored.kind if stored is not None else "",
        "role": one.role,
        "dimension": str(one.seen.dimension),
        "good": one.seen.good,
        "weight": one.seen.weight / 1000,
        "before": bounds(one.before).low / 1000,
        "after": bounds(one.after).low / 1000,
        "alarm": one.after.alarms > one.before.alarms,
    }


def _history(arguments: argparse.Namespace, ledger: Ledger, course: Course) -> int:
    """Show the bounds at up to twenty places along the way, evenly apart in observations."""
    rows: list[dict[str, Any]] = []
    for idx, held in course.places.points():
        stored = ledger.reader.entry(idx)
        lows: dict[str, dict[str, float]] = {}
        for (role, dimension), posterior in held.items():
            lows.setdefault(role, {})[dimension] = bounds(posterior).low / 1000
        rows.append({"idx": idx, "time": times.iso(stored.ts) if stored is not None else "", "lcb05": lows})
    if not render.machine(arguments, rows):
        _course(rows)
    return 0


def _course(rows: list[dict[str, Any]]) -> None:
    lines = [[_lows(role, lows) for role, lows in row["lcb05"].items()] for row in rows]
    widths = render.columns([HEADER[:-1], *chain.from_iterable(lines)], caps=CAPS[:-1], flexible=0, total=0)
    print(Paint()(_line(HEADER[:-1], widths), "dim"))
    for row, those in zip(rows, lines, strict=True):
        print(f"#{row['idx']}  {_minute(row)}")
        for line in those:
            print(_line(line, widths))


def _lows(role: str, lows: dict[str, float]) -> tuple[str, ...]:
    return f"  {safe(role)}", *(f"{lows[one]:.3f}" if one in lows else "-" for one in Dimension)
