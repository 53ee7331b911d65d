"""`web4 policy`: show, use, trust, check and try policies."""

from __future__ import annotations

import argparse
import json
import os
import sys

from web4_governance.cli import main, render
from web4_governance.cli.text import Paint, safe, shorten, terminal_width
from web4_governance.core.errors import PolicyError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.app.policies import Loaded
    from web4_governance.app.policy_admin import Checked
    from web4_governance.core.policy import Layer, Rule

HELP = "show, use, check and try policies"
COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow", "allow": "green"}
PRESET_NAMES = ("audit-only", "permissive", "safety", "strict")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text)
        sub.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)
        return sub

    show = add("show", "what is in force here: layers, rules, digest, mode")
    show.add_argument("--project", default="", metavar="DIR", help="as seen from this directory (default: here)")
    render.add_formats(show)
    use = add("use", "put a preset or a policy file in force for you")
    use.add_argument("wanted", metavar="PRESET|FILE", help=f"{', '.join(PRESET_NAMES)}, or a file")
    modes = use.add_mutually_exclusive_group()
    modes.add_argument("--enforce", action="store_true", help="decisions bind")
    modes.add_argument("--observe", action="store_true", help="decisions are recorded only")
    trust = add("trust", "let a project's own policy count, as it is now")
    trust.add_argument("directory", nargs="?", default=".", metavar="DIR", help="in the project (default: here)")
    trust.add_argument("--revoke", action="store_true", help="let it count no longer")
    check = add("check", "say whether policies load, and how their patterns are read")
    check.add_argument("files", nargs="*", metavar="FILE", help="policy files (default: all that speak here)")
    render.add_formats(check)
    _configure_eval(add("eval", "judge calls that nobody made"))
    presets = add("presets", "list the presets, or print one")
    presets.add_argument("name", nargs="?", default="", choices=("", *PRESET_NAMES), metavar="PRESET", help="print it")
    render.add_formats(presets)
    add("schema", "print the JSON Schema of policies")


def _configure_eval(parser: argparse.ArgumentParser) -> None:
    policy = parser.add_mutually_exclusive_group(required=True)
    policy.add_argument("--preset", choices=PRESET_NAMES, help="judge by a preset")
    policy.add_argument("--policy", metavar="FILE", help="judge by a policy file")
    calls = parser.add_mutually_exclusive_group(required=True)
    calls.add_argument(
        "--input", metavar="FILE", help='one {"tool", "input", "cwd"?, "home"?, "facts"?} a line; `-`: stdin'
    )
    calls.add_argument("--command", dest="shell", metavar="TEXT", help="one shell command")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, in the order of the input")


