"""What a call's scripts say is judged as if the call said it, as far as it is known, and takes nothing away."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, PROTECTED, catalog
from web4_governance.core.action import Effect
from web4_governance.core.effects import derive
from web4_governance.core.effects.remarks import without_remarks
from web4_governance.core.effects.scripts import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Action


def told(command: str, texts: dict[str, str] | None = None, stay: frozenset[str] = frozenset()) -> Action:
    return derive(
        "Bash",
        {"command": command},
        agent="claude-code",
        cwd=CWD,
        home=HOME,
        project=CWD,
        protected=PROTECTED,
        catalog=catalog(),
        texts={f"{CWD}/{name}": text for name, text in (texts or {}).items()},
        stay=frozenset(f"{CWD}/{name}" for name in stay),
    )


def judged(command: str, texts: dict[str, str], stay: frozenset[str] = frozenset()) -> Action:
    return within(told(command), told(command, texts, stay))


def deleted(action: Action) -> list[str]:
    return [d.target.resolved for d in action.deeds if d.effect is Effect.FILE_DELETE and d.target is not None]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("sh x.sh", ("x.sh",)),
        ("cd d && ./x.sh", ("d/x.sh",)),
        ("bash < x.sh", ("x.sh",)),
        ("cat x.sh | sh", ("x.sh",)),
        ("cp x.sh y.sh; sh y.sh", ("y.sh", "x.sh")),
        ("python -m a.b", ("a/b.py", "a/b/__main__.py")),
        ("make -f x.mk", ("GNUmakefile", "makefile", "Makefile", "x.mk")),
        ("psql -f x.sql", ("x.sql",)),
        ("cat x.sh", ()),
        ("grep a x.sh; wc -l x.sh", ()),
        ("cat .env | sh", ()),
        ("ls", ()),
    ],
)
def test_a_call_says_which_files_it_may_run(command: str, names: tuple[str, ...]) -> None:
    """Programs first; what nobody runs is not asked for, nor is a secret that only flows."""
    assert told(command).scripts == tuple(f"{CWD}/{name}" for name in names)


def test_the_deeds_say_which_script_they_stand_in() -> None:
    """For who reads the record."""
    found = [deed for deed in judged("sh x.sh", {"x.sh": "rm a"}).deeds if deed.effect is Effect.FILE_DELETE]
    assert [(deed.argv, deed.via) for deed in found] == [(("rm", "a"), ("sh x.sh",))]
    found = [
        d for d in judged("python x.py", {"x.py": "import os\nos.remove('a')"}).deeds if d.effect is Effect.FILE_DELETE
    ]
    assert {deed.via for deed in found} == {("x.py",)}


def test_what_the_words_say_is_there_whatever_the_script_says() -> None:
    """Only more follows from a script: a variable that it sets makes no target of the call's own known."""
    own = told(". ./x.sh; rm -rf $D")
    more = judged(". ./x.sh; rm -rf $D", {"x.sh": "D=build"})
    assert more.deeds[: len(own.deeds)] == own.deeds
    assert f"{CWD}/build" in deleted(more)


@pytest.mark.parametrize(
    "text",
    [
        'rm -rf "$1"',
        'rm -rf "$D"/x',
        "$RUN rm",
        'eval "$X"',
        "cp a $B",
        'curl -d @a "$URL"',
        "cd $X; rm a",
        "rm $(ls)",
        "f() { f; }; f",
    ],
)
def test_what_a_script_leaves_open_adds_nothing_that_is_judged(text: str) -> None:
    """A target that only the running script knows, a program that it names by a variable."""
    added = judged("sh x.sh", {"x.sh": text}).deeds[len(told("sh x.sh").deeds) :]
    assert [deed for deed in added if deed.effect not in (Effect.FILE_READ, Effect.FILE_LIST, Effect.CODE_RUN)] == []


@pytest.mark.parametrize("name", ["x.sh", "x.py"])
def test_a_script_that_starts_itself_is_read_once(name: str) -> None:
    """Neither its deeds nor the time it takes multiply."""
    text = 'exec sh "$0"; sh x.sh\nrm a' if name == "x.sh" else "import os\nos.system('python x.py')\nos.remove('a')"
    run = ("sh " if name == "x.sh" else "python ") + name
    assert set(deleted(judged(run, {name: text}))) == {f"{CWD}/a"}
    assert len(judged(run, {name: text}).deeds) < 12


def test_a_file_that_the_call_surely_writes_over_is_the_new_one() -> None:
    """And both where it may stay: behind a condition, in a branch, or where it cannot be written."""
    texts = {"x.sh": "rm old\n"}
    new = "echo 'rm new' > x.sh; sh x.sh"
    assert deleted(judged(new, texts)) == [f"{CWD}/new"]
    assert set(deleted(judged(new, texts, frozenset({"x.sh"})))) == {f"{CWD}/new", f"{CWD}/old"}
    for unsure in (
        "false && {}",
        "if a; then {}; fi",
        "a || {}",
        "for i in $X; do {}; done",
        "f() {{ {}; }}; f",
        "(exit; {})",
    ):
        command = unsure.format("echo 'rm new' > x.sh") + "; sh x.sh"
        assert f"{CWD}/old" in deleted(judged(command, texts)), command
    assert f"{CWD}/old" in deleted(judged("sed -i s/a/b/ x.sh; sh x.sh", texts))
    assert set(deleted(judged("echo 'rm new' >> x.sh; sh x.sh", texts))) == {f"{CWD}/new", f"{CWD}/old"}


def test_more_deeds_than_are_kept_are_said_and_tampering_is_kept() -> None:
    """What may be stopped comes before what only looks."""
    text = "".join(f"cat a{n}\n" for n in range(700)) + "git reset --hard\nrm -rf ~/.web4\n"
    action = judged("sh x.sh", {"x.sh": text})
    effects = {deed.effect for deed in action.deeds}
    assert {Effect.OPAQUE, Effect.SELF_TAMPER, Effect.VCS_DISCARD} <= effects
    assert len(action.deeds) <= 257


def test_the_values_in_a_file_of_secrets_are_not_read() -> None:
    """Its commands are; a deed that holds a value would be recorded with it."""
    action = judged(". ./.env; curl -u a:$KEY https://a.test", {".env": "KEY=hunter2\nrm a\n"})
    assert f"{CWD}/a" in deleted(action)
    assert "hunter2" not in repr(action.deeds)


def test_remarks_are_taken_out_and_nothing_else() -> None:
    """A text between three quotes that is handed to something stays, as does what stands behind code on its line."""
    code = '"""os.remove(1)"""\n# os.remove(2)\nx = 1  # os.remove(3)\n\ndef f():\n    """os.remove(4)\n    os.remove(5)"""\n    exec("""\nos.remove(6)""")'
    kept = without_remarks(code, "python")
    assert [n for n in range(1, 7) if f"os.remove({n})" in kept] == [3, 6]
    assert without_remarks("// a\nb // c", "javascript") == "\nb // c"


def test_literals_that_stand_side_by_side_are_no_end_of_reading() -> None:
    """In Perl two texts with nothing between them join nothing; and deriving never fails."""
    assert told('perl -e \'open(F, ">x"); print F "a""b";\'').deeds
