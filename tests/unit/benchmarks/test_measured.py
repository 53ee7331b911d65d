"""The measuring programs time the work, not what is kept of an equal call before."""

from __future__ import annotations

import importlib
import json
import pathlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from web4_governance.core.effects import derive as deriving
from web4_governance.core.policy import judge as judging

if TYPE_CHECKING:
    from types import ModuleType

BENCHMARKS = pathlib.Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    def named(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        return importlib.import_module(name)

    before = set(sys.modules)
    yield named
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(BENCHMARKS)):
            del sys.modules[name]


def test_deciding_is_timed_of_texts_that_were_never_seen(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """But in the column that says so."""
    counted = {"derived": 0, "judged": 0}
    derived, judgement = sys.modules[deriving.__module__]._derived, sys.modules[judging.__module__]._Judging

    def derive_and_count(*args: Any, **more: Any) -> Any:
        counted["derived"] += 1
        return derived(*args, **more)

    def judge_and_count(*args: Any) -> Any:
        counted["judged"] += 1
        return judgement(*args)

    monkeypatch.setattr(sys.modules[deriving.__module__], "_derived", derive_and_count)
    monkeypatch.setattr(sys.modules[judging.__module__], "_Judging", judge_and_count)
    decide = program("decide")
    steps = decide.steps_of("cat a{n}.py", {0: decide.policy_of(0), 10: decide.policy_of(10)})
    steps["again"]()
    for names, more in ((("derive",), (1, 0)), (("decide",), (1, 1)), (("derive", "judge 0", "judge 10"), (1, 2))):
        for _ in range(3):
            before = (counted["derived"], counted["judged"])
            for name in names:
                steps[name]()
            assert (counted["derived"] - before[0], counted["judged"] - before[1]) == more
    before = (counted["derived"], counted["judged"])
    steps["again"]()
    assert (counted["derived"], counted["judged"]) == before


@pytest.mark.parametrize("kind", ["read", "bash", "outcome"])
def test_calls_of_a_hook_that_is_timed_differ(program: Any, kind: str) -> None:
    """In what they are about, not in their ids alone."""
    event = program("hook_latency").event
    given = [json.loads(event(kind, number, "/srv/project"))["tool_input"] for number in range(5)]
    assert len({json.dumps(one) for one in given}) == 5
