"""What to run instead: each row's examples, the language of the rows, and no suggestion that a preset would deny."""

from __future__ import annotations

import json

import pytest

from web4_governance.app import policy_eval, policy_explain
from web4_governance.app.catalogs import catalog
from web4_governance.core.effects.conditions import CONDITIONS, items
from web4_governance.core.effects.rows import reading_of
from web4_governance.core.effects.safer import suggestions
from web4_governance.core.shell import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROWS: list[Any] = list(catalog().safer)
YES = [(n, text, want) for n, row in enumerate(ROWS) for text, want in row["yes"].items()]
NO = [(n, text) for n, row in enumerate(ROWS) for text in row["no"]]
FIELDS = {"program", "also", "source", "sub", "when", "feeds", "drop", "run", "why", "yes", "no"}


def said(n: int, text: str) -> list[list[str]]:
    """What one row says of the first command of a text."""
    commands = parse(text, cwd="/workspace/project", home="/home/user").commands
    row = catalog().row(commands[0].program)
    assert row is not None
    feeds = frozenset(one.program for one in commands if one.pipe_from == 0)
    found = suggestions((ROWS[n],), commands[0], reading_of(row, commands[0], ()), feeds)
    return [list(one.run) for one in found]


@pytest.mark.parametrize(("n", "text", "want"), YES, ids=[text for _, text, _ in YES])
def test_a_row_says_what_its_examples_say(n: int, text: str, want: list[str]) -> None:
    """Word for word."""
    assert said(n, text) == [want]


@pytest.mark.parametrize(("n", "text"), NO, ids=[f"{n} {text}" for n, text in NO])
def test_a_row_says_nothing_of_its_counterexamples(n: int, text: str) -> None:
    """Of what is harmless already, and of what only looks alike."""
    assert said(n, text) == []


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['program']} {row.get('sub', '')}" for row in ROWS])
def test_a_row_is_well_formed(row: Any) -> None:
    """Every field and condition is of the language; each names its source and says why."""
    assert set(row) <= FIELDS
    assert set(row.get("when", {})) <= CONDITIONS
    assert all(row[name] for name in ("source", "why", "run", "yes", "no"))
    assert len(items(row["run"])) == len(row["run"])


@pytest.mark.parametrize("preset", ["safety", "strict"])
@pytest.mark.parametrize("text", [text for _, text, _ in YES])
def test_no_suggestion_would_be_denied(preset: str, text: str) -> None:
    """By the very policy that it is shown under."""
    policy = policy_eval.policy_of(preset=preset)
    for step in policy_explain.explain(asked(text), policy).steps:
        for one in step.safer:
            assert all(policy_eval.answer(asked(run), policy)["decision"] != "deny" for run in one.run)


@pytest.mark.parametrize(("n", "text", "want"), YES, ids=[text for _, text, _ in YES])
def test_what_is_said_passes_the_preset_safety(n: int, text: str, want: list[str]) -> None:
    """A row whose suggestion is denied there would be of use to nobody."""
    assert ROWS[n]["yes"][text] == want
    policy = policy_eval.policy_of(preset="safety")
    assert "deny" not in {policy_eval.answer(asked(run), policy)["decision"] for run in want}


def asked(text: str) -> policy_eval.Asked:
    return policy_eval.parse(json.dumps({"tool": "Bash", "input": {"command": text}}).encode())


@pytest.mark.parametrize(
    ("row", "text", "want"),
    [
        ({"program": "rm", "run": ["ls {operands}"]}, "rm -rf 'a b' $X s*", "ls 'a b' $X s*"),
        ({"program": "rm", "run": ["ls {operands} {"]}, "rm it\\'s", "ls 'it'\\''s' {"),
        ({"program": "rm", "run": ["trash {rest}"], "drop": ["-f"]}, "rm -f --preserve-root=all -1 - a", "trash --preserve-root=all -1 - a"),
        ({"program": "rm", "run": ["trash {rest}"], "drop": ["-f", "--force"]}, "rm --force=x -rf $X", "trash -r $X"),
        ({"program": "rm", "run": ["ls --at={operands?} {-f,-r}"]}, "rm -r a b", "ls --at=a --at=b -r"),
        ({"program": "rm", "run": ["ls ''"]}, "rm ''", "ls ''"),
    ],
)  # fmt: skip  # a case a line
def test_a_template_is_filled(row: Any, text: str, want: str) -> None:
    """Words are quoted as a shell needs them, what is not known stays as it stood."""
    command = parse(text, cwd="/w", home="/h").commands[0]
    known = catalog().row("rm")
    assert known is not None
    (found,) = suggestions((row,), command, reading_of(known, command, ()), frozenset())
    assert found.run == (want,)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("git -C ../r reset --hard", ["git -C ../r stash push"]),
        ("git -C ../r clean -fdx", ["git -C ../r clean -n -d -x"]),
        ("git -C ../r checkout -- .", ["git -C ../r stash push ."]),
        ("git -C ../r push -uf origin main", ["git -C ../r push --force-with-lease -u origin main"]),
        ("git -C push push -f", ["git -C push push --force-with-lease"]),
        ("git -c push.default=current push -f", ["git -c push.default=current push --force-with-lease"]),
        ("terraform -chdir=infra destroy", ["terraform -chdir=infra plan -destroy"]),
        ("docker -H tcp://h:1 system prune -af", ["docker -H tcp://h:1 system df"]),
        ("sudo rm -rf old", ['mv -- old "$(mktemp -d)"']),
        ("bash -c 'rm -rf old'", ['mv -- old "$(mktemp -d)"']),
        ("ssh prod 'git reset --hard'", []),
        ("ssh prod 'cd /srv && git clean -fdx'", []),
        ("docker exec c rm -rf /data", []),
        ("docker compose exec db rm -rf /data/x", []),
        ("docker run -v /srv:/data alpine rm -rf /data", []),
        ("kubectl exec p -- rm -rf /data", []),
        ("ansible all -m shell -a 'rm -rf /var/data'", []),
        ("chroot /x rm -rf y", []),
    ],
)
def test_a_suggestion_works_on_the_same_machine_and_repository(text: str, want: list[str]) -> None:
    """Options of the program stay before its subcommand, and behind another machine's door nothing is suggested."""
    command = parse(text, cwd="/workspace/project", home="/home/user").commands[-1]
    row = catalog().row(command.program)
    assert row is not None
    found = suggestions(catalog().safer, command, reading_of(row, command, ()), frozenset())
    assert [list(one.run) for one in found] == ([want] if want else [])
