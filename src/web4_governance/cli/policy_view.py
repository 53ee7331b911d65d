"""What `web4 policy show` and `check` print: the layers in force, their rules, and whether documents load."""

from __future__ import annotations

import json
import os
import sys

from web4_governance.cli import main, render
from web4_governance.cli.text import Paint, pad, safe, shorten, terminal_width, width
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy.decision import LayerName

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from web4_governance.app.packs import Failure
    from web4_governance.app.policies import Loaded
    from web4_governance.app.policy_admin import Checked
    from web4_governance.core.policy import Layer, Rule

LONGEST_NAME = 40  # a rule's, which other commands take
COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow", "allow": "green"}


def show(arguments: argparse.Namespace) -> int:
    """Print what is in force."""
    loaded = in_force(arguments, arguments.project or os.getcwd())
    policy = loaded.policy
    if render.one(arguments, _shown_json(loaded)):
        return 0
    mode = "enforce: decisions bind" if policy.enforcing else "dry run: decisions are recorded, and bind nothing"
    render.fields([("mode", mode), ("digest", policy.digest)], indent="", label=8)
    for layer, binds in zip(policy.layers, policy.binds, strict=True):
        _print_layer(layer, binds=binds)
    for file in loaded.untrusted:
        print(f"\nnot counted: {safe(file)} is not trusted (`web4 policy trust` shows and pins it)")
    for what in loaded.broken:
        print(f"\nbroken, its last good copy counts: {safe(what)}")
    return 0


def _shown_json(loaded: Loaded) -> dict[str, Any]:
    policy = loaded.policy
    return {
        "digest": policy.digest,
        "mode": "enforce" if policy.enforcing else "dry-run",
        "sources": [{"layer": str(source.layer), "file": source.path} for source in loaded.sources],
        "layers": policy.as_json()["layers"],
        "broken": list(loaded.broken),
        "untrusted": list(loaded.untrusted),
    }


def _print_layer(layer: Layer, *, binds: bool) -> None:
    paint = Paint()
    default = f"default {layer.default}" if layer.default is not None else "no default"
    bound = "binds" if binds else "observes"
    name = str(layer.name)
    said = f"{name} · {safe(layer.file)} · {bound} · {default} · {len(layer.rules)} rules"
    print()
    render.say(said, hang=2, paint=lambda word: paint(word, "bold"), word=len(name))
    for pin, digest in layer.pins:
        print(f"  extends {safe(pin)} ({digest[:19]})")
    names = min(LONGEST_NAME, max((width(safe(rule.id)) for rule in layer.rules), default=0))
    for rule in layer.rules:
        print(_rule_line(rule, paint, names))


def _rule_line(rule: Rule, paint: Paint, names: int) -> str:
    texts = [f"{field}={_compact(given)}" for field, given in _items(rule.match.as_json())]
    if rule.exception is not None:
        texts += ["except", *(f"{field}={_compact(given)}" for field, given in _items(rule.exception.as_json()))]
    decision = str(rule.decision)
    what = shorten(safe(" ".join(texts)), max(20, terminal_width() - names - 11))
    return f"  {paint(f'{decision:<5}', COLOURS[decision])}  {pad(shorten(safe(rule.id), names), names)}  {what}"


