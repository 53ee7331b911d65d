"""A small ledger that the reading commands are asked about, and a way to ask it in this process."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

from web4_governance.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.world import World

    Web4 = Callable[..., "Said"]

FIRST = "aaaa1111-0000-4000-8000-000000000001"
SECOND = "bbbb2222-0000-4000-8000-000000000002"
CHILD = "a1b2c3d4e5f6a7b8c"
HOSTILE = "printf 'x'\x1b[2J\x1b]0;owned\x07 \u202e# ok\r\n12:00:00 main Bash forged"
POLICY: dict[str, Any] = {
    "rules": [
        {"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny", "reason": "deletes trees"},
        {"id": "careful", "match": {"tools": ["WebFetch"]}, "decision": "warn", "instead": "ask first"},
    ],
    "defaultPolicy": "allow",
    "enforce": True,
}


class Said:
    """What a command said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal(io.StringIO):
    """Where a person looks."""

    def isatty(self) -> bool:
        return True


def call_main(*words: str, person: bool = False) -> Said:
    """Run a command in this process; `person` says that it prints on a terminal."""
    out, err = Terminal() if person else io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(words))
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def tell(world: World) -> None:
    first: dict[str, Any] = {"session_id": FIRST, "permission_mode": "bypassPermissions"}
    world.feed("SessionStart", source="startup", **first)
    world.feed("UserPromptSubmit", prompt="clean up, please", **first)
    notes = str(world.project / "notes.txt")
    world.pre("toolu_read", "Read", {"file_path": notes}, **first)
    world.post("toolu_read", "Read", {"file_path": notes}, {"type": "text", "file": {"content": "x"}}, **first)
    world.bash("toolu_rm", "rm -rf build dist", **first)
    world.batch(("toolu_rm", "Bash", {"command": "rm -rf build dist"}, "PreToolUse:Bash hook error: no"), **first)
    world.bash("toolu_fail", "cat missing.txt", **first)
    failure: dict[str, Any] = {
        "tool_use_id": "toolu_fail",
        "tool_name": "Bash",
        "is_interrupt": False,
        "duration_ms": 40,
    }
    world.feed(
        "PostToolUseFailure",
        tool_input={"command": "cat missing.txt", "description": "d"},
        error="Exit code 1\ncat: missing.txt: No such file or directory",
        **failure,
        **first,
    )
    world.feed("UserPromptSubmit", prompt="now have it checked", **first)
    made = {"description": "check", "prompt": "check it", "subagent_type": "Explore"}
    world.pre("toolu_agent", "Agent", made, **first)
    child: dict[str, Any] = {"agent_id": CHILD, "agent_type": "Explore", **first}
    world.bash("toolu_hostile", HOSTILE, **child)
    world.post("toolu_hostile", "Bash", {"command": HOSTILE, "description": "d"}, {"stdout": "x"}, **child)
    answer = {"status": "completed", "agentId": CHILD, "agentType": "Explore", "content": []}
    world.post("toolu_agent", "Agent", made, answer, **first)
    world.feed("SessionEnd", reason="other", **first)

    world.now_us += 2 * 24 * 3600 * 1_000_000
    other = world.user_home / "other"
    (other / ".git").mkdir(parents=True)
    second: dict[str, Any] = {"session_id": SECOND, "cwd": str(other)}
    world.feed("SessionStart", source="startup", **second)
    world.feed("UserPromptSubmit", prompt="write the config", **second)
    written = {"file_path": str(other / "config" / "prod" / "app.yaml"), "content": "a: 1\n"}
    world.pre("toolu_write", "Write", written, **second)
    made_file = {"type": "create", "filePath": written["file_path"], "content": "a: 1\n", "originalFile": None}
    world.post("toolu_write", "Write", written, made_file, **second)
    world.pre("toolu_fetch", "WebFetch", {"url": "https://example.com/x", "prompt": "p"}, **second)
    server = {"mcp_server": {"name": "tracker", "source": "user"}}
    world.pre("toolu_mcp", "mcp__tracker__comment", {"ticket": "OPS-12", "text": "done"}, **server, **second)
    world.post(
        "toolu_mcp",
        "mcp__tracker__comment",
        {"ticket": "OPS-12", "text": "done"},
        [{"type": "text", "text": "ok"}],
        **server,
        **second,
    )
