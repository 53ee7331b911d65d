"""The catalog: each row's examples hold on both sides, and the data is well formed."""

from __future__ import annotations

import pytest

from unit.effects.scenes import HOME, bash, call, catalog, deeds, documents, effects, stocked
from web4_governance.app import catalogs
from web4_governance.core.action import Effect
from web4_governance.core.effects import Catalog
from web4_governance.core.effects.conditions import CONDITIONS, items
from web4_governance.core.effects.select import KINDS, SELECTORS
from web4_governance.core.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROWS = [(document, row) for document in documents() for name in ("programs", "more") for row in document.get(name, [])]
MARKS = [row for document in documents() for row in document.get("paths", [])]
# A test a family, not an example: of thousands the running of tests would take longer than what they run.
FAMILIES = {
    f"{number} {one['family']}": rows
    for number, one in enumerate(documents())
    if (rows := [row for of, row in ROWS if of is one])
}
EFFECTS = {effect.value for effect in Effect}
ROW_FIELDS = {
    "program", "also", "source", "takes_value", "synonyms", "leading", "leading_operands", "bundled", "words", "help", "anywhere", "chdir",
    "inert", "language", "sub", "effects", "dry", "plain", "differs", "yes", "no",
}  # fmt: skip  # one name a line says no more
ENTRY_FIELDS = {
    "effect", "sql", "code", "shell", "shell-words", "alias", "role", "on", "kind", "default", "names", "when", "why",
    "otherwise", "into", "deep", "fresh", "counted", "hands", "handed", "language", "marked", "variables",
}  # fmt: skip  # one name a line says no more
CODE_ROLES = {"executes", "loads", "stdin", "environment", "socket", "spawns", "spells", "statement", "moves"}
FLOW_ROLES = {"tells", "encodes", "copies"}
ROLES = {
    "executes", "runs-stdin", "reads-patch", "reads-transfers", "installs-stdin", "decoded", "environment", "login",
    "inventory", "removes", "reads-names",
}  # fmt: skip


def missed(command: str, want: list[str]) -> list[str]:
    found = deeds(bash(command))
    return [one for one in want if one not in found and one.replace("~", HOME) not in found]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_gives_the_effects_of_its_examples(family: str) -> None:
    """What a row says that a command does is found when the whole command is read."""
    given = [one for row in FAMILIES[family] for one in row["yes"].items()]
    assert {command: lacking for command, want in given if (lacking := missed(command, want))} == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_does_not_give_what_its_counterexamples_name(family: str) -> None:
    """A command that only looks alike has none of these effects."""
    given = [one for row in FAMILIES[family] for one in row["no"].items()]
    assert {command: found for command, no in given if (found := effects(command).intersection(no))} == {}


def test_no_family_is_empty() -> None:
    """Or its examples would hold because there are none."""
    assert sum(map(len, FAMILIES.values())) == len(ROWS) > 400
    assert all(rows and all(row["yes"] and row["no"] for row in rows) for rows in FAMILIES.values())


def _entries(row: Any) -> list[Any]:
    inner = [entry for sub in row.get("sub", {}).values() if isinstance(sub, dict) for entry in _entries(sub)]
    return [*row.get("effects", []), *inner]


def _subs(row: Any) -> list[Any]:
    return [row, *(more for sub in row.get("sub", {}).values() if isinstance(sub, dict) for more in _subs(sub))]


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_well_formed(family: str) -> None:
    """Every field, effect, selector, kind, condition and role is of the language, and every row names its source."""
    for row in FAMILIES[family]:
        _is_well_formed(row)


def _is_well_formed(row: Any) -> None:
    assert row["source"]
    assert row["yes"]
    assert row["no"]
    for one in _subs(row):
        assert set(one) <= ROW_FIELDS
        for name, other in one.get("sub", {}).items():
            assert isinstance(other, dict) or isinstance(one["sub"][other], dict), name
    for entry in _entries(row):
        assert set(entry) <= ENTRY_FIELDS
        assert entry.get("effect", "opaque") in EFFECTS
        assert entry.get("kind", "path") in KINDS
        assert entry.get("role", "executes") in ROLES
        assert set(entry.get("when", {})) <= CONDITIONS
        for field in ("on", "sql", "code", "shell", "shell-words", "alias", "into", "variables"):
            assert all(selector.startswith(SELECTORS) for selector in items(entry.get(field)))


@pytest.mark.parametrize("row", [row for _, row in ROWS if "differs" in row], ids=lambda row: str(row["program"]))
def test_what_differs_is_of_programs_that_share_the_row(row: Any) -> None:
    """A name that the row does not have would never be looked for; one that stands twice would be read once."""
    named = [name for names in row["differs"] for name in names.split()]
    assert set(named) <= {row["program"], *row["also"]}
    assert len(named) == len(set(named))
    assert {field for own in row["differs"].values() for field in own} <= {"takes_value", "synonyms", "effects"}


