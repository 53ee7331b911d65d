"""What hides the gate behind its own name, or prepares a change of it, is tampering; what only looks like it is not."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, call, effects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

TAMPER = "self.tamper"


@pytest.mark.parametrize(
    "command",
    [
        "ln -sf /bin/true ~/.local/bin/web4", "cp /bin/true /usr/local/bin/web4", "install -m755 t ~/bin/web4", "chmod -x ~/.local/bin/web4",
        "rm ~/.local/bin/web4", "mv t ~/.local/bin/web4", "printf '#!/bin/sh' > ~/.local/bin/web4", "tee /usr/local/bin/web4 < t",
        "echo 'alias web4=true' >> ~/.bashrc", 'echo "web4() { :; }" >> ~/.zshrc', "echo 'function web4 { :; }' | tee -a ~/.profile",
        "cat >> ~/.zshrc <<'E'\nalias ll='ls -l'\nalias web4='echo ok'\nE", "echo 'web4 off --for 2h' >> ~/.bashrc",
        "(crontab -l; echo '*/5 * * * * web4 off --for 1h') | crontab -", "echo '~/.local/bin/web4 uninstall' > .git/hooks/post-merge",
        "git config --global alias.up '!web4 off'", "printf 'alias -g web4=:\\n' >> ~/.zshrc",
        "git config core.hooksPath /tmp/h", "git config --global core.hookspath ~/.hooks", "git -c core.hooksPath=/tmp/h commit -m x",
        "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/tmp/h git commit -m x", "git config set core.hooksPath ../h",
    ],
)  # fmt: skip  # one command a line says no more
def test_a_shadow_of_the_gate_is_tampering(command: str) -> None:
    """Programs of its name, lines that run or hide it later, and hooks of git outside the project."""
    assert TAMPER in effects(command)


@pytest.mark.parametrize(
    "command",
    [
        "cp docs/web4 notes/web4", "mkdir -p bin && cp tool bin/tool", "rm web4", "cat ~/.local/bin/web4", "ls -l ~/.local/bin/web4",
        "echo 'alias ll=\"ls -l\"' >> ~/.bashrc", "echo 'web4 status' >> ~/.bashrc", "echo 'alias web4=true'", "echo '# web4 is on' >> ~/.bashrc",
        "echo 'alias web4=true' >> notes.md", "git config core.hooksPath .githooks", "git config --get core.hooksPath",
        "git config --unset core.hooksPath", "git -c core.hooksPath=/dev/null commit -m x", "git config core.editor vim",
        "git commit -m 'set core.hooksPath to /tmp/h'", "grep -r core.hooksPath /etc",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_shadow_is_none(command: str) -> None:
    """Reading, the project's own hooks, and texts that nothing runs."""
    assert TAMPER not in effects(command)


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Write", {"file_path": f"{HOME}/.bashrc", "content": "export A=1\nalias web4='true'\n"}),
        ("Edit", {"file_path": f"{HOME}/.zshrc", "old_string": "a", "new_string": "web4() { return 0; }"}),
        (
            "MultiEdit",
            {"file_path": f"{HOME}/.profile", "edits": [{"old_string": "a", "new_string": "web4 off --for 1h"}]},
        ),
        ("Write", {"file_path": f"{HOME}/.local/bin/web4", "content": "#!/bin/sh\n"}),
        ("mcp__sqlite__query", {"db_path": f"{HOME}/.web4/ledger.db", "sql": "DELETE FROM entries"}),
        ("mcp__sqlite__read_query", {"database": f"{HOME}/.web4/ledger.db", "query": "PRAGMA journal_mode=DELETE"}),
    ],
)
def test_other_tools_shadow_it_no_better(tool: str, given: dict[str, Json]) -> None:
    """Files that are written, and statements that a server is handed with the ledger."""
    assert TAMPER in {str(deed.effect) for deed in call(tool, given).deeds}


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Write", {"file_path": f"{CWD}/README.md", "content": "alias web4='true'"}),
        ("Write", {"file_path": f"{HOME}/.bashrc", "content": "export A=1"}),
        ("mcp__sqlite__query", {"db_path": f"{HOME}/.web4/ledger.db", "sql": "SELECT count(*) FROM entries"}),
        ("mcp__sqlite__query", {"db_path": f"{CWD}/app.db", "sql": "DELETE FROM web4"}),
    ],
)
def test_other_tools_go_on_beside_it(tool: str, given: dict[str, Json]) -> None:
    """A document, a profile without it, and looking into the ledger."""
    assert TAMPER not in {str(deed.effect) for deed in call(tool, given).deeds}
