"""`web4 policy`: show, use, trust, check and try policies."""

from __future__ import annotations

import argparse
import json
import os
import sys

from web4_governance.cli import (
    main,
    policy_add,
    policy_eval,
    policy_explain,
    policy_grant,
    policy_history,
    policy_simulate,
    policy_test,
    policy_view,
    render,
)
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


HELP = "show, use, check and try policies"
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
    check.add_argument(
        "--pack", action="append", default=[], metavar="FILE", help="a pack by itself, with its examples"
    )
    check.add_argument("--all", action="store_true", help="print how patterns of presets are read, too")
    check.add_argument("--strict", action="store_true", help="exit 2 where something is probably not meant")
    render.add_formats(check)
    policy_eval.configure(add("eval", "judge calls that nobody made"), PRESET_NAMES)
    policy_explain.configure(
        add("explain", "how a call is read, which rules match, and what would be safer"), PRESET_NAMES
    )
    policy_test.configure(add("test", "run the tests that stand in a policy, or beside it in `cases.jsonl`"))
    policy_simulate.configure(add("simulate", "judge recorded history by a policy, or again"), PRESET_NAMES)
    policy_history.configure_diff(add("diff", "where two policies come to different decisions on recorded history"))
    policy_history.configure_suggest(add("suggest", "your policy, with the rules that recorded history speaks for"))
    policy_grant.configure(add("grant", "let through what your policy would stop, for a while, with a reason"))
    policy_add.configure(add("add", "a rule more in your own policy, from a recorded call"))
    presets = add("presets", "list the presets, or print one")
    presets.add_argument("name", nargs="?", default="", choices=("", *PRESET_NAMES), metavar="PRESET", help="print it")
    render.add_formats(presets)
    add("schema", "print the JSON Schema of policies")


def run(arguments: argparse.Namespace) -> int:
    """Run one action."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "show": policy_view.show,
        "use": _use,
        "trust": _trust,
        "check": policy_view.check,
        "eval": policy_eval.run,
        "explain": policy_explain.run,
        "test": policy_test.run,
        "simulate": policy_simulate.run,
        "diff": policy_history.diff,
        "suggest": policy_history.suggest,
        "grant": policy_grant.run,
        "add": policy_add.run,
        "presets": _presets,
        "schema": _schema,
    }
    return actions[arguments.action](arguments)


def _use(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_admin  # noqa: PLC0415  # loaded for the one action that was asked for
    from web4_governance.app.install import rewrite_lines  # noqa: PLC0415

    home = main.home_of(arguments)
    enforcing = True if arguments.enforce else (False if arguments.observe else None)
    used = policy_admin.use(home, arguments.wanted, enforcing=enforcing)
    mode = "enforce: decisions bind" if used.enforcing else "observe: decisions are recorded, and bind nothing"
    print(f"{safe(used.file)} is in force from the next call on\nmode    {mode}\ndigest  {used.digest}")
    # The lines fail closed if anything binds: the organisation's policy counts beside the person's own.
    for file in rewrite_lines(home, enforcing=policy_view.in_force(arguments, "/").policy.enforcing):
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
    for file, said in found.texts:
        print(f"{safe(file)} says:\n")
        for text in said.splitlines():
            print(f"  {safe(text)}")
        print()
    print(f"It can only tighten what organisation and user say.\ntrusted  {found.digest}")
    if found.before and found.before != found.digest:
        print(f"before   {found.before}")
    return 0


def _presets(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policies  # noqa: PLC0415
    from web4_governance.app import policy_eval as judging  # noqa: PLC0415

    if arguments.name:
        print(policies.resolve(arguments.name, base="").text.decode(), end="")
        return 0
    rows = []
    for name in policies.presets():
        layer = judging.policy_of(preset=name).layers[0]
        document = json.loads(policies.resolve(name, base="").text)
        about = {"description": str(document.get("description", "")), "rules": len(layer.rules)}
        rows.append({"name": name, **about, "default": None if layer.default is None else str(layer.default)})
    if not render.machine(arguments, rows):
        for row in rows:
            said = f"{row['rules']:>3} rules, default {row['default'] or 'none':<6} {row['description']}"
            render.say(f"{row['name']:<12}{said}", hang=12)
    return 0


def _schema(_arguments: argparse.Namespace) -> int:
    import web4_governance  # noqa: PLC0415

    path = os.path.join(os.path.dirname(web4_governance.__file__), "catalog", "policy.schema.json")
    with open(path, encoding="utf-8") as file:
        sys.stdout.write(file.read())
    return 0
