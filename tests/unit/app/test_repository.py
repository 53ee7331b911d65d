"""What a repository looks like is read from real ones, and nothing that they name is run."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from web4_governance.app import repository
from web4_governance.app.repository import look_at
from web4_governance.core.policy import Tree

GIT = shutil.which("git") or ""
pytestmark = pytest.mark.skipif(GIT not in repository.PROGRAMS, reason="no git where the gate looks for one")
AS = ("-c", "user.name=Dev", "-c", "user.email=dev@example.org", "-c", "commit.gpgsign=false")


def git(at: Path, *words: str) -> None:
    """Run git as a person would, without that person's own settings."""
    env = {"PATH": os.environ["PATH"], "HOME": str(at), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run([GIT, *AS, *words], cwd=at, env=env, check=True, capture_output=True)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two committed files on the branch `topic`."""
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("a")
    (root / "top.txt").write_text("t")
    (root / ".gitignore").write_text("*.log\n")
    git(root, "init", "-q", "-b", "topic")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def seen(path: Path) -> Tree:
    return look_at([str(path)], [])[str(path)]


def test_a_clean_tree_is_clean_and_tracked(repo: Path) -> None:
    """All that is there is in the last commit."""
    assert seen(repo) == Tree(root=str(repo), branch="topic", dirty=False, untracked=False)


def test_changes_count_at_and_above_the_file_and_not_beside_it(repo: Path) -> None:
    """A changed, a staged, a removed and a renamed file."""
    (repo / "src" / "a.py").write_text("b")
    assert [seen(repo / at).dirty for at in (".", "src", "src/a.py", "top.txt")] == [True, True, True, False]
    git(repo, "add", ".")
    assert seen(repo / "src").dirty is True
    git(repo, "commit", "-qm", "second")
    git(repo, "mv", "top.txt", "src/b.txt")
    assert [seen(repo / at).dirty for at in ("top.txt", "src/b.txt", "src/a.py")] == [True, True, False]


@pytest.mark.parametrize("name", ["new/b.py", "src/new.py", "src/x.log", "src/na me\nb"])
def test_what_no_commit_holds_counts_ignored_files_too(repo: Path, name: str) -> None:
    """At, below and above: a file in a directory that nothing of is known is as unknown as the directory."""
    made = repo / name
    made.parent.mkdir(exist_ok=True)
    made.write_text("x")
    assert [seen(at).untracked for at in (repo, made.parent, made, repo / "top.txt")] == [True, True, True, False]
    assert seen(repo).dirty is False


def test_a_conflict_is_a_change(repo: Path) -> None:
    """Both sides changed one file."""
    for branch, text in (("left", "l"), ("right", "r")):
        git(repo, "checkout", "-qb", branch, "topic")
        (repo / "top.txt").write_text(text)
        git(repo, "commit", "-qam", branch)
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "left")
    assert [seen(repo / at).dirty for at in ("top.txt", "src")] == [True, False]


def test_commits_that_the_upstream_lacks_are_unpushed(repo: Path) -> None:
    """Without an upstream nobody knows."""
    assert seen(repo).unpushed is None
    copy = repo.parent / "copy"
    git(repo.parent, "clone", "-q", str(repo), str(copy))
    assert seen(copy).unpushed is False
    git(copy, "commit", "-q", "--allow-empty", "-m", "more")
    assert seen(copy).unpushed is True


def test_a_path_in_no_repository_is_held_by_no_commit(tmp_path: Path) -> None:
    """And its branch is unknown."""
    assert look_at([str(tmp_path)], []) == {str(tmp_path): Tree(untracked=True)}
    assert look_at([], [str(tmp_path)]) == {str(tmp_path): Tree()}
    assert look_at(["/a\0b"], ["/a\0b"]) == {"/a\0b": Tree()}


def test_the_branch_is_read_without_running_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a worktree its own, of a commit that is checked out by itself `HEAD`."""
    git(repo, "worktree", "add", "-q", "-b", "other", str(repo.parent / "tree"))
    monkeypatch.setattr(repository, "_run", None)
    trees = [str(repo), str(repo / "src" / "none"), str(repo.parent / "tree")]
    assert [tree.branch for tree in look_at([], trees).values()] == ["topic", "topic", "other"]
    head = (repo / ".git" / "refs" / "heads" / "topic").read_text()
    said = {head: "HEAD", "ref: refs/heads/.invalid\n": "", "nonsense": "", "x" * 70_000: ""}
    for text, name in said.items():
        (repo / ".git" / "HEAD").write_text(text)
        assert look_at([], [str(repo)])[str(repo)].branch == name


def test_a_worktree_is_looked_at_as_itself(repo: Path) -> None:
    """Its data lie elsewhere, its files and its branch are its own."""
    tree = repo.parent / "tree"
    git(repo, "worktree", "add", "-q", "-b", "other", str(tree))
    (tree / "top.txt").write_text("changed")
    assert seen(tree) == Tree(root=str(tree), branch="other", dirty=True, untracked=False)
    assert seen(repo).dirty is False


@pytest.mark.parametrize(
    "settings",
    [
        '[filter "x"]\n\tclean = {trap}\n\tsmudge = {trap}\n',
        "[include]\n\tpath = more\n",
        "[core]\n\tworktree = /\n",
        '[remote "origin"]\n\tpromisor = true\n',
        '[submodule "x"]\n\turl = y\n',
    ],
)
def test_settings_that_could_run_something_leave_it_unknown(repo: Path, settings: str) -> None:
    """Nothing is run, not even git."""
    trap = repo.parent / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {repo.parent}/sprung\ncat\n")
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    (repo / ".gitattributes").write_text("* filter=x\n")
    with (repo / ".git" / "config").open("a") as file:
        file.write(settings.format(trap=trap))
    (repo / "src" / "a.py").write_text("b")
    assert seen(repo) == Tree(root=str(repo), branch="topic")
    assert not (repo.parent / "sprung").exists()


def test_hooks_and_monitors_of_the_repository_are_not_run(repo: Path) -> None:
    """They are settings that git is told to leave aside."""
    trap = repo.parent / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {repo.parent}/sprung\n")
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    shutil.copy(trap, repo / ".git" / "hooks" / "post-index-change")
    git(repo, "config", "core.fsmonitor", str(trap))
    git(repo, "config", "core.pager", str(trap))
    (repo / "top.txt").write_text("b")
    (repo.parent / "sprung").unlink(missing_ok=True)
    assert seen(repo).dirty is True
    assert not (repo.parent / "sprung").exists()


def test_submodules_a_stranger_and_a_missing_store_leave_it_unknown(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be told is not told."""
    (repo / ".gitmodules").write_text("")
    assert seen(repo).dirty is None
    (repo / ".gitmodules").unlink()
    monkeypatch.setattr(os, "getuid", lambda: -5)
    assert seen(repo).dirty is None
    monkeypatch.undo()
    lost = repo.parent / "lost"
    lost.mkdir()
    (lost / ".git").write_text("gitdir: nowhere\n")
    assert seen(lost) == Tree(root=str(lost))
    (lost / ".git").write_text("nonsense")
    assert seen(lost) == Tree(root=str(lost))


def test_a_look_that_takes_too_long_or_says_too_much_is_unknown(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded in time, output and number; what was begun is ended."""
    slow = repo.parent / "git"
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setattr(repository, "PROGRAMS", (str(slow),))
    begun = time.monotonic()
    assert seen(repo).dirty is None
    assert time.monotonic() - begun < 5
    for text in ("#!/bin/sh\nexec head -c 900000 /dev/zero\n", "#!/bin/sh\nexit 3\n", "no program"):
        slow.write_text(text)
        assert seen(repo).dirty is None
    slow.write_text("#!/bin/sh\nprintf '? \\377\\000'\n")
    assert seen(repo).untracked is None
    monkeypatch.setattr(repository, "PROGRAMS", ())
    assert seen(repo).dirty is None
    monkeypatch.undo()
    monkeypatch.setattr(repository, "MOST_ROOTS", 0)
    assert seen(repo).dirty is None


def test_a_link_is_looked_at_where_it_leads(repo: Path) -> None:
    """The text of a path proves nothing about its repository."""
    (repo / "src" / "a.py").write_text("b")
    link = repo.parent / "link"
    link.symlink_to(repo / "src")
    assert seen(link / "a.py").dirty is True


def test_variables_that_look_like_production_are_named_and_their_values_are_not() -> None:
    """Of what lies in them nothing is kept."""
    there = {"DATABASE_URL": "postgres://u:p@db.prod.example.org/x", "PGHOST": "localhost", "OTHER": "production"}
    assert repository.production(there) == ("DATABASE_URL",)
