"""Files of the gate that a row of the catalog does not name: options, operands, wrappers, variables, sweeps, patches."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, catalog, effects, stocked
from web4_governance.core.effects import Protected, derive

TAMPER = "self.tamper"

TOUCHED = [
    "script ~/.web4/policy.json",
    "script -q -c ls ~/.web4/policy.json",
    "history -w ~/.web4/policy.json",
    "HISTFILE=~/.web4/policy.json bash -ic ls",
    "export HISTFILE=~/.web4/policy.json",
    "HISTFILE=.claude/settings.json; history -w",
    "GIT_TRACE2_EVENT=~/.web4/policy.json git status",
    "TMPDIR=~/.web4 sort big",
    "exiftool -o ~/.web4/policy.json a.jpg",
    "bash -c 'echo x > \"$0\"' ~/.web4/policy.json",
    "sh -c 'tee $0 < y' ~/.web4/policy.json",
    "shuf -o ~/.web4/policy.json x",
    "less -o ~/.web4/policy.json x",
    "less +'s ~/.web4/policy.json' x",
    "tree -o ~/.web4/policy.json",
    "tree --outfile=~/.web4/policy.json",
    "uniq -c a ~/.web4/policy.json",
    "xxd -r dump ~/.web4/policy.json",
    "strace -o ~/.web4/policy.json ls",
    "time -o ~/.web4/policy.json ls",
    "/usr/bin/time -o.claude/settings.json ls",
    "flock ~/.web4/ledger.lock sleep 999",
    "flock -x ~/.web4/ledger.lock -c 'sleep 999'",
    "cd ~/.web4 && flock ledger.lock sleep 9",
    "exec 9<~/.web4/ledger.lock; flock 9",
    "sleep 999 < ~/.web4/ledger.lock",
    "sudoedit ~/.web4/policy.json",
    "sudo -e ~/.web4/policy.json",
    "vimdiff ~/.web4/policy.json x",
    "sqlite3 -readonly ~/.web4/ledger.db '.output /home/user/.web4/policy.json'",
    "git diff --output=.claude/settings.json",
    "git apply --directory=.claude x.patch",
    "git -C .claude apply x.patch",
    "cd .claude && patch -p1 < x.diff",
    "patch -d .claude -p1 < x.diff",
    "tar xf tpl.tar -C .claude",
    "cp -r tpl/. .claude",
]
FREE = [
    "ls -la ~/.web4",
    "ls -o ~/.web4",
    "ls -I .web4",
    "find . -not -path './.web4/*' -name '*.pyc' -delete",
    "find . -empty -delete",
    "find . -type d -empty -delete",
    "chown -R user .",
    "chgrp -R staff .",
    "tar czf b.tgz --exclude=.web4 .",
    "rsync -a --exclude .web4 . /tmp/b",
    "du --exclude=~/.web4 ~",
    "cat .claude/docs/x.md",
    "sed -i s/a/b/ .claude/agents/x.md",
    "xxd ~/.web4/ledger.db",
    "F=~/.web4/ledger.db; ls $F",
    "export WEB4_HOME=~/.web4",
    "WEB4_HOME=~/.web4 web4 status",
    "git log -p -- .web4/policy.json",
    "git -C . log -- .claude/settings.json",
    "git add .web4/policy.json",
    "git apply --check x.patch",
    "git apply --directory=vendor x.patch",
    "patch -p1 -d lib < x.diff",
    "grep -w deny ~/.web4/policy.json",
    "grep -o deny ~/.web4/policy.json",
    "wc -w ~/.web4/policy.json",
    "diff -u ~/.web4/policy.json x",
    "bash -c 'ls ~/.web4' x",
    "time ls ~/.web4",
    "timeout 5 cat ~/.web4/x",
    "watch cat ~/.web4/audit/x",
    "script -q /tmp/log ls",
    "less +G notes",
    "lsof ~/.web4/ledger.db",
    "shuf -o mixed x",
    "flock /run/build.lock make",
    "tar xf tpl.tar -C lib",
]


@pytest.mark.parametrize("command", TOUCHED)
def test_what_a_row_does_not_say_is_seen_for_the_gates_own_files(command: str) -> None:
    """Options that its row lacks, words that a wrapper keeps, variables that a program writes to."""
    assert TAMPER in effects(command)


@pytest.mark.parametrize("command", FREE)
def test_reading_sparing_and_everyday_work_stay_free(command: str) -> None:
    """Looking at it, leaving it out, and working beside it."""
    assert TAMPER not in effects(command)


def test_an_inert_row_of_a_pack_takes_nothing_away() -> None:
    """A row that says that a program only reads is not believed about options that it does not know."""
    row = {"program": "scribe", "source": "x", "inert": True, "effects": [{"effect": "file.read", "on": "operands"}]}
    silent = {"program": "mute", "source": "x", "inert": True, "effects": []}
    packed = stocked(row, silent)

    def tampers(command: str) -> bool:
        action = derive(
            "Bash", {"command": command}, agent="", cwd=CWD, home=HOME, project=CWD, protected=LOCAL, catalog=packed
        )
        return TAMPER in {str(deed.effect) for deed in action.deeds}

    assert tampers("scribe -z a ~/.web4/policy.json")
    assert not tampers("scribe ~/.web4/policy.json")
    assert not tampers("scribe --help ~/.web4/policy.json")
    assert tampers("mute ~/.web4/policy.json")


LOCAL = Protected(paths=(f"{HOME}/.web4", f"{CWD}/.claude/settings.local.json"))
IDLE = Protected(paths=LOCAL.paths, idle=(f"{CWD}/.claude/settings.local.json",))


def sweeps(command: str, kept: Protected, cwd: str = CWD) -> bool:
    action = derive(
        "Bash", {"command": command}, agent="", cwd=cwd, home=HOME, project=CWD, protected=kept, catalog=catalog()
    )
    return TAMPER in {str(deed.effect) for deed in action.deeds}


@pytest.mark.parametrize(
    "command",
    [
        "git stash -u", "git stash -a", "git stash --all", "git stash push --include-untracked", "git stash push -u -m wip",
        "git stash push -u -- .claude", "git stash save -u wip", "git clean -fd", "git clean -xdf", "git clean -fd .claude",
        "git clean --force -d", "git clean -id", "rm -rf .", "git stash -ku", "git stash --inc", "git stash push --al", "git clean --fo",
        "git add -A && git stash", "git add . && git stash push", "git add --force . && git stash", "git add --all; git reset --hard",
        "git add .claude; git checkout -f HEAD", "git add .claude/settings.local.json; git commit -m x; git checkout HEAD~1",
        "git add .; git commit -m x; git switch --detach 1a2b3c4", "git add :/; git commit -m x; git reset --keep HEAD@{1}",
        "git add .; git commit -m x; git switch --orphan z", "git add .; git commit -m x; git read-tree -mu HEAD^",
    ],
)  # fmt: skip
def test_hooks_in_a_projects_local_settings_are_not_swept_away(command: str) -> None:
    """Where hooks live there, and only there: settings that govern nothing are the project's business."""
    assert sweeps(command, LOCAL)
    assert not sweeps(command, IDLE)


