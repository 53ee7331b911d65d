"""`web4 policy explain`: how a call is read, what each deed is judged, by which rules, and what would be safer."""

from __future__ import annotations

import json
import os
import shlex
from textwrap import wrap

from web4_governance.cli import policy_view, render
from web4_governance.cli.text import Paint, safe, terminal_width
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.decision import LayerName

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from web4_governance.app.policy_eval import Asked
    from web4_governance.app.policy_explain import Explained, Step
    from web4_governance.core.action import Deed
    from web4_governance.core.effects.safer import Safer
    from web4_governance.core.policy import PolicySet

HANGING = " " * 7  # below the word of a decision
COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow", "allow": "green"}


def configure(parser: argparse.ArgumentParser, presets: tuple[str, ...]) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", nargs="?", metavar="COMMAND", help="one shell command")
    parser.add_argument("--tool", default="", metavar="TOOL", help="a call of this tool, in place of a shell command")
    parser.add_argument("--input", default="", metavar="JSON", help="its input, an object")
    policy = parser.add_mutually_exclusive_group()
    policy.add_argument("--preset", choices=presets, help="judge by a preset")
    policy.add_argument("--policy", metavar="FILE", help="judge by a policy file (default: what is in force here)")
    parser.add_argument("--cwd", default="", metavar="DIR", help="where it would run (default: here)")
    parser.add_argument("--home-dir", default="", metavar="DIR", help="the home of who runs it (default: yours)")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Explain one call."""
    from web4_governance.app import policy_explain  # noqa: PLC0415  # loaded for the one action that was asked for

    found = policy_explain.explain(_asked(arguments), policy_of(arguments))
    if not render.one(arguments, _json(found)):
        _print(found)
    return 0


def policy_of(arguments: argparse.Namespace) -> PolicySet:
    """Give the policy that the arguments name, or what is in force here."""
    from web4_governance.app import policy_eval  # noqa: PLC0415
    from web4_governance.app.policy_admin import source_at  # noqa: PLC0415

    if arguments.policy or arguments.preset:
        source = source_at(arguments.policy, LayerName.USER) if arguments.policy else None
        return policy_eval.policy_of(preset=arguments.preset or "", source=source)
    return policy_view.in_force(arguments, arguments.cwd or os.getcwd()).policy


def _asked(arguments: argparse.Namespace) -> Asked:
    from web4_governance.app import policy_eval  # noqa: PLC0415
    from web4_governance.app.scope import projects_of  # noqa: PLC0415

    if (arguments.shell is None) is not bool(arguments.tool) or bool(arguments.input) is not bool(arguments.tool):
        message = "give one command, or `--tool` with its `--input`"
        raise UsageError(message, hint="web4 policy explain 'rm -rf build'")
    tool, given = arguments.tool or "Bash", arguments.input or json.dumps({"command": arguments.shell})
    try:
        found = json.loads(given)
    except ValueError:
        message = "the `--input` is no JSON"
        raise UsageError(message, hint=policy_eval.HINT) from None
    home = os.path.abspath(arguments.home_dir or os.path.expanduser("~"))
    cwd = os.path.abspath(arguments.cwd or os.getcwd())
    facts = {"project": projects_of(cwd, "", user_home=home)[0]}
    row = {"tool": tool, "input": found, "cwd": cwd, "home": home, "facts": facts}
    return policy_eval.parse(json.dumps(row).encode())


def _json(found: Explained) -> dict[str, Any]:
    verdict = found.verdict
    return {
        "decision": str(verdict.decision),
        "rules": list(verdict.rules),
        "reasons": list(verdict.reasons),
        "advice": verdict.advice,
        "commands": [
            {
                "argv": list(step.argv),
                "via": list(step.via),
                "deeds": list(step.deeds),
                "safer": [{"run": list(one.run), "why": one.why} for one in step.safer],
            }
            for step in found.steps
        ],
        "deeds": [_deed_json(found, n, deed) for n, deed in enumerate(found.deeds)],
    }


def _deed_json(found: Explained, n: int, deed: Deed) -> dict[str, Any]:
    judged, target = found.verdict.deeds[n], deed.target
    return {
        "effect": None if deed.effect is None else str(deed.effect),
        "target": None if target is None else target.given,
        "resolved": None if target is None else target.resolved,
        "place": None if target is None or not target.place else str(target.place),
        "exact": target is None or target.exact,
        "host": deed.host,
        "why": deed.why,
        "decision": str(judged.decision),
        "rules": [_rule_json(found, name) for name in judged.rules],
    }


def _rule_json(found: Explained, name: str) -> dict[str, Any]:
    layer, rule = found.rules.get(name, ("core", None))
    if rule is None:
        return {"id": name, "layer": layer, "decision": "deny", "reason": ""}
    return {"id": name, "layer": layer, "decision": str(rule.decision), "reason": rule.reason}


def _print(found: Explained) -> None:
    above: tuple[str, ...] = ()
    for step in found.steps:
        for depth, name in enumerate(step.via):
            if step.via[: depth + 1] != above[: depth + 1]:
                print(f"{'  ' * depth}{safe(name)}:")
        above = step.via
        indent = "  " * len(step.via)
        print(indent + safe(_words(found, step)))
        for line in _step_lines(found, step):
            _print_wrapped(line, f"{indent}    ")
    print()
    _print_wrapped(f"{_painted(str(found.verdict.decision))}  {safe(', '.join(found.verdict.rules)) or 'no rule'}", "")
    if found.verdict.advice:
        _print_wrapped(f"{HANGING}instead: {safe(found.verdict.advice)}", "")


def _print_wrapped(line: str, indent: str) -> None:
    """Print a line, and what of it does not fit below its second column; a command to run is never broken."""
    if line.lstrip().startswith("$ "):
        print(indent + line)
        return
    room = max(40, terminal_width() - len(indent))
    parts = wrap(line, room, subsequent_indent=HANGING, break_long_words=False, break_on_hyphens=False)
    print("\n".join(indent + part for part in parts))


def _words(found: Explained, step: Step) -> str:
    if not step.argv:
        return f"{found.asked.tool} {json.dumps(found.asked.input)}" if len(found.steps) == 1 else "the whole text"
    return " ".join("…" if word is None else shlex.quote(word) for word in step.argv)


def _step_lines(found: Explained, step: Step) -> Iterator[str]:
    for n in step.deeds:
        judged = found.verdict.deeds[n]
        yield f"{_painted(str(judged.decision))}  {_deed_text(found.deeds[n])}"
        for name in judged.rules:
            rule = _rule_json(found, name)
            yield f"       {rule['decision']} by {safe(name)}" + (f": {safe(rule['reason'])}" if rule["reason"] else "")
    for one in step.safer:
        yield from _safer_lines(one)


def _safer_lines(one: Safer) -> Iterator[str]:
    yield f"safer: {safe(one.why)}"
    for line in one.run:
        yield f"       $ {safe(line)}"


def _deed_text(deed: Deed) -> str:
    parts = ["nothing that is modelled" if deed.effect is None else str(deed.effect)]
    target = deed.target
    if target is not None and (target.given or target.resolved):
        parts.append(safe(target.given or target.resolved))
        if target.resolved and target.resolved != target.given:
            parts.append(f"= {safe(target.resolved)}")
        if target.place:
            parts.append(f"[{target.place}]")
    if deed.host:
        parts.append(f"at {safe(deed.host)}")
    return " ".join(parts) + (f" ({safe(deed.why)})" if deed.why else "")


def _painted(decision: str) -> str:
    return Paint()(f"{decision:<5}", COLOURS[decision])
