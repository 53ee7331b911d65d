"""Every case of the project's own corpus is judged as its line says."""

from __future__ import annotations

import json
import os

import pytest

from web4_governance.app import policy_eval

HERE = os.path.dirname(__file__)
FILES = sorted(name for name in os.listdir(HERE) if name.endswith(".jsonl"))
WANTS = {"stop": {"deny", "ask"}, "pass": {"allow", "warn"}} | {
    word: {word} for word in ("allow", "warn", "ask", "deny")
}


def cases(name: str) -> list[dict[str, object]]:
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def decision(case: dict[str, object]) -> str:
    known = {key: case[key] for key in ("cwd", "home", "facts") if key in case}
    tool, given = (case["tool"], case["input"]) if "tool" in case else ("Bash", {"command": case["run"]})
    asked = policy_eval.parse(json.dumps({"tool": tool, "input": given, **known}).encode())
    return str(policy_eval.answer(asked, POLICY)["decision"])


POLICY = policy_eval.policy_of(preset="safety")


@pytest.mark.parametrize("name", FILES)
def test_each_case_is_judged_as_it_says(name: str) -> None:
    """All cases of a family at once, so that a change shows everything it moves."""
    wrong = [(found, case) for case in cases(name) if (found := decision(case)) not in WANTS[str(case["want"])]]
    assert wrong == []


def test_each_case_says_in_one_word_what_it_is_about_and_stands_once() -> None:
    """A case that stands twice proves nothing twice."""
    every = [case for name in FILES for case in cases(name)]
    assert len(every) > 3000
    assert [case for case in every if len(str(case["why"]).split()) != 1] == []
    keys = [json.dumps({k: v for k, v in case.items() if k not in {"want", "why"}}, sort_keys=True) for case in every]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
