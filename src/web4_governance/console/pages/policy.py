"""Policy: what is in force, how a command would be judged, and what another policy would have done with the history."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from starlette.routing import Route

from web4_governance.app import policies, policy_eval, policy_explain, simulate
from web4_governance.app.checks.policy import in_force
from web4_governance.console.desk import number_of, words_of
from web4_governance.core.canonical import encode
from web4_governance.core.errors import PolicyError, UsageError
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from web4_governance.console.desk import Desk
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import PolicySet

HERE, FILE = "in force", "file"
CALLS = (200, 1000, 5000)
LISTED = 100
LONGEST_COMMAND = 2000


def routes(desk: Desk) -> list[Route]:
    """Give the page."""

    def whole(request: Request) -> Response:
        words = words_of(request, ("command", "by", "against"))
        calls = number_of(request, "calls", CALLS[0])
        given: dict[str, Any] = {"explained": None, "answer": None, "broken": ""}
        if words["command"]:
            given["explained"] = _explain(desk, words["command"], words["by"] or HERE)
        if words["against"]:
            given["answer"] = _simulate(desk, words["against"], calls)
        return desk.paper.page(
            "policy.html",
            title="Policy",
            here="policy",
            words=words,
            calls=calls,
            counts=CALLS,
            choices=_choices(desk),
            force=_in_force(desk),
            meaning=simulate.MEANING,
            listed=LISTED,
            **given,
        )

    return [Route("/policy", whole)]


def _choices(desk: Desk) -> dict[str, str]:
    """Give the policies that can be asked about, by the word that names them in an address."""
    file = {FILE: os.path.basename(desk.source.path)} if desk.source is not None else {}
    return {HERE: "what is in force here", **{name: f"preset {name}" for name in policies.presets()}, **file}


def _policy(desk: Desk, word: str) -> PolicySet:
    """Give the policy that a word names, of a closed list: no path and no text of a policy comes by an address."""
    if word not in _choices(desk):
        raise UsageError(
            f"`{word}` is no policy that can be asked about here", hint=f"one of {', '.join(_choices(desk))}"
        )
    if word == HERE:
        return in_force(desk.around()).policy
    if word == FILE:
        return policy_eval.policy_of(source=desk.source)
    return policy_eval.policy_of(preset=word)


def _in_force(desk: Desk) -> dict[str, Any]:
    try:
        loaded = in_force(desk.around())
    except PolicyError as error:
        return {"layers": (), "digest": "", "enforcing": False, "broken": (error.message,), "untrusted": ()}
    policy = loaded.policy
    return {
        "layers": tuple(zip(policy.layers, policy.binds, strict=True)),
        "digest": policy.digest,
        "enforcing": policy.enforcing,
        "broken": loaded.broken,
        "untrusted": loaded.untrusted,
    }


def _explain(desk: Desk, command: str, word: str) -> Any:  # noqa: ANN401  # an explanation, for a template
    if len(command) > LONGEST_COMMAND:
        raise UsageError(f"a command of more than {LONGEST_COMMAND} characters is not asked about here")
    around = desk.around()
    row: dict[str, Json] = {
        "tool": "Bash",
        "input": {"command": command},
        "cwd": around.project,
        "home": around.user_home,
        "facts": {"project": around.project},
    }
    return policy_explain.explain(policy_eval.parse(encode(row)), _policy(desk, word))


def _simulate(desk: Desk, word: str, calls: int) -> Any:  # noqa: ANN401  # an answer, for a template
    if calls not in CALLS:
        raise UsageError(f"`{calls}` calls are not asked about here", hint=f"one of {', '.join(map(str, CALLS))}")
    policy = _policy(desk, word)
    with desk.ledger() as ledger:
        size = ledger.reader.head().size
    return desk.work.ask(("simulate", policy.digest, calls), lambda: _judged(desk, policy, calls), size=size)


def _judged(desk: Desk, policy: PolicySet, calls: int) -> dict[str, Any]:
    """Judge the last calls by a policy; from the first of them on, by its time."""
    with desk.ledger() as ledger:
        places = ledger.reader.find(Filters(), limit=calls)
        first = ledger.reader.entry(places[-1]) if places else None
        filters = Filters(since=first.ts if first is not None else 0)
        found = [*simulate.simulate(ledger.reader, policy, filters)]
    changed = [one for one in found if one.change]
    return {
        "calls": len(found),
        "now": Counter(one.decision for one in found if one.decision),
        "then": Counter(one.record.rules.answer for one in found),
        "changes": Counter(str(one.change) for one in changed),
        "changed": changed[::-1][:LISTED],
        "more": len(changed) - LISTED,
    }