def _items(condition: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  # JSON of an object
    return list(condition.items()) if isinstance(condition, dict) else []


def _compact(given: Any) -> str:  # noqa: ANN401  # JSON
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return ",".join(given)
    return json.dumps(given, separators=(",", ":"))


def check(arguments: argparse.Namespace) -> int:
    """Say of each document whether it loads; 3 if one does not, with `--strict` 2 if something is odd."""
    from web4_governance.app import policy_admin  # noqa: PLC0415

    if arguments.pack:
        return _check_packs(arguments)
    checked: list[Checked] = []
    failed: list[PolicyError] = []
    given = [(file, LayerName.USER) for file in arguments.files]
    above: tuple[Layer, ...] = ()
    for file, layer in given or files_here(arguments):
        try:
            checked.append(policy_admin.check(file, layer, above=above, presets=arguments.all))
            above = () if given else (*above, checked[-1].layer)
        except PolicyError as error:
            failed.append(error)
    home = main.home_of(arguments)
    rows = [{**_checked_json(one), "home": _home_lacks(home, one)} for one in checked] + [
        _failed_json(wrong) for wrong in failed
    ]
    if not render.machine(arguments, rows):
        for one in checked:
            _print_checked(one)
            for lack in _home_lacks(home, one):
                print(f"  home: {safe(lack)}")
        if not rows:
            print("no policy speaks here: the default is `audit-only`")
    for wrong in failed:
        print(safe(wrong.message) + (f"\n  {safe(wrong.hint)}" if wrong.hint else ""), file=sys.stderr)
    if failed:
        return 3
    # What loosens is said, and may well be meant; the rest is a mistake.
    odd = arguments.strict and any(one.warnings or any(r.kind != "loosens" for r in one.remarks) for one in checked)
    return 2 if odd or any(one.failures for one in checked) else 0


def _home_lacks(home: str, one: Checked) -> list[str]:
    """Say what the home lacks for rules of this policy; no fault of the document, so `--strict` does not count it."""
    from web4_governance.app.commit import lacking  # noqa: PLC0415  # only where a policy is checked

    rules = [rule.id for rule in one.layer.rules if rule.commit]
    return [f"{rules[0]}: {lack}" for lack in lacking(home) if lack] if rules else []


def _check_packs(arguments: argparse.Namespace) -> int:
    """Read packs by themselves, and run their examples."""
    from web4_governance.app import packs  # noqa: PLC0415

    found = {file: packs.check(file) for file in arguments.pack}
    if not render.machine(arguments, [{"file": file, "failures": _failures_json(one)} for file, one in found.items()]):
        for file, failures in found.items():
            print(f"{safe(file)}: {'its examples hold' if not failures else f'{len(failures)} examples do not hold'}")
            _print_failures(failures)
    return 2 if any(found.values()) else 0


def _failures_json(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    return [{"program": one.program, "command": one.command, "message": one.message} for one in failures]


def _print_failures(failures: Sequence[Failure]) -> None:
    for one in failures:
        print(f"  pack: {safe(one.program)}: `{safe(one.command)}` {safe(one.message)}")


def files_here(arguments: argparse.Namespace) -> list[tuple[str, LayerName]]:
    """Give the policies that speak here, each with its layer."""
    from web4_governance.app import policies, policy_admin  # noqa: PLC0415
    from web4_governance.app.context import ORGANISATION  # noqa: PLC0415

    project = policy_admin.policy_directory(os.getcwd(), user_home=os.path.expanduser("~"))
    places = {ORGANISATION: LayerName.ORGANISATION, main.home_of(arguments): LayerName.USER, project: LayerName.PROJECT}
    found = [policies.find(directory, layer) for directory, layer in places.items()]
    return [(source.path, source.layer) for source in found if source is not None]


def _checked_json(one: Checked) -> dict[str, Any]:
    return {
        "file": one.file,
        "ok": True,
        "rules": len(one.layer.rules),
        "enforce": one.layer.enforce,
        "warnings": list(one.warnings),
        "remarks": [
            {"line": r.line, "column": r.column, "rule": r.rule, "kind": r.kind, "message": r.message}
            for r in one.remarks
        ],
        "failures": _failures_json(one.failures),
        "patterns": [{"rule": rule, "pattern": text, "kind": kind} for rule, text, kind in one.patterns],
    }


def _failed_json(error: PolicyError) -> dict[str, Any]:
    place = {"file": error.file, "line": error.line, "column": error.column}
    return {**place, "ok": False, "error": error.reason, "hint": error.hint}


def _print_checked(one: Checked) -> None:
    enforce = {True: "enforces", False: "observes", None: "does not say whether it binds"}[one.layer.enforce]
    own = sum(rule.level == 0 for rule in one.layer.rules)
    extended = len(one.layer.rules) - own
    of_others = f" of its own and {extended} of what it extends" if extended else ""
    render.say(f"{safe(one.file)}: {_number(own, 'rule')}{of_others}, {enforce}", hang=2)
    for rule, text, kind in one.patterns:
        print(f"  {safe(rule)}: `{safe(text)}` is a {kind} pattern")
    for warning in one.warnings:
        print(f"  warning: {safe(warning)}")
    _print_failures(one.failures)
    for remark in one.remarks:
        print(f"  {remark.line}:{remark.column}: {remark.kind}: {safe(remark.rule)}: {safe(remark.message)}")


def _number(count: int, of: str) -> str:
    return f"{count} {of}" + ("" if count == 1 else "s")


def in_force(arguments: argparse.Namespace, directory: str) -> Loaded:
    """Load what is in force for calls in a directory."""
    from web4_governance.app import policy_admin  # noqa: PLC0415
    from web4_governance.app.context import ORGANISATION  # noqa: PLC0415

    where = {"organisation": ORGANISATION, "user_home": os.path.expanduser("~")}
    return policy_admin.in_force(main.home_of(arguments), os.path.abspath(directory), **where)
