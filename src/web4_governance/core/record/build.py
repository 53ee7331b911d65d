"""Builds the bodies of entries from events, actions and verdicts (docs/spec/records.md, one section a kind).

Pure: time, salts and the state of the chain are arguments. A body says in the clear what is needed to count and to
check (tool, categories, effects, decision, rule ids, sizes, end states); everything that is content stands there as a
commitment, made by the `Keeper`.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode, encode_texts, sayable
from web4_governance.core.digest import hmac_sha256, sha256
from web4_governance.core.record.entry import Index
from web4_governance.core.record.keep import LONG_TEXT, shorten
from web4_governance.core.secrets import MARKER, redact, redact_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    from web4_governance.core.action import Action, Deed
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Ending, Event
    from web4_governance.core.policy import Facts, Grant, PolicySet, Tree, Verdict
    from web4_governance.core.record.keep import Keeper

    Body = dict[str, Json]

    class Said(Protocol):
        """One message of the model, as an agent's adapter reads it from the transcript."""

        @property
        def text(self) -> str:
            """What it said."""
            ...

        @property
        def message(self) -> str:
            """Its id."""
            ...

        @property
        def model(self) -> str:
            """The model's name."""
            ...

        @property
        def usage(self) -> tuple[tuple[str, int], ...]:
            """Token counts by name."""
            ...


MAX_LISTED = 64
MAX_WORD = 200
MOST_WORD = 64 * 1024
MOST_PLACES = 16  # of secrets that were taken out, named one by one
MOST_DETAILED = 64  # actions, with at most 257 deeds each
# By the identity of the action, which is kept beside them: `derive` gives the same one for the same words.
_detailed: dict[int, tuple[Action, list[Json]]] = {}
HASHED = "~sha256:"  # begins what stands for an id that is not kept as it is


def identity(event: Event, same: bytes = b"") -> bytes:
    """Give the once-only key of an event about a call: agent, session, event, call id, agent id (32 bytes).

    `same` tells apart what comes under an id that another input has already.
    """
    return identity_of(
        agent=event.agent, session=event.session, name=event.name, call=event.call, agent_id=event.agent_id, same=same
    )


def identity_of(*, agent: str, session: str, name: str, call: str, agent_id: str, same: bytes = b"") -> bytes:
    """Give the once-only key from its parts."""
    return sha256(event_of(agent=agent, session=session, name=name, call=call, agent_id=agent_id) + same)


def event_of(*, agent: str, session: str, name: str, call: str, agent_id: str) -> bytes:
    """Give what the once-only keys of an event about a call have in common."""
    return b"r6/once\0" + encode_texts((agent, session, name, call, agent_id))


def occurrence(event: Event, data: bytes, secret: bytes) -> bytes:
    """Give the key under which equal deliveries of an event without a call id are counted (32 bytes)."""
    said = encode_texts((event.agent, event.session, event.name, sha256(data).hex()))
    return hmac_sha256(secret, b"r6/many\0" + said)


def digest_key(*parts: str) -> bytes:
    """Give the once-only key of something that is not itself a host event (32 bytes)."""
    return sha256(b"r6/key\0" + encode_texts(parts))


def same_action(secret: bytes, tool: str, content: Json, made: bytes = b"") -> bytes:
    """Give the HMAC under the ledger's secret by which equal actions are found (32 bytes).

    `made` is the content's canonical bytes where they are at hand; so short a text has nothing that is shortened.
    """
    said = made if made and len(made) <= LONG_TEXT else encode(shorten(content, LONG_TEXT))
    return hmac_sha256(secret, b"r6/same\0" + tool.encode() + b"\0" + said)


def role(event: Event, *, parent: Mapping[str, Json], peer: Mapping[str, Json]) -> Body:
    """Who acts: agent, subagent and parent, model, permission mode, and the process that reported it."""
    known: Body = {
        "agent_id": event.agent_id,
        "agent_type": event.agent_type,
        "model": event.model,
        "permission_mode": event.permission_mode,
    }
    body: Body = {key: (ident if key == "agent_id" else word)(str(text)) for key, text in known.items() if text}
    if parent:
        body["parent"] = dict(parent)
    if peer:
        body["peer"] = dict(peer)
    return body


