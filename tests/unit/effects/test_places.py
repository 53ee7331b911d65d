"""Where a path lies decides what its deletion means."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, bash, call
from web4_governance.core.action import Effect, Place
from web4_governance.core.effects.places import below, locate, place_of, resolve, scene

SCENE = scene(CWD, HOME, CWD)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place.ROOT),
        ("//", Place.ROOT),
        ("/..", Place.ROOT),
        ("/etc/hosts", Place.SYSTEM),
        ("/usr", Place.SYSTEM),
        ("/home", Place.SYSTEM),
        ("/tmp", Place.TEMPORARY),
        ("/tmp/x/y", Place.TEMPORARY),
        ("/tmp/../etc", Place.SYSTEM),
        ("/var/tmp/a", Place.TEMPORARY),
        ("/var/lib", Place.SYSTEM),
        ("/dev/shm/a", Place.TEMPORARY),
        ("/dev/null", Place.TEMPORARY),
        ("/dev/fd/3", Place.TEMPORARY),
        ("/dev/sda", Place.DEVICE),
        ("~", Place.HOME_ROOT),
        ("~/", Place.HOME_ROOT),
        (HOME, Place.HOME_ROOT),
        ("~/.ssh", Place.HOME_ROOT),
        ("~/.ssh/config", Place.HOME),
        ("~/notes.txt", Place.HOME),
        ("~root", Place.HOME_ROOT),
        ("~root/x", Place.SYSTEM),
        ("~bob", Place.HOME_ROOT),
        ("/home/bob", Place.HOME_ROOT),
        ("/home/bob/x", Place.OUTSIDE),
        ("/root", Place.HOME_ROOT),
        (".", Place.PROJECT_ROOT),
        ("src/..", Place.PROJECT_ROOT),
        (CWD, Place.PROJECT_ROOT),
        (".git", Place.PROJECT_ROOT),
        (".git/refs/heads/main", Place.PROJECT_ROOT),
        (".git/index.lock", Place.PROJECT),
        (".git/refs/heads/main.lock", Place.PROJECT),
        (".git/worktrees/x", Place.PROJECT_ROOT),
        ("mirror.git/objects", Place.PROJECT_ROOT),
        ("build-debug/a.o", Place.ARTEFACT),
        ("dist_web", Place.ARTEFACT),
        ("pkg.egg-info", Place.ARTEFACT),
        ("build.gradle", Place.PROJECT),
        ("builder", Place.PROJECT),
        ("..", Place.PROJECT_ROOT),
        ("src/a.py", Place.PROJECT),
        ("build", Place.ARTEFACT),
        ("packages/a/node_modules/b", Place.ARTEFACT),
        (".git/build", Place.PROJECT),
        ("../other", Place.OUTSIDE),
        ("/data", Place.OUTSIDE),
        ("/proc/self/root/etc/passwd", Place.SYSTEM),
        ("/proc/1/root", Place.ROOT),
        ("/proc/self/cwd/src", Place.PROJECT),
        ("a\0b", Place.UNKNOWN),
        ("a" * 5000, Place.UNKNOWN),
    ],
)
def test_a_path_has_its_place(path: str, place: Place) -> None:
    """`..`, `~`, other people's homes, devices and the links of /proc are seen through."""
    target = locate(path, SCENE, cwd=CWD)
    assert target.place is place
    assert target.exact


