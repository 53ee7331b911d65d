"""Whatever a command says, it is read to an end: commands of the corpus, wrapped in one another, about protected names.

Each has far more time than the gate gives itself for reading; one that takes it goes round for ever. Others are made by
`WEB4_ENDS_SEED=N`, and more by `WEB4_ENDS=N`.
"""

from __future__ import annotations

import json
import os
import random
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from web4_governance.app import policies
from web4_governance.app.catalogs import catalog
from web4_governance.app.protect import protected
from web4_governance.core.effects import derive
from web4_governance.core.policy import Facts, LayerName, combine, judge, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

HOME, PROJECT = "/home/dev", "/home/dev/code/shop"
MANY, SEED = int(os.environ.get("WEB4_ENDS", "1200")), int(os.environ.get("WEB4_ENDS_SEED", "1"))
PARTS = 4
LONG_S = 20.0  # of calculating
MOST = 3000  # characters
CORPUS = Path(__file__).parent.parent / "corpus"
DIRECTORIES = (
    *[PROJECT] * 6, "", HOME, f"{HOME}/.web4", f"{HOME}/.web4/keys", f"{HOME}/.claude", f"{PROJECT}/.claude", f"{PROJECT}/.web4",
    "/", "/proc", "/proc/self", "/proc/self/cwd", "/tmp", "/etc", "/nonexistent/ledger.lock",
)  # fmt: skip  # a bag of words
NAMES = (
    "~/.web4", "~/.web4/ledger.db", ".web4/policy.json", "~/.claude/settings.json", ".claude", "ledger.lock", "policy.json", "$HOME/.web4",
    "${HOME}/.claude", "../.web4", "../../.web4/keys", ".git/hooks/pre-commit", f"/proc/self/root{HOME}/.web4", "/proc/self/cwd/x",
    "/proc/self/cwd", "/proc/1/cwd/y", "/proc/self/fd/3", "/dev/fd/0", "/etc/web4", "~/.we*", "~/.*", "*", ".", "..", "./", "/", "~", "'.we''b4'",
    "$X", '"$X"/policy.json', "$(echo .web4)", "-", "--", "/dev/tcp/h/1", ".env", "x.sh", "~ann/.web4", "{a,.web4}", "[.]web4", "?web4", "~+/x", "~-/x",
    "src/../../../.web4", "a/b/../../../../.web4/x", "x=src/../../../.web4", "src/.../.web4", "s\\.web4", "@src/../../../.web4", "(../../.web4)",
)  # fmt: skip
PROGRAMS = (
    "frobnicate", "rm -rf", "mv x", "cp x", "ln -s", "tee", "sed -i s/a/b/", "chmod 777", "dd if=/dev/zero of=", "cat", "echo x >", "> ", "git config",
    "git clone x", "tar xf x.tar -C", "rsync -a x", "find", "kill", "web4", "curl -o", "mkdir -p", "vim -c wq", "ex -sc 'w' ", "sqlite3", "bash", "source",
    "exec 3<>", "mkfifo", "xargs rm <", "perl -pi -e s/a/b/", "export", "unset", "alias ls=", "nohup", "!", "cd", "pushd", "ssh h rm", "crontab", "make -C",
    "parallel rm :::", "busybox rm", "nice -n 5 rm", "trap 'rm -rf {}' EXIT;", "docker run -v {}:/x y", "awk '{print > \"{}\"}'", "python3 -c \"open('{}','w')\" #",
    "node -e \"require('fs').unlinkSync('{}')\" #",
)  # fmt: skip
FRAMES = (
    "{t} && {o}", "{o} | {t}", "{o}; {t}", "{t} || {o}", "cd {w} && {t}", "X={w}; {t}", "X={w} {t}", "bash -c {q}", "sudo {t}", "env A=b {t}", "({t})",
    "{{ {t}; }} > {w}", "{t} > {w}", "{t} < {w}", "for X in {w} {w}; do {t}; done", "if {o}; then {t}; fi", "find {w} -exec {t} \\;", "{o} | xargs {t}",
    "f() {{ {t}; }}; f {w}", "f() {{ f; {t}; }}; f", "eval {q}", "cat <<E > {w}\n{t}\nE", "{t} &", "timeout 5 {t}", "while read X; do {t}; done < {w}",
    "X=$({o}); {t}", "X=$X$X; {t}", "{t} 2>&1 | tee {w}", "cd {w}; cd {w}; {t}", "cd -; {t}", "ln -s {w} l && {t} l/{w}", "cd {w}/x && {t}",
)  # fmt: skip


