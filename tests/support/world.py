"""A throw-away home and project, and events fed through the very use case that hooks run."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from typing import Any

from web4_governance.app.context import Context
from web4_governance.app.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.agents.reply import Reply

SESSION = "5cf52332-8a24-495e-b4ea-97f96aede000"
BIRTH_US = 1_795_000_000_000_000


class World:
    """One person's machine, as far as a hook can see it."""

    def __init__(self, scratch: Path, policy: dict[str, Any] | None = None) -> None:
        self.user_home = scratch / "user"
        self.project = self.user_home / "project"
        (self.project / ".git").mkdir(parents=True)
        self.home = self.user_home / ".web4"
        self.home.mkdir(mode=0o700)
        self.organisation = scratch / "etc"
        self.organisation.mkdir()
        self.now_us = BIRTH_US
        if policy is not None:
            self.policy(policy)

    def policy(self, policy: dict[str, Any]) -> None:
        (self.home / "policy.json").write_text(json.dumps(policy))

    def context(self, **changes: Any) -> Context:
        self.now_us += 1_000_000
        given: dict[str, Any] = {
            "agent": "claude-code",
            "home": str(self.home),
            "now_us": self.now_us,
            "deadline": time.monotonic() + 10,
            "user_home": str(self.user_home),
            "organisation": str(self.organisation),
        }
        return Context(**{**given, **changes})

    def event(self, name: str, **fields: Any) -> dict[str, Any]:
        return {
            "session_id": SESSION,
            "transcript_path": str(self.user_home / "none.jsonl"),
            "cwd": str(self.project),
            "hook_event_name": name,
            "permission_mode": "default",
            **fields,
        }

    def feed(self, name: str, *, context: dict[str, Any] | None = None, **fields: Any) -> Reply:
        return run(json.dumps(self.event(name, **fields)).encode(), self.context(**(context or {})))

    def raw(self, data: bytes, **context: Any) -> Reply:
        return run(data, self.context(**context))

    def pre(self, call: str, tool: str, given: dict[str, Any], **fields: Any) -> Reply:
        return self.feed("PreToolUse", tool_use_id=call, tool_name=tool, tool_input=given, **fields)

    def bash(self, call: str, command: str, **fields: Any) -> Reply:
        return self.pre(call, "Bash", {"command": command, "description": "d"}, **fields)

    def post(self, call: str, tool: str, given: dict[str, Any], response: Any, **fields: Any) -> Reply:
        return self.feed(
            "PostToolUse",
            tool_use_id=call,
            tool_name=tool,
            tool_input=given,
            tool_response=response,
            duration_ms=7,
            **fields,
        )

    def batch(self, *calls: tuple[str, str, dict[str, Any], Any], **fields: Any) -> Reply:
        listed = [
            {"tool_use_id": call, "tool_name": tool, "tool_input": given, "tool_response": response}
            for call, tool, given, response in calls
        ]
        return self.feed("PostToolBatch", tool_calls=listed, **fields)

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{self.home}/ledger.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT bytes FROM entries ORDER BY idx").fetchall()
        database.close()
        bodies = [json.loads(row[0]) for row in rows]
        return [body for body in bodies if not kind or body["kind"] == kind]

    def openings(self, field: str) -> list[Any]:
        with sqlite3.connect(f"file:{self.home}/ledger.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT value FROM openings WHERE field = ? ORDER BY idx", (field,)).fetchall()
        database.close()
        return [json.loads(row[0]) for row in rows]

    def kinds(self) -> list[str]:
        return [body["kind"] for body in self.entries()]

    def outcomes(self) -> list[tuple[str, str, str]]:
        """(call, status, denied by) of every outcome."""
        return [
            (body["request"]["call"], body["result"]["status"], body["result"].get("denied_by", ""))
            for body in self.entries("outcome")
        ]

    def write(self, name: str, text: str) -> str:
        path = self.project / name
        os.makedirs(path.parent, exist_ok=True)
        path.write_text(text)
        return str(path)
