"""What a resident gate remembers of policies and protected paths is what lies on the disk (docs/spec/daemon.md R5)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from web4_governance.app import memory
from web4_governance.app.memory import SETTLED_NS, Memory
from web4_governance.app.scope import projects_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.app.policies import Loaded

ALLOW = {"rules": [{"match": {"tools": ["*"]}, "decision": "allow"}]}
DENY = {"rules": [{"match": {"tools": ["*"]}, "decision": "deny"}]}


class Place:
    """A home, a project, a directory for what it extends, and a memory that has looked once."""

    def __init__(self, root: Path) -> None:
        self.home, self.project, self.organisation = root / "home", root / "project", root / "etc" / "web4"
        for path in (self.home, self.project):
            path.mkdir(parents=True)
        (root / "elsewhere").mkdir()
        (self.home / "policy.json").write_text(json.dumps({"extends": ["./more.json"], **ALLOW}))
        (self.home / "more.json").write_text(json.dumps(ALLOW))
        self.memory = Memory()

    def loaded(self, since: float = 0.0) -> Loaded:
        return self.memory.in_force(
            str(self.home), (str(self.project),), organisation=str(self.organisation), since=since
        )

    def protected(self) -> tuple[str, ...]:
        found = self.memory.protected(
            str(self.home),
            user_home=str(self.home.parent),
            projects=(str(self.project),),
            organisation=str(self.organisation),
        )
        return tuple(found.paths)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Place]:
    """Places whose files changed long enough ago: the next one each time."""
    places = [Place(tmp_path_factory.mktemp("place")) for _ in range(10)]
    time.sleep(SETTLED_NS / 1e9 + 0.1)
    return places.pop


def put(path: Path, policy: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(policy))


CHANGES: dict[str, Callable[[Place], None]] = {
    "the document": lambda place: put(place.home / "policy.json", DENY),
    "what it extends": lambda place: put(place.home / "more.json", DENY),
    "one beside it": lambda place: put(place.home / "policy.toml", {}),
    "an organisation's, in a directory that was not there": lambda place: put(place.organisation / "policy.json", DENY),
    "a project's, in a directory that was not there": lambda place: put(place.project / ".web4" / "policy.json", DENY),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_call_is_judged_by_the_policy_that_lay_there_when_it_came(settled: Callable[[], Place], change: str) -> None:
    """Nothing of a policy is remembered past a change of any file that was read, or looked for and not there."""
    place = settled()
    first = place.loaded()
    assert place.loaded(time.monotonic()) is first, "what nobody changed is not read again"
    CHANGES[change](place)
    try:
        assert place.loaded(time.monotonic()) is not first
    except Exception as error:  # noqa: BLE001  # two documents side by side are an error, which nothing remembered hides
        assert change == "one beside it", error  # noqa: PT017


def test_one_look_serves_the_calls_that_had_come_before_it_began(settled: Callable[[], Place]) -> None:
    """A call that came before the look is judged by it, also after a change; one that came later looks itself."""
    place = settled()
    place.loaded()
    came = time.monotonic()
    first = place.loaded(came)
    put(place.home / "policy.json", DENY)
    assert place.loaded(came) is first
    assert place.loaded(time.monotonic()) is not first


def test_what_changed_within_the_last_two_seconds_is_read_anew(tmp_path: Path) -> None:
    """Where clocks are coarse, a second change could leave the same times: nothing is remembered of such a file."""
    place = Place(tmp_path)
    assert place.loaded() is not place.loaded()


def test_a_link_put_on_the_way_to_a_protected_path_protects_where_it_leads(settled: Callable[[], Place]) -> None:
    """A directory of the project's settings that becomes a link: its other end is protected from the next call on."""
    place = settled()
    elsewhere = place.home.parent / "elsewhere"
    before = place.protected()
    assert place.protected() is before or place.protected() == before
    assert not any(path.startswith(os.path.join(elsewhere, "")) for path in before)
    os.symlink(elsewhere, place.project / ".claude")
    assert any(path.startswith(os.path.join(elsewhere, "")) for path in place.protected())


