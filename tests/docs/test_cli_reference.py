"""The reference page of the command line is what the program says of itself."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from web4_governance.cli.main import COMMANDS, build_parser

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GENERATE = os.path.join(ROOT, "docs", "generate.py")


def test_the_reference_is_up_to_date() -> None:
    """`python docs/generate.py` writes it anew."""
    done = subprocess.run(
        [sys.executable, GENERATE, "--check"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run `python docs/generate.py`"


def test_every_command_has_its_help() -> None:
    """Each parses `--help`, and each option says what it does."""
    for name in COMMANDS:
        if name == "hook":
            continue
        assert parsers(name)[name].format_help()
        for action in actions(parsers(name)[name]):
            assert action.help, (name, action.dest)


def parsers(only: str) -> dict[str, argparse.ArgumentParser]:
    (group,) = [action for action in build_parser(only)._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(group.choices)


def actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Every argument of a command and of its own commands."""
    found: list[argparse.Action] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += [inner for sub in action.choices.values() for inner in actions(sub)]
        else:
            found.append(action)
    return found
