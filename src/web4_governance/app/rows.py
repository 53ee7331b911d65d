"""Records as flat rows: the names that `--json` prints, what they mean, and the short texts that people read.

The tables below are the contract, and what the reference page is made from. A row always has all of its fields; what is
not known is null, empty, or -1 for a number.
"""

from __future__ import annotations

import json
import os

from web4_governance.app import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from web4_governance.app.blame import Blame, Range
    from web4_governance.app.trace import Step
    from web4_governance.core.record.r6 import DeedRecord, Record

MAIN = "main"

CALL: dict[str, str] = {
    "id": "the record's name: the leaf of its intent, 64 hex digits",
    "idx": "its place in the ledger",
    "time": "when it was asked for, local time with offset",
    "ts": "the same in microseconds since 1970",
    "session": "the host's session id",
    "project": "the project's root, null where it was not kept",
    "agent": "the host agent, such as `claude-code`",
    "who": "`main`, or the type of the subagent",
    "agent_id": "the subagent's id, empty for the main agent",
    "agent_type": "the agent definition's name",
    "parent_call": "the call that made the subagent, where the host says so",
    "model": "the model that made the call, from the transcript",
    "permission_mode": "the host's permission mode",
    "prompt": "what the person said last before it, null where it was not kept",
    "words": "what the agent said just before it, null where it was not kept",
    "tool": "the tool's name",
    "call": "the host's id of the call",
    "what": "the command, path, address or input in one line, null where it was not kept",
    "input": "the tool's input, null where it was not kept",
    "cwd": "where it ran, null where it was not kept",
    "categories": "a list from the closed list of categories",
    "effects": "a list from the closed list of effects",
    "targets": "a list of what it touches",
    "decision": "what the policy says: `allow`, `warn`, `ask`, `deny`",
    "answer": "what the host was told; differs in a dry run, or while switched off",
    "mode": "`enforce`, `dry-run` or `off`",
    "rules": "a list of the ids of the rules that decided",
    "reasons": "a list of sentences: what was seen",
    "advice": "what to do instead",
    "policy": "the digest of the policy in force",
    "status": "`succeeded`, `failed`, `denied`, `interrupted`, `started` or `unclosed`",
    "denied_by": "`gate`, `host-rule`, `person`, `host-classifier` or `unattributed`; empty if not denied",
    "authorised_by": "by whom it was let through, as far as events tell",
    "error_class": "a short word for the kind of failure",
    "exit_code": "the command's exit code, -1 where there is none",
    "duration_us": "how long it took in microseconds, -1 where nobody said",
    "output_bytes": "the size of the output",
    "tokens": "token counts of the message that made the call, null where unknown",
    "files": "a list of changed files with digests before and after",
    "late": "true where it was first seen at its end",
    "flags": "a list of remarks, such as `ran-despite-deny` or `input-changed`",
    "erased": "a list of fields whose content is not kept, or no longer",
    "possible": "with `log --possible`: why it could have touched the target; empty otherwise",
    "bundle": "what the bundle is called that it was read from, empty for a call of this home's ledger",
    "origin": "the name of the ledger that the bundle is of, empty for a call of this home's ledger",
}

SESSION: dict[str, str] = {
    "session": "the host's session id",
    "agent": "the host agent",
    "project": "the project of its first call, null where it was not kept",
    "first": "when its first entry was written, local time with offset",
    "last": "when its last entry was written",
    "state": "`open` or `ended`",
    "entries": "how many entries it has",
    "prompts": "how many prompts",
    "calls": "how many calls",
    "agents": "how many subagents",
    "decisions": "how many calls got each decision",
    "statuses": "how many calls ended in each way",
}

VERIFY: dict[str, str] = {
    "verdict": "`ANCHORED`, `TAIL`, `UNANCHORED`, `GAPS`, `UNCORROBORATED` or `TAMPERED`",
    "exit": "the exit code",
    "place": "where the first thing is wrong, empty if nothing is",
    "reason": "why",
    "steps": "each step's `step`, `claim` and `result`: `ok`, `failed`, `open` (an anchor says otherwise) or `not asked`",
    "findings": "the first failures: `step`, `place`, `reason`",
    "found": "how many failures there are",
    "gaps": "calls that nothing judged: `place`, `reason`, `explained`",
    "uncorroborated": "what is held elsewhere and not answered by this ledger: `step`, `place`, `reason`",
    "anchored": "heads held elsewhere that are a beginning of this ledger: `by`, `size`, `time` (microseconds), `where`",
    "tail": "how many entries came after the last anchored head",
    "notes": "what was seen and is no finding",
    "tally": "what was counted",
    "root": "the root of the tree over the whole ledger, hex",
    "holds": "what a verdict without findings says",
    "not_covered": "what it would not have seen",
}