def intent(
    event: Event,
    action: Action,
    verdict: Verdict,
    policy: PolicySet,
    facts: Facts,
    *,
    keep: Keeper,
    mode: str,
    late: bool,
    who: Body,
    links: Body,
    listed: int = MAX_LISTED,
) -> Body:
    """The body of an `intent`: what is about to happen, who wants it, why, and what was decided.

    Lists keep their first `listed` items; of the deeds there is then a count, and one commitment to all of them.
    """
    details = _details(action)
    keep.learn(event.input or {}, *details)
    request: Body = {
        "tool": word(event.tool),
        "call": ident(event.call),
        "categories": [str(c) for c in action.categories],
        "deeds": [_deed(n, deed, details[n], verdict, keep) for n, deed in enumerate(action.deeds[:listed])],
        "input": keep.commit("request.input", event.input or {}),
        "cwd": keep.commit("request.cwd", event.cwd),
        "project": keep.commit("request.project", action.project),
        "home": keep.commit("request.home", action.home),
    }
    if len(action.deeds) > listed:
        request["deeds_count"] = len(action.deeds)
        request["deeds_all"] = keep.commit("request.deeds_all", details)
    if event.prompt_id:
        request["prompt_id"] = ident(event.prompt_id)
    if event.mcp is not None:
        request["mcp"] = {"name": word(event.mcp.name), "source": word(event.mcp.source)}
    body = envelope(event, keep)
    body.update(
        rules=_rules(verdict, policy, facts, keep, mode=mode, listed=listed),
        role=who,
        request=request,
        reference=links,
        resource={"input_bytes": event.size},
    )
    if late:
        body["late"] = True
    return _redactions(body, keep)


def outcome(
    event: Event,
    ending: Ending,
    *,
    keep: Keeper,
    links: Body,
    who: Body,
    authorised: Body,
    files: list[Json],
    usage: Body,
    flags: Iterable[str] = (),
    looked: bool = False,
) -> Body:
    """The body of an `outcome`: how the call that an intent announced ended.

    `looked` says that every file of its project that the ledger knew was looked at afterwards.
    """
    keep.learn(ending.output, ending.error)
    result: Body = {"status": str(ending.status)}
    if ending.denied_by is not None:
        result["denied_by"] = str(ending.denied_by)
    if ending.error_class:
        result["error_class"] = ending.error_class
    if ending.exit_code >= 0:
        result["exit_code"] = ending.exit_code
    if ending.duration_us >= 0:
        result["duration_us"] = ending.duration_us
    if ending.error:
        result["error"] = keep.commit_output("result.error", ending.error)
    size = 0
    if ending.output is not None:
        size = len(encode(ending.output))
        result["output"] = keep.commit_output("result.output", ending.output)
    result.update(_files(files, keep, looked=looked))
    for name in ("child_agent", "child_type", "task"):
        text = getattr(ending, name)
        if text:
            result[name] = (word if name == "child_type" else ident)(text)
    if authorised:
        result["authorised_by"] = authorised
    marks = [*flags]
    if marks:
        result["flags"] = list(marks)
    body = envelope(event, keep)
    body.update(
        role=who,
        request={"tool": word(event.tool), "call": ident(event.call)},
        reference=links,
        resource={"output_bytes": size, **usage},
        result=result,
    )
    return _redactions(body, keep)


def _files(files: list[Json], keep: Keeper, *, looked: bool) -> Body:
    body: Body = {"files": keep.commit("result.files", files, own=True)} if files else {}
    return {**body, "looked": True} if looked else body


def envelope(event: Event, keep: Keeper, *, extra: bool = True) -> Body:
    """What every entry made from a host event has: the agent, the event's name, and what the host said besides."""
    body: Body = {"agent": event.agent, "event": word(event.name)}
    if event.detail:
        body["detail"] = word(event.detail)
    if event.extra and extra:
        body["extra"] = keep.commit("extra", event.extra)
    if event.replaced:
        body["replaced_text"] = True
    return body


def happening(event: Event, *, keep: Keeper, who: Body, links: Body) -> Body:
    """The body of a `session`, `prompt` or `event` entry."""
    keep.learn(event.input or {}, event.text)
    body = envelope(event, keep)
    request: Body = {}
    if event.text:
        request["text"] = keep.commit("request.text", event.text)
    if event.tool:
        request["tool"] = word(event.tool)
        request["input"] = keep.commit("request.input", event.input or {})
    for name in ("call", "prompt_id", "completes"):
        text = getattr(event, name)
        if text:
            request[name] = ident(text)
    if event.cwd:
        request["cwd"] = keep.commit("request.cwd", event.cwd)
    body.update(role=who, request=request, reference=links)
    return _redactions(body, keep)


