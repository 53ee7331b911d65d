"""The policy engine: strict loading, layers, and judging an action. Pure; docs/spec/policy.md has the clauses."""

from __future__ import annotations

from web4_governance.core.policy.decision import Decision, LayerName, strictest
from web4_governance.core.policy.glob import Glob, compile_glob, matches
from web4_governance.core.policy.grant import Grant
from web4_governance.core.policy.judge import judge, plan
from web4_governance.core.policy.layers import SEMANTICS, Layer, PolicySet, combine
from web4_governance.core.policy.load import PRESETS, Fetched, load, preset
from web4_governance.core.policy.pattern import PatternKind, classify_pattern
from web4_governance.core.policy.rule import Rule
from web4_governance.core.policy.verdict import DeedVerdict, Facts, LimitNeed, Needs, Tree, Verdict, lower_ask

__all__ = [
    "PRESETS",
    "SEMANTICS",
    "Decision",
    "DeedVerdict",
    "Facts",
    "Fetched",
    "Glob",
    "Grant",
    "Layer",
    "LayerName",
    "LimitNeed",
    "Needs",
    "PatternKind",
    "PolicySet",
    "Rule",
    "Tree",
    "Verdict",
    "classify_pattern",
    "combine",
    "compile_glob",
    "judge",
    "load",
    "lower_ask",
    "matches",
    "plan",
    "preset",
    "strictest",
]