RECONCILE: dict[str, str] = {
    "exit": "the exit code",
    "calls": "how many calls were compared",
    "agreed": "how many of them line up",
    "alike": "of how many a witness shows the input only in part",
    "found": "what does not: `what`, `session`, `call`, `tool`, `ts` (microseconds), `why`, and the intent's `leaf`",
    "silent": "sessions of the ledger of which no witness speaks",
    "notes": "what was left out or could not be read",
    "sources": "the files that were read: `kind`, `file`",
    "last_us": "the newest time that any witness spoke of, microseconds",
}

EVAL: dict[str, str] = {
    "decision": "`allow`, `warn`, `ask` or `deny`",
    "rules": "a list of the ids of the rules that decided",
    "reasons": "a list of sentences: what was seen",
    "effects": "a list from the closed list of effects",
}

# The fields of a call by which it is known again, and what was decided and became of it then.
BEFORE = ("id", "idx", "time", "session", "project", "tool", "what", "decision", "answer", "mode", "rules")
BRIEF = (*BEFORE, "status", "denied_by")
_THEN = {name: CALL[name] for name in BRIEF}

SIMULATED: dict[str, str] = {
    **_THEN,
    "change": "`denied`, `asked`, `warned`, `freed`, `missed`, `unknown`, or empty where nothing changes",
    "now": "what the policy decides, empty where it could not be judged",
    "now_rules": "a list of the ids of the rules that decide now",
    "now_reasons": "a list of sentences: what was seen",
    "unknown": "a list of what the policy asks for and the record lacks",
    "why": "why it could not be judged",
}

REPLAYED: dict[str, str] = {
    **_THEN,
    "sameness": "`same`, `different` or `unknown`",
    "why": "in what it differs, or why it could not be told",
    "now": "what is decided now, empty where nothing could be",
    "now_rules": "a list of the ids of the rules that decide now",
    "gone": "with `--reparse`: the deeds that only the record has",
    "new": "with `--reparse`: the deeds that only today's reading has",
}

COMPARED: dict[str, str] = {
    **_THEN,
    "first": "what the first policy decides",
    "first_rules": "a list of the ids of its rules that decide",
    "second": "what the second policy decides",
    "second_rules": "a list of the ids of its rules that decide",
    "unknown": "a list of what one of them asks for and the record lacks",
}

SUGGESTED: dict[str, str] = {
    "side": "`allow` or `deny`",
    "rules": "a list of rules as they stand in a policy; they belong together",
    "calls": "how many calls speak for them",
    "evidence": "a list of these calls: the fields of a call from `id` to `denied_by` above",
    "against": "why they are not suggested after all, empty where they are",
}

GRANT: dict[str, str] = {
    "id": "the grant's name: the leaf of its entry, 64 hex digits",
    "idx": "its place in the ledger",
    "time": "when it was given, local time with offset",
    "ts": "the same in microseconds since 1970",
    "state": "`holds`, `used up` or `over`",
    "lifts": "a list of what it lifts: layer, rule and digest of the rule",
    "count": "for how many calls it was given",
    "used": "how many calls took it",
    "until_us": "until when it holds, microseconds since 1970",
    "session": "the session that it is for, null for any",
    "call": "the place of the call whose action it is for, -1 for any",
    "who": "who gave it, null where it was not kept",
    "why": "the reason, null where it was not kept",
}

