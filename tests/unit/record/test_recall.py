"""A recorded call is brought back as it was judged, and what is not whole is told."""

from __future__ import annotations

from typing import Any

import pytest

from web4_governance.core.action import Action, Category, Deed, Effect, McpServer, Place, Target, TargetKind
from web4_governance.core.errors import InputError
from web4_governance.core.event import Event, Moment
from web4_governance.core.policy import Facts, Tree, judge
from web4_governance.core.policy.layers import combine
from web4_governance.core.record import build
from web4_governance.core.record.entry import Kind, Stored
from web4_governance.core.record.keep import Keeper, Privacy
from web4_governance.core.record.r6 import Read
from web4_governance.core.record.recall import NO_HOME, REDACTED, SHORTENED, recall

TARGET = Target(
    kind=TargetKind.PATH,
    given="src",
    resolved="/srv/site/src",
    real="/data/src",
    place=Place.PROJECT,
    exact=False,
    deep=True,
)
ACTION = Action(
    tool="mcp__db__query",
    input={"sql": "select 1", "rows": [1, None, "a"]},
    deeds=(
        Deed(
            effect=Effect.FILE_DELETE,
            target=TARGET,
            categories=(Category.COMMAND,),
            argv=("rm", None),
            via=("sudo",),
            host="a.test",
            why="removes files",
        ),
        Deed(effect=None),
    ),
    cwd="/srv/site",
    home="/home/kim",
    project="/srv/site",
    agent_id="a1",
    agent_type="Explore",
    permission_mode="default",
    mcp=McpServer(name="db", source="user"),
)
FACTS = Facts(
    now_us=5,
    utc_offset_s=3600,
    real={"/srv/site/src": "/data/src"},
    limits={"rate/x": 2},
    trees={"/srv/site/src": Tree(root="/srv/site", branch="main", dirty=True, unpushed=False)},
    production=("DATABASE_URL",),
)


def read_of(
    action: Action = ACTION, facts: Facts = FACTS, *, listed: int = 64, privacy: Privacy = Privacy.STANDARD
) -> Read:
    keep = Keeper(privacy=privacy, salt=lambda: b"0" * 16)
    policy = combine(())
    event = Event(
        agent="claude-code",
        name="PreToolUse",
        moment=Moment.GATE,
        session="s",
        tool=action.tool,
        input=action.input,
        cwd=action.cwd,
        call="c",
        mcp=action.mcp,
        agent_id=action.agent_id,
        agent_type=action.agent_type,
        permission_mode=action.permission_mode,
    )
    body = build.intent(
        event,
        action,
        judge(policy, action, facts),
        policy,
        facts,
        keep=keep,
        mode="dry-run",
        late=False,
        who=build.role(event, parent={}, peer={}),
        links={},
        listed=listed,
    )
    stored = Stored(idx=0, session="s", seq=0, kind=str(Kind.INTENT), ts=0, data=b"", leaf=b"")
    return Read(stored=stored, body=body, open={one.field: one.value for one in keep.openings})


@pytest.mark.parametrize("listed", [64, 1, 0])
def test_a_call_comes_back_whole(listed: int) -> None:
    """Every field of every deed and fact, also of deeds that the entry only counts."""
    found = recall(read_of(listed=listed))
    assert found.action == ACTION
    assert found.facts == FACTS
    assert found.altered == ""


def test_a_call_of_little_comes_back_as_little() -> None:
    """No deeds, no server, no facts, no subagent."""
    action = Action(tool="Bash", input={}, deeds=(), cwd="/w", home="/h", project="")
    found = recall(read_of(action, Facts()))
    assert (found.action, found.facts, found.altered) == (action, Facts(), "")


def test_what_was_taken_out_or_shortened_is_told() -> None:
    """The text is then not the one that was judged."""
    secret = Action(tool="Bash", input={"command": "curl -u a:b https://kim:hunter22@a.test/x"}, deeds=(), home="/h")
    assert recall(read_of(secret)).altered == REDACTED
    long = Action(tool="Write", input={"content": ["x" * 20_000]}, deeds=(), home="/h")
    found = recall(read_of(long))
    assert found.altered == SHORTENED
    assert found.action.input["content"] == ["x" * 512]


def test_an_input_that_is_kept_as_its_beginning_only_is_told() -> None:
    """All of it stands as one digest."""
    read = read_of()
    kept: dict[str, Any] = {"sha256": "0", "size": 9, "excerpt": "{"}
    found = recall(Read(stored=read.stored, body=read.body, open={**read.open, "request.input": kept}))
    assert (found.altered, found.action.input) == (SHORTENED, {"input": "{"})


@pytest.mark.parametrize("field", ["request.input", "request.home", "request.deeds.0.detail", "rules.facts"])
def test_what_was_erased_is_named(field: str) -> None:
    """And nothing is guessed."""
    read = read_of()
    kept = {name: value for name, value in read.open.items() if name != field}
    with pytest.raises(InputError, match=field):
        recall(Read(stored=read.stored, body=read.body, open=kept))


def test_metadata_keeps_nothing_to_judge_again() -> None:
    """As the level says."""
    with pytest.raises(InputError, match="not kept"):
        recall(read_of(privacy=Privacy.METADATA))


def test_a_record_from_before_homes_were_recorded_is_told() -> None:
    """What stands below `~` is then not known."""
    read = read_of()
    request: Any = read.body["request"]
    body = {**read.body, "request": {name: value for name, value in request.items() if name != "home"}}
    found = recall(Read(stored=read.stored, body=body, open=read.open))
    assert (found.altered, found.action.home) == (NO_HOME, "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("request.deeds.0.detail", {"effect": "no.such"}),
        ("request.deeds.0.detail", []),
        ("request.cwd", None),
        ("rules.facts", {"now_us": 1}),
    ],
)
def test_what_cannot_be_read_is_an_error(field: str, value: Any) -> None:
    """Of ours, with one line."""
    read = read_of()
    with pytest.raises(InputError, match="cannot be read"):
        recall(Read(stored=read.stored, body=read.body, open={**read.open, field: value}))
