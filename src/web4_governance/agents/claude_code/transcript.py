"""Reads the end of a Claude Code transcript: the agent's own words, tokens and model, and how a call was closed.

Not a source of truth: the client writes it late (seen up to a few hundred milliseconds after the hook), may be killed
before it does, and any process of the person can write to it. What is found here explains and corroborates; what is
missing may come later. The tail may begin in the middle of a line, and lines may be of any size or no JSON at all: a
line that cannot be read is passed over. One message of the model lies on several lines, one for each block, all with
the same message id and each repeating the message's usage.
"""

from __future__ import annotations

from web4_governance.agents.claude_code.ending import of_failure_text, text_of, usage_of
from web4_governance.agents.transcript import Parent, Words
from web4_governance.core.canonical import lenient
from web4_governance.core.errors import CanonicalError
from web4_governance.core.event import DeniedBy, Ending, Status
from web4_governance.core.record.build import HASHED, ident
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

    Line = dict[str, Json]

NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
MICRO_DIGITS = 6


@value
class Result:
    """How the transcript closes a call.

    `denial` is the client's own word for why a call did not run or did not end (`user-rejected`, `permission-rule`,
    `automode-...`, `interrupted`, `cancelled`; empty where it ran), and `before_run` says that it had not begun.
    `decision`, `source` and `reason` are the client's record of the permission: accept or reject, who decided, and the
    kind and code of the reason.
    """

    text: str
    is_error: bool = False
    denial: str = ""
    before_run: bool = False
    decision: str = ""
    source: str = ""
    reason: str = ""


def words_before(tail: bytes, call: str) -> Words | None:
    """Give what the agent said in the message that made a call, up to that call; None where it is not there (yet)."""
    # Only lines that name the call, then those that name its message, are parsed: a tail may hold hundreds of others.
    mark = b'"tool_use"' if HASHED in call else _quoted(call)
    for line in _lines(tail, mark):
        if _has_call(line, call):
            message = _message(line)
            name = _text(message, "id")
            return _words(tuple(_lines(tail, _quoted(name))) if name else (), message, upto=call)
    return None


def last_words(tail: bytes) -> Words | None:
    """Give what the agent said in its last message; None where none is there."""
    lines = tuple(line for line in _lines(tail, b'"assistant"') if line.get("type") == "assistant")
    return _words(lines, _message(lines[-1]), upto="") if lines else None


def result_of(tail: bytes, call: str) -> Result | None:
    """Give how the transcript closes a call; None where it does not (yet)."""
    # Only lines that name the call are parsed, as above.
    for line in _lines(tail, b'"tool_result"' if HASHED in call else _quoted(call)):
        if line.get("type") != "user":  # the client also writes down its requests, which repeat earlier results
            continue
        for block in _blocks(_message(line)):
            if block.get("type") == "tool_result" and _names(block.get("tool_use_id"), call):
                return result_in(line, block)
    return None


def ending_in(tail: bytes, call: str) -> Ending | None:
    """Say how a call ended that no event closed; None where the transcript does not tell (yet)."""
    result = result_of(tail, call)
    return None if result is None else ending_of_result(result)


def ending_of_result(result: Result) -> Ending | None:
    """Put the client's record of a call's end into our words; None where it only says that it does not know."""
    if result.denial == "interrupted":  # written when a killed session is resumed: nobody saw how the call ended
        return None
    if not result.denial:
        if result.is_error:
            return of_failure_text(result.text)
        return Ending(status=Status.SUCCEEDED, output=result.text)
    denied_by = _denied_by(result)
    if denied_by is None:
        return Ending(status=Status.INTERRUPTED, error=result.text, error_class="interrupted")
    return Ending(status=Status.DENIED, denied_by=denied_by, error=result.text, error_class="permission")


def permission_of(tail: bytes, call: str) -> tuple[str, str]:
    """Give who let a call through, in the client's own record (`config`, `hook`, `user_temporary` ...), and the reason."""
    result = result_of(tail, call)
    if result is None or result.decision != "accept":
        return "", ""
    return result.source, result.reason


def cost_of(tail: bytes) -> int:
    """Give the client's last word on the session's cost in micro-dollars; -1 where it says nothing."""
    cost = -1
    for line in _lines(tail, b'"cost-state"'):
        if line.get("type") == "cost-state":
            cost = _micro(line.get("totalCostUSD"))
    return cost


def transcript_path(transcript: str, agent_id: str) -> str:
    """Give the path of the transcript that holds an agent's calls; the empty string where there can be none.

    Every event names the main agent's transcript; a subagent has its own, beside it.
    """
    if not agent_id:
        return transcript
    return _beside(transcript, agent_id, ".jsonl")


def parent_path(transcript: str, agent_id: str) -> str:
    """Give the path of the file that says where a subagent comes from; the empty string where there can be none."""
    return _beside(transcript, agent_id, ".meta.json") if agent_id else ""


