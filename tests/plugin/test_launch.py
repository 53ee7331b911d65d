"""The launcher under a plain POSIX shell: what it runs, what it refuses, and how it fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from web4_governance.app import launcher
from web4_governance.app.hosts import claude_code
from web4_governance.app.hosts.claude_code import HookLine
from web4_governance.app.launcher import Launcher

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "plugins" / "web4-governance" / "hooks" / "launch.sh"
NAMES = ("sh", "dash", "bash", "ksh", "zsh", "busybox")
# One name a shell: `sh` is mostly one of the others.
SHELLS = list(
    {os.path.realpath(shutil.which(name) or ""): name for name in reversed(NAMES) if shutil.which(name)}.values()
)
ECHO = "import json, sys; print(json.dumps([sys.argv[1:], sys.stdin.read()]))"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the launcher is a POSIX shell script")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Each shell that is here, as a command."""
    name = str(request.param)
    return [shutil.which(name) or name, *(["sh"] if name == "busybox" else [])]


class Person:
    """Somebody with a home directory and a stand-in for the gate."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.home = base / ".web4"
        self.home.mkdir(mode=0o700)
        self.script = base / "gate.py"
        self.script.write_text(ECHO)

    def launcher(self, **changes: str) -> Path:
        """Write the launcher's file as the installer does."""
        said = {"python": sys.executable, "script": str(self.script), "on_failure": "continue", **changes}
        launcher.write(str(self.home), Launcher(**said))
        return self.home / "launcher"

    def run(
        self, shell: list[str], event: str, path: Path = LAUNCHER, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Start the launcher as the client does."""
        return subprocess.run(
            [*shell, str(path), event],
            input="the event",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"HOME": str(self.base), "PATH": os.environ["PATH"], **extra},
        )


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """See `Person`."""
    return Person(tmp_path)


def ran(done: subprocess.CompletedProcess[str]) -> Any:
    """What the stand-in saw: its words, and its input."""
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("event", ["PreToolUse", "PostToolUse", "SessionStart", "SessionEnd"])
@pytest.mark.parametrize("mode", ["block", "continue"])
def test_runs_the_gate_with_the_words_of_an_installed_line(
    shell: list[str], person: Person, event: str, mode: str
) -> None:
    """The same words as plain settings hooks have, and the event on its input."""
    person.launcher(on_failure=mode)
    line = HookLine(
        python=sys.executable,
        script=str(person.script),
        home=str(person.home),
        via="plugin",
        enforcing=mode == "block",
    )
    words, event_seen = ran(person.run(shell, event))
    wanted = list(claude_code.arguments(line, event))
    assert words[: words.index("--via") + 3] == wanted[3 : wanted.index("--via") + 3]
    assert event_seen == "the event"


def test_a_sessions_start_has_less_time_and_the_gate_has_all_of_it(shell: list[str], person: Person) -> None:
    """As in the installed lines."""
    person.launcher()
    assert "--deadline-ms=2000" in ran(person.run(shell, "PreToolUse"))[0]
    assert "--deadline-ms=1000" in ran(person.run(shell, "SessionStart"))[0]


@pytest.mark.parametrize("code", [0, 2])
def test_gives_the_gates_own_answer_on(shell: list[str], person: Person, code: int) -> None:
    """Exit code, reason and silence."""
    person.script.write_text(f"import sys; sys.stderr.write('reason'); sys.exit({code})")
    person.launcher(on_failure="block")
    done = person.run(shell, "PreToolUse")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "reason")


@pytest.mark.parametrize(
    "name", ["py thon", "a=b", "$(touch pwned)", "`touch pwned`", "a;touch pwned", "*", "-n", "\\", '"', "'"]
)
def test_a_path_is_a_word_whatever_characters_it_has(shell: list[str], person: Person, name: str) -> None:
    """Nothing that is read is evaluated."""
    (person.base / name).mkdir()
    script = person.base / name / "gate.py"
    script.write_text(ECHO)
    person.launcher(script=str(script))
    assert ran(person.run(shell, "PreToolUse"))[1] == "the event"
    assert not (person.base / "pwned").exists()


def hostile(person: Person, text: str) -> None:
    """A launcher file with these bytes, private and one's own."""
    path = person.home / "launcher"
    path.write_text(text)
    path.chmod(0o600)


@pytest.mark.parametrize(
    "text",
    [
        "touch {base}/pwned\n",
        "python=$(touch {base}/pwned)\nscript=/x\n",
        "`touch {base}/pwned`=x\n",
        "python=/bin/sh -c 'touch {base}/pwned'\nscript=/x\n",
        "x=y; touch {base}/pwned\n",
        "python={base}/gate.py\nscript=;touch {base}/pwned\n",
        "on_failure=$(touch {base}/pwned)\n",
        "PATH=/nowhere\nhome=/nowhere\nwhy=\nIFS=x\n",
        "",
        "\x01\x02\n",
        "python",
    ],
)
def test_a_file_that_makes_no_sense_runs_nothing(shell: list[str], person: Person, text: str) -> None:
    """And the session is told."""
    hostile(person, text.format(base=person.base))
    assert "does not govern" in message(person.run(shell, "SessionStart"))
    assert not (person.base / "pwned").exists()
    assert person.run(shell, "PreToolUse").returncode == 0


def message(done: subprocess.CompletedProcess[str]) -> str:
    """What the person is told at a session's start; the agent is told the same."""
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["hookSpecificOutput"] == {"hookEventName": "SessionStart", "additionalContext": said["systemMessage"]}
    return str(said["systemMessage"])


def test_relative_paths_are_not_run(shell: list[str], person: Person) -> None:
    """They would be the project's."""
    (person.base / "python").symlink_to(sys.executable)
    hostile(person, "python=python\nscript=gate.py\n")
    assert "does not govern" in message(person.run(shell, "SessionStart"))


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_a_file_that_others_can_write_is_not_trusted(shell: list[str], person: Person, mode: int) -> None:
    """They could name their own interpreter."""
    person.launcher().chmod(mode)
    assert "others can write" in message(person.run(shell, "SessionStart"))


@pytest.mark.parametrize("mode", [0o702, 0o720, 0o777])
def test_nor_is_one_in_a_home_that_others_can_write(shell: list[str], person: Person, mode: int) -> None:
    """They could put another file in its place."""
    person.launcher()
    person.home.chmod(mode)
    assert "others can write" in message(person.run(shell, "SessionStart"))


def test_a_symlink_is_not_trusted(shell: list[str], person: Person) -> None:
    """It may lead out of the home."""
    path = person.launcher()
    path.rename(person.base / "elsewhere")
    path.symlink_to(person.base / "elsewhere")
    assert "is not yours" in message(person.run(shell, "SessionStart"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["file", "home"])
def test_what_belongs_to_somebody_else_is_not_trusted(shell: list[str], person: Person, what: str) -> None:
    """Neither the file nor the directory around it."""
    path = person.launcher()
    os.chown(path if what == "file" else person.home, 12345, 12345)
    assert "is not yours" in message(person.run(shell, "SessionStart"))


FAILURES: dict[str, dict[str, str]] = {
    "no interpreter": {"python": "/gone/python"},
    "no script": {"script": "/gone/hook.py"},
    "a broken interpreter": {"python": "/bin/false"},
    "a dying interpreter": {"script": "DIES"},
}


@pytest.mark.parametrize("failure", FAILURES)
def test_when_the_gate_cannot_answer_the_failure_mode_does(shell: list[str], person: Person, failure: str) -> None:
    """Enforcing: the gate event is blocked, with a reason; observing, and on every other event: the session goes on."""
    dies = person.base / "dies.py"
    dies.write_text("import os; os.kill(os.getpid(), 9)")
    changes = {name: str(dies) if said == "DIES" else said for name, said in FAILURES[failure].items()}
    person.launcher(on_failure="block", **changes)
    done = person.run(shell, "PreToolUse")
    assert (done.returncode, done.stdout) == (2, "")
    assert "this call is blocked" in done.stderr
    assert "To mend it, run: " in done.stderr
    for event in ("PostToolUse", "UserPromptSubmit", "Stop", "PermissionRequest"):
        done = person.run(shell, event)
        assert (done.returncode, done.stdout) == (0, "")
    person.launcher(on_failure="continue", **changes)
    done = person.run(shell, "PreToolUse")
    assert (done.returncode, done.stdout) == (0, "")


def test_an_enforcing_home_stays_closed_when_its_file_can_no_longer_be_trusted(
    shell: list[str], person: Person
) -> None:
    """A word of a stranger can close the gate, never open it."""
    person.launcher(on_failure="block").chmod(0o666)
    assert person.run(shell, "PreToolUse").returncode == 2


def test_without_a_home_nothing_is_blocked_and_the_session_is_told(shell: list[str], tmp_path: Path) -> None:
    """The plugin alone observes; it says at once that it cannot."""
    nobody = Person(tmp_path)
    nobody.home.rmdir()
    assert "is not set up" in message(nobody.run(shell, "SessionStart"))
    for event in claude_code.EVENTS:
        done = nobody.run(shell, event)
        assert done.returncode == 0
        assert (done.stdout == "") is (event != "SessionStart")


def test_an_empty_or_missing_home_variable_is_survived(shell: list[str], person: Person) -> None:
    """Nothing is found then, and that is said."""
    assert "does not govern" in message(person.run(shell, "SessionStart", HOME=""))


def copied(base: Path, name: str) -> Path:
    """A copy of the plugin in a repository of this name."""
    plugin = base / name / "plugins" / "web4-governance"
    shutil.copytree(LAUNCHER.parents[1], plugin)
    (base / name / "src" / "web4_governance").mkdir(parents=True)
    (base / name / "src" / "web4_governance" / "hook.py").write_text("")
    return plugin / "hooks" / "launch.sh"


def test_the_mending_command_names_the_plugins_own_source(shell: list[str], person: Person) -> None:
    """A checkout, or the marketplace's clone beside the plugin's cached copy."""
    path = copied(person.base, "check out")
    assert f"install -q '{person.base / 'check out'}'" in message(person.run(shell, "SessionStart", path))
    cache = person.base / "plugins" / "cache" / "web4" / "web4-governance" / "0.1.0"
    shutil.copytree(LAUNCHER.parents[1], cache)
    market = person.base / "plugins" / "marketplaces" / "web4"
    (person.base / "check out").rename(person.base / "moved")
    shutil.copytree(person.base / "moved", market)
    said = message(person.run(shell, "SessionStart", cache / "hooks" / "launch.sh"))
    assert f"install -q '{market}'" in said


@pytest.mark.parametrize("name", ["it's", 'a"b', "a\\b", "a\nb", "a\tb"])
def test_a_source_that_cannot_be_quoted_is_left_to_the_person(shell: list[str], person: Person, name: str) -> None:
    """The command that is printed is never one that means something else."""
    said = message(person.run(shell, "SessionStart", copied(person.base, name)))
    assert "install -q 'DIRECTORY OF ITS REPOSITORY'" in said


def test_no_source_no_name_of_an_index(shell: list[str], person: Person) -> None:
    """A plugin that was copied alone does not send anybody to somebody's package."""
    alone = person.base / "alone"
    shutil.copytree(LAUNCHER.parents[1], alone)
    assert "DIRECTORY OF ITS REPOSITORY" in message(person.run(shell, "SessionStart", alone / "hooks" / "launch.sh"))