LINE: dict[str, str] = {
    "path": "the file, behind symlinks",
    "first": "the first line of the range, from 1",
    "last": "the last line of the range",
    "by": "`call`, `outside` (no call ran that could have), `unproven` (while a call ran) or `unknown`",
    "why": "what is not plain about it, empty where a call changed it",
    "idx": "the call's place in the ledger, -1 where there is none",
    "id": "the record's name: the leaf of its intent",
    "time": "when the call was asked for, local time with offset",
    "ts": "the same in microseconds since 1970",
    "session": "the host's session id",
    "agent": "the host agent, such as `claude-code`",
    "who": "`main`, or the type of the subagent",
    "agent_id": "the subagent's id, empty for the main agent",
    "tool": "the tool's name",
    "call": "the host's id of the call",
    "server": "the MCP server, empty where there is none",
    "decision": "what the policy said of the call",
    "rules": "a list of the ids of the rules that decided",
    "status": "how the call ended",
    "prompt": "what the person said last before it, null where it was not kept",
}

TRACE: dict[str, str] = {
    "chain": "a list: who called what, from the main agent to the file, in words",
    "path": "the file, behind symlinks; null where it was not kept",
    "source": "the path that it had before, where it was moved; empty otherwise",
    "change": "`created`, `changed`, `moved` or `deleted`",
    "how": "`told`, `named`, `listed`, or `seen`: then the call is not proven to be the cause",
    "proven": "whether the call is known to have made the change",
    "before": "SHA-256 of the content before, null for no file, empty where unknown",
    "after": "SHA-256 of the content after it, in the same way",
    "outcome": "the place of the outcome that says so",
    **{name: text for name, text in LINE.items() if name not in ("path", "first", "last", "by", "why")},
}

TABLES: dict[str, dict[str, str]] = {
    "A call (`log`, `why`; `show` prints the same by its six parts)": CALL,
    "A session (`sessions`)": SESSION,
    "A verification (`verify`)": VERIFY,
    "A comparison with second witnesses (`reconcile`)": RECONCILE,
    "An answer (`policy eval`)": EVAL,
    "A call under another policy (`policy simulate`)": SIMULATED,
    "A call judged again (`policy simulate --recorded`, `--reparse`)": REPLAYED,
    "A call under two policies (`policy diff`)": COMPARED,
    "A suggestion (`policy suggest`)": SUGGESTED,
    "A grant (`policy grant --list`)": GRANT,
    "Lines of a file (`blame`)": LINE,
    "A change of a file (`lineage`)": TRACE,
}

# What of a tool's input says most, in the order of trying.
TELLING = ("command", "file_path", "notebook_path", "path", "url", "query", "pattern", "description", "skill", "prompt")


def call(record: Record, *, possible: str = "", bundle: str = "", origin: str = "") -> dict[str, Any]:
    """Give a record as a flat row."""
    rules, role, request = record.rules, record.role, record.request
    resource, result = record.resource, record.result
    row = {
        "id": record.id,
        "idx": record.reference.idx,
        "time": times.iso(record.ts),
        "ts": record.ts,
        "session": record.session,
        "project": request.project,
        "agent": role.agent,
        "who": who(record),
        "agent_id": role.agent_id,
        "agent_type": role.agent_type,
        "parent_call": parent_call(record),
        "model": resource.model or role.model,
        "permission_mode": role.permission_mode,
        "prompt": request.prompt,
        "words": request.words,
        "tool": request.tool,
        "call": request.call,
        "what": what(record),
        "input": request.input,
        "cwd": request.cwd,
        "categories": list(request.categories),
        "effects": list(record.effects),
        "targets": list(record.targets),
        "decision": rules.decision,
        "answer": rules.answer,
        "mode": rules.mode,
        "rules": list(rules.matched),
        "reasons": list(rules.reasons),
        "advice": rules.advice,
        "policy": rules.policy,
        "status": result.status,
        "denied_by": result.denied_by,
        "authorised_by": result.authorised_by,
        "error_class": result.error_class,
        "exit_code": result.exit_code,
        "duration_us": resource.duration_us,
        "output_bytes": resource.output_bytes,
        "tokens": resource.tokens,
        "files": list(result.files),
        "late": record.late,
        "flags": list(result.flags),
        "erased": list(record.erased),
        "possible": possible,
        "bundle": bundle,
        "origin": origin,
    }
    return {name: row[name] for name in CALL}