def words(event: Event, said: Said, *, keep: Keeper, links: Body, who: Body) -> Body:
    """The body of a `words` entry: what the agent itself said before a call, with model and tokens of that message."""
    request: Body = {"message": ident(said.message)}
    if said.text:
        request["text"] = keep.commit("request.text", said.text)
    body = envelope(event, keep, extra=False)
    body.update(role=who, request=request, reference=links)
    resource = usage_of(said)
    if resource:
        body["resource"] = resource
    return _redactions(body, keep)


def usage_of(said: Said) -> Body:
    """The `resource` part that a message of the model has: its id, the model, and its tokens as the host counted them."""
    if not said.usage:
        return {}
    return {"message": ident(said.message), "model": word(said.model), "tokens": dict(said.usage), "measured": True}


def index_of(event: Event, action: Action, verdict: Verdict, keep: Keeper, *, once: bytes, same: bytes) -> Index:
    """What the store indexes about an intent; targets only where their text may be kept readable."""
    open_text = bool(keep.openings)
    targets = tuple(dict.fromkeys(t for deed in action.deeds for t in _target_texts(deed, keep))) if open_text else ()
    effects = tuple(dict.fromkeys(str(deed.effect) for deed in action.deeds if deed.effect is not None))
    return Index(
        identity=once,
        call=event.call,
        tool=clean_text(event.tool),
        agent_id=event.agent_id,
        agent_type=clean_text(event.agent_type),
        decision=str(verdict.decision),
        status="",
        project=keep.text(action.project) if open_text else "",
        categories=tuple(str(c) for c in action.categories),
        effects=effects,
        targets=targets,
        same=same,
    )


def _details(action: Action) -> list[Json]:
    """Give what all deeds of an action hold; of the last few actions the same objects, which nobody changes."""
    held = _detailed.get(id(action))
    if held is None:
        if len(_detailed) >= MOST_DETAILED:
            _detailed.clear()
        held = _detailed[id(action)] = (action, [deed_detail(deed) for deed in action.deeds])
    return held[1]


def deed_detail(deed: Deed) -> Body:
    """Everything a deed holds, as JSON: enough to judge it again."""
    body: Body = {"effect": None if deed.effect is None else str(deed.effect)}
    if deed.target is not None:
        t = deed.target
        body["target"] = {
            "kind": str(t.kind),
            "given": t.given,
            "resolved": t.resolved,
            "real": t.real,
            "place": str(t.place),
            "exact": t.exact,
            **({"deep": True} if t.deep else {}),
        }
    body["categories"] = [str(c) for c in deed.categories]
    body["argv"] = list(deed.argv)
    body["via"] = list(deed.via)
    body["host"] = deed.host
    body["why"] = deed.why
    return body


def facts_json(facts: Facts) -> Body:
    """Everything that was consulted beside the action, as JSON: with the deeds, enough to judge again."""
    body: Body = {
        "now_us": facts.now_us,
        "utc_offset_s": facts.utc_offset_s,
        "real": [[path, real] for path, real in facts.real.items()],  # a path is no key: keys are ASCII
        "limits": dict(facts.limits),
    }
    if facts.trees:
        body["trees"] = [[path, tree_json(tree)] for path, tree in facts.trees.items()]
    if facts.absent:
        body["absent"] = list(facts.absent)
    if facts.held:
        body["held"] = [list(one) for one in facts.held]
    if facts.altered:
        body["altered"] = list(facts.altered)
    if facts.edited:
        body["edited"] = list(facts.edited)
    if facts.scripts:
        body["scripts"] = [list(one) for one in facts.scripts]
    if facts.production is not None:
        body["production"] = list(facts.production)
    if facts.grants:
        body["grants"] = [_grant(one) for one in facts.grants]
    return body


def tree_json(tree: Tree) -> Body:
    """What a repository looked like from one path, as JSON; null is unknown."""
    return {
        "root": tree.root,
        "branch": tree.branch,
        "dirty": tree.dirty,
        "untracked": tree.untracked,
        "unpushed": tree.unpushed,
    }


