"""A small MCP server on standard input and output, for driving the client: `echo` answers, `fail` fails, `write_file` writes.

Stdlib only, run as a plain script by the client. It speaks just enough of the protocol to be listed and called.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

INPUT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
WHERE = {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"}}, "required": ["path"]}
TOOLS = [
    {"name": "echo", "description": "gives the text back", "inputSchema": INPUT},
    {"name": "fail", "description": "fails with the text", "inputSchema": INPUT},
    {"name": "write_file", "description": "writes the text to a file", "inputSchema": WHERE},
]


def answer(method: str, given: dict[str, Any]) -> dict[str, Any] | None:
    """Give the result of one request; None for a method that is not there."""
    if method == "initialize":
        return {
            "protocolVersion": given.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "probe", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        text = str(given.get("arguments", {}).get("text", ""))
        if given.get("name") == "write_file":
            Path(given["arguments"]["path"]).write_text(text)
            return {"content": [{"type": "text", "text": "written"}], "isError": False}
        failed = given.get("name") != "echo"
        return {"content": [{"type": "text", "text": text if failed else f"echo: {text}"}], "isError": failed}
    return {} if method == "ping" else None


def main() -> None:
    """Answer line by line until the client hangs up."""
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        result = answer(request["method"], request.get("params") or {})
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        if result is None:
            reply["error"] = {"code": -32601, "message": "no such method"}
        else:
            reply["result"] = result
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
