"""A policy that somebody broke: in processes that never loaded `json`, as hooks are, the last good copy stands in."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support.hooks import HOOK, event, line, spawn

GOOD = (
    '{"rules": [\n  {"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny",'
    ' "reason": "a \\"no\\" \\u00e9"}\n], "enforce": true, "n": -1}'
)
MISTAKES = {
    "missing comma": '{"rules": []\n "enforce": true}',
    "trailing comma": '{"rules": [],\n}',
    "trailing comma in a list": '{"rules": [\n1,]}',
    "unquoted key": '{"rules": [],\n enforce: true}',
    "single quotes": "{'rules': []}",
    "bad escape": '{"rules": [\n"\\d+"]}',
    "short escape": '{"rules": [\n"\\u12"]}',
    "newline in a string": '{"rules": ["a\nb"]}',
    "unclosed string": '{"rules": ["a',
    "missing colon": '{"rules" []}',
    "no value": '{"rules":}',
    "a comment": '{\n// rules\n"rules": []}',
    "a word": '{"enforce": True}',
    "more after the end": '{"rules": []}\n}',
}
# Each text in a process of its own: after a first mistake the scanner has loaded `json`, and is a tamer one.
READ_EACH = """
import os, sys
sys.path.append(sys.argv[1])
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import document
texts = sys.stdin.buffer.read().split(b"\\0")
assert "json" not in sys.modules
for text in texts:
    child = os.fork()
    if child == 0:
        try:
            document.parse(text, file="policy.json", format="json")
        except PolicyError as error:
            os._exit(0 if error.line and error.column else 3)
        except BaseException as error:
            os.write(2, f"{text!r}: {error!r}\\n".encode())
            os._exit(4)
        os._exit(5)
    if os.waitpid(child, 0)[1]:
        os.write(2, b"not read as a mistake with its place: %r\\n" % text)
        sys.exit(1)
"""


def test_every_way_to_stop_in_the_middle_of_a_policy_is_a_mistake_with_its_place() -> None:
    """All beginnings of a policy, and the usual slips."""
    json.loads(GOOD)
    texts = [GOOD[:end] for end in range(len(GOOD))] + list(MISTAKES.values())
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", READ_EACH, str(Path(HOOK).parents[1])],
        input=b"\0".join(text.encode() for text in texts),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "name", ["missing comma", "trailing comma", "unquoted key", "bad escape", "newline in a string"]
)
def test_the_last_good_policy_judges_while_the_file_is_broken(tmp_path: Path, name: str) -> None:
    """What was denied is denied, what was free is free, and the ledger says in which line and column the mistake is."""
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    policy = GOOD.replace(', "n": -1', "")

    def answer(call: str, command: str) -> tuple[int, bytes]:
        given = event("PreToolUse", call, tool_input={"command": command, "description": "d"})
        done = spawn(line(home, "--on-failure=block"), given, user_home=tmp_path)
        return done.returncode, done.stderr

    (home / "policy.json").write_text(policy)
    assert answer("toolu_1", "ls") == (0, b"")
    (home / "policy.json").write_text(MISTAKES[name])
    code, said = answer("toolu_2", "rm -rf /x")
    assert code == 2
    assert b"no-rm" in said
    assert answer("toolu_3", "ls") == (0, b"")
    with sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True) as database:
        ((said_there,),) = database.execute("SELECT value FROM openings WHERE field = 'broken'").fetchall()
    database.close()
    assert re.search(r"policy\.json:[1-9]\d*:[1-9]\d*: ", said_there)