def test_a_stash_from_below_sweeps_the_whole_project_and_a_clean_does_not() -> None:
    """As git does it."""
    assert sweeps("git stash -u", LOCAL, f"{CWD}/src")
    assert not sweeps("git clean -fd", LOCAL, f"{CWD}/src")


@pytest.mark.parametrize(
    "command",
    [
        "git stash", "git stash list", "git stash pop", "git stash apply -u", "git stash push -u -- src", "git clean -n",
        "git clean -fdn", "git clean -fd build", "git checkout HEAD~1", "git reset --hard HEAD~1", "git add src; git stash",
        "git stash; git add -A", "git add -A; git commit -m x; git checkout main", "git add -A; git checkout HEAD~1 -- src", "ls add; git stash",
        "git add -A; git checkout -b x", "git add -A; git reset HEAD~1", "git switch --orphan z", "git sparse-checkout set src", "git stash drop -u", "git status -u", "git add -A", "git commit -a -m x",
    ],
)  # fmt: skip
def test_a_repository_is_worked_with_as_ever(command: str) -> None:
    """What leaves untracked files alone, or other paths."""
    assert not sweeps(command, LOCAL)


SHARED = Protected(paths=(f"{HOME}/.web4", f"{CWD}/.claude/settings.json"), looked=True)


