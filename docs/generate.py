"""Writes what is made from the program: `python docs/generate.py` (`--check`: only compare).

docs/reference/cli.md comes from the parsers themselves and from the field names that the commands print, so that a page
cannot say what the program does not; the index of the catalog from its documents. A test runs the comparison.
"""

# ruff: noqa: INP001, T201  # a script, which speaks to whoever runs it

from __future__ import annotations

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "src"))

from web4_governance.app import frames, rows  # noqa: E402  # found by the line above
from web4_governance.app.catalogs import index  # noqa: E402  # found by the line above
from web4_governance.cli.main import COMMANDS, build_parser  # noqa: E402

VARIABLES = "../src/web4_governance/native/variables.h"
INDEX = "../src/web4_governance/catalog/programs.index"
HEAD = """# `web4`, command by command

Made by `docs/generate.py` from the program itself; do not edit.

Exit codes: **0** yes, **1** could not tell, **2** no (denied, or tampering found), **3** bad input or usage. Standard output is
data, standard error is for people. On the commands that read, `--json` prints one document (an array for lists) and
`--jsonl` one object a line, in ASCII. Every command takes `--home DIR` (default: `WEB4_HOME`, else `~/.web4`); hooks do
not: what they use stands in the installed line.

Times (`--since`, `--until`) are local: `yesterday`, `'last week'`, `monday`, `7d`, `2h`, `14:30`, `2026-11-20`,
`2026-11-20T14:30`, or with an offset. A word that names a span means its beginning for `--since` and its end for `--until`.

"""
# The hook reads its line by hand: an argument parser would cost more than the whole gate.
HOOK = """    web4 hook AGENT [--home DIR] [--via FORM] [--on-failure=block|continue] [--deadline-ms N] [--session-policy FILE]

Reads one event of the agent on standard input and answers in the agent's own way: on standard output, standard error and
by the exit code that the agent expects. What the installed hooks run; not meant to be typed.
"""


def main() -> int:
    """Write the pages, or say which differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is not up to date")
    check = parser.parse_args().check
    stale = [name for name, text in pages().items() if _read(name) != text]
    for name in stale:
        print(f"{name} is {'not up to date' if check else 'written anew'}")
        if not check:
            with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
                file.write(pages()[name])
    return 1 if check and stale else 0


def pages() -> dict[str, str]:
    """Give every generated page by its path below docs."""
    return {"reference/cli.md": cli_page(), INDEX: index(), VARIABLES: variables()}


def variables() -> str:
    """Give the list of what of the host's environment a hook reads, as the native client includes it."""
    head = "/* Made by docs/generate.py from app/frames.py: what of the host's environment a hook reads. */\n"
    return head + "".join(f'"{name}",\n' for name in (*frames.HOST, *frames.DATABASES))


def cli_page() -> str:
    """Give the page on the command line."""
    subs = _subparsers(build_parser())
    parts = [HEAD, "| command | does |\n|---|---|\n"]
    parts += [f"| [`web4 {name}`](#web4-{name}) | {text} |\n" for name, text in COMMANDS.items()]
    for name, text in COMMANDS.items():
        parts.append(f"\n## `web4 {name}`\n\n{_sentence(text)}\n\n")
        parts.append(HOOK if name == "hook" else _command(subs[name]))
    parts.append("\n## Fields\n\nThe names that `--json` and `--jsonl` print.\n")
    for title, fields in rows.TABLES.items():
        parts.append(f"\n### {title}\n\n| field | is |\n|---|---|\n")
        parts += [f"| `{name}` | {text} |\n" for name, text in fields.items()]
    return "".join(parts)


def _command(parser: argparse.ArgumentParser) -> str:
    parts = [f"    {parser.prog}{_synopsis(parser)}\n", *_arguments(parser)]
    said = _helps(parser)
    for name, sub in _subparsers(parser).items():
        parts.append(f"\n### `{parser.prog} {name}`\n\n{_sentence(said[name])}\n\n{_command(sub)}")
    return "".join(parts)


def _synopsis(parser: argparse.ArgumentParser) -> str:
    """Give the words after the command. Not argparse's own usage: its wording changes between versions of Python."""
    words = []
    for action in parser._actions:  # noqa: SLF001  # argparse has no public list of what was declared
        if action.option_strings:
            continue
        name = "ACTION" if isinstance(action, argparse._SubParsersAction) else _metavar(action)  # noqa: SLF001
        words.append({"?": f"[{name}]", "*": f"[{name} ...]"}.get(str(action.nargs), name))
    has_options = any(action.option_strings and _is_shown(action) for action in parser._actions)  # noqa: SLF001
    return "".join(f" {word}" for word in [*words, *(["[OPTIONS]"] if has_options else [])])


def _is_shown(action: argparse.Action) -> bool:
    return action.help not in (None, argparse.SUPPRESS) and action.dest not in ("help", "home")


def _arguments(parser: argparse.ArgumentParser) -> list[str]:
    lines = []
    for action in parser._actions:  # noqa: SLF001
        if not _is_shown(action):
            continue
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        names = ", ".join(f"`{name}`" for name in action.option_strings)
        shown = f" `{_metavar(action)}`" if action.nargs != 0 else ""
        lines.append(f"- {(names + shown).strip()}: {action.help}\n")
    return ["\n", *lines] if lines else []


def _metavar(action: argparse.Action) -> str:
    if action.metavar is not None:
        return str(action.metavar)
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    return {}


def _helps(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Give what each of a parser's own commands is for."""
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return {choice.dest: str(choice.help) for choice in action._choices_actions}  # noqa: SLF001
    return {}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _read(name: str) -> str:
    try:
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