SHARED = [
    (row, command, want)
    for _, row in ROWS
    if "differs" in row
    for command, want in row["yes"].items()
    if command.startswith(row["program"] + " ")
]


@pytest.mark.parametrize(("row", "command", "want"), SHARED, ids=[command for _, command, _ in SHARED])
def test_programs_that_share_a_row_share_what_its_examples_show(row: Any, command: str, want: list[str]) -> None:
    """Unless an option of the example is one that another of them reads otherwise."""
    options = {
        word.partition("=")[0][: None if word.startswith("--") else 2] for word in command.split() if word[:1] == "-"
    }
    for name in row["also"]:
        taken = next(
            (own["takes_value"] for names, own in row.get("differs", {}).items() if name in names.split()), None
        )
        if taken is not None and options & (set(row["takes_value"]) ^ set(taken)):
            continue
        found = deeds(bash(name + command.removeprefix(row["program"])))
        assert [one for one in want if one not in found and one.replace("~", HOME) not in found] == [], name


def test_no_program_has_two_rows() -> None:
    """One program, one row: a second one would silently take the first one's place."""
    rows = [row for document in documents() for row in document.get("programs", [])]
    names = [name for row in rows for name in (row["program"], *row.get("also", []))]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("row", MARKS, ids=[row["paths"][0] for row in MARKS])
def test_a_mark_holds_for_its_examples_and_for_no_other(row: Any) -> None:
    """A path that is named has the mark when it is read or written; its counterexamples do not."""
    for tool, field in (("Read", "read"), ("Write", "write")):
        for path in row["yes"] if field in row else ():
            assert row[field] in {str(deed.effect) for deed in call(tool, {"file_path": path}).deeds}, path
        for path in row["no"]:
            assert row["why"] not in {deed.why for deed in call(tool, {"file_path": path}).deeds}, path


def test_every_effect_of_marks_calls_and_variables_is_one() -> None:
    """A misspelled effect would be no effect at all."""
    for document in documents():
        for row in (*document.get("paths", []), *document.get("hosts", [])):
            assert {row.get("read", "opaque"), row.get("write", "opaque")} <= EFFECTS
            assert row["source"]
        for row in (*document.get("calls", []), *document.get("variables", [])):
            assert row.get("effect", "opaque") in EFFECTS
            assert "effect" in row or row["role"] in CODE_ROLES
            assert row["source"]
        for row in document.get("roles", []):
            assert row["role"] in FLOW_ROLES
            assert row["source"]


def test_more_entries_join_the_row_of_another_family() -> None:
    """A family may say more of a program than the one that describes it, or speak of one that none describes."""
    both = Catalog.from_json(
        (
            {"more": [{"program": "x", "also": ["y"], "effects": [{"effect": "opaque"}]}]},
            {"programs": [{"program": "x", "effects": [{"effect": "system"}]}]},
        )
    )
    assert [str(deed.effect) for deed in call("Bash", {"command": "x"}, catalog_=both).deeds] == ["system", "opaque"]
    assert [str(deed.effect) for deed in call("Bash", {"command": "y"}, catalog_=both).deeds] == ["opaque"]


def test_a_value_that_is_not_known_is_not_excused() -> None:
    """`novalue` excuses an option's value only where it is seen."""
    entry = {"effect": "opaque", "when": {"any": ["--deep"], "novalue": {"--deep": ["false"]}}}
    row = stocked({"program": "x", "effects": [entry]})
    for command, found in (
        ("x --deep", True),
        ("x --deep=false", False),
        ("x --deep=$A", True),
        ("x --deep=true", True),
    ):
        assert (
            Effect.OPAQUE in {deed.effect for deed in call("Bash", {"command": command}, catalog_=row).deeds}
        ) is found


def test_a_program_is_found_by_its_other_names_and_versions() -> None:
    """`python3.12`, `mkfs.jfs`, `rm.exe` and an alias are the same program."""
    shipped = catalog()
    assert shipped.row("python3.12") is shipped.row("python")
    assert shipped.row("mkfs.jfs") is shipped.row("mkfs")
    assert shipped.row("rm.exe") is shipped.row("rm")
    assert shipped.row("podman") is shipped.row("docker")
    assert shipped.row("no-such-program") is None
    assert {"rm", "git", "psql", "kubectl"} <= shipped.programs


def test_a_row_without_a_program_is_refused() -> None:
    """A row that nobody can meet is a mistake of whoever wrote it."""
    with pytest.raises(InputError, match="names no program"):
        Catalog.from_json(({"family": "x", "programs": [{"effects": []}]},))


