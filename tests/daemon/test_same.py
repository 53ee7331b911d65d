"""The resident gate and the gate in the hook's process are one: same answers, same entries, byte for byte."""

from __future__ import annotations

import glob
import json
import os
import shutil
from pathlib import Path

import pytest

from support.resident import WORD, Ticks, connect, exchange, fields, gate
from web4_governance.app import frames, run
from web4_governance.app.context import Context
from web4_governance.app.failing import MEND, failure
from web4_governance.app.off import switch_off
from web4_governance.app.peer import parent_of, start_of
from web4_governance.core.errors import Web4Error
from web4_governance.storage import open_reader
from web4_governance.storage.writer import open_writer

TESTS = Path(__file__).parent.parent
STEP_US = 250_000
STRIDE = 24  # of the corpus; each policy has cases of its own
Answers = list[tuple[int, bytes, bytes]]


def payloads(project: str, which: int) -> list[bytes]:
    """Every recorded event of the host, calls of every 24th case of the project's own corpus, and bytes that are no event.

    Each is delivered twice, as the second is recorded, too, or is not; of the corpus every fourth.
    """
    found = [Path(name).read_bytes() for name in sorted(glob.glob(str(TESTS / "fixtures/claude-code/*.json")))]
    found += [b"", b"{", b"[]", b'{"hook_event_name":"PreToolUse"}', b"\xff" * 40, b'{"session_id":"\\ud800"}']
    found = [data for data in found for _ in range(2)]
    number = 0
    for name in sorted(glob.glob(str(TESTS / "corpus/*.jsonl"))):
        for row in Path(name).read_text(encoding="utf-8").splitlines()[which::STRIDE]:
            case = json.loads(row)
            number += 1
            tool, given = (case["tool"], case["input"]) if "tool" in case else ("Bash", {"command": case["run"]})
            event = {
                "session_id": f"s-{number % 7}",
                "cwd": project,
                "hook_event_name": "PreToolUse",
                "tool_name": tool,
            }
            event |= {"tool_use_id": f"toolu_{number}", "tool_input": given, "permission_mode": "default"}
            found += [json.dumps(event).encode()] * (1 if number % 4 else 2)
    return found


def alone(home: str, events: list[bytes], ticks: Ticks) -> Answers:
    """What the hook's own process says, without the process."""
    answers = []
    me = parent_of(os.getpid())
    for data in events:
        context = Context(
            agent="claude-code", home=home, now_us=ticks.now_us, deadline=9e9, user_home="/home/dev", via="user",
            organisation="/nonexistent", salt=ticks.salt, peer=(me, start_of(me), False), environment={},
        )  # fmt: skip
        try:
            reply = run.run(data, context)
            answers.append((reply.exit_code, reply.stdout, reply.stderr))
        except Web4Error as error:
            code, text = failure(error.message, error.hint or MEND, block=True)
            answers.append((code, b"", text))
        ticks.now_us += STEP_US
    return answers


def resident(home: str, events: list[bytes], ticks: Ticks) -> tuple[Answers, int]:
    answers: Answers = []
    back = 0
    with gate(home, ticks), connect(home) as line:
        for number, data in enumerate(events):
            word = number.to_bytes(16, "big")
            status, code, out, err = exchange(line, frames.ask(frames.EVENT, word, fields(home), data), word)
            back += status
            answers.append((code, out, err))
            ticks.now_us += STEP_US
    return answers, back


def entries(home: str) -> list[tuple[bytes, list[object]]]:
    with open_reader(home) as reader:
        return [
            (stored.data, [(o.field, o.salt, o.value) for o in reader.openings(stored.idx)])
            for stored in reader.entries()
        ]


@pytest.mark.timeout(600)  # a hook process a payload: minutes on a machine that does other things
@pytest.mark.parametrize(
    ("policy", "which"), [('{"extends":["safety"],"enforce":true}', 0), ('{"extends":["strict"]}', 12)]
)
def test_the_whole_payload_corpus_gives_the_same_bytes_both_ways(tmp_path: Path, policy: str, which: int) -> None:
    """Answers, entries and openings, with the same clock and the same salts (docs/spec/daemon.md R2, R4, R5)."""
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(policy)
    open_writer(str(home), deadline=None).close()  # the ledger's secret is made once, for both
    shutil.copytree(home, tmp_path / "start")
    events = payloads(str(project), which)
    ticks = Ticks()
    first = alone(str(home), events, ticks)
    expected = entries(str(home))
    home.rename(tmp_path / "first")
    (tmp_path / "start").rename(home)
    second, back = resident(str(home), events, Ticks())
    assert back == 0
    differing = [
        (events[n], one, other) for n, (one, other) in enumerate(zip(first, second, strict=True)) if one != other
    ]
    assert differing == []
    assert entries(str(home)) == expected
    assert len(expected) > len(events) // 3


def test_a_changed_policy_an_off_and_a_changed_setting_are_noticed_by_the_next_call(tmp_path: Path) -> None:
    """However soon after one another (docs/spec/daemon.md R5)."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    policy = home / "policy.json"
    texts = ['{"enforce":true,"rules":[{"match":{"tools":["Bash"]},"decision":"deny"}]}']
    texts.append(texts[0].replace("Bash", "Read"))
    event = {"session_id": "s", "cwd": "/tmp", "hook_event_name": "PreToolUse", "tool_name": "Bash"}
    ticks = Ticks()
    with gate(str(home), ticks), connect(str(home)) as line:

        def exit_code(number: int) -> int:
            data = json.dumps({**event, "tool_use_id": f"t{number}", "tool_input": {"command": "ls"}}).encode()
            return exchange(line, frames.ask(frames.EVENT, WORD, fields(str(home)), data))[1]

        for number in range(40):
            text = texts[number % 2]
            policy.write_text(text.ljust(100))  # the same size, and often the same tick of the clock
            assert exit_code(number) == (2 if number % 2 == 0 else 0)
        policy.write_text(texts[0])
        switch_off(str(home), until_us=ticks.now_us + 1_000_000)
        assert exit_code(50) == 0
        (home / "off.json").unlink()
        assert exit_code(51) == 2
        policy.write_text("{")
        assert exit_code(52) == 2, "the last good one stays in force"