def commands() -> list[str]:
    """The commands of the project's own corpus that are no programs of their own."""
    found = []
    for path in sorted(CORPUS.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(row) for row in file if row.strip()]
        found += [str(row["run"]) for row in rows if "run" in row and len(str(row["run"])) < 400]
    return found


class Maker:
    """Makes commands, the same ones by the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.known = commands()

    def word(self) -> str:
        return self.chance.choice(NAMES)

    def plain(self) -> str:
        program, word = self.chance.choice(PROGRAMS), self.word()
        text = program.replace("{}", word) if "{}" in program else f"{program} {word}"
        return f"{text} {self.word()}" if self.chance.random() < 0.3 else text

    def some(self) -> str:
        return self.plain() if self.chance.random() < 0.5 else self.chance.choice(self.known)

    def command(self) -> str:
        text = self.some()
        if self.chance.random() < 0.25:
            words = text.split(" ")
            words[self.chance.randrange(len(words))] = self.word()
            text = " ".join(words)
        for _ in range(self.chance.choice((0, 0, 1, 1, 2, 3))):
            frame = self.chance.choice(FRAMES)
            text = frame.format(t=text, o=self.some(), w=self.word(), q=json.dumps(text))
        return text[:MOST]


@contextmanager
def time_for(text: str) -> Iterator[None]:
    """Stop what calculates for so long, and name the text."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        pytest.fail(f"after {LONG_S} s of calculating not at its end: {text!r}")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.fixture(scope="module")
def read() -> Callable[[str, str], None]:
    """What reads a command in a directory and judges it."""
    kept = protected(f"{HOME}/.web4", user_home=HOME, projects=(PROJECT,), organisation="/etc/web4", looks=False)
    layer = policies.load_text(
        b'{"extends":["safety"],"enforce":true}',
        file="ends",
        format="json",
        layer=LayerName.USER,
        fetch=lambda name: policies.resolve(name, base=""),
    )
    policy, known, facts = combine((layer,)), catalog(), Facts(now_us=1_750_000_000_000_000)

    def whole(text: str, directory: str) -> None:
        with time_for(f"{text} in {directory}"):
            action = derive(
                "Bash",
                {"command": text},
                agent="claude-code",
                cwd=directory,
                home=HOME,
                project=PROJECT,
                protected=kept,
                catalog=known,
            )
            plan(policy, action)
            judge(policy, action, facts)
        assert action.deeds, text

    return whole


@pytest.mark.parametrize("part", range(PARTS))
def test_every_command_is_read_to_an_end_and_gets_a_decision(read: Callable[[str, str], None], part: int) -> None:
    """In every directory, without an error."""
    maker = Maker(SEED * PARTS + part)
    for _ in range(MANY // PARTS):
        read(maker.command(), maker.chance.choice(DIRECTORIES))


@pytest.mark.parametrize("then", ["cat y", "rm -rf y", "cp y z", "echo x > y", "python3 y", "find . -delete"])
def test_every_name_may_be_where_a_command_goes(read: Callable[[str, str], None], then: str) -> None:
    """Once, and again from there."""
    for name in NAMES:
        for text in (f"cd {name} && {then}", f"cd {name}; cd {name}; {then}", f"cd {name}/x; cd -; {then}"):
            read(text, PROJECT)
