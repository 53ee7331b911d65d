"""The `web4` command line: one file a command, loaded only when it is the one that was asked for.

A command module has `HELP` (one line), `configure(parser)` and `run(arguments) -> int`. Exit codes are the contract of
docs/spec/cli.md: 0 yes, 1 could not tell, 2 no, 3 bad input or usage. stdout is data, stderr is for people.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys

from web4_governance import __version__
from web4_governance.core.errors import InputError, UsageError, Web4Error

COMMANDS: dict[str, str] = {
    "init": "govern an agent here: home, policy, hooks, and a canary through them",
    "uninstall": "take the hooks out again",
    "status": "what holds, and what does not",
    "doctor": "find every way in which hooks are silently lost, and mend it",
    "off": "let everything through for a while",
    "config": "show or set the settings",
    "log": "list recorded calls",
    "show": "show one record whole",
    "why": "say why a call was decided as it was",
    "sessions": "list sessions",
    "stats": "count calls by decision, end, tool, category and rule",
    "tree": "show a session as a tree of agents and calls",
    "identity": "who acts here: signed documents of operators, agents, servers and policies",
    "trust": "how far agents, servers and sessions are to be trusted, and why",
    "blame": "say which call last changed each line of a file",
    "lineage": "say who called what that changed a file, or which files an agent or server changed",
    "verify": "check the ledger, step by step",
    "report": "what a period's records show, as one file for who has to judge it",
    "export": "export the ledger, or a part of it, with what it takes to check it",
    "erase": "erase what was kept readable, for good",
    "reconcile": "compare the ledger with the host's own transcript and telemetry",
    "retain": "prune the oldest entries, keeping their hashes; or hold them",
    "backup": "write the ledger to one file",
    "restore": "put a backup in the ledger's place",
    "policy": "show, use, check and try policies",
    "anchor": "sign a head of the ledger and hand it to the anchors",
    "witness": "cosign checkpoints of logs, as a C2SP witness",
    "demo": "a whole governed run in a throw-away home",
    "console": "show the ledger as a local web page, for reading only",
    "mcp": "answer an agent's questions about its ledger, as an MCP server on stdin and stdout",
    "statusline": "one line for the client's status line: policy, denied so far, age of the last signed head",
    "completion": "print the completion of a shell: bash, zsh, fish, tcsh, powershell",
    "daemon": "the resident gate of a home: run, start, stop, status",
    "hook": "one event of an agent on stdin (what the installed hooks run)",
}


HELP = ("-h", "--help", "--version")


class Parser(argparse.ArgumentParser):
    """A parser whose errors have our exit code; `intermixed` lets options stand between words that may be left out."""

    intermixed = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401  # as the base class has it
        """Parse, as the base class does."""
        if not self.intermixed:
            return super().parse_known_args(args, namespace)
        self.intermixed = False  # which asks this method for its parts
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.intermixed = True

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words, and how the command is used."""
        self.print_usage(sys.stderr)
        self.exit(3, f"web4: {message}\n")


# What answers a program, becomes another program, runs others on the same terminal, or reads no ledger.
AT_ONCE = frozenset(
    ("completion", "console", "daemon", "demo", "hook", "init", "mcp", "off", "statusline", "uninstall", "witness")
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def main(arguments: list[str]) -> int:
    """Run one command; errors of the project's tree become one line on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character gets its code instead
            stream.reconfigure(errors="backslashreplace")
    if "_ARGCOMPLETE" in os.environ:  # a shell asks how the words go on (`web4 completion`)
        from argcomplete import autocomplete  # noqa: PLC0415  # third-party, and never on another path

        autocomplete(build_parser())
    try:
        return run_words(arguments)
    except Web4Error as error:
        from web4_governance.app.visible import safe  # noqa: PLC0415  # only where something went wrong

        hint = f"\n  {safe(error.hint)}" if error.hint else ""
        print(f"web4: {safe(error.message)}{hint}", file=sys.stderr)
        return 3 if isinstance(error, InputError) else 1
    except BrokenPipeError:
        # The reader of our output has gone (`web4 log | head`): that is no failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return 130


def build_parser(only: str = "") -> argparse.ArgumentParser:
    """Give the parser; with `only`, just that command's arguments are filled in."""
    parser = Parser(prog="web4", description="Judges, records and proves what AI coding agents do.")
    parser.add_argument("--version", action="version", version=f"web4-governance {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--home", default=None, metavar="DIR", help="the governance home (default: ~/.web4)")
        if name == "hook" or (only and name != only):
            continue
        importlib.import_module(f"web4_governance.cli.{name}").configure(sub)
    return parser


def home_of(arguments: argparse.Namespace) -> str:
    """Give the home: `--home`, else `WEB4_HOME`, else `~/.web4`."""
    given = arguments.home or os.environ.get("WEB4_HOME") or os.path.join(os.path.expanduser("~"), ".web4")
    return os.path.abspath(os.path.expanduser(str(given)))


def _no_command(arguments: list[str]) -> UsageError:
    """Say which command may be meant, where the first word is none."""
    from difflib import get_close_matches  # noqa: PLC0415  # only where something went wrong

    word = arguments[0] if arguments else ""
    behind = next((one for one in arguments[1:] if one in COMMANDS), "")
    if word.startswith("-") and behind:
        return UsageError(
            f"`{word}` stands before the command", hint=f"options come after it: `web4 {behind} {word} …`"
        )
    if not word or word.startswith("-"):
        return UsageError("say which command", hint="`web4 --help` lists them")
    near = get_close_matches(word, COMMANDS, n=3, cutoff=0.6)
    meant = f"did you mean {' or '.join(f'`web4 {name}`' for name in near)}?"
    return UsageError(f"there is no command `{word}`", hint=meant if near else "`web4 --help` lists them")


def run_words(arguments: list[str]) -> int:
    """Run one command as its words say; errors of the tree go on to the caller."""
    asked = arguments[0] if arguments else ""
    if asked not in COMMANDS and asked not in HELP:
        raise _no_command(arguments)
    parsed = build_parser(asked).parse_args(arguments)
    module = importlib.import_module(f"web4_governance.cli.{parsed.command}")
    if parsed.command in AT_ONCE or getattr(parsed, "follow", False) or not sys.stderr.isatty():
        return int(module.run(parsed))
    from web4_governance.cli.progress import patience  # noqa: PLC0415  # only for who looks on

    with patience(parsed.command):
        return int(module.run(parsed))
