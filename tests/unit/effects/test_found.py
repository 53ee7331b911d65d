"""What takes the gate's package or known hooks away by names that a pipe, a list or a search gives."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, catalog
from web4_governance.core.action import Effect
from web4_governance.core.effects import Protected, derive

LIVE = Protected(
    paths=(f"{CWD}/.claude/settings.json", f"{CWD}/.claude/settings.local.json", f"{HOME}/.web4"), looked=True
)


def live(command: str) -> set[Effect | None]:
    action = derive(
        "Bash",
        {"command": command},
        agent="claude-code",
        cwd=CWD,
        home=HOME,
        project=CWD,
        protected=LIVE,
        catalog=catalog(),
    )
    return {deed.effect for deed in action.deeds}


@pytest.mark.parametrize(
    "command",
    [
        "pip freeze | grep web4 | xargs pip uninstall -y",
        "pip list --format=freeze | grep -i web4 | cut -d= -f1 | xargs pip uninstall -y",
        "echo web4-governance > r.txt; pip uninstall -y -r r.txt",
        "printf 'requests\\nweb4_governance\\n' > r.txt && pip uninstall -y -r r.txt",
        "pip uninstall -y -r <(echo web4-governance)",
        "grep -rl web4 . | xargs sed -i 's/web4/true/'",
        "grep -rlZ hook.py . | xargs -0 sed -i s/hook/x/",
        "rg -l web4 --hidden | xargs sed -i s/web4/x/",
        "sed -i s/web4/x/ $(grep -rl web4 .)",
        "chown -R root .claude",
        "docker run -v $PWD/.claude:/c alpine sh -c 'echo {} > /c/settings.local.json'",
        "docker run --rm --volume=./.claude:/c alpine ls",
        "docker run --mount type=bind,source=/workspace/project/.claude,target=/c alpine ls",
        "podman run -v ./.claude/settings.json:/s alpine ls",
        "chown -R nobody:nogroup .claude",
    ],
)
def test_what_removes_the_package_or_changes_known_hooks_by_a_search_is_tampering(command: str) -> None:
    """The names come from a list, a pipe or a search for the gate's own name."""
    assert Effect.SELF_TAMPER in live(command)


@pytest.mark.parametrize(
    "command",
    [
        "pip freeze | grep -v web4 | xargs pip uninstall -y",
        "pip freeze | grep requests | xargs pip uninstall -y",
        "echo requests > r.txt; pip uninstall -y -r r.txt",
        "pip install -r requirements.txt",
        "pip freeze | grep web4",
        "grep -rl web4 src | xargs sed -i s/web4/x/",
        "grep -rl oldName . | xargs sed -i s/oldName/newName/",
        "rg -l web4 | xargs sed -i s/web4/x/",
        "grep -rl web4 --include=*.py . | xargs sed -i s/web4/x/",
        "grep -rl web4 --exclude-dir=.claude . | xargs sed -i s/web4/x/",
        "grep -rl web4 .",
        "chown -R user .claude",
        "docker run -v $PWD:/w -w /w node npm test",
        "docker run -v ./.claude:/c:ro alpine ls /c",
        "docker run --mount type=bind,src=/workspace/project/.claude,dst=/c,readonly alpine ls /c",
        "docker run -v ./data:/data alpine ls",
        "docker run -v claude:/c alpine ls",
        "chown -R user:user .",
        "chown -R root dist",
    ],
)
def test_what_spares_the_package_and_the_hooks_is_not(command: str) -> None:
    """Harmless neighbours."""
    assert Effect.SELF_TAMPER not in live(command)


@pytest.mark.parametrize(
    "command",
    [
        "git grep -l web4 | xargs sed -i 's/web4/true/'",
        "git grep -lz PreToolUse | xargs -0 rm",
        "sed -i 's/web4/true/' $(git grep -l web4)",
        "for f in $(git grep -l PreToolUse); do sed -i /x/d $f; done",
        'git grep -l PreToolUse | while read f; do sed -i /x/d "$f"; done',
        "git ls-files | xargs sed -i s/a/b/",
        "git ls-files '*.json' | xargs sed -i s/a/b/",
        "git ls-files | grep settings | xargs sed -i s/a/b/",
        "git ls-files -o | xargs rm -f",
        "git ls-files .claude | xargs truncate -s 0",
        "git -C . grep -l web4 | xargs sed -i s/web4/x/",
    ],
)
def test_what_git_lists_may_be_the_settings_in_which_hooks_live(command: str) -> None:
    """By what is written in them, by pathspecs that cover them, through filters that let their names through."""
    assert Effect.SELF_TAMPER in live(command)


@pytest.mark.parametrize(
    "command",
    [
        "git grep -l oldName | xargs sed -i s/oldName/newName/",
        "git grep -l web4 -- src | xargs sed -i s/web4/x/",
        "git grep -l web4 -- '*.py' | xargs sed -i s/web4/x/",
        "git grep -l web4 -- . ':!.claude' | xargs sed -i s/web4/x/",
        "git grep -l web4",
        "git ls-files '*.py' | xargs sed -i s/a/b/",
        "git ls-files src | xargs sed -i s/a/b/",
        "git ls-files | grep '\\.py$' | xargs sed -i s/a/b/",
        "git ls-files | grep -v '\\.claude' | xargs sed -i s/a/b/",
        "git ls-files -o --exclude-standard src | xargs rm -f",
        "git ls-files -m | xargs git add",
        "git ls-files | xargs wc -l",
    ],
)
def test_what_git_lists_elsewhere_is_not(command: str) -> None:
    """Harmless neighbours: other words, other places, other names, or nothing that is changed."""
    assert Effect.SELF_TAMPER not in live(command)