def parent_of(data: bytes) -> Parent | None:
    """Read a subagent's meta file; None where it is not readable or names no call."""
    meta = _object(data)
    call = meta.get("toolUseId")
    if not isinstance(call, str) or not call:
        return None
    depth = meta.get("spawnDepth")
    return Parent(
        call=call,
        agent_id=_text(meta, "parentAgentId"),
        agent_type=_text(meta, "agentType"),
        depth=depth if isinstance(depth, int) and not isinstance(depth, bool) else -1,
        model=_text(meta, "model"),
    )


def _lines(tail: bytes, mark: bytes) -> Iterator[Line]:
    """Give the lines that hold a mark and are JSON objects, in order; anything else is passed over."""
    for raw in tail.split(b"\n"):
        if mark in raw:
            line = _object(raw)
            if line:
                yield line


def _quoted(word: str) -> bytes:
    return f'"{word}"'.encode("utf-8", "replace")


def _object(data: bytes) -> Line:
    try:
        found, _ = lenient(data)
    except CanonicalError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(line: Line) -> Line:
    message = line.get("message")
    return message if isinstance(message, dict) else {}


def _blocks(message: Line) -> Iterator[Line]:
    content = message.get("content")
    if isinstance(content, list):
        yield from (block for block in content if isinstance(block, dict))


def _has_call(line: Line, call: str) -> bool:
    if line.get("type") != "assistant":
        return False
    return any(block.get("type") == "tool_use" and _names(block.get("id"), call) for block in _blocks(_message(line)))


def _names(found: Json, call: str) -> bool:
    """Say whether an id of the transcript is this call's; the ledger knows an id that is long or looks secret by digest."""
    return found == call or (HASHED in call and isinstance(found, str) and ident(found) == call)


def _words(lines: tuple[Line, ...], message: Line, *, upto: str) -> Words:
    """Put a message together from its lines; without an id a line is a message of its own."""
    name = _text(message, "id")
    parts = [_message(line) for line in lines if name and _message(line).get("id") == name] or [message]
    texts: list[str] = []
    usage: dict[str, int] = {}
    for part in parts:
        # Each line repeats the usage, and an earlier line may have been written before the count was final.
        for token, n in usage_of(part.get("usage")):
            usage[token] = max(n, usage.get(token, 0))
    for block in (block for part in parts for block in _blocks(part)):
        if upto and block.get("type") == "tool_use" and _names(block.get("id"), upto):
            break
        if block.get("type") == "text":
            texts.append(_text(block, "text"))
    return Words(
        text="\n".join(text for text in texts if text),
        message=name,
        model=_text(message, "model"),
        usage=tuple(usage.items()),
    )


def _denied_by(result: Result) -> DeniedBy | None:
    """Give who denied a call; None for a call that was stopped and not denied."""
    if result.denial.startswith("automode-"):
        return DeniedBy.CLASSIFIER
    if result.denial == "permission-rule":
        return DeniedBy.GATE if result.source == "hook" else DeniedBy.HOST_RULE
    if result.denial != "user-rejected":
        return None
    if result.decision:  # `config`: the host would have asked, and there was nobody
        return DeniedBy.PERSON if result.source.startswith("user") else DeniedBy.HOST_RULE
    # The client says `user-rejected` of a call that a person stopped while it ran, too; only this mark tells them apart.
    return DeniedBy.PERSON if result.before_run else None


def result_in(line: Line, block: Line) -> Result:
    """Give how a line closes the call of one of its `tool_result` blocks."""
    permission = line.get("permissionDecision")
    decision = permission if isinstance(permission, dict) else {}
    reasons = (_text(decision, "reasonType"), _text(decision, "reasonCode"))
    return Result(
        text=text_of(block.get("content")),
        is_error=block.get("is_error") is True,
        denial=_text(line, "toolDenialKind"),
        before_run=line.get("toolDenialBeforeRun") is True,
        decision=_text(decision, "decision"),
        source=_text(decision, "source"),
        reason=" ".join(reason for reason in reasons if reason),
    )


def _beside(transcript: str, agent_id: str, ending: str) -> str:
    # The id becomes part of a path: only names that cannot leave the directory.
    if not transcript.endswith(".jsonl") or not set(agent_id) <= NAME_CHARACTERS:
        return ""
    return f"{transcript.removesuffix('.jsonl')}/subagents/agent-{agent_id}{ending}"


def _micro(cost: Json) -> int:
    """Give a decimal number's millionths; floats reach us as their text, so nothing is rounded but the digits beyond."""
    text = str(cost) if isinstance(cost, int) and not isinstance(cost, bool) else cost
    if not isinstance(text, str):
        return -1
    if "e-" in text:  # the client writes numbers below a millionth with an exponent
        return 0
    whole, _, part = text.partition(".")
    digits = whole + part[:MICRO_DIGITS].ljust(MICRO_DIGITS, "0")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else -1  # noqa: PLR2004  # < 2^53


def _text(body: Line, name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""
