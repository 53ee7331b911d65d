"""Prints how a decision came about (app.explanation), from the words before the call to the rule, and what would lift it."""

from __future__ import annotations

import json

from web4_governance.app import rows, times
from web4_governance.app.explanation import lifted_by, rules_named, trust_of
from web4_governance.cli import render
from web4_governance.cli.text import Paint, pad, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.record.r6 import DeedRecord, Record

COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow", "allow": "green"}


def explain(record: Record, rules: dict[str, dict[str, Any]]) -> None:
    """Print the explanation for people."""
    paint = Paint()
    said = record.rules.decision
    print(f"{paint(said, COLOURS.get(said, 'bold'))}  {safe(rows.tool_near(record))}: {safe(rows.what_near(record))}")
    print(
        f"      #{record.reference.idx} · {times.iso(record.ts)} · {safe(rows.who(record))} · {rows.ending(record)}\n"
    )
    render.fields(
        [
            ("person said", safe(record.request.prompt or "(not kept)")),
            ("agent said", safe(record.request.words or "(not kept)")),
            ("ran in", safe(record.request.cwd or "(not kept)")),
        ]
    )
    print()
    for found in record.request.deeds:
        _print_deed(found, paint)
    print()
    _print_verdict(record)
    render.fields(("trust", safe(text)) for text in trust_of(record))
    for rule in rules_named(record):
        _print_rule(rule, rules.get(rule))
    render.fields(("would lift", safe(text)) for text in lifted_by(record, rules))


def _print_deed(found: DeedRecord, paint: Paint) -> None:
    through = f" through {safe(' '.join(found.via))}" if found.via else ""
    command = f"{safe(rows.argv(found))}{through}" if found.argv else ""
    decision = pad(found.decision or "-", 5)
    print(f"  {paint(decision, COLOURS.get(found.decision, 'dim'))} {safe(rows.deed(found))}")
    render.fields(
        [("command", command), ("seen as", safe(found.why)), ("rules", safe(", ".join(found.rules)))], indent="        "
    )


def _print_verdict(record: Record) -> None:
    rules = record.rules
    answered = "" if rules.answer == rules.decision else f", and the host was told {rules.answer}"
    modes = {"enforce": "the policy binds", "dry-run": "a dry run: nothing binds", "off": "switched off by the person"}
    pairs = [("decision", f"{rules.decision}{answered} ({modes.get(rules.mode, safe(rules.mode))})")]
    pairs += [("because", safe(reason)) for reason in rules.reasons]
    pairs += [("error", safe(error)) for error in rules.errors]
    pairs += [("instead", safe(rules.advice))]
    render.fields(pairs)


def _print_rule(name: str, rule: dict[str, Any] | None) -> None:
    if rule is None:
        render.fields([("rule", safe(name))])
        return
    told = [("rule", f"{safe(name)} ({safe(str(rule.get('layer')))}): {rule.get('decision')}")]
    parts = [part for part in ("match", "except") if part == "match" or rule.get(part)]
    told += [("", f"{part} {safe(json.dumps(rule.get(part), ensure_ascii=False))}") for part in parts]
    render.fields(told)
