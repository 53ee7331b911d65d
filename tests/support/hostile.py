"""Strings that mean something to whatever shows them, and a ledger in which they stand in every field that others fill."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.world import World

if TYPE_CHECKING:
    from pathlib import Path

MARK = "pwned"
HOSTILE = {
    "script": f"<script>document.title='{MARK}'</script>",
    "image": f"<img src=http://192.0.2.7/{MARK} onerror=document.title='{MARK}'>",
    "attribute": f"\" onmouseover=\"document.title='{MARK}'\" autofocus onfocus='document.title=1' x=\"",
    "template": "{{ 7*191_919_191 }}{% raw %}${7*191_919_191}#{7*191_919_191}",
    "address": f"javascript:document.title='{MARK}'",
    "comment": "--><!--]]></style></textarea></title>",
    "terminal": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "direction": "txt.\u202eexe\u2066\u200f\u061c",
    "formula": '=HYPERLINK("http://192.0.2.7/","x")+cmd|\' /C calc\'!A0',
    "lines": "fine\r\n127.0.0.1 - - GET / 200\u2028\u2029\u0085",
    "htmx": '\' hx-get="http://192.0.2.7/" hx-trigger=load hx-on:load=alert(1) data-hx-get=/x',
    "entity": "&lt;b&gt;&#x202e;&amp;",
    "path": "../../../../etc/passwd\x00.png",
}
ALL = " ".join(HOSTILE.values())


def hostile(scratch: Path) -> World:
    """Let an agent put the strings into everything that it, its servers, or its host can name."""
    world = World(scratch, {"extends": ["safety"], "enforce": True, "rules": [
        {"id": "shown", "match": {"tools": ["*evil*"]}, "decision": "warn", "reason": ALL},
    ]})  # fmt: skip
    for n, (name, text) in enumerate(HOSTILE.items()):
        _session(world, n, name, text)
    return world


def _session(world: World, n: int, name: str, text: str) -> None:
    session = f"{n:02}-{name}-{text}"
    transcript = world.user_home / f"{n}.jsonl"
    call = f"call-{n}-{text}"
    given = {"command": f"echo {text!r}; rm -rf ~/", "description": text}
    message = {"id": f"msg-{n}", "role": "assistant", "model": text, "type": "message", "usage": {"input_tokens": 1, "output_tokens": 1},
               "content": [{"type": "text", "text": text}, {"type": "tool_use", "id": call, "name": "Bash", "input": given}]}  # fmt: skip
    transcript.write_text(
        json.dumps({"type": "assistant", "uuid": "u", "sessionId": session, "message": message}) + "\n"
    )
    same: dict[str, Any] = {"session_id": session, "transcript_path": str(transcript), "permission_mode": text}
    world.feed("SessionStart", source=text, model=text, **same)
    world.feed("UserPromptSubmit", prompt=text, **same)
    world.feed("PreToolUse", tool_use_id=call, tool_name="Bash", tool_input=given, **same)
    refused = {
        "tool_use_id": call,
        "tool_name": "Bash",
        "tool_input": given,
        "tool_response": f"PreToolUse:Bash hook error: {text}",
    }
    world.feed("PostToolBatch", tool_calls=[refused], **same)
    sub = {**same, "agent_id": f"a{n}{text}", "agent_type": text}
    world.feed("SubagentStart", **sub)
    for tool, more in (
        (f"mcp__evil{text}__{text}", {text: text, "deep": {text: [text]}}),
        (f"evil {text}", {"file_path": f"/srv/{text}", "url": text}),
        ("WebFetch", {"url": f"http://192.0.2.7/{text}", "prompt": text}),
        ("Grep", {"pattern": text, "path": f"/srv/{text}"}),
    ):
        named = f"{call}{tool[:8]}"
        ended: dict[str, Any] = {"tool_use_id": named, "tool_name": tool, "tool_input": more}
        world.feed("PreToolUse", **ended, **sub)
        world.feed("PostToolUse", tool_response={"stdout": text, text: text}, duration_ms=7, **ended, **sub)
    path = world.project / (text.replace("/", "_").replace("\0", "_")[:90] + ".txt")
    path.write_text(text)
    response: dict[str, Any] = {
        "type": "create",
        "filePath": str(path),
        "content": text,
        "structuredPatch": [],
        "originalFile": None,
        "userModified": False,
    }
    ended = {"tool_use_id": f"w{n}", "tool_name": "Write", "tool_input": {"file_path": str(path), "content": text}}
    world.feed("PreToolUse", **ended, **same)
    world.feed("PostToolUse", tool_response=response, duration_ms=7, **ended, **same)
    failed: dict[str, Any] = {
        "tool_use_id": f"f{n}",
        "tool_name": "Bash",
        "tool_input": {"command": f"false {text!r}", "description": text},
    }
    world.feed("PreToolUse", **failed, **same)
    world.feed("PostToolUseFailure", error=text, is_interrupt=False, **failed, **same)
    world.feed("SessionEnd", reason=text, **same)
