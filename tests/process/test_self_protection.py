"""The gate's own files, through real hook processes: what would switch it off is denied, whatever the policy says."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from support.hooks import HOOK, event, line, spawn

ENVIRONMENT = os.path.dirname(os.path.dirname(sys.executable))
PERSON = pwd.getpwuid(os.getuid()).pw_dir
HOOKS = json.dumps({"hooks": {"PreToolUse": [{"hooks": [{"command": "python", "args": ["web4_governance/hook.py"]}]}]}})
PADDING = "; ".join(f"echo x > f{n}" for n in range(300))


class Project:
    def __init__(self, root: Path) -> None:
        self.user = root / "user"
        self.root = self.user / "project"
        (self.root / ".git").mkdir(parents=True)
        (self.user / ".claude").mkdir()
        self.home = self.user / ".web4"
        self.home.mkdir(mode=0o700)
        (self.home / "policy.json").write_text('{"defaultPolicy":"allow","enforce":true}')
        self.calls = 0

    def run(self, command: str) -> subprocess.CompletedProcess[bytes]:
        self.calls += 1
        body = event("PreToolUse", f"toolu_{self.calls}", tool_input={"command": command}, cwd=str(self.root))
        return spawn(line(self.home, "--on-failure=block", "--deadline-ms=20000"), body, user_home=self.user)

    def denied(self, command: str) -> bool:
        done = self.run(command)
        assert done.returncode in (0, 2), done.stderr
        assert done.returncode == 0 or b"core/self-tamper" in done.stderr, done.stderr
        return done.returncode == 2


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        f"rm -rf {ENVIRONMENT}",
        f"echo > {ENVIRONMENT}/pyvenv.cfg",
        f"cp x {sys.executable}",
        f"mv {os.path.dirname(ENVIRONMENT)} /tmp/y",
        f"echo > {os.path.dirname(os.__file__)}/os.py",
        f"echo > {HOOK}",
        f"echo '{{}}' > {PERSON}/.claude/settings.json",
        f"sed -i s/a/b/ {PERSON}/.web4/policy.json",
        "pkill -f hook.py",
        "pkill -f claude-code",
        f"pkill -f {os.path.basename(ENVIRONMENT)}/bin",
        f"killall {os.path.basename(sys.executable)}",
        "flock ~/.web4/ledger.lock sleep 999",
        "script ~/.web4/policy.json",
        "HISTFILE=~/.web4/policy.json bash -c 'history -w'",
        "bash <(echo 'web4 uninstall')",
        "echo 'web4 uninstall' > >(bash)",
        "(echo web4; echo uninstall) | xargs env",
        "grep -rl hooks ~/.claude | xargs sed -i s/a/b/",
        "cd ~/.claude; ls | while read f; do echo > $f; done",
        "find ~/.claude -type f -exec truncate -s 0 {} +",
        "ln -s ~/.cla* cc",
        "gzip -r ~/.claude",
        "git checkout-index -f --prefix=$HOME/.claude/ -a",
        'perl -e \'rename "$ENV{HOME}/.claude","x"\'',
        "sqlite3 ~/.web4/ledger.db < x.sql",
        "CLAUDE_CODE_SAFE_MODE=1 claude -p x",
        "npx @anthropic-ai/claude-code --bare -p x",
    ],
)
def test_what_would_switch_the_gate_off_is_denied_under_a_policy_that_allows_everything(
    project: Project, command: str
) -> None:
    """What it runs on, the person's own home whatever HOME says, its process and its lock."""
    assert project.denied(command)


@pytest.mark.parametrize(
    "command",
    [
        f"{sys.executable} -m pytest -q",
        f"ls {ENVIRONMENT}/bin",
        "rm -rf build node_modules",
        "git stash -u",
        "git clean -xdf",
        "rm -rf .claude",
        "chown -R me .",
        "find . -empty -delete",
        "pkill -f 'node server.js'",
        "cat ~/.web4/policy.json",
        "echo x > .claude/notes.md",
        "grep -r x .claude",
        "find . -type f -exec sed -i s/a/b/ {} +",
        "find . -name '*.json' | xargs sed -i s/a/b/",
        "find . -name '*.py' -exec sed -i s/a/b/ {} +",
        "grep -rl foo . | xargs sed -i s/foo/bar/",
        "sqlite3 ~/.web4/ledger.db 'select 1'",
        "source <(kubectl completion bash)",
    ],
)
def test_everyday_work_beside_it_goes_on(project: Project, command: str) -> None:
    """In a project where nothing of the gate lies."""
    (project.root / ".claude").mkdir()
    (project.root / ".claude" / "settings.local.json").write_text('{"permissions": {}}')
    assert not project.denied(command)


@pytest.mark.parametrize(
    "command",
    [
        "git stash -u",
        "git stash -a",
        "git clean -fd",
        "git clean -xdf",
        "rm -rf .claude",
        "find . -type f -exec sed -i s/a/b/ {} +",
        "find . -name '*.json' | xargs truncate -s0",
    ],
)
def test_hooks_that_live_in_the_project_are_not_swept_away(project: Project, command: str) -> None:
    """`web4 init --scope project` puts them into its local settings."""
    (project.root / ".claude").mkdir()
    (project.root / ".claude" / "settings.local.json").write_text(HOOKS)
    assert project.denied(command)


def test_links_that_lead_nowhere_yet_are_followed(project: Project) -> None:
    """Settings that are a link to a file that is still to be made, and a link to settings that are."""
    (project.root / ".claude").mkdir()
    os.symlink(project.root / "later" / "s.json", project.root / ".claude" / "settings.json")
    os.symlink(project.user / ".claude" / "settings.json", project.root / "notes.json")
    assert project.denied("mkdir -p later; echo '{}' > later/s.json")
    assert project.denied("echo '{}' > notes.json")


def test_a_link_behind_hundreds_of_other_paths_is_found(project: Project) -> None:
    """More than are deeds, more than a rule would look behind."""
    os.symlink(project.home / "policy.json", project.root / "link")
    assert not project.denied(PADDING)
    assert project.denied(PADDING + "; echo x > link")


def test_a_directory_behind_a_link_takes_no_patch(project: Project) -> None:
    """`git apply --directory` writes names that only the patch knows."""
    os.symlink(project.user / ".claude", project.root / "conf")
    (project.user / ".claude" / "settings.json").write_text(HOOKS)
    assert project.denied("git apply --directory=conf x.patch")
    assert not project.denied("git apply --directory=src x.patch")
