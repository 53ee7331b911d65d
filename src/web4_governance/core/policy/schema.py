"""The JSON Schema of a policy document, made from what the loader knows, so that the two cannot drift apart.

Editors and CI check policies against the published file; the loader remains the judge (globs, regexes, duplicate ids and
what a layer may say are beyond a schema).
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Place
from web4_governance.core.policy.cases import WANTS
from web4_governance.core.policy.decision import Decision
from web4_governance.core.policy.fields import FIELDS, MAX_CALLS, NO_EFFECT, RATE_LIMIT, STATE
from web4_governance.core.policy.load import DOCUMENT_FIELDS, MAX_ID, PRESETS, RULE_FIELDS, SYNONYMS, VERSION
from web4_governance.core.policy.read import MAX_ITEMS, MAX_TEXT, snake
from web4_governance.core.policy.standing import OF, TRUST, UNKNOWN, WHOM
from web4_governance.core.policy.state import BRANCH, STATES
from web4_governance.core.policy.window import DAYS
from web4_governance.core.trust.tensor import Dimension

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": "\\S"}
_HOUR: dict[str, Json] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}

_MEANING = {
    "tools": "Names or globs of tools.",
    "categories": "Categories that the deed's effects imply.",
    "effects": f"Effects, or globs over them; `{NO_EFFECT}` for a deed that does nothing of the list.",
    "places": "Where the deed's path lies, seen from the project and the person.",
    "agents": "Globs over the subagent's type or id; `main` is the main thread.",
    "mcpServers": "Globs over the configured name of the MCP server.",
    "permissionModes": "Globs over the host's permission mode.",
    "timeWindow": "Days and hours of local time.",
    "hosts": "Globs over the remote host.",
    "paths": "Globs over the path: as given, resolved, relative to project and working directory, below `~`.",
    "targetPatterns": "Commands (`rm -rf`), statements (`DROP TABLE`), globs over targets, or texts in the input.",
    "targetRegexes": "RE2 expressions over targets, command words and texts of the input.",
    STATE: "The repository's state (`dirty`, `clean`, `branch:GLOB` …), `production`, `test-database` or `concurrent-edit`.",
    TRUST: "How far whoever acts has earned to be trusted: `> 0.7` compares the 5 % bound, `< 0.5` the 95 % bound.",
    RATE_LIMIT: "Holds once so many earlier calls within the time matched the rule's other fields and went on.",
}


def schema() -> dict[str, Json]:
    """Give the schema as JSON."""
    return {
        "$schema": DIALECT,
        "title": "A policy of web4-governance",
        "type": "object",
        "properties": {name: _DOCUMENT[name] for name in DOCUMENT_FIELDS} | _snake(_DOCUMENT),
        "additionalProperties": False,
        "anyOf": [{"required": [name]} for name in ("rules", "extends", "defaultPolicy", "default_policy")],
        "$defs": {
            "decision": {"enum": [str(decision) for decision in Decision]},
            "rule": _rule(),
            "match": _condition({**_fields(), RATE_LIMIT: _rate()}),
            "except": _condition(_fields()),
            "test": _test(),
        },
    }


def _texts(item: Json = None) -> dict[str, Json]:
    return {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": _TEXT if item is None else item}


_DOCUMENT: dict[str, Json] = {
    "$schema": _TEXT,
    "version": {"const": VERSION},
    "name": _TEXT,
    "description": _TEXT,
    "extends": _texts({"anyOf": [{"enum": list(PRESETS)}, {"type": "string", "pattern": "^(\\.|[^/~\\\\]+/)"}]}),
    "packs": _texts({"type": "string", "pattern": "^[^/~\\\\]"}),
    "without": _texts(),
    "rules": {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": {"$ref": "#/$defs/rule"}},
    "defaultPolicy": {"$ref": "#/$defs/decision"},
    "enforce": {"type": "boolean"},
    "tests": {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": {"$ref": "#/$defs/test"}},
}


def _rule() -> dict[str, Json]:
    properties: dict[str, Json] = {
        "id": {"type": "string", "minLength": 1, "maxLength": MAX_ID, "pattern": "^[A-Za-z0-9._/-]+$"},
        "match": {"$ref": "#/$defs/match"},
        "except": {"$ref": "#/$defs/except"},
        "decision": {"$ref": "#/$defs/decision"},
        "reason": _TEXT,
        "instead": _TEXT,
        "hostAllow": {"type": "boolean"},
        "overridable": {"type": "boolean"},
        "commitBeforeAct": {"type": "boolean"},
    }
    return {
        "type": "object",
        "properties": {name: properties[name] for name in RULE_FIELDS}
        | {other: properties[name] for other, name in SYNONYMS.items()}
        | _snake(properties),
        "required": ["match", "decision"],
        "additionalProperties": False,
    }


def _test() -> dict[str, Json]:
    return {
        "type": "object",
        "properties": {
            "run": _TEXT,
            "tool": _TEXT,
            "input": {"type": "object"},
            "want": {"enum": list(WANTS)},
            "cwd": _TEXT,
            "home": _TEXT,
            "facts": {"type": "object"},
            "rule": _TEXT,
            "why": _TEXT,
        },
        "required": ["want"],
        "oneOf": [{"required": ["run"], "not": {"required": ["input"]}}, {"required": ["tool"]}],
        "additionalProperties": False,
    }


def _condition(fields: dict[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**fields, **_snake(fields)},
        "additionalProperties": False,
    }


def _fields() -> dict[str, Json]:
    closed: dict[str, Json] = {
        "categories": _texts({"enum": [str(category) for category in Category]}),
        "effects": _texts(
            {
                "anyOf": [
                    {"enum": [NO_EFFECT, *(str(effect) for effect in Effect)]},
                    {"type": "string", "pattern": "[*?[]"},
                ]
            }
        ),
        "places": _texts({"enum": [str(place) for place in Place if place]}),
        "timeWindow": _window(),
        TRUST: _trust(),
        STATE: _texts({"anyOf": [{"enum": list(STATES)}, {"type": "string", "pattern": f"^{BRANCH}."}]}),
    }
    return {name: _with_meaning(name, closed.get(name, _texts())) for name in FIELDS}


def _with_meaning(name: str, shape: Json) -> Json:
    return {"description": _MEANING[name], **shape} if isinstance(shape, dict) else shape


def _window() -> Json:
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"days": _texts({"enum": list(DAYS)}), "from": _HOUR, "to": _HOUR},
        "dependentRequired": {"from": ["to"], "to": ["from"]},
        "additionalProperties": False,
    }


def _trust() -> Json:
    compared: dict[str, Json] = {
        "type": "string",
        "pattern": f"^\\s*({UNKNOWN}|[<>]=?\\s*(0(\\.[0-9]{{1,3}})?|1(\\.0{{1,3}})?))\\s*$",
    }
    dimensions: dict[str, Json] = {str(one): compared for one in Dimension}
    return {
        "type": "object",
        "properties": {**dimensions, OF: {"enum": list(WHOM)}},
        "anyOf": [{"required": [name]} for name in dimensions],
        "additionalProperties": False,
    }


def _rate() -> Json:
    shape: dict[str, Json] = {
        "type": "object",
        "properties": {
            "max": {"type": "integer", "minimum": 0, "maximum": MAX_CALLS},
            "per": {"type": "string", "pattern": "^[0-9]{1,9}[smhd]$"},
        },
        "required": ["max", "per"],
        "additionalProperties": False,
    }
    return _with_meaning(RATE_LIMIT, shape)


def _snake(fields: dict[str, Json]) -> dict[str, Json]:
    return {snake(name): shape for name, shape in fields.items() if snake(name) != name}
