"""The policy's own commands in real processes, several at once, and beside real hooks."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.hooks import event, line, spawn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HERE = """{
    "enforce": true,
    "rules": [

        {"id": "mine", "match": {"paths": ["*/secret/*"]},   "decision": "deny"}
    ],
    "defaultPolicy":   "allow"
}
"""
TOML = """# mine, and I say so
enforce = true  # it binds
[[rules]]
id = "mine"
match = { paths = ["*/secret/*"] }
decision = "deny"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    return home


def start(home: Path, *words: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "web4_governance", "policy", *words, "--home", str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd or home.parent)


def ends(running: Sequence[subprocess.Popen[bytes]]) -> list[tuple[int, bytes]]:
    return [(one.wait(timeout=60), one.communicate()[1]) for one in running]


def add(home: Path, n: int) -> subprocess.Popen[bytes]:
    return start(home, "add", "--effect", "file.write", "--path", f"/srv/{n}/**")


@pytest.mark.parametrize(("name", "text"), [("policy.json", HERE), ("policy.toml", TOML), ("policy.json", None)])
def test_rules_that_are_added_at_once_are_all_there(home: Path, name: str, text: str | None) -> None:
    """Eight processes, eight rules, each with a name of its own; what was in the file stands as it stood."""
    if text is not None:
        (home / name).write_text(text)
    assert ends([add(home, n) for n in range(8)]) == [(0, b"")] * 8
    after = (home / name).read_text()
    if text is not None:
        assert after.startswith(text.split("\n    ],")[0].rstrip())
    shown = start(home, "show", "--json")
    out, _ = shown.communicate(timeout=60)
    (user,) = [layer for layer in json.loads(out)["layers"] if layer["layer"] == "user"]
    added = {rule["id"]: rule["match"]["paths"][0] for rule in user["rules"] if rule["id"].startswith("added-")}
    assert sorted(added) == [f"added-{n}" for n in range(1, 9)]
    assert sorted(added.values()) == [f"/srv/{n}/**" for n in range(8)]
    assert ends([start(home, "check", str(home / name))]) == [(0, b"")]


def test_projects_that_are_trusted_at_once_are_all_pinned(home: Path, tmp_path: Path) -> None:
    """Six processes, six projects."""
    projects = [tmp_path / f"p{n}" for n in range(6)]
    for project in projects:
        (project / ".git").mkdir(parents=True)
        (project / ".web4").mkdir()
        (project / ".web4" / "policy.json").write_text(HERE)
    running = [start(home, "trust", cwd=project) for project in projects]
    assert [code for code, _ in ends(running)] == [0] * 6
    pinned = json.loads((home / "trusted.json").read_text())
    assert sorted(pinned) == sorted(str((project / ".web4").resolve()) for project in projects)


def test_adding_beside_using_leaves_one_of_two_orders(home: Path) -> None:
    """The preset with the rules that came after it: never a file that is half of each."""
    running = [start(home, "use", "safety", "--enforce"), *(add(home, n) for n in range(4))]
    assert ends(running) == [(0, b"")] * 5
    found = json.loads((home / "policy.json").read_text())
    assert found["enforce"] is True
    assert found["extends"] == ["safety"]
    assert len(found.get("rules", [])) <= 4


def test_a_grant_given_in_a_terminal_lets_a_hook_through_however_it_is_described(home: Path, tmp_path: Path) -> None:
    """The denied call, the person's command, and the agent's second try in other words; a third is stopped again."""
    rule: dict[str, Any] = {"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"}
    (home / "policy.json").write_text(json.dumps({"rules": [rule], "enforce": True}))

    def code(call: str, command: str, words: str) -> int:
        given = event("PreToolUse", call, tool_input={"command": command, "description": words})
        return spawn(line(home, "--on-failure=block"), given, user_home=tmp_path).returncode

    assert code("toolu_1", "rm -rf build", "take the build away") == 2
    assert ends([start(home, "grant", "toolu_1", "--once", "--why", "stale")]) == [(0, b"")]
    assert code("toolu_2", "rm -rf build", "retry: remove build/") == 0
    assert code("toolu_3", "rm -rf build", "take the build away") == 2
    project = "/home/dev/project/build/**"
    assert ends([start(home, "grant", "--target", project, "--for", "10m", "--why", "w")]) == [(0, b"")]
    assert [code(f"toolu_{n}", f"rm -rf build/{n} {more}", "w") for n, more in ((4, ""), (5, "src"))] == [0, 2]
    assert code("toolu_6", f"rm -rf {home}", "w") == 2


HOSTILE = {
    "a megabyte": "echo " + "a " * 500_000,
    "a megabyte in a heredoc": "cat > x <<'E'\n" + "line\n" * 200_000 + "E\n",
    "a megabyte in an open heredoc": "cat <<E\n" + "l\\\n" * 350_000,
    "nested substitutions": "echo " + "$(echo " * 10_000 + "x" + ")" * 10_000,
    "open substitutions": '"$(' * 10_000,
    "open heredocs": "cat <<A\n" * 8_000,
    "globs": "rm " + "*a?[b-z]" * 7_000,
    "braces": "rm " + "{a,b}" * 12_000,
    "evals": 'eval "' * 10_000,
    "pipes": "a|" * 32_000,
    "words": "rm " + "a " * 32_000,
    "aliases that double": "".join(f'alias a{i}="a{i + 1};a{i + 1}"\n' for i in range(14)) + "a0",
    "joined lines": "&\\\n&" * 12_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_command_is_answered_in_time(home: Path, tmp_path: Path, name: str) -> None:
    """By a real hook, under rules whose patterns are as hostile; never by the alarm, which would say so."""
    stars = "a*" * 1000 + "b"
    rules: list[dict[str, Any]] = [
        {"match": {"targetRegexes": ["(a+)+$", "(a|a)*b", "(.*a){12}x"]}, "decision": "warn"},
        {"match": {"targetPatterns": [f"*{stars}"], "tools": ["Bash"]}, "decision": "warn"},
        {"match": {"effects": ["opaque"]}, "decision": "deny", "reason": "cannot be seen through"},
    ]
    (home / "policy.json").write_text(json.dumps({"rules": rules, "enforce": True}))
    given = event("PreToolUse", "toolu_1", tool_input={"command": HOSTILE[name], "description": "d"})
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = spawn(line(home, "--on-failure=block", "--deadline-ms=30000"), given, user_home=tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The installed deadline of two seconds, in time of the processor: what else runs here is not what is asked.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
    assert done.returncode in (0, 2)
    assert (b"cannot be seen through" in done.stderr) is (done.returncode == 2), done.stderr[:300]
    assert done.returncode == 2 or name in SEEN_THROUGH


# What is one plain command after all, and may be read to its end in time.
SEEN_THROUGH = ("a megabyte in a heredoc", "open heredocs", "globs", "words", "braces")