def line(blame: Blame, one: Range) -> dict[str, Any]:
    """Give a range of lines as a flat row."""
    row: dict[str, Any] = {"path": blame.path, "first": one.first, "last": one.last, "by": str(one.who), "why": one.why}
    author = one.author
    if author is None:
        empty: dict[str, Any] = {"idx": -1, "ts": 0, "rules": [], "prompt": None}
        return {name: row.get(name, empty.get(name, "")) for name in LINE}
    held = {name: getattr(author, name, None) for name in LINE}
    more = {"time": times.iso(author.ts), "who": author.agent_type or MAIN, "rules": list(author.rules)}
    return {name: {**held, **more, **row}[name] for name in LINE}


def trace(step: Step) -> dict[str, Any]:
    """Give a change of a file as a flat row."""
    author, change = step.author, step.change
    held = {name: getattr(author, name, None) for name in TRACE}
    more: dict[str, Any] = {
        "chain": list(step.chain),
        "path": change.get("path"),
        "source": change.get("from", ""),
        "change": change_word(change),
        "how": change.get("how", ""),
        "proven": change.get("how") not in (None, "seen"),
        "before": change.get("before", ""),
        "after": change.get("after", ""),
        "outcome": step.outcome,
        "time": times.iso(author.ts),
        "who": author.agent_type or MAIN,
        "rules": list(author.rules),
    }
    return {name: {**held, **more}[name] for name in TRACE}


def who(record: Record) -> str:
    """Say who made a call: the main agent, or a subagent by its type."""
    if not record.role.agent_id:
        return MAIN
    return record.role.agent_type or record.role.agent_id


def parent_call(record: Record) -> str:
    """Give the call that made the acting subagent, empty where nobody says."""
    found = (record.role.parent or {}).get("call")
    return found if isinstance(found, str) else ""


def what(record: Record) -> str | None:
    """Say in one line what a call is about, None where it was not kept."""
    given = record.request.input
    return None if given is None else telling(record.tool, given)


def telling(tool: str, given: Mapping[str, Any]) -> str:
    """Give what of a tool's input says most, in one line: of several parts the short ones first, a path before a text."""
    if not tool.startswith("mcp__"):
        for name in TELLING:
            if isinstance(given.get(name), str):
                return str(given[name])
    parts = sorted([_printed({name: item})[1:-1] for name, item in given.items()], key=len)
    return f"{{{', '.join(parts)}}}" if parts else ""


def _printed(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(", ", ": "))


def what_near(record: Record) -> str:
    """Say the same for people: paths inside the project are relative to it."""
    text, project = what(record), record.request.project
    if text is None:
        return "(not kept)"
    if project and text.startswith("{"):  # parts of an input, each path of which has a quotation mark before it
        return text.replace(f'"{project}{os.sep}', '"')
    return near(text, project)


def change_word(one: Mapping[str, Any]) -> str:
    """Say in a word what became of a changed file: `moved`, `created`, `deleted`, `changed`."""
    if one.get("from"):
        return "moved"
    absent = [name for name in ("before", "after") if name in one and one[name] is None]
    return {"before": "created", "after": "deleted"}[absent[0]] if absent else "changed"


def near(path: str, project: str | None) -> str:
    """Give a path as seen from the project, where it lies in it."""
    return path[len(project) + 1 :] if project and path.startswith(project + os.sep) else path


def tool_near(record: Record) -> str:
    """Give the tool's name for people: `server:tool` for a call to an MCP server."""
    parts = record.tool.split("__")
    return f"{parts[1]}:{'__'.join(parts[2:])}" if parts[0] == "mcp" and parts[2:] else record.tool


def ending(record: Record) -> str:
    """Say how a call ended, and for a denial who denied it."""
    result = record.result
    if result.status == "denied" and result.denied_by:
        return f"denied by {result.denied_by}"
    if result.status == "failed" and result.exit_code > 0:
        return f"failed ({result.exit_code})"
    return result.status


def deed(found: DeedRecord) -> str:
    """Say a deed in a few words: effect, target, place, and what it is wrapped in."""
    target = found.resolved or found.target or found.host
    parts = [found.effect or "(not modelled)", target, f"({found.place})" if found.place else ""]
    return " ".join(part for part in parts if part)


def argv(found: DeedRecord) -> str:
    """Give the resolved command of a deed in one line, `?` for a word that cannot be known."""
    return " ".join("?" if word is None else word for word in found.argv)
