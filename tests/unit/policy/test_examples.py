"""The example policies: each decides its own cases as they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the package carries no types
import pytest

from web4_governance.app import policies, policy_eval
from web4_governance.core.policy import LayerName
from web4_governance.core.policy.schema import schema

EXAMPLES = Path(__file__).resolve().parents[3] / "policies"
NAMES = sorted(directory.name for directory in EXAMPLES.iterdir() if directory.is_dir())
CASES = [
    (name, json.loads(line)) for name in NAMES for line in (EXAMPLES / name / "cases.jsonl").read_text().splitlines()
]


def test_every_example_is_listed() -> None:
    """In the table of the directory."""
    listed = (EXAMPLES / "README.md").read_text()
    assert [name for name in NAMES if f"| `{name}/` |" not in listed] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_valid_by_the_schema(name: str) -> None:
    """As an editor sees it."""
    jsonschema.validate(json.loads((EXAMPLES / name / "policy.json").read_text()), schema())


@pytest.mark.parametrize(
    ("name", "case"), CASES, ids=[f"{name}: {json.dumps(case['input'])[:60]}" for name, case in CASES]
)
def test_an_example_decides_its_cases(name: str, case: dict[str, Any]) -> None:
    """By the very parser, shell and catalog that a hook uses."""
    path = EXAMPLES / name / "policy.json"
    policy = policy_eval.policy_of(source=policies.Source(layer=LayerName.USER, path=str(path), format="json"))
    decision = case.pop("decision")
    answer = policy_eval.answer(policy_eval.parse(json.dumps(case).encode()), policy)
    assert answer["decision"] == decision, answer
