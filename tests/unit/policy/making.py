"""Policies and calls made by hand: the engine under test sees deeds, not commands."""

from __future__ import annotations

import json
from typing import Any

from web4_governance.core.action import Action, Category, Deed, Effect, McpServer, Place, Target, TargetKind
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import Facts, Fetched, Layer, LayerName, PolicySet, Verdict, combine, judge, load

HOME = "/home/ann"
PROJECT = "/srv/site"


def nothing(reference: str) -> Fetched:
    raise PolicyError(f"nothing is called `{reference}`")


def layer(document: Any, name: LayerName = LayerName.USER, **files: Any) -> Layer:
    """Load a document given as JSON values; `files` are what it may extend, by name without `./` and ending."""

    def fetch(reference: str) -> Fetched:
        key = reference.removeprefix("./").removesuffix(".json").replace("/", "_").replace("-", "_")
        if key not in files:
            raise PolicyError(f"nothing is called `{reference}`")
        return Fetched(text=json.dumps(files[key]).encode(), file=f"{key}.json")

    return load(json.dumps(document).encode(), file="policy.json", format="json", layer=name, fetch=fetch)


def policy(*documents: Any, **named: Any) -> PolicySet:
    """Combine documents: positional ones are the user's, named ones the layer's of that name."""
    layers = [layer(document) for document in documents]
    layers += [layer(document, LayerName(name)) for name, document in named.items()]
    return combine(tuple(layers))


def rules(*given: dict[str, Any], default: str = "allow", enforce: bool | None = True) -> dict[str, Any]:
    document: dict[str, Any] = {"rules": list(given), "defaultPolicy": default}
    return document if enforce is None else {**document, "enforce": enforce}


def rule(decision: str, match: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"match": match, "decision": decision, **{("except" if k == "unless" else k): v for k, v in more.items()}}


def path(given: str, resolved: str = "", *, place: Place = Place.PROJECT, exact: bool = True, real: str = "") -> Target:
    if not resolved:
        resolved = given.replace("~", HOME, 1) if given.startswith("~") else given
        resolved = resolved if resolved.startswith("/") else f"{PROJECT}/{resolved.removeprefix('./')}"
        resolved = resolved.rstrip("/") or "/"
    return Target(kind=TargetKind.PATH, given=given, resolved=resolved, place=place, exact=exact, real=real)


def deed(effect: Effect | None = None, target: Target | str | None = None, **more: Any) -> Deed:
    if isinstance(target, str):
        target = path(target)
    return Deed(effect=effect, target=target, **more)


def run(*words: str | None, effect: Effect | None = None, target: Target | str | None = None, **more: Any) -> Deed:
    """A deed of a command."""
    return deed(effect, target, argv=tuple(words), categories=(Category.COMMAND,), **more)


def call(*deeds: Deed, tool: str = "Bash", given: dict[str, Any] | None = None, **more: Any) -> Action:
    whole = {"cwd": PROJECT, "home": HOME, "project": PROJECT, "permission_mode": "default", **more}
    server = whole.pop("server", None)
    return Action(tool=tool, input=given or {}, deeds=deeds, mcp=McpServer(name=server) if server else None, **whole)


def verdict(of: PolicySet | dict[str, Any], action: Action, facts: Facts | None = None) -> Verdict:
    return judge(of if isinstance(of, PolicySet) else policy(of), action, facts or Facts())


def decision(of: PolicySet | dict[str, Any], action: Action, facts: Facts | None = None) -> str:
    return str(verdict(of, action, facts).decision)