@pytest.mark.parametrize(
    ("word", "place", "resolved"),
    [
        ("/*", Place.ROOT, "/*"),
        ("/.*", Place.ROOT, "/.*"),
        ("/e*", Place.ROOT, "/e*"),
        ("~/*", Place.HOME_ROOT, f"{HOME}/*"),
        ("~/.[!.]*", Place.HOME_ROOT, f"{HOME}/.[!.]*"),
        ("~/x*", Place.HOME, f"{HOME}/x*"),
        ("*", Place.PROJECT_ROOT, f"{CWD}/*"),
        ("./*", Place.PROJECT_ROOT, f"{CWD}/*"),
        ("*/", Place.PROJECT_ROOT, f"{CWD}/*"),
        ("**/*", Place.PROJECT_ROOT, f"{CWD}/**/*"),
        ("*.log", Place.PROJECT, f"{CWD}/*.log"),
        ("src/*", Place.PROJECT, f"{CWD}/src/*"),
        ("build/*", Place.ARTEFACT, f"{CWD}/build/*"),
        ("*/node_modules", Place.ARTEFACT, f"{CWD}/*/node_modules"),
        ("*/../..", Place.UNKNOWN, ""),
        ("/tmp/*", Place.TEMPORARY, "/tmp/*"),
        ("/home/*", Place.SYSTEM, "/home/*"),
        ("/usr/lib*", Place.SYSTEM, "/usr/lib*"),
        ("[ab", Place.PROJECT, f"{CWD}/[ab"),
    ],
)
def test_a_glob_has_the_place_of_all_it_may_stand_for(word: str, place: Place, resolved: str) -> None:
    """A glob for everything in a directory takes the directory's place."""
    target = locate(word, SCENE, cwd=CWD, glob=True)
    assert (target.place, target.resolved, target.exact) == (place, resolved, False)


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("$X", Place.UNKNOWN),
        ("$X/foo", Place.UNKNOWN),
        ('"$DIR/"', Place.UNKNOWN),
        ("/$X", Place.ROOT),
        ("/$X/build", Place.ROOT),
        ("~/$X", Place.HOME_ROOT),
        ("~/$X/build", Place.HOME),
        ("./$X", Place.UNKNOWN),
        ("./$X/y", Place.PROJECT),
        ("build-$X", Place.PROJECT),
        ("build/$X", Place.ARTEFACT),
        ("/var/lib/$X", Place.SYSTEM),
        ("/data/x$X", Place.OUTSIDE),
        ("/tmp/$X", Place.TEMPORARY),
        ("/tmp/$X/../..", Place.UNKNOWN),
        ("$TMPDIR/x", Place.TEMPORARY),
        ("${TMPDIR}/x", Place.TEMPORARY),
        ("${TMPDIR:-/tmp}/x", Place.TEMPORARY),
        ("$TMPDIR", Place.TEMPORARY),
        ("$TMPDIRX", Place.UNKNOWN),
        ("$TMPDIR_X", Place.UNKNOWN),
        ("${TMPDIR}x", Place.UNKNOWN),
        ("$(mktemp -d --suffix=a)/x", Place.TEMPORARY),
        ("$(cat list)/x", Place.UNKNOWN),
    ],
)
def test_a_word_with_a_gap_has_the_place_of_what_is_certain(word: str, place: Place) -> None:
    """A gap may be empty: `/$X` may be the root, `~/$X` the home."""
    deleted = [deed for deed in bash(f"rm -rf {word}").deeds if str(deed.effect) == "file.delete"]
    unsure = [deed.target for deed in deleted if deed.target and not deed.target.exact]
    assert [target.place for target in unsure] == [place]


def test_a_relative_path_without_a_directory_is_unknown() -> None:
    """After `cd "$X"` nobody knows where `build` lies; an absolute path still is what it is."""
    assert locate("build", SCENE, cwd=None).place is Place.UNKNOWN
    assert locate("b*", SCENE, cwd=None, glob=True).place is Place.UNKNOWN
    assert locate("b$X", SCENE, cwd=None, known=False, literal="b", shape="b${_}").place is Place.UNKNOWN
    assert locate("/etc", SCENE, cwd=None).place is Place.SYSTEM
    assert locate("/proc/self/cwd/x", SCENE, cwd=None).place is Place.SYSTEM


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "cwd", ["/proc/self/cwd", "/proc/self/cwd/x", "/proc/self/root/proc/self/cwd", "/proc/1/root/proc/2/cwd/"]
)
def test_a_directory_that_is_told_by_its_own_link_is_followed_once(cwd: str) -> None:
    """It would go round for ever."""
    assert resolve("/proc/self/cwd/y", "/", HOME) == "/y"
    assert locate("/proc/self/cwd/y", SCENE, cwd=cwd).place is Place.SYSTEM
    assert resolve("y", cwd, HOME).endswith("/y")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("path", ["/proc/self/cwd", "/proc/self/cwd/src", "/proc/self/root/proc/self/cwd"])
