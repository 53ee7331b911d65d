"""Judges calls that nobody made: a batch of inputs against one policy, as `policy eval` prints it.

Touches no file system beyond the policy (`explain` looks at the scripts that a call runs): what a path is behind its
symlinks and how often a limit was taken are unknown unless the input's `facts` say so, and what is unknown is judged as the
careful case. Where an input does not say where
it runs, it runs in `/workspace/project` with the home `/home/user`.
"""

from __future__ import annotations

import os
from time import thread_time
from types import MappingProxyType

from web4_governance.app import policies
from web4_governance.app.catalogs import catalog
from web4_governance.app.context import ORGANISATION
from web4_governance.app.protect import protected
from web4_governance.app.scripts import MOST_FILES, MOST_TEXT, with_scripts
from web4_governance.core.action import McpServer
from web4_governance.core.budget import Budget
from web4_governance.core.canonical import encode, lenient
from web4_governance.core.effects import derive
from web4_governance.core.effects.scripts import within
from web4_governance.core.errors import CanonicalError, InputError
from web4_governance.core.policy import Facts, LayerName, Tree, combine, judge, lower_ask
from web4_governance.core.policy.standing import UNKNOWN, thousandths
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.app.policies import Source
    from web4_governance.core.action import Action
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import Fetched, PolicySet, Verdict

CWD = "/workspace/project"
HOME = "/home/user"
AGENT = "claude-code"
HINT = 'a line looks like {"tool": "Bash", "input": {"command": "ls"}}'
# For whoever waits at a terminal for what scripts on the disk would do: seconds of the thread's own time, ten times a hook's.
READING_S, WHOLE_S = 5.0, 8.0
TREE_ANSWERS = ("dirty", "untracked", "unpushed")
TEXT_FACTS = ("project", "permission_mode", "agent_id", "agent_type", "mcp_source")


@value
class Asked:
    """One input: a tool call, where it runs, and what is known beside it; `scripts` are the texts of files, by their paths."""

    tool: str
    input: dict[str, Json]
    cwd: str = CWD
    home: str = HOME
    facts: Facts
    said: dict[str, str]
    scripts: Mapping[str, str] = MappingProxyType({})


def policy_of(*, preset: str = "", source: Source | None = None) -> PolicySet:
    """Give the policy to judge by: a preset, or a document on disk, as the user's layer and nothing else."""
    if source is not None:
        return combine((policies.load_source(source),))
    document = encode({"extends": [preset]})

    def fetch(reference: str) -> Fetched:
        return policies.resolve(reference, base="")

    return combine(
        (policies.load_text(document, file=f"preset:{preset}", format="json", layer=LayerName.USER, fetch=fetch),)
    )


def parse_all(data: bytes, *, name: str) -> tuple[Asked, ...]:
    """Read a batch, one input a line; InputError names the line that cannot be read, before anything is answered."""
    found: list[Asked] = []
    for number, line in enumerate(data.rstrip().split(b"\n") if data.strip() else (), start=1):
        try:
            found.append(parse(line))
        except InputError as error:
            raise InputError(f"{name}:{number}: {error.message}", hint=error.hint or HINT) from None
    return tuple(found)


def parse(line: bytes) -> Asked:
    """Read one input line."""
    found, _ = lenient(line)
    if not isinstance(found, dict):
        raise CanonicalError("not an object")
    tool = _text(found, "tool", None)
    given = found.get("input", "")
    if given is None:
        given = {}  # what some hosts send for a call without arguments
    if not isinstance(given, dict):
        raise CanonicalError("`input` is missing or no object")
    facts = found.get("facts", {})
    if not isinstance(facts, dict):
        raise CanonicalError("`facts` is no object")
    return Asked(
        tool=tool,
        input=given,
        cwd=_text(found, "cwd", CWD),
        home=_text(found, "home", HOME),
        facts=_facts(facts),
        said={name: _text(facts, name, "") for name in TEXT_FACTS},
        scripts={path: _text({"scripts": text}, "scripts", None) for path, text in _object(facts, "scripts").items()},
    )


def answer(asked: Asked, policy: PolicySet) -> dict[str, Json]:
    """Judge one call."""
    action = action_of(asked, policy.packs)
    verdict = lower_ask(judge(policy, action, asked.facts), asked.said["permission_mode"])
    return answer_json(action, verdict)


def answer_json(action: Action, verdict: Verdict) -> dict[str, Json]:
    """Give the four fields of an answer."""
    effects = dict.fromkeys(str(deed.effect) for deed in action.deeds if deed.effect is not None)
    return {
        "decision": str(verdict.decision),
        "rules": list(verdict.rules),
        "reasons": list(verdict.reasons),
        "effects": list(effects),
    }


