"""Reads a policy's own tests: calls, and what the policy is to say of them (docs/spec/policy.md D12).

Only read here, so that a broken one is refused with its place; they take no part in judging and in no digest of it.
"""

from __future__ import annotations

from web4_governance.core.policy.decision import Decision
from web4_governance.core.policy.read import Wrong, items, mapping, named, text, word
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.read import Path

FIELDS = ("run", "tool", "input", "want", "cwd", "home", "facts", "rule", "why")
# A call is stopped where it does not simply go on: the person is asked, or it is denied.
STOP = "stop"
PASS = "pass"  # noqa: S105  # a word of policies
WANTS = {
    **{str(decision): (decision,) for decision in Decision},
    STOP: (Decision.DENY, Decision.ASK),
    PASS: (Decision.WARN, Decision.ALLOW),
}
SHELL = "Bash"


@value
class Case:
    """One test: the call, what is wanted of it, and the rule that is to have decided, empty for any."""

    tool: str
    input: dict[str, Json]
    want: str
    cwd: str = ""
    home: str = ""
    facts: Json = None
    rule: str = ""
    why: str = ""

    def wants(self, decision: Decision) -> bool:
        """Say whether a decision is what is wanted."""
        return decision in WANTS[self.want]


def read_cases(given: Json, path: Path) -> tuple[Case, ...]:
    """Read the field `tests`."""
    return tuple(_case(item, (*path, n)) for n, item in enumerate(items(given, path)))


def _case(given: Json, path: Path) -> Case:
    fields = named(mapping(given, path, what="a test"), path, FIELDS, synonyms={}, what="a test")
    if "want" not in fields:
        message = "the test does not say what it wants"
        raise Wrong(message, path, hint=f"`want` is one of {', '.join(WANTS)}")
    tool, call = _call(fields, path)
    facts = mapping(fields["facts"], (*path, "facts"), what="`facts`") if "facts" in fields else {}
    return Case(
        tool=tool,
        input=call,
        want=word(fields["want"], (*path, "want"), WANTS, what="decision"),
        cwd=_text(fields, "cwd", path),
        home=_text(fields, "home", path),
        facts=facts,
        rule=_text(fields, "rule", path),
        why=_text(fields, "why", path),
    )


def _call(fields: dict[str, Json], path: Path) -> tuple[str, dict[str, Json]]:
    """Give tool and input; a `run` is a shell command."""
    if ("run" in fields) is ("tool" in fields) or ("run" in fields and "input" in fields):
        message = "a test has either `run`, or `tool` and `input`"
        raise Wrong(message, path, hint='write {"run": "rm -rf build", "want": "deny"}')
    if "run" in fields:
        return SHELL, {"command": text(fields["run"], (*path, "run"))}
    call = mapping(fields["input"], (*path, "input"), what="`input`") if "input" in fields else {}
    return text(fields["tool"], (*path, "tool")), call


def _text(fields: dict[str, Json], name: str, path: Path) -> str:
    return text(fields[name], (*path, name)) if name in fields else ""
