"""What could have touched a file: sure, possible and impossible are three answers, through real judging and recording."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.world import World
from web4_governance import Ledger
from web4_governance.app.possible import UNREADABLE, possible, reason, reasons
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.glob import compile_glob
from web4_governance.storage.filters import Filters

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    Calls: TypeAlias = dict[str, tuple[str, dict[str, str]]]

PATTERN = "*/patient/*"
OBSERVING = {"extends": ["permissive"], "enforce": False}
SURE: Calls = {
    "cat": ("Bash", {"command": "cat data/patient/anna.txt"}),
    "head": ("Bash", {"command": "head -n 3 data/patient/anna.txt"}),
    "python": ("Bash", {"command": "python3 -c \"print(open('data/patient/anna.txt').read())\""}),
    "read": ("Read", {"file_path": "data/patient/anna.txt"}),
}
PERHAPS: Calls = {
    "search": ("Grep", {"pattern": "dose", "path": "data"}),
    "grep": ("Bash", {"command": "grep -rn dose data"}),
    "grep-here": ("Bash", {"command": "grep -rn dose"}),
    "rg": ("Bash", {"command": "rg dose data"}),
    "found": ("Bash", {"command": "find data -type f -exec head -n 1 {} +"}),
    "copy": ("Bash", {"command": "cp -r data /tmp/data"}),
    "archive": ("Bash", {"command": "tar czf /tmp/all.tgz data"}),
    "glob": ("Bash", {"command": "cat data/p*/a*"}),
    "opaque": ("Bash", {"command": 'eval "$(cat plan)"'}),
    "script": ("Bash", {"command": "python3 report.py"}),
}
BECAUSE = {
    "search": "all that lies below",
    "grep": "all that lies below",
    "grep-here": "all that lies below",
    "rg": "all that lies below",
    "found": "all that lies below",
    "copy": "all that lies below",
    "archive": "all that lies below",
    "glob": "may stand for it",
    "opaque": "could not be seen",
    "script": "runs code",
}
NOT: Calls = {
    "other": ("Read", {"file_path": "src/a.py"}),
    "glob-elsewhere": ("Bash", {"command": "cat docs/*.md"}),
    "grep-one": ("Bash", {"command": "grep -n dose notes.txt"}),
    "copy-one": ("Bash", {"command": "cp notes.txt /tmp/notes.txt"}),
    "git": ("Bash", {"command": "git status"}),
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Calls of all three kinds, judged and recorded as they would be."""
    world = World(tmp_path_factory.mktemp("possible"), OBSERVING)
    for name, (tool, given) in {**SURE, **PERHAPS, **NOT}.items():
        world.pre(name, tool, given)
    return Ledger.open(str(world.home))


def test_by_whatever_tool_a_file_is_read_it_is_found(ledger: Ledger) -> None:
    """Cat, head, code on the command line and Read alike."""
    found = ledger.query_audit(targetPattern=PATTERN, effect="file.read")
    assert {record.request.call for record in found} == set(SURE)


def test_what_could_have_read_it_is_told_apart_with_the_reason(ledger: Ledger) -> None:
    """And nothing that could not."""
    found = {one.record.request.call: one.reason for one in ledger.could_have_touched(PATTERN, effect="file.read")}
    assert set(found) == set(PERHAPS)
    assert {name: found[name] for name, why in BECAUSE.items() if why not in found[name]} == {}


def test_another_session_is_not_asked(ledger: Ledger) -> None:
    """Filters hold for what is possible too; a word of no list is refused."""
    assert ledger.could_have_touched(PATTERN, session_id="nobody") == ()
    with pytest.raises(UsageError, match="is no effect"):
        ledger.could_have_touched(PATTERN, effect="file.eat")


@pytest.mark.parametrize(
    ("pattern", "directory", "answer"),
    [
        ("*/patient/*", "/srv", True),
        ("/srv/patient/a", "/srv", True),
        ("/srv/patient/a", "/srv/", True),
        ("/srv/patient/a", "/srv/doctor", False),
        ("/srv/patient/.hidden", "/srv", True),
        ("/srv", "/srv", False),
        ("*.txt", "/", True),
        ("[ab]/x", "a", True),
        ("[ab]/x", "c", False),
    ],
)
def test_a_pattern_reaches_below_a_directory(pattern: str, directory: str, *, answer: bool) -> None:
    """Anything may lie there, hidden files and further directories too."""
    assert compile_glob(pattern).reaches(directory) is answer


def test_what_is_not_kept_cannot_be_ruled_out(tmp_path: Path) -> None:
    """At the level that keeps no content every call with a file's effect remains possible."""
    world = World(tmp_path, OBSERVING)
    (world.home / "config.toml").write_text('privacy = "metadata"')
    world.pre("kept-nothing", "Read", {"file_path": "src/a.py"})
    world.pre("no-file", "Bash", {"command": "git status"})
    found = Ledger.open(str(world.home)).could_have_touched(PATTERN)
    assert [(one.record.request.call, one.reason) for one in found] == [("kept-nothing", "what it touched is not kept")]


@pytest.mark.parametrize("privacy", ["standard", "metadata"])
def test_what_is_looked_at_leaves_nothing_out(tmp_path: Path, privacy: str) -> None:
    """The calls that the database picks out are all of which the deeds, read one by one, say so: erased, many, or not kept."""
    world = World(tmp_path, OBSERVING)
    (world.home / "config.toml").write_text(f'privacy = "{privacy}"')
    for name, (tool, given) in {**SURE, **PERHAPS, **NOT}.items():
        world.pre(name, tool, given)
    world.bash("many", "cat " + " ".join(f"f{n}" for n in range(90)))
    world.bash("many-deep", "grep -r x " + " ".join(f"d{n}" for n in range(90)))
    world.bash("quoted", """echo '"deep":true' > "a\"exact\":false" """)
    for change in (
        "DELETE FROM openings WHERE idx = 4 AND field LIKE 'request.deeds%'",
        "UPDATE openings SET value = 'x' WHERE idx = 6",
    ):
        with sqlite3.connect(world.home / "ledger.db") as database:
            database.execute(change)
        database.close()
    with Ledger.open(str(world.home)) as ledger:
        glob = compile_glob(PATTERN)
        certain = {one.id for one in ledger.query_audit(targetPattern=PATTERN)}
        slowly = [one for one in ledger.query_audit() if one.id not in certain and reason(one.request.deeds, glob)]
        assert [one.record for one in ledger.could_have_touched(PATTERN)] == slowly
        assert len(slowly) >= len(PERHAPS)


def test_a_call_whose_entry_is_no_entry_any_more_counts_as_possible(tmp_path: Path) -> None:
    """Bytes that a hand made something else of rule nothing out; the others are told as before."""
    world = World(tmp_path, OBSERVING)
    for name, (tool, given) in PERHAPS.items():
        world.pre(name, tool, given)
    with Ledger.open(str(world.home)) as ledger:
        before = dict(reasons(ledger.reader, Filters(target=PATTERN)))
    place = next(iter(before))
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE entries SET bytes = x'7b20' WHERE idx = ?", [place])
    database.close()
    with Ledger.open(str(world.home)) as ledger:
        assert dict(reasons(ledger.reader, Filters(target=PATTERN))) == {**before, place: UNREADABLE}


def test_a_bound_keeps_the_newest(ledger: Ledger) -> None:
    """As a list of calls that is cut does."""
    every = ledger.could_have_touched(PATTERN)
    assert possible(ledger.reader, Filters(target=PATTERN), newest=3) == every[-3:]
