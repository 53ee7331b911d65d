"""Records as flat rows: the names that `--json` prints, what they mean, and the short texts that people read.

The tables below are the contract, and what the reference page is made from. A row always has all of its fields; what is
not known is null, empty, or -1 for a number.
"""

from __future__ import annotations

import json
import os

from web4_governance.cli import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

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
    "steps": "each step's `step`, `claim` and `result`: `ok`, `failed` or `not asked`",
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
}

# What of a tool's input says most, in the order of trying.
TELLING = ("command", "file_path", "notebook_path", "path", "url", "query", "pattern", "description", "skill", "prompt")


def call(record: Record, *, possible: str = "") -> dict[str, Any]:
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
    }
    return {name: row[name] for name in CALL}


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
    """Give what of a tool's input says most, in one line."""
    if not tool.startswith("mcp__"):
        for name in TELLING:
            if isinstance(given.get(name), str):
                return str(given[name])
    return json.dumps(given, ensure_ascii=False, separators=(", ", ": ")) if given else ""


def what_near(record: Record) -> str:
    """Say the same for people: paths inside the project are relative to it."""
    text = what(record)
    if text is None:
        return "(not kept)"
    project = record.request.project
    if project and text.startswith(project + os.sep):
        return text[len(project) + 1 :]
    return text


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
