"""A scripted model: the Messages API on loopback, answering what a test wrote down beforehand.

Not a model and not a mock of ours: the real client talks to it as it would to its vendor. A prompt names the script to
play by a marker (`[[play:NAME]]`); which turn comes next is the number of assistant messages after that marker, so
retries, parallel requests, resumed sessions and subagents (a marker in the subagent's prompt) need no state here. Call
ids are made from script, turn and place, so a test knows them.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MARKER = re.compile(r"\[\[play:([\w.-]+)\]\]")
Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One tool call that the model asks for; without an id it gets `toolu_<script>_<turn>_<place>`."""

    tool: str
    input: Body
    id: str = ""


@dataclass(frozen=True)
class Turn:
    """One answer of the model: words, then calls. `pause` seconds pass before it is sent."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    pause: float = 0.0
    input_tokens: int = 100
    output_tokens: int = 20
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


def call(tool: str, /, *, id: str = "", **given: Any) -> Call:  # noqa: A002  # the API's own word
    """Write down a call."""
    return Call(tool=tool, input=given, id=id)


def turn(text: str = "", /, *calls: Call, **options: Any) -> Turn:
    """Write down a turn."""
    return Turn(text=text, calls=calls, **options)


def play(name: str = "main", words: str = "please go on") -> str:
    """Give a prompt that selects a script."""
    return f"{words} [[play:{name}]]"


@dataclass
class Model:
    """What the server plays, and what it was asked."""

    scripts: dict[str, tuple[Turn, ...]]
    asked: list[Body] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def place(self, **places: str) -> None:
        """Say what a name that begins a path in a script stands for: scripts are written before places are known."""
        self.places.update(places)

    def placed(self, given: Body) -> Body:
        """Give a call's input with its places filled in."""
        return {key: self._filled(text) if isinstance(text, str) else text for key, text in given.items()}

    def _filled(self, text: str) -> str:
        name, slash, rest = text.partition("/")
        return f"{self.places[name]}/{rest}" if slash and name in self.places else text

    def answer(self, request: Body) -> tuple[Turn, str, int]:
        """Choose the turn for a request; past the end of a script, and where none is named, the model is done."""
        name, after = _selected(request.get("messages") or [], self.scripts)
        turns = self.scripts.get(name, ())
        step = sum(1 for message in after if message.get("role") == "assistant")
        with self.lock:
            self.asked.append({**request, "play": name, "step": step})
        return (turns[step] if step < len(turns) else Turn(text="done")), name, step

    def heard(self) -> str:
        """Give everything that the client ever sent as messages, as one text to search in."""
        with self.lock:
            return "\n".join(json.dumps(request.get("messages"), ensure_ascii=False) for request in self.asked)

    def results(self) -> dict[str, Body]:
        """Give the tool results that the model was shown, by call id."""
        found: dict[str, Body] = {}
        with self.lock:
            for request in self.asked:
                for message in request.get("messages") or []:
                    for block in _blocks(message):
                        if block.get("type") == "tool_result":
                            found[block["tool_use_id"]] = block
        return found


class ModelServer:
    """A context: inside it the model listens at `url`."""

    def __init__(self, scripts: dict[str, list[Turn] | tuple[Turn, ...]]) -> None:
        self.model = Model(scripts={name: tuple(turns) for name, turns in scripts.items()})
        handler = type("Bound", (_Handler,), {"model": self.model})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: Model

    def log_message(self, *_: object) -> None:  # the test's output is for its findings
        return

    def do_HEAD(self) -> None:
        self._send(b"")

    def do_GET(self) -> None:
        self._send_json({"data": [], "has_more": False} if self.path.startswith("/v1/models") else {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self.path.startswith("/v1/messages"):
            self._send_json({})
        elif "/count_tokens" in self.path:
            self._send_json({"input_tokens": 100})
        else:
            self._messages(json.loads(raw))

    def _messages(self, request: Body) -> None:
        answer, name, step = self.model.answer(request)
        time.sleep(answer.pause)
        calls = tuple(replace(one, input=self.model.placed(one.input)) for one in answer.calls)
        message = _message(replace(answer, calls=calls), name, step, str(request.get("model") or "scripted"))
        if request.get("stream"):
            self._send(b"".join(_stream(message)), "text/event-stream; charset=utf-8")
        else:
            self._send_json(message)

    def _send_json(self, body: Body) -> None:
        self._send(json.dumps(body).encode())

    def _send(self, data: bytes, kind: str = "application/json") -> None:
        try:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):  # a test killed its client while it was waiting
            self.close_connection = True


def _blocks(message: Body) -> list[Body]:
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])


def _selected(messages: list[Body], scripts: dict[str, tuple[Turn, ...]]) -> tuple[str, list[Body]]:
    """Give the script that the last marker in the person's own words names, and the messages after it."""
    name, at = "", -1
    for n, message in enumerate(messages):
        if message.get("role") != "user":
            continue
        for block in _blocks(message):
            if block.get("type") == "text":
                named = [found for found in MARKER.findall(block["text"]) if found in scripts]
                if named:
                    name, at = named[-1], n
    return name, messages[at + 1 :]


def _message(answer: Turn, name: str, step: int, model: str) -> Body:
    content: list[Body] = [{"type": "text", "text": answer.text}] if answer.text else []
    content += [
        {"type": "tool_use", "id": one.id or f"toolu_{name}_{step}_{n}", "name": one.tool, "input": one.input}
        for n, one in enumerate(answer.calls)
    ]
    return {
        "id": f"msg_{name or 'side'}_{step}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content or [{"type": "text", "text": "ok"}],
        "stop_reason": "tool_use" if answer.calls else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": answer.input_tokens,
            "output_tokens": answer.output_tokens,
            "cache_read_input_tokens": answer.cache_read_tokens,
            "cache_creation_input_tokens": answer.cache_write_tokens,
        },
    }


def _stream(message: Body) -> list[bytes]:
    events: list[Body] = [{"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty: Body = {"type": "text", "text": ""}
            delta: Body = {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    usage = {"output_tokens": message["usage"]["output_tokens"]}
    events += [
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