def word(text: str) -> str:
    """Give a host-given word that stands in the clear: without secrets, and bounded, so that no entry outgrows its limit."""
    return _bounded(redact(text[:MOST_WORD])[0] if text else "")


def ident(text: str) -> str:
    """Give an id of the host as it stands everywhere in the ledger: calls are joined by it, so it stays one id.

    It is kept as it is, unless it is long, or looks like a secret: such a one is known by its digest alone.
    """
    if text and redact(text[:MOST_WORD])[1]:
        return _digest_of(text)
    return _bounded(text)


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_WORD else text[: MAX_WORD - 70] + _digest_of(text)


def _digest_of(text: str) -> str:
    return HASHED + sha256(text.encode()).hex()[:60]


def _grant(one: Grant) -> Json:
    said: list[Json] = [one.id, list(one.lifts)]
    return [*said, list(one.targets)] if one.targets else said


def _deed(n: int, deed: Deed, detail: Json, verdict: Verdict, keep: Keeper) -> Body:
    body: Body = {"detail": keep.commit(f"request.deeds.{n}.detail", detail)}
    if deed.effect is not None:
        body["effect"] = str(deed.effect)
    if deed.target is not None and deed.target.place:
        body["place"] = str(deed.target.place)
    if n < len(verdict.deeds):
        body["decision"] = str(verdict.deeds[n].decision)
        body["rules"] = [word(rule) for rule in verdict.deeds[n].rules[:8]]
    return body


def _rules(verdict: Verdict, policy: PolicySet, facts: Facts, keep: Keeper, *, mode: str, listed: int) -> Body:
    body: Body = {
        "policy": policy.digest,
        "mode": mode,
        "decision": str(verdict.decision),
        "answer": str(verdict.answer),
        "matched": [word(rule) for rule in verdict.rules[:listed]],
        "reasons": keep.commit("rules.reasons", list(verdict.reasons[:listed])),
        "facts": keep.commit("rules.facts", facts_json(facts)),
    }
    if verdict.advice:
        body["advice"] = keep.commit("rules.advice", verdict.advice)
    if verdict.errors:
        body["errors"] = keep.commit("rules.errors", list(verdict.errors[:listed]))
    if verdict.commit:
        body["commit"] = True
    if verdict.replaced:
        body["replaced"] = [[word(old), word(new)] for old, new in verdict.replaced[:listed]]
    if verdict.granted:
        body["granted"] = [[grant, word(rule)] for grant, rule in verdict.granted[:listed]]
    if verdict.limits:
        body["limits"] = [
            {"key": word(key), "count": count, "max": most} for key, count, most in verdict.limits[:listed]
        ]
    return body


def clean_text(text: str) -> str:
    """Take secrets out of a text that will lie in an index: nothing is stored before that, there as little as here."""
    return str(redact_json(text if is_sayable(text) else sayable(text))[0])


def is_sayable(text: str) -> bool:
    """Say whether a text is one that a record can hold: a name on the disk need be no UTF-8."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _redactions(body: Body, keep: Keeper) -> Body:
    if keep.replaced:
        body["replaced_text"] = True
    names = sorted({*map(str, keep.redacted), *_marked(body)})
    if names:
        body["secrets_removed"] = [*names]
    if keep.places:
        body["secrets_at"] = [list(place) for place in keep.places[:MOST_PLACES]]
        if len(keep.places) > MOST_PLACES:
            body["secrets_count"] = len(keep.places)
    return body


def _marked(body: Json) -> list[str]:
    """Give the names of the secrets that were taken out of words in the clear."""
    found: list[str] = []
    rest = [body] if MARKER in repr(body) else []  # most have none
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            if MARKER in part:
                found += [text.partition("]")[0] for text in part.split(MARKER)[1:]]
        elif isinstance(part, dict):
            rest += part.values()
        elif isinstance(part, list):
            rest += part
    return found


def _target_texts(deed: Deed, keep: Keeper) -> tuple[tuple[str, str], ...]:
    effect = "" if deed.effect is None else str(deed.effect)
    texts = [deed.host] if deed.host else []
    if deed.target is not None:
        texts += [deed.target.given, deed.target.resolved, deed.target.real]
    return tuple((effect, keep.text(text)) for text in texts if text)