def run(arguments: argparse.Namespace) -> int:
    """Run one action."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "show": _show,
        "use": _use,
        "trust": _trust,
        "check": _check,
        "eval": _eval,
        "presets": _presets,
        "schema": _schema,
    }
    return actions[arguments.action](arguments)


def _show(arguments: argparse.Namespace) -> int:
    loaded = _in_force(arguments, arguments.project or os.getcwd())
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
    print(f"\n{paint(str(layer.name), 'bold')} · {safe(layer.file)} · {bound} · {default} · {len(layer.rules)} rules")
    for pin, digest in layer.pins:
        print(f"  extends {safe(pin)} ({digest[:19]})")
    for rule in layer.rules:
        print(_rule_line(rule, paint))


def _rule_line(rule: Rule, paint: Paint) -> str:
    texts = [f"{field}={_compact(given)}" for field, given in _items(rule.match.as_json())]
    if rule.exception is not None:
        texts += ["except", *(f"{field}={_compact(given)}" for field, given in _items(rule.exception.as_json()))]
    decision = str(rule.decision)
    what = shorten(safe(" ".join(texts)), max(20, terminal_width() - 33))
    return f"  {paint(f'{decision:<5}', COLOURS[decision])}  {shorten(safe(rule.id), 22):<22}  {what}"


def _items(condition: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  # JSON of an object
    return list(condition.items()) if isinstance(condition, dict) else []


def _compact(given: Any) -> str:  # noqa: ANN401  # JSON
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return ",".join(given)
    return json.dumps(given, separators=(",", ":"))


def _use(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_admin  # noqa: PLC0415  # loaded for the one action that was asked for
    from web4_governance.app.install import rewrite_lines  # noqa: PLC0415

    home = main.home_of(arguments)
    enforcing = True if arguments.enforce else (False if arguments.observe else None)
    used = policy_admin.use(home, arguments.wanted, enforcing=enforcing)
    mode = "enforce: decisions bind" if used.enforcing else "observe: decisions are recorded, and bind nothing"
    print(f"{safe(used.file)} is in force from the next call on\nmode    {mode}\ndigest  {used.digest}")
    # The lines fail closed if anything binds: the organisation's policy counts beside the person's own.
    for file in rewrite_lines(home, enforcing=_in_force(arguments, "/").policy.enforcing):
        print(f"hooks   {safe(file)} says the same now")
    return 0


def _trust(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_admin  # noqa: PLC0415

    home, user_home = main.home_of(arguments), os.path.expanduser("~")
    if arguments.revoke:
        before = policy_admin.distrust(home, arguments.directory, user_home=user_home)
        print(f"no longer trusted: {before}" if before else "nothing was trusted here")
        return 0
    found = policy_admin.trust(home, arguments.directory, user_home=user_home)
    print(f"{safe(found.file)} says:\n")
    for text in found.text.splitlines():
        print(f"  {safe(text)}")
    print(f"\nIt can only tighten what organisation and user say.\ntrusted  {found.digest}")
    if found.before and found.before != found.digest:
        print(f"before   {found.before}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_admin  # noqa: PLC0415

    checked: list[Checked] = []
    failed: list[PolicyError] = []
    for file in arguments.files or _files_here(arguments):
        try:
            checked.append(policy_admin.check(file))
        except PolicyError as error:
            failed.append(error)
    rows = [_checked_json(one) for one in checked] + [_failed_json(wrong) for wrong in failed]
    if not render.machine(arguments, rows):
        for one in checked:
            _print_checked(one)
        if not rows:
            print("no policy speaks here: the default is `audit-only`")
    for wrong in failed:
        print(safe(wrong.message) + (f"\n  {safe(wrong.hint)}" if wrong.hint else ""), file=sys.stderr)
    return 3 if failed else 0


def _files_here(arguments: argparse.Namespace) -> list[str]:
    from web4_governance.app import policies, policy_admin  # noqa: PLC0415
    from web4_governance.app.context import ORGANISATION  # noqa: PLC0415
    from web4_governance.core.policy import LayerName  # noqa: PLC0415

    project = policy_admin.policy_directory(os.getcwd(), user_home=os.path.expanduser("~"))
    places = {ORGANISATION: LayerName.ORGANISATION, main.home_of(arguments): LayerName.USER, project: LayerName.PROJECT}
    found = [policies.find(directory, layer) for directory, layer in places.items()]
    return [source.path for source in found if source is not None]


def _checked_json(one: Checked) -> dict[str, Any]:
    return {
        "file": one.file,
        "ok": True,
        "rules": len(one.layer.rules),
        "enforce": one.layer.enforce,
        "warnings": list(one.layer.warnings),
        "patterns": [{"rule": rule, "pattern": text, "kind": kind} for rule, text, kind in one.patterns],
    }


def _failed_json(error: PolicyError) -> dict[str, Any]:
    place = {"file": error.file, "line": error.line, "column": error.column}
    return {**place, "ok": False, "error": error.reason, "hint": error.hint}


def _print_checked(one: Checked) -> None:
    enforce = {True: "enforces", False: "observes", None: "does not say whether it binds"}[one.layer.enforce]
    print(f"{safe(one.file)}: {len(one.layer.rules)} rules, {enforce}")
    for rule, text, kind in one.patterns:
        print(f"  {safe(rule)}: `{safe(text)}` is a {kind} pattern")
    for warning in one.layer.warnings:
        print(f"  warning: {safe(warning)}")


def _eval(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_eval  # noqa: PLC0415
    from web4_governance.app.policy_admin import source_at  # noqa: PLC0415
    from web4_governance.core.policy import LayerName  # noqa: PLC0415

    source = source_at(arguments.policy, LayerName.USER) if arguments.policy else None
    policy = policy_eval.policy_of(preset=arguments.preset or "", source=source)
    for asked in policy_eval.parse_all(_batch(arguments), name=arguments.input or "--command"):
        found = policy_eval.answer(asked, policy)
        if arguments.json:
            render.line(found)
        else:
            _print_answer(asked, found)
    return 0


def _batch(arguments: argparse.Namespace) -> bytes:
    if arguments.shell is not None:
        return json.dumps({"tool": "Bash", "input": {"command": arguments.shell}}).encode()
    if arguments.input == "-":
        return sys.stdin.buffer.read()
    try:
        with open(arguments.input, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"`{arguments.input}` cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None


def _print_answer(asked: Any, found: dict[str, Any]) -> None:  # noqa: ANN401  # policy_eval is loaded late
    decision = str(found["decision"])
    what = safe(str(asked.input.get("command") or json.dumps(asked.input)))
    print(
        f"{Paint()(f'{decision:<5}', COLOURS[decision])}  {shorten(f'{safe(asked.tool)}: {what}', terminal_width() - 7)}"
    )
    for reason in found["reasons"]:
        print(f"       {safe(reason)}")
    if found["rules"]:
        print(f"       rules {safe(', '.join(found['rules']))}")


def _presets(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policies, policy_eval  # noqa: PLC0415

    if arguments.name:
        print(policies.resolve(arguments.name, base="").text.decode(), end="")
        return 0
    rows = []
    for name in policies.presets():
        layer = policy_eval.policy_of(preset=name).layers[0]
        document = json.loads(policies.resolve(name, base="").text)
        about = {"description": str(document.get("description", "")), "rules": len(layer.rules)}
        rows.append({"name": name, **about, "default": None if layer.default is None else str(layer.default)})
    if not render.machine(arguments, rows):
        for row in rows:
            print(
                f"{row['name']:<12}{row['rules']:>3} rules, default {row['default'] or 'none':<6} {row['description']}"
            )
    return 0


def _schema(_arguments: argparse.Namespace) -> int:
    import web4_governance  # noqa: PLC0415

    path = os.path.join(os.path.dirname(web4_governance.__file__), "catalog", "policy.schema.json")
    with open(path, encoding="utf-8") as file:
        sys.stdout.write(file.read())
    return 0


def _in_force(arguments: argparse.Namespace, directory: str) -> Loaded:
    from web4_governance.app import policy_admin  # noqa: PLC0415
    from web4_governance.app.context import ORGANISATION  # noqa: PLC0415

    where = {"organisation": ORGANISATION, "user_home": os.path.expanduser("~")}
    return policy_admin.in_force(main.home_of(arguments), os.path.abspath(directory), **where)
