"""`web4 mcp`: the reading commands as tools of a Model Context Protocol server, over standard input and output.

Read only: every tool is one reading command of `web4`, run as the command line runs it, with its JSON for an answer. So an
agent that asks its own ledger gets what a person gets, and nothing here can change home, policy or ledger. The protocol
is the official SDK's (package `mcp`, the extra `mcp` of this one).
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading

from web4_governance import __version__
from web4_governance.core.errors import UsageError, Web4Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any

HELP = "answer an agent's questions about its ledger, as an MCP server on stdin and stdout"
INSTRUCTIONS = (
    "What AI agents did on this machine, from a ledger that can be verified. Ask `query` what was done, `show` for one call"
    " whole, `why` for a decision, `blame` who changed a file's lines, `explain` how a command would be judged, `trust`"
    " how far somebody is to be trusted, `verify` whether the ledger is sound. Nothing here changes anything."
)
MOST = 200
_one_at_a_time = threading.Lock()


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none but the home."""
    del parser


def run(arguments: argparse.Namespace) -> int:
    """Serve until standard input ends."""
    from web4_governance.cli.main import home_of  # noqa: PLC0415  # it loads this module

    server = serve(home_of(arguments))
    server.run()
    return 0


def serve(home: str) -> Any:  # noqa: ANN401  # the SDK's server, which is not there for everybody
    """Give the server of a home; UsageError where the SDK is not installed."""
    try:
        from mcp.server.mcpserver import MCPServer  # noqa: PLC0415  # an extra
        from mcp.types import ToolAnnotations  # noqa: PLC0415
    except ImportError:
        message = "the MCP server needs the package `mcp`"
        raise UsageError(message, hint=f"`{sys.executable} -m pip install mcp` puts it beside this program") from None
    server = MCPServer("web4-governance", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR")
    hints = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for tool in Questions(home).all():
        server.tool(annotations=hints, structured_output=False)(tool)
    return server


class Questions:
    """The tools, one a reading command.

    What their arguments are called is not what other servers call what they run or open.
    """

    def __init__(self, home: str) -> None:
        self._home = home

    def all(self) -> tuple[Callable[..., str], ...]:
        """Give every tool, in the order in which a client lists them."""
        return (
            self.query,
            self.show,
            self.why,
            self.sessions,
            self.stats,
            self.explain,
            self.verify,
            self.blame,
            self.lineage,
            self.trust,
        )

    def query(  # noqa: PLR0917  # the protocol calls it by names only
        self,
        since: str = "",
        until: str = "",
        session: str = "",
        project: str = "",
        tool: str = "",
        category: str = "",
        effect: str = "",
        touching: str = "",
        decision: str = "",
        status: str = "",
        agent: str = "",
        limit: int = 50,
    ) -> str:
        """List recorded calls that fit every given filter, the newest last (at most 200).

        `since`/`until`: `yesterday`, `last week`, `7d`, `14:30`, a date; a span's word in both is just that span (all of last
        week: `last week` for `since` and for `until`), in `since` alone it runs up to now.
        `touching`: a glob whose `*` crosses `/`. `effect`:
        such as `file.write`, `file.delete`, `secret.read`, `net.egress`. `decision`: allow, warn, ask, deny. `status`:
        succeeded, failed, denied, interrupted, started, unclosed. `agent`: main, or a subagent's id or type.
        """
        given = {
            "since": since, "until": until, "session": session, "project": project, "tool": tool, "category": category,
            "effect": effect, "target": touching, "decision": decision, "status": status, "agent": agent,
        }  # fmt: skip
        words = [f"--{name}={text}" for name, text in given.items() if text]
        return answer(self._home, ["log", *words, f"--limit={max(1, min(limit, MOST))}", "--json"])

    def show(self, id: str) -> str:  # noqa: A002  # the command's own word
        """Show one recorded call whole: rules, role, request, reference, resource, result.

        `id`: its place in the ledger, the host's call id, or the beginning of its leaf.
        """
        return answer(self._home, ["show", "--json", "--", id])

    def why(self, id: str) -> str:  # noqa: A002
        """Say why a recorded call was decided as it was: what was seen, the rules that spoke, what would lift it."""
        return answer(self._home, ["why", "--json", "--", id])

    def sessions(self, project: str = "", limit: int = 20) -> str:
        """List sessions with their counts of calls, decisions and ends, the latest active last."""
        words = [f"--project={project}"] if project else []
        return answer(self._home, ["sessions", *words, f"--limit={max(1, min(limit, MOST))}", "--json"])

    def stats(self, since: str = "", until: str = "", project: str = "", session: str = "") -> str:
        """Count calls by decision, end, tool, category and rule, for a span of time, a project or a session."""
        given = {"since": since, "until": until, "project": project, "session": session}
        return answer(self._home, ["stats", *(f"--{name}={text}" for name, text in given.items() if text), "--json"])

    def explain(self, text: str, cwd: str = "") -> str:
        """Say how a shell command would be read and judged by the policy in force; it is not run."""
        words = [f"--cwd={cwd}"] if cwd else []
        return answer(self._home, ["policy", "explain", "--json", *words, "--", text])

    def verify(self) -> str:
        """Verify the ledger step by step: the verdict, its place and reason, what holds and what is not covered."""
        return answer(self._home, ["verify", "--json"])

    def blame(self, of: str, line: int = 0) -> str:
        """Say which recorded call last changed each line of a file (`of`: its absolute path), or one line (from 1).

        With agent, session, prompt and decision; `outside` where no call ran that could have, else that it is not known.
        """
        return answer(self._home, ["blame", "--json", "--", f"{of}:{line}" if line > 0 else of])

    def lineage(self, of: str) -> str:
        """Say who called what that changed a file (its absolute path), or what an agent, session or MCP server changed."""
        return answer(self._home, ["lineage", "--json", f"--limit={MOST}", "--", of])

    def trust(self, entity: str = "", role: str = "", explain: bool = False) -> str:
        """Say how far agents, MCP servers and sessions have earned to be trusted: bounds of each dimension in each role.

        `entity`: one of them, by its name or a part that only it has. `role`: a category, such as `file_write`. `explain`: with
        an entity, the newest records that moved it, and by how much. Rules compare `lcb05` for `>` and `ucb95` for `<`.
        """
        words = ["--explain"] if explain else []
        words += [f"--role={role}"] if role else []
        return answer(self._home, ["trust", "--json", *words, *(["--", entity] if entity else [])])


def answer(home: str, words: list[str]) -> str:
    """Run one reading command on a home and give what it prints, and what it remarked; an error as `{"error", "hint"}`."""
    from web4_governance.cli import main  # noqa: PLC0415  # it loads this module

    data, remarks = io.StringIO(), io.StringIO()
    # The protocol's own stream was taken before: what a command prints goes to it alone, one command at a time.
    with _one_at_a_time, contextlib.redirect_stdout(data), contextlib.redirect_stderr(remarks):
        try:
            main.run_words([words[0], f"--home={home}", *words[1:]])
        except Web4Error as error:
            return json.dumps({"error": error.message, "hint": error.hint})
        except SystemExit:
            return json.dumps({"error": remarks.getvalue().strip(), "hint": ""})
    said = remarks.getvalue().strip()
    return data.getvalue() + (f"\n{said}\n" if said else "")
