"""Runs a policy's own tests: those in its document, and the `cases.jsonl` beside it.

Each is judged by that policy alone, as `policy eval` does: no file that a call speaks of is looked at.
"""

from __future__ import annotations

import json
import os

from web4_governance.app import policies, policy_eval
from web4_governance.app.policy_admin import source_at
from web4_governance.core.errors import InputError, PolicyError
from web4_governance.core.policy import Decision, LayerName
from web4_governance.core.policy.cases import Case, read_cases
from web4_governance.core.policy.document import parse
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import PolicySet

BESIDE = "cases.jsonl"


@value
class Tested:
    """One test and what the policy said. `line` and `column` are its place in the file."""

    file: str
    line: int
    column: int
    case: Case
    decision: Decision
    rules: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True where the policy says what is wanted, and the wanted rule is among those that decided."""
        return self.case.wants(self.decision) and (not self.case.rule or self.case.rule in self.rules)


def run(path: str, layer: LayerName = LayerName.USER) -> tuple[Tested, ...]:
    """Run every test of a policy file; PolicyError where the policy, or a test, does not load."""
    source = source_at(path, layer)
    policy = policy_eval.policy_of(source=source)
    document = parse(policies.read(source.path), file=source.path, format=source.format)
    found = []
    for n, case in enumerate(policy.layers[0].tests):
        line, column = document.locate(("tests", n), False)  # as the document has it
        found.append(_judged(case, source.path, line, column, policy))
    beside = os.path.join(os.path.dirname(source.path), BESIDE)
    if os.path.isfile(beside):
        found += [_judged(case, beside, line, 1, policy) for line, case in _beside(beside)]
    return tuple(found)


def _beside(file: str) -> list[tuple[int, Case]]:
    found = []
    for number, line in enumerate(policies.read(file).decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            # What `policy eval` is fed has the decision in a field of that name, which it does not read.
            if isinstance(given, dict) and "decision" in given:
                given["want"] = given.pop("decision")
            (case,) = read_cases([given], (BESIDE,))
        except (ValueError, RecursionError):
            message = "is no JSON"
            raise PolicyError(message, file=file, line=number, column=1) from None
        except InputError as error:
            raise PolicyError(error.message, file=file, line=number, column=1, hint=error.hint) from None
        found.append((number, case))
    return found


def _judged(case: Case, file: str, line: int, column: int, policy: PolicySet) -> Tested:
    row: dict[str, Json] = {"tool": case.tool, "input": case.input, "facts": case.facts}
    row.update({name: given for name, given in (("cwd", case.cwd), ("home", case.home)) if given})
    try:
        answer = policy_eval.answer(policy_eval.parse(json.dumps(row).encode()), policy)
    except InputError as error:
        raise PolicyError(error.message, file=file, line=line, column=column, hint=error.hint) from None
    rules, reasons = answer["rules"], answer["reasons"]
    return Tested(
        file=file,
        line=line,
        column=column,
        case=case,
        decision=Decision(str(answer["decision"])),
        rules=tuple(map(str, rules)) if isinstance(rules, list) else (),
        reasons=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
    )