def test_what_lies_in_a_directory_that_nobody_changed_is_not_looked_at_one_by_one(
    settled: Callable[[], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One look a directory; what is busy is looked at as before, and what came there is found."""
    place = settled()
    place.loaded()  # which keeps what it made in the home
    time.sleep(SETTLED_NS / 1e9 + 0.1)
    for _ in range(2):
        place.loaded(time.monotonic())
    asked: list[str] = []

    def lies(path: str) -> bool:
        asked.append(path)
        return os.path.lexists(path)

    monkeypatch.setattr("web4_governance.app.memory.lies", lies)
    first = place.loaded(time.monotonic())
    quiet = [path for path in asked if path.startswith(str(place.home.parent))]
    assert quiet == []
    (place.home / "another").write_text("busy")
    assert place.loaded(time.monotonic()) is first
    assert any(path.startswith(str(place.home)) for path in asked)
    put(place.home / "policy.toml", {})
    with pytest.raises(Exception, match=r"policy\.(json|toml)"):
        place.loaded(time.monotonic())


def test_a_directory_that_takes_the_place_of_another_is_another(settled: Callable[[], Place]) -> None:
    """Also with old times, and by a link: what is above it changed."""
    place = settled()
    os.mkdir(place.project / ".web4")
    time.sleep(SETTLED_NS / 1e9 + 0.1)
    other = place.home.parent / "elsewhere"
    put(other / "policy.json", DENY)
    old = time.time() - 3600
    os.utime(other / "policy.json", (old, old))
    os.utime(other, (old, old))
    first = place.loaded(time.monotonic())
    assert place.loaded(time.monotonic()) is first
    os.rename(place.project / ".web4", place.project / "was")
    os.symlink(other, place.project / ".web4")
    second = place.loaded(time.monotonic())
    assert second is not first
    os.unlink(place.project / ".web4")
    os.rename(other, place.project / ".web4")
    third = place.loaded(time.monotonic())
    assert third is not first
    assert (second.policy.digest, third.policy.digest) == (third.policy.digest, second.policy.digest)


def test_projects_are_those_that_lie_there_when_a_call_comes(tmp_path: Path) -> None:
    """A marker that comes nearer, goes, or lies behind a link that leads elsewhere: as the plain look finds it."""
    home, outer, inner = tmp_path / "home", tmp_path / "outer", tmp_path / "outer" / "a" / "b"
    inner.mkdir(parents=True)
    (outer / ".git").mkdir()
    other = tmp_path / "other" / "b"
    other.mkdir(parents=True)
    link = outer / "way"
    link.symlink_to(outer / "a")
    time.sleep(SETTLED_NS / 1e9 + 0.1)
    memory = Memory()

    def seen(cwd: Path) -> tuple[str, ...]:
        found = memory.projects(str(cwd), "", user_home=str(home), since=time.monotonic())
        assert found == projects_of(str(cwd), "", user_home=str(home))
        return found

    for _ in range(3):
        assert seen(inner) == seen(link / "b") == (str(outer),)
    (outer / "a" / ".web4").write_text("")
    assert seen(inner) == (str(outer / "a"),)
    assert seen(link / "b") == (str(link),)
    (outer / "a" / ".web4").unlink()
    assert seen(inner) == (str(outer),)
    (outer / ".git").rmdir()
    assert seen(inner) == (str(inner),)
    (other / ".git").mkdir()
    link.unlink()
    link.symlink_to(tmp_path / "other")
    assert seen(link / "b") == (str(link / "b"),)
    (tmp_path / ".claude").mkdir()
    assert seen(inner) == (str(tmp_path),)


def test_projects_are_looked_for_once_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While no directory on the way changes, nothing is looked for in it."""
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    time.sleep(SETTLED_NS / 1e9 + 0.1)
    memory = Memory()
    for _ in range(2):
        memory.projects(str(deep), "", user_home="/home/dev", since=time.monotonic())
    looked: list[str] = []

    def look(path: str) -> bool:
        looked.append(path)
        return False

    monkeypatch.setattr("web4_governance.app.memory.lies", look)
    assert memory.projects(str(deep), "", user_home="/home/dev", since=time.monotonic()) == (str(deep),)
    assert not [path for path in looked if path.startswith(str(tmp_path))]


def test_a_place_that_cannot_be_has_its_projects_all_the_same() -> None:
    """A NUL, text that is no file's name, and no place at all."""
    memory = Memory()
    for cwd in ("/srv/a\0b", "/srv/\ud83d", "", "relative/place", "/" + "x" * 5000):
        found = memory.projects(cwd, "", user_home="/home/dev")
        assert found == projects_of(cwd, "", user_home="/home/dev")


def test_what_a_call_found_before_another_came_counts_for_its_own_looks_alone(tmp_path: Path) -> None:
    """A directory is looked at once a call; what was found of it there is older than the second look that it serves."""
    place = tmp_path / "settled"
    place.mkdir()
    time.sleep(SETTLED_NS / 1e9 + 0.1)
    document = str(place / "policy.json")
    first, second = (memory._Known("m", {document: None}, {str(place): memory._link(str(place))}) for _ in range(2))
    assert first.holds(0.0, memory._Looks())
    assert second.holds(0.0, memory._Looks())
    looked = memory._Looks()
    assert first.holds(time.monotonic(), looked)
    put(Path(document), DENY)
    since = time.monotonic()
    second.holds(time.monotonic(), looked)
    assert not second.holds(since, memory._Looks())
