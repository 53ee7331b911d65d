"""Rules by trust, judged by the resident gate and in the hook's process: same answers, same entries, byte for byte."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

from daemon.test_same import alone, entries, resident
from support.resident import Ticks, answer, connect, exchange, fields, gate
from web4_governance.app import awaited, frames
from web4_governance.app.trust import catch_up
from web4_governance.daemon.judges import JUDGES
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

POLICY = {
    "enforce": True,
    "rules": [
        {
            "match": {"paths": ["core/**"], "effects": ["file.write"]},
            "except": {"trust": {"consistency": "> 0.7"}},
            "decision": "deny",
        },
        {"match": {"trust": {"reliability": "< 0.5", "of": "session"}}, "decision": "warn"},
    ],
}


def story(project: str) -> list[bytes]:
    """An agent that writes elsewhere, then where it has to be trusted, then fails over and over; each event twice."""
    found: list[bytes] = []

    def event(name: str, n: int, path: str, **more: object) -> None:
        given = {"file_path": f"{project}/{path}", "content": "x"}
        body = {"session_id": "s", "cwd": project, "hook_event_name": name, "permission_mode": "default"}
        call = {"tool_use_id": f"t{n}", "tool_name": "Write", "tool_input": given}
        found.extend([json.dumps({**body, **call, **more}).encode()] * 2)

    for n in range(24):
        path = "core/a.py" if n % 6 == 0 else f"other/{n}.py"
        event("PreToolUse", n, path)
        event("PostToolUse", n, path, tool_response={"filePath": path}, duration_ms=n)
    for n in range(24, 44):
        event("PreToolUse", n, "other/same.py")
        event("PostToolUseFailure", n, "other/same.py", error="Error: no", duration_ms=3)
    event("PreToolUse", 44, "core/b.py")
    return found


def folded(home: Path) -> tuple[tuple[str, str], ...]:
    """The rows as of the ledger's end: the gate itself writes them now and then."""
    with open_writer(str(home), deadline=None) as writer:
        catch_up(writer)
        rows = writer.trust.rows()
        writer.commit()
    return rows


def test_rules_by_trust_give_the_same_bytes_both_ways(tmp_path: Path) -> None:
    """And the same rows of trust: denied at first, let through later, warned and denied at the end."""
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(json.dumps(POLICY))
    open_writer(str(home), deadline=None).close()  # the ledger's secret is made once, for both
    shutil.copytree(home, tmp_path / "start")
    events = story(str(project))
    first = alone(str(home), events, Ticks())
    expected = entries(str(home))
    rows = folded(home)
    home.rename(tmp_path / "first")
    (tmp_path / "start").rename(home)
    second, back = resident(str(home), events, Ticks())
    assert (back, second) == (0, first)
    assert entries(str(home)) == expected
    assert folded(home) == rows
    codes = [code for code, _, _ in first]
    assert (codes[0], codes[18 * 4], codes[-1]) == (2, 0, 2)
    assert b"warns" in first[42 * 4][1]


def first_calls(project: str, transcript: str, count: int) -> list[bytes]:
    """Calls of as many messages that the client has not yet written down, in a session that nobody knows."""
    body = {"session_id": "fresh", "cwd": project, "hook_event_name": "PreToolUse", "permission_mode": "default"}
    given = {"file_path": f"{project}/core/a.py", "content": "x"}
    call = {"transcript_path": transcript, "tool_name": "Write", "tool_input": given}
    return [json.dumps({**body, **call, "tool_use_id": f"first{n}"}).encode() for n in range(count)]


def shown(count: int) -> str:
    blocks = [{"type": "tool_use", "id": f"first{n}", "name": "Write", "input": {}} for n in range(count)]
    lines = [{"type": "assistant", "message": {"id": "m", "model": "known", "content": [block]}} for block in blocks]
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_while_calls_wait_for_their_model_others_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than there are judging threads; as soon as the client has written it, each is its model's call."""
    monkeypatch.setattr(awaited, "WAIT_S", 60.0)
    home, project, transcript = tmp_path / "home", tmp_path / "project", tmp_path / "t.jsonl"
    project.mkdir()
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(json.dumps(POLICY))
    transcript.write_text('{"type":"user"}\n')
    count = JUDGES + 3
    with ExitStack() as stack:
        stack.enter_context(gate(str(home), Ticks()))
        lines = [stack.enter_context(connect(str(home))) for _ in range(count + 1)]
        words = [n.to_bytes(16, "big") for n in range(count + 1)]
        told = fields(str(home), **{"deadline-ms": "600000"})
        for line, word, data in zip(lines, words, first_calls(str(project), str(transcript), count), strict=False):
            line.sendall(frames.ask(frames.EVENT, word, told, data))
        plain = story(str(project))[4 * 7]  # a write elsewhere
        assert exchange(lines[-1], frames.ask(frames.EVENT, words[-1], told, plain), words[-1])[1] == 0
        transcript.write_text(shown(count))
        answers = [answer(line, word) for line, word in zip(lines[:-1], words, strict=False)]
    assert [code for _status, code, _out, _err in answers] == [2] * count
    made = [json.loads(data) for data, _openings in entries(str(home))]
    agents = [body["role"]["entities"]["agent"] for body in made if body["kind"] == "intent"]
    assert agents == ["agent:claude-code/main/unknown", *["agent:claude-code/main/known"] * count]
