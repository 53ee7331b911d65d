"""What is kept between calls answers as if it had been worked out again, and is bounded."""

from __future__ import annotations

from web4_governance.core.effects import gathering, places
from web4_governance.core.shell import parse as _parse  # noqa: F401  loads the module below
from web4_governance.core.shell.environment import State
from web4_governance.core.shell.parse import MOST_SCRIPTS, _parsed, _scripts, parse

HOME = "/home/ann"


def test_scenes_are_bounded_and_a_second_asking_gives_the_same() -> None:
    """More sessions than are kept push the old ones out; no answer differs for that."""
    first = places.scene("~/work/../x", HOME, "")
    for n in range(places.MOST_SCENES + 5):
        assert places.scene(f"/srv/{n}/.", HOME, "").cwd == f"/srv/{n}"
        assert len(places._scenes) <= places.MOST_SCENES
    assert places.scene("~/work/../x", HOME, "") == first
    assert first.cwd == "/home/ann/x"


def test_targets_are_bounded_and_seen_from_their_own_directory() -> None:
    """The same word in another directory, of another person or project, or as a glob is another target."""
    seen = {
        (cwd, home, project, glob): places.locate("b*", places.scene(cwd, home, project), cwd=cwd, glob=glob)
        for cwd in ("/srv/a", "/home/ann/work")
        for home in (HOME, "/home/bob")
        for project in ("/srv/a", "/home/ann/work")
        for glob in (True, False)
    }
    of = places.scene("/srv/a", HOME, "")
    for n in range(places.MOST_TARGETS + 5):
        assert places.locate(f"f{n}", of, cwd="/srv/a").resolved == f"/srv/a/f{n}"
        assert len(places._targets) <= places.MOST_TARGETS
    for (cwd, home, project, glob), target in seen.items():
        fresh = places._located(
            "b*", places.scene(cwd, home, project), cwd, known=True, glob=glob, literal="", shape=""
        )
        assert target == fresh
        assert target.exact is not glob


def test_scripts_are_bounded_and_seen_from_their_own_directory() -> None:
    """A text that was read before is read as before, and from another directory as from there."""
    for n in range(MOST_SCRIPTS + 5):
        text = f"cd sub && cat f{n}"
        assert parse(text, cwd="/srv", home=HOME) == parse(text, cwd="/srv", home=HOME)
        assert parse(text, cwd="/srv", home=HOME) == _parsed(text, State("/srv", HOME, {}), None, None)
        assert len(_scripts) <= MOST_SCRIPTS
    assert parse("cd a; ls", cwd="/one", home=HOME).commands[-1].cwd == "/one/a"
    assert parse("cd a; ls", cwd="/two", home=HOME).commands[-1].cwd == "/two/a"
    assert parse("cat $HOME/x", cwd="/", home="/home/bob").commands[0].words[1].text == "/home/bob/x"
    assert parse("cat $X/x", cwd="/", home=HOME, env={"X": "/y"}).commands[0].words[1].text == "/y/x"
    assert not parse("cat $X/x", cwd="/", home=HOME).commands[0].words[1].known


def test_long_scripts_are_not_kept() -> None:
    """Neither a long text nor one of many commands takes room that stays."""
    before = dict(_scripts)
    parse("echo " + "x" * 2000, cwd="/", home=HOME)
    parse("ls;" * 40, cwd="/", home=HOME)
    assert _scripts == before


def test_an_item_of_an_array_may_be_empty() -> None:
    """`a=([0]= x)` has no word for what is not there."""
    script = parse('a=([0]= x); rm "${a[@]}"', cwd="/", home=HOME)
    assert [word.text for word in script.commands[-1].words] == ["rm", "x"]


def test_categories_do_not_depend_on_who_asked_first() -> None:
    """What is kept for a kind of call is in the order of the closed set, each once."""
    for effect, implied in gathering.EFFECT_CATEGORIES.items():
        found = gathering._categories((), effect)
        assert set(found) == set(implied)
        assert gathering._categories((), effect) == found