def test_a_command_that_goes_where_it_is_by_a_link_ends(path: str) -> None:
    """And what it does there is what it would do without."""
    found = bash(f"cd {path} && rm -rf ~/.web4 && cat a.py")
    assert Effect.SELF_TAMPER in {deed.effect for deed in found.deeds}
    read = [deed.target for deed in found.deeds if deed.effect is Effect.FILE_READ and deed.target]
    assert [target.resolved for target in read] == [f"{CWD}/src/a.py" if path.endswith("src") else f"{CWD}/a.py"]


def test_a_whole_home_or_disk_is_no_project() -> None:
    """An agent that runs in the home does not make the home its own to delete."""
    for project in (HOME, "/", "/home"):
        at_home = scene(HOME, HOME, project)
        assert place_of(f"{HOME}/notes.txt", at_home) is Place.HOME
        assert place_of(HOME, at_home) is Place.HOME_ROOT


def test_without_a_home_every_home_counts() -> None:
    """Where the person's home is not told, a path below /home is somebody's."""
    nowhere = scene("/srv/p", "", "")
    assert place_of("/home/bob/x", nowhere) is Place.HOME
    assert resolve("~/x", "/srv/p", "") == ""
    assert nowhere.project == "/srv/p"


def test_a_project_below_a_system_directory_is_the_project() -> None:
    """`/usr/src/app` is a common place in containers; what holds it stays the system's."""
    inside = scene("/usr/src/app", HOME, "/usr/src/app")
    assert place_of("/usr/src/app/a", inside) is Place.PROJECT
    assert place_of("/usr", inside) is Place.SYSTEM
    assert place_of("/usr/src", inside) is Place.PROJECT_ROOT


def test_no_path_has_no_place() -> None:
    """What could not be resolved lies nowhere that is known."""
    assert place_of("", SCENE) is Place.UNKNOWN


def test_below_tells_a_part_from_a_longer_name() -> None:
    """`/a/bc` does not lie below `/a/b`."""
    assert below("/a/b/c", "/a/b") == "c"
    assert below("/a/b", "/a/b") == ""
    assert below("/a/bc", "/a/b") is None
    assert below("/a", "/") == "a"


def test_a_program_that_may_expand_a_tilde_itself_is_taken_to() -> None:
    """An editor does; so the careful reading stays."""
    written = [deed.target for deed in call("Bash", {"command": "vim '~/x'"}).deeds if deed.effect is Effect.FILE_WRITE]
    assert {target.resolved for target in written if target is not None} == {f"{HOME}/x"}


@pytest.mark.parametrize(
    ("command", "resolved"),
    [
        ("rm -f ~", HOME),
        ('rm -f "~"', f"{CWD}/~"),
        ("rm -f '~/x'", f"{CWD}/~/x"),
        ("X='~'; rm -f $X", f"{CWD}/~"),
        ('for i in "" a; do rm -f "$i~"; done', f"{CWD}/~"),
        ("eval 'rm -f ~'", HOME),
        ("bash -c 'rm -f ~/x'", f"{HOME}/x"),
    ],
)
def test_only_a_tilde_that_the_shell_expands_is_the_home(command: str, resolved: str) -> None:
    """A quoted one, or one that a variable brings, is a name."""
    deleted = [deed.target for deed in call("Bash", {"command": command}).deeds if deed.effect is Effect.FILE_DELETE]
    assert resolved in {target.resolved for target in deleted if target is not None}