def action_of(asked: Asked, packs: tuple[dict[str, Json], ...] = (), *, looks: bool = False) -> Action:
    """Derive what a call would do: from its words, the scripts that are told, and with `looks` those that lie on the disk."""
    project = asked.said["project"] or asked.cwd
    parts = asked.tool.split("__")
    kept = protected(
        os.path.join(asked.home, ".web4"),
        user_home=asked.home,
        projects=(project,),
        organisation=ORGANISATION,
        looks=False,
    )

    def derived(texts: Mapping[str, str], stay: frozenset[str]) -> Action:
        return derive(
            asked.tool,
            asked.input,
            agent=AGENT,
            cwd=asked.cwd,
            home=asked.home,
            project=project,
            protected=kept,
            catalog=catalog(packs),
            mcp=McpServer(name=parts[1], source=asked.said["mcp_source"]) if parts[0] == "mcp" and parts[1:] else None,
            agent_id=asked.said["agent_id"],
            agent_type=asked.said["agent_type"],
            permission_mode=asked.said["permission_mode"],
            budget=Budget(thread_time, READING_S, whole=WHOLE_S) if looks and texts else None,
            texts=texts,
            stay=stay,
        )

    action = derived({}, frozenset())
    if looks and action.scripts:
        return with_scripts(action, derived, kept)[0]
    if asked.scripts:
        texts = _that_fit(asked.scripts)
        return within(action, derived(texts, frozenset()), more=len(texts) < len(asked.scripts))
    return action


def _that_fit(scripts: Mapping[str, str]) -> dict[str, str]:
    """Give as many of the texts as a hook would read of one call (effects.md A9c), in their order."""
    found: dict[str, str] = {}
    left = MOST_TEXT
    for path, text in scripts.items():
        left -= len(text.encode("utf-8", "replace"))
        if left < 0 or len(found) == MOST_FILES:
            break
        found[path] = text
    return found


def _facts(given: dict[str, Json]) -> Facts:
    known = (
        "now_us",
        "utc_offset_s",
        "real",
        "limits",
        "trees",
        "production",
        "trust",
        "edited",
        "scripts",
        *TEXT_FACTS,
    )
    for name in given:
        if name not in known:
            raise CanonicalError(f"there is no fact `{name}`", hint=f"facts are {', '.join(known)}")
    return Facts(
        now_us=_whole(given.get("now_us", -1), "now_us"),
        utc_offset_s=_whole(given.get("utc_offset_s", 0), "utc_offset_s"),
        real={path: _text({"real": where}, "real", None) for path, where in _object(given, "real").items()},
        limits={key: _whole(count, "limits") for key, count in _object(given, "limits").items()},
        trees={path: _tree(tree) for path, tree in _object(given, "trees").items()},
        production=_names(given.get("production"), "production"),
        trust=_trust(given) if "trust" in given else None,
        edited=_names(given.get("edited"), "edited") or (),
    )


def _tree(given: Json) -> Tree:
    """Read what a repository looks like from one path; what is left out is unknown."""
    if not isinstance(given, dict) or not given.keys() <= {"root", "branch", *TREE_ANSWERS}:
        raise CanonicalError(f"a tree is an object of `root`, `branch`, {', '.join(TREE_ANSWERS)}")
    answers = [given.get(name) for name in TREE_ANSWERS]
    dirty, untracked, unpushed = (answer if isinstance(answer, bool) else None for answer in answers)
    return Tree(
        root=_text(given, "root", ""),
        branch=_text(given, "branch", ""),
        dirty=dirty,
        untracked=untracked,
        unpushed=unpushed,
    )


def _trust(given: dict[str, Json]) -> dict[tuple[str, str, str], tuple[int, int] | None]:
    """Read how far whoever acts is trusted: a number a dimension, which both bounds are, or `unknown`."""
    found: dict[tuple[str, str, str], tuple[int, int] | None] = {}
    for name, said in _object(given, "trust").items():
        if name not in tuple(Dimension):
            raise CanonicalError(f"`trust` has no dimension `{name}`")
        edge = thousandths(str(said))
        if edge < 0 and said != UNKNOWN:
            raise CanonicalError(f"`trust.{name}` is neither a number from 0 to 1 nor `{UNKNOWN}`")
        found["", "", name] = None if said == UNKNOWN else (edge, edge)
    return found


def _names(given: Json, fact: str) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        raise CanonicalError(f"`{fact}` is no list")
    return tuple(str(name) for name in given)


def _object(found: dict[str, Json], name: str) -> dict[str, Json]:
    given = found.get(name, {})
    if not isinstance(given, dict):
        raise CanonicalError(f"`{name}` is no object")
    return given


def _text(found: dict[str, Json], name: str, default: str | None) -> str:
    given = found.get(name, default)
    if not isinstance(given, str):
        raise CanonicalError(f"`{name}` is missing or no text")
    return given


def _whole(given: Json, name: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise CanonicalError(f"`{name}` is no whole number")
    return given
