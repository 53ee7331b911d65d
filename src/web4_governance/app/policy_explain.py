"""Explains how a call is read and judged: commands, deeds, the rules that matched each, and what would be safer.

Looks at no file but the scripts that the call runs: what else depends on one is judged as the careful case, as in `policy
eval`. A safer command comes from the
catalog and is judged by the same policy; one that would be denied is not shown.
"""

from __future__ import annotations

from web4_governance.app.catalogs import catalog
from web4_governance.app.policy_eval import action_of
from web4_governance.core.effects.rows import reading_of
from web4_governance.core.effects.safer import Safer, suggestions
from web4_governance.core.policy import Decision, judge, lower_ask
from web4_governance.core.policy.judge import deeds_of
from web4_governance.core.shell import parse
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.policy_eval import Asked
    from web4_governance.core.action import Deed
    from web4_governance.core.policy import DeedVerdict, PolicySet, Rule, Verdict
    from web4_governance.core.shell.command import Command

SHELLS = ("Bash",)


@value
class Step:
    """One command of the outline: its words, what it stands in, and its deeds by their places in the action."""

    argv: tuple[str | None, ...]
    via: tuple[str, ...]
    deeds: tuple[int, ...]
    safer: tuple[Safer, ...] = ()


@value
class Explained:
    """A call as it was read and judged. `rules` has every rule that matched, by id; `steps` are in the order of the text."""

    asked: Asked
    steps: tuple[Step, ...]
    deeds: tuple[Deed, ...]
    verdict: Verdict
    rules: dict[str, tuple[str, Rule]]


def explain(asked: Asked, policy: PolicySet) -> Explained:
    """Read one call, judge it, and look for what would be safer."""
    action = action_of(asked, policy.packs, looks=True)
    verdict = lower_ask(judge(policy, action, asked.facts), asked.said["permission_mode"])
    deeds = deeds_of(action)
    rules = {rule.id: (str(layer.name), rule) for layer in policy.layers for rule in layer.rules}
    heard = dict.fromkeys(name for deed in verdict.deeds for name in deed.rules)
    return Explained(
        asked=asked,
        steps=_steps(asked, policy, deeds, verdict.deeds),
        deeds=deeds,
        verdict=verdict,
        rules={name: rules[name] for name in heard if name in rules},
    )


def _steps(
    asked: Asked, policy: PolicySet, deeds: tuple[Deed, ...], verdicts: tuple[DeedVerdict, ...]
) -> tuple[Step, ...]:
    """Give the commands of the text, then those that only reading them brought to light (`ssh host 'rm x'`)."""
    commands = _commands(asked)
    keys: dict[tuple[tuple[str, ...], tuple[str | None, ...]], Command | None] = {}
    keys.update({(command.via, command.argv): command for command in commands if command.words})
    keys.update({(deed.via, deed.argv): None for deed in deeds if (deed.via, deed.argv) not in keys})
    stopped = {(deeds[n].via, deeds[n].argv) for n, one in enumerate(verdicts) if one.decision is not Decision.ALLOW}
    steps = []
    for (via, argv), command in keys.items():
        own = tuple(n for n, deed in enumerate(deeds) if (deed.via, deed.argv) == (via, argv))
        safer: tuple[Safer, ...] = ()
        if command is not None:
            fed = tuple(other for other in commands if command in _feeding(other, commands))
            if any((one.via, one.argv) in stopped for one in (command, *fed)):
                safer = _safer(asked, policy, command, frozenset(one.program for one in fed))
        steps.append(Step(argv=argv, via=via, deeds=own, safer=safer))
    return tuple(steps)


def _commands(asked: Asked) -> tuple[Command, ...]:
    text = asked.input.get("command")
    if asked.tool not in SHELLS or not isinstance(text, str):
        return ()
    return parse(text, cwd=asked.cwd, home=asked.home).commands


def _safer(asked: Asked, policy: PolicySet, command: Command, feeds: frozenset[str]) -> tuple[Safer, ...]:
    """Give what the catalog has instead of a command, as far as the policy does not deny it."""
    row = catalog().row(command.program)
    if row is None:
        return ()
    found = suggestions(catalog().safer, command, reading_of(row, command, ()), feeds)
    return tuple(one for one in found if all(_goes_on(run, asked, command, policy) for run in one.run))


def _feeding(command: Command, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    return tuple(commands[n] for n in {*command.feeds, *command.substitutions, command.pipe_from} if n >= 0)


def _goes_on(run: str, asked: Asked, command: Command, policy: PolicySet) -> bool:
    """Say whether a command may be run where the other one stands, and changes less."""
    other = replace(asked, tool=SHELLS[0], input={"command": run}, cwd=command.cwd or asked.cwd)
    verdict = judge(policy, action_of(other, policy.packs), other.facts)
    return lower_ask(verdict, asked.said["permission_mode"]).decision is not Decision.DENY