@pytest.mark.parametrize(
    "command",
    [
        "git stash -u", "git clean -fd", "git sparse-checkout set src", "git sparse-checkout init --cone", "git switch --orph z",
        "git checkout HEAD~1", "git checkout 1a2b3c4d", "git switch -d main@{1}", "git reset --keep HEAD~1", "git reset --hard v1",
        "git read-tree -mu HEAD~1", "git read-tree --reset -u v1", "git checkout -f main",
    ],
)  # fmt: skip
def test_hooks_in_a_projects_shared_settings_are_not_taken_back(command: str) -> None:
    """Where they are known to live there: an earlier state of the tree, or a part of it, may be without them."""
    assert sweeps(command, SHARED)
    assert not sweeps(command, Protected(paths=SHARED.paths))


@pytest.mark.parametrize(
    "command",
    [
        "git stash", "git checkout main", "git switch -c x", "git checkout -b x", "git checkout HEAD~1 -- src", "git reset HEAD~1",
        "git reset --soft HEAD~1", "git sparse-checkout set src .claude", "git sparse-checkout list", "git checkout --orphan z",
        "git read-tree HEAD", "git show HEAD~1", "git add -A; git commit -m x", "git checkout -- src/a.py", "git diff 1a2b3c4d",
    ],
)  # fmt: skip
def test_a_repository_whose_settings_are_shared_is_worked_with_as_ever(command: str) -> None:
    """Branches, parts of the tree, what changes the index alone."""
    assert not sweeps(command, SHARED)


def test_what_governs_nothing_is_still_not_written() -> None:
    """Only sweeping is let off."""
    assert sweeps("echo '{}' > .claude/settings.local.json", IDLE)
    assert sweeps("rm .claude/settings.local.json", IDLE)
    assert not sweeps("rm -rf .claude", IDLE)
    assert sweeps("rm -rf .claude", LOCAL)
    assert not sweeps("rm -rf .c*", IDLE)
    assert sweeps("rm -rf .c*", LOCAL)


ENVIRONMENT = Protected(paths=(f"{HOME}/.web4",), environment=("/opt/gate/bin/python", f"{CWD}/.venv/pyvenv.cfg"))


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf .venv", "rm -rf /opt/gate", "echo > .venv/pyvenv.cfg", "cp x /opt/gate/bin/python", "ln -sf x /opt/gate/bin/python",
        "rm /opt/gate/bin/*", "mv .venv old", "chmod 000 /opt/gate/bin/python", "sed -i s/a/b/ .venv/pyvenv.cfg", "rm -rf .v*",
    ],
)  # fmt: skip
def test_what_the_gate_runs_on_is_not_changed(command: str) -> None:
    """Its interpreter and its environment are no less its own than its package."""
    assert sweeps(command, ENVIRONMENT)


@pytest.mark.parametrize(
    "command",
    [
        "/opt/gate/bin/python x.py", "virtualenv -p /opt/gate/bin/python env", "foo /opt/gate/bin/python", "cat .venv/pyvenv.cfg",
        "rm -rf .venv/lib/python3.12/site-packages/foo", "pip install foo", "source .venv/bin/activate", "rm -rf build",
        "rm $X", "curl http://example.org",
    ],
)  # fmt: skip
def test_what_the_gate_runs_on_is_used_by_everybody(command: str) -> None:
    """Running it, naming it, and changing what lies beside it."""
    assert not sweeps(command, ENVIRONMENT)