def test_the_later_document_is_in_force() -> None:
    """A pack may say more about a program than what ships."""
    action = call("Bash", {"command": "rm x"}, catalog_=stocked({"program": "rm", "effects": [{"effect": "opaque"}]}))
    assert [str(deed.effect) for deed in action.deeds] == ["opaque"]


@pytest.mark.parametrize(
    "row",
    [
        {"program": "x", "effects": "none", "sub": [], "synonyms": 3, "takes_value": {}},
        {"program": "x", "effects": [{"effect": "no.effect"}, 3, {"effect": 7}, {}]},
        {"program": "x", "effects": [{"effect": "opaque", "on": "nowhere"}]},
        {"program": "x", "sub": {"a": "b"}},
        {"program": "x", "sub": {"a": 3}},
    ],
)
def test_a_row_of_another_shape_gives_no_effect_and_no_error(row: Any) -> None:
    """What a pack gets wrong is nothing, not a crash of the gate."""
    action = call("Bash", {"command": "x a b"}, catalog_=Catalog.from_json(({"programs": [row, 5]},)))
    assert [deed.effect for deed in action.deeds] == [None]
    assert action.deeds[0].argv == ("x", "a", "b")


def test_a_condition_that_is_not_known_holds() -> None:
    """The careful side: a newer pack's condition does not hide an effect."""
    newer = stocked({"program": "x", "effects": [{"effect": "opaque", "when": {"newer": 1}}]})
    assert [deed.effect for deed in call("Bash", {"command": "x"}, catalog_=newer).deeds] == [Effect.OPAQUE]


@pytest.mark.parametrize("when", [{"value": 3}, {"least": "a"}, {"most": "b"}, {"any": 3}, {"value": {"-x": 3}}])
def test_a_condition_of_another_shape_does_not_hold(when: Any) -> None:
    """A condition that says nothing is met by nothing."""
    broken = stocked({"program": "x", "effects": [{"effect": "opaque", "when": when}]})
    assert [deed.effect for deed in call("Bash", {"command": "x"}, catalog_=broken).deeds] == [None]


def test_a_call_opens_the_files_that_it_touches_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call without a command does not pay for what programs do, nor one program for the others."""
    opened: list[str] = []
    read = catalogs._read

    def noting(name: str) -> Any:
        opened.append(name)
        return read(name)

    monkeypatch.setattr(catalogs, "_read", noting)
    shipped = Catalog(catalogs.Files())
    assert [deed.effect for deed in call("Read", {"file_path": "a"}, catalog_=shipped).deeds] == [Effect.FILE_READ]
    assert "secret-paths.json" in opened
    assert not {"filesystem.json", "git.json"} & set(opened)
    assert [deed.effect for deed in call("Bash", {"command": "rm a"}, catalog_=shipped).deeds] == [Effect.FILE_DELETE]
    assert "filesystem.json" in opened
    assert not {"git.json", "cloud.json"} & set(opened)
    assert len(opened) == len(set(opened))


@pytest.mark.parametrize("program", ["", "$paths", "rm filesystem.json", "rm\ngit", "no-such-program"])
def test_the_index_knows_programs_only(program: str) -> None:
    """Not its own sections, not its own lines."""
    shipped = catalogs.Files()
    assert not shipped.knows(program)
    assert program not in shipped.names()
    assert program not in catalogs.Programs()
    assert 3 not in catalogs.Programs()


def test_the_index_says_what_the_documents_do() -> None:
    """The same rows and the same names as from all documents at once."""
    whole, shipped = Catalog.from_json(documents()), Catalog(catalogs.Files())
    assert shipped.programs == whole.programs
    assert {name: shipped.row(name) for name in whole.programs} == {name: whole.row(name) for name in whole.programs}
    assert (shipped.calls, shipped.roles, shipped.variables) == (whole.calls, whole.roles, whole.variables)
    assert shipped.marks.names == whole.marks.names


def test_a_catalog_of_other_shapes_is_empty() -> None:
    """Documents without rows, or with rows that are none, are as good as not there."""
    empty = Catalog.from_json(({"programs": 3, "paths": "x", "hosts": [1], "calls": {}, "variables": [2]},))
    assert empty.programs == frozenset()
    assert [str(deed.effect) for deed in call("Bash", {"command": "rm x"}, catalog_=empty).deeds] == ["code.run"]


def test_a_program_is_known_whether_it_is_asked_for_once_or_among_many() -> None:
    """The first questions look into the index, later ones into a set of its names: both know the same."""
    asked = ("rm", "git", "", "$paths", "rm filesystem.json", "no-such-program", "kubectl", ".")
    fresh = [catalogs.Files().knows(name) for name in asked]
    files = catalogs.Files()
    assert [[files.knows(name) for name in asked] for _ in range(3)] == [fresh] * 3
    assert fresh == [True, True, False, False, False, False, True, True]
