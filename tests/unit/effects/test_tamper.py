"""The gate protects itself: by any tool and spelling what would switch it off is `self.tamper`, and reading it is not."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, PROTECTED, bash, call, catalog, effects
from web4_governance.core.action import Effect, McpServer, Place, Target, TargetKind
from web4_governance.core.effects import Protected, derive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAMPER = "self.tamper"

WRITES = [
    "rm -rf ~/.web4",
    "rm -rf ~/.web4/",
    "rm -rf ${HOME}/.web4/audit",
    "rm -rf /home/user/../user/./.web4",
    "rm -rf ~/.WEB4",
    "/proc/self/root/bin/rm -rf /proc/self/root/home/user/.web4",
    "rm -rf ~",
    "rm -rf /",
    "rm -rf .",
    "rm -rf ~/.w*",
    "rm -rf ~/.[a-z]*",
    "shopt -s dotglob; rm -rf ~/*",
    "rm ~/.web4/*.json",
    "rm ~/.claude/set*",
    "touch ~/.c*/settings.json",
    "cd ~ && rm -rf .web4",
    'cd "$X" && rm -rf .web4',
    'rm -rf "$X/.web4"',
    "echo x > ~/.web4/policy.json",
    ": >> .claude/settings.json",
    "tee ~/.web4/config.toml < x",
    "sed -i s/deny/allow/ ~/.web4/policy.json",
    "cp p.json ~/.web4/policy.json",
    "cp settings.json .claude/",
    "cp settings.json .claude",
    "cp -t .claude settings.json",
    "mv settings.json .claude/",
    "mv ~/.web4 /tmp/x",
    "mv ~ /tmp/x",
    "install -m 644 x .web4/policy.json",
    "ln -s ~/.web4 /tmp/l",
    "ln -s ~/.claude c; echo '{}' > c/settings.json",
    "cp -l ~/.web4/policy.json s",
    "cp -al ~/.web4 s",
    "cp --link ~/.claude/settings.json s",
    "link ~/.web4/policy.json s",
    "curl --output-dir ~/.web4 -O http://example.org/policy.json",
    "curl --output-dir=/home/user/.claude/settings.json -O http://example.org/x",
    "csplit -f ~/.web4/x y 1",
    "ln -sf /tmp/mine ~/.web4",
    "rsync -a x/ ~/.web4/",
    "cp -r evil/. ~",
    "tar xf a.tar -C ~",
    "tar xf a.tar -C ~/.web4",
    "unzip a.zip -d /etc/web4",
    "dd if=/dev/zero of=/home/user/.web4/ledger.db",
    "dd if=/dev/zero of=~/.web4/ledger.db",
    "truncate -s 0 ~/.web4/ledger.db",
    "touch ~/.web4/x",
    "chmod 000 ~/.web4",
    "chmod -R 000 ~",
    "shred ~/.web4/ledger.db",
    "find ~ -name .web4 -exec rm -rf {} +",
    "find ~/.web4 -delete",
    "find / -name 'ledger*' -delete",
    "find ~ -maxdepth 1 -name '.web4' | xargs rm -rf",
    "curl -o ~/.web4/policy.json https://example.org/p",
    "wget -P ~/.web4 https://example.org/p",
    "sqlite3 ~/.web4/ledger.db 'delete from entries'",
    "git checkout -- .web4/policy.json",
    "git clean -fdx",
    "git config -f ~/.claude/settings.json a.b c",
    "git -C ~/.web4 init",
    "patch -p1 <<'E'\n--- a/.web4/policy.json\n+++ b/.web4/policy.json\nE",
    "apply_patch <<'E'\n*** Update File: .web4/policy.json\nE",
    "awk 'BEGIN{print > \"/home/user/.web4/x\"}'",
    "ed ~/.web4/policy.json",
    "foo ~/.web4",
    "foo --to=/home/user/.web4",
    "foo -o~/.web4",
    "foo a:~/.web4:ro",
    "chmod 000 ~/.claude",
    "rm $(ls ~/.web4/*)",
    "ls ~/.web4 | xargs rm",
    "sed -i s/a/b/ $(find ~/.web4 -name '*.json')",
    'ls ~/.web4 | while read -r f; do rm "$f"; done',
    "echo 'rm ~/.web4/x' | at now",
    "at now <<< 'rm ~/.web4/x'",
    "docker run -v $HOME:/h alpine rm -rf /h/.web4",
    "cp -r cfg/. ~/.claude/",
    "rm -rf /home/*/.web4",
    "foo my.web4x,/home/user/.web4",
    'foo "$X/.web4/y"',
    "./foo < x | bar .claude/settings.json",
    "foo <<'E'\n~/.web4\nE",
    "cd ~/.web4 && ./foo",
    "cd ~/.web4 && make",
    "~/.web4/foo",
    "docker run -v ~/.web4:/x alpine ls",
    "python3 x.py ~/.web4",
    "python3 -c \"open('/home/user/.web4/policy.json','w')\"",
    "python3 - <<'E'\nimport os; os.unlink(os.path.expanduser('~/.web4/ledger.db'))\nE",
    "python3 -c 'import web4_governance'",
    "node -e \"require('fs').writeFileSync(process.env.HOME+'/.claude/settings.json','')\"",
    'eval "$(decode x)" # ~/.web4',
    'bash -c "rm -rf ~/.web4"',
    "sudo rm -rf /etc/web4",
    "rm -rf /lib/site-packages/web4_governance/core",
    "rm -rf /lib/site-packages/web4*",
    "sed -i s/a/b/ $(grep -rl hook ~/.claude)",
    "grep -rl hook ~/.claude | xargs sed -i s/a/b/",
    "rg -l hook ~/.claude | xargs perl -pi -e s/a/b/",
    "cd ~/.claude; ls | while read f; do echo > $f; done",
    "cd ~/.claude && ls | xargs truncate -s0",
    "for f in $(find ~/.claude -type f); do : > $f; done",
    "while read f; do > $f; done < <(find ~/.claude -type f)",
    "f=$(find ~ -maxdepth 2 -name settings.json | head -1); echo '{}' > $f",
    "find ~/.claude -type f -exec truncate -s 0 {} +",
    "find ~/.claude -type f | xargs truncate -s 0",
    "find ~/.claude -type f | xargs -I{} sh -c 'echo > {}'",
    "find ~/.claude -type f -exec sh -c 'echo > $1' _ {} ;",
    "find ~ -maxdepth 1 -name .claude | xargs rm -rf",
    "find . -name settings.json -exec truncate -s 0 {} +",
    "ls -d ~/.claude | xargs rm -rf",
    "ln -s ~/.cla* cc",
    "gzip -r ~/.claude",
    "rename 's/x/y/' ~/.claude",
    "7z a -sdel x.7z ~/.claude",
    "cpio -idmu -D ~ < x",
    "curl -O --output-dir ~/.claude https://example.org/settings.json",
    "wget -N -P ~/.claude https://example.org/settings.json",
    "wget -r -P ~/.claude https://example.org/",
    "mount --bind x ~/.claude",
    "foo ~/.claude",
    "git checkout-index -f --prefix=$HOME/.claude/ -a",
    "git -C ~/.claude checkout .",
    "git -C ~/.claude stash",
    "cd ~/.claude && git pull",
    "git --work-tree=$HOME checkout -f",
    "GIT_WORK_TREE=~/.claude git checkout -f",
    'perl -e \'rename "$ENV{HOME}/.claude","x"\'',
    "python3 -c \"import os; os.rename('/home/user/.claude','x')\"",
    "python3 -c \"import os; os.rename(os.path.expanduser('~'),'x')\"",
    "python3 -c \"from pathlib import Path; (Path.home()/'.claude').rename('x')\"",
    "python3 -c \"import glob; [open(f,'w') for f in glob.glob('/home/user/.claude/*')]\"",
    'node -e \'require("fs").renameSync(process.env.HOME+"/.claude","x")\'',
    'ruby -e \'File.rename(Dir.home+"/.claude","x")\'',
    'php -r \'rename(getenv("HOME")."/.claude","x");\'',
    "sqlite3 ~/.web4/ledger.db < x.sql",
    "sqlite3 ~/.web4/ledger.db",
]
COMMANDS = [
    "web4 uninstall",
    "web4 init --preset permissive",
    "web4 off --for 10m",
    "web4 hook claude-code < ev.json",
    "web4 policy use permissive",
    "web4 policy grant x",
    "web4 policy grant --list $X",
    "web4 policy grant --lis x",
    "web4 trust label x good",
    "web4 report sign-off r.html --by me",
    "web4 report --by me sign-off r.html",
    "web4 report $X",
    "web4 doctor --f",
    "web4 trust $X",
    "web4 erase x",
    "web4 config set a b",
    "web4 doctor --fix",
    "web4 doctor $X",
    "web4 identity new",
    "web4 $X",
    "web4 --home /tmp/x uninstall",
    "web4 --home=/tmp/x uninstall",
    'w""eb4 uninstall',
    "/usr/local/bin/web4 uninstall",
    "sudo web4 uninstall",
    "env A=1 nohup web4 uninstall",
    "bash -c 'web4 uninstall'",
    "xargs web4 policy use < x",
    "tmux send-keys 'web4 uninstall' Enter",
    "python -m web4_governance uninstall",
    "python3.12 -m web4_governance.hook claude-code",
    "python3 /lib/site-packages/web4_governance/__main__.py uninstall",
    "npx web4 init",
    "uvx web4-governance init",
    "uvx web4-governance@latest init",
    "pipx run web4-governance==0.1 init",
    "foo web4 uninstall",
    "python3 -c \"import os; os.system('web4 uninstall')\"",
    "pkill -f web4",
    "killall web4",
    "kill $(pgrep -f web4)",
    "kill $(cat ~/.web4/gate.pid)",
    "pgrep web4 | xargs kill -9",
    "kill -9 -1",
    "systemctl --user stop web4-gate",
    "pip uninstall -y web4-governance",
    "pip install web4_governance==0.0.1",
    "python -m pip uninstall web4-governance",
    "claude plugin disable web4-governance",
    "claude --bare -p x",
    "claude --safe-mode -p x",
    "claude --settings x.json",
    "claude --setting-sources project",
    "CLAUDE_CODE_SIMPLE=1 claude -p x",
    "export CLAUDE_CODE_SIMPLE=1; claude -p x",
    "HOME=/tmp/x claude -p hi",
    "bash <(echo 'web4 uninstall')",
    "source <(echo web4 off --for 1h)",
    "bash < <(echo 'web4 uninstall')",
    "echo 'web4 uninstall' > >(bash)",
    "tee >(sh) <<< 'web4 off --for 1h'",
    "(echo web4; echo uninstall) | xargs env",
    "CLAUDE_CODE_SAFE_MODE=1 claude -p x",
    "CLAUDE_CODE_SIMPLE=1 npx @anthropic-ai/claude-code -p x",
    "npx @anthropic-ai/claude-code --bare -p x",
    "npx -y @anthropic-ai/claude-code@latest --settings x.json -p x",
    "pnpm dlx @anthropic-ai/claude-code --safe-mode",
]
FREE = [
    "cat ~/.web4/audit/x.jsonl | jq .",
    "ls -la ~/.web4",
    "head ~/.claude/settings.json",
    "grep -rn web4 src",
    "grep deny ~/.web4/policy.json",
    "sed -n 1,5p ~/.web4/policy.json",
    "cp ~/.web4/ledger.db /tmp/x",
    "tar czf /tmp/b.tgz ~/.web4",
    "diff ~/.web4/policy.json x",
    "du -sh ~/.web4",
    "sqlite3 -readonly ~/.web4/ledger.db 'select 1'",
    "web4",
    "web4 --help",
    "web4 log --since 7d",
    "web4 show abc",
    "web4 why abc",
    "web4 status",
    "web4 verify",
    "web4 doctor",
    "web4 policy show",
    "web4 policy grant --list",
    "web4 policy grant --list --json",
    "web4 policy check x.json",
    "web4 policy",
    "web4 config show",
    "web4 trust X --explain",
    "web4 --home /tmp/x status",
    "python -m web4_governance verify",
    "which web4",
    "pip show web4-governance",
    "pip install requests",
    "echo web4 uninstall",
    "git commit -m 'touch ~/.web4'",
    "cat > README.md <<'E'\nSee ~/.web4\nE",
    "rm -rf build",
    "rm *.log",
    "rm -rf ~/.cache/x",
    "rm -rf ~/*",
    "rm -rf ~/.website",
    "touch ~/x*",
    "rm -rf ~/$X",
    "chmod 644 .",
    "rm $(ls ~/x)",
    "ls ~/.web4 | xargs cat",
    "tmux send-keys 'web4 status' Enter",
    "find /data -name '*.x' -exec chmod 600 {} +",
    "find . -name '*.pyc' -delete",
    "find /data -name '*' -delete",
    "tar xf a.tar",
    "cp -r template/. .",
    "git checkout .",
    "git clean -fd",
    "pytest -q",
    "kill 123",
    "pkill node",
    "claude -p hi",
    "foo web4.io",
    "foo my.web4x",
    "grep -r hook .claude",
    "ls -la ~/.claude",
    "find ~/.claude -name '*.md'",
    "find ~/.claude -type f | xargs cat",
    "find ~/.claude/projects -name '*.jsonl' | xargs wc -l",
    "ls ~/.claude/projects | while read p; do echo $p >> out.txt; done",
    "cp -r ~/.claude /tmp/b",
    "code ~/.claude",
    "cd ~/.claude && git status",
    "git -C ~/.claude stash list",
    "git -C ~/.claude log -3",
    "mkdir -p .claude/commands",
    "sed -i s/a/b/ .claude/commands/review.md",
    "foo .claude",
    "find . -type f -exec sed -i s/a/b/ {} +",
    "find . -name '*.py' -exec sed -i s/a/b/ {} +",
    "find . -type f -exec chmod 644 {} +",
    "find . -type f | while read f; do echo >> $f; done",
    "grep -rl foo . | xargs sed -i s/foo/bar/",
    "gzip -r logs",
    "rename 's/a/b/' *.txt",
    "ln -s /opt/* bin",
    "wget -P downloads https://example.org/a.tgz",
    "curl -O --output-dir out https://example.org/settings.json",
    "7z x a.7z -oout",
    "cpio -idm < x",
    "git checkout-index -a --prefix=out/",
    "python3 -c \"import os; print(os.listdir('/home/user/.claude'))\"",
    "python3 -c \"import os; os.rename('a.txt','b.txt')\"",
    "npx @anthropic-ai/claude-code -p hi",
    "npx @anthropic-ai/claude-code --version",
]


@pytest.mark.parametrize("command", WRITES)
def test_no_shell_command_changes_what_is_protected(command: str) -> None:
    """Writing, moving, linking, unpacking over it, handing it to a program that nobody knows: all of it is seen."""
    assert TAMPER in effects(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_shell_command_runs_or_ends_the_gate(command: str) -> None:
    """Changing commands, ending the process, replacing the package, and a client started without its hooks."""
    assert TAMPER in effects(command)


@pytest.mark.parametrize("command", FREE)
def test_reading_and_everyday_work_stay_free(command: str) -> None:
    """Looking at the records, speaking of the gate, and cleaning up next to it are no tampering."""
    assert TAMPER not in effects(command)


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Write", {"file_path": f"{HOME}/.web4/policy.json"}),
        ("Write", {"file_path": "~/.web4/policy.json"}),
        ("Edit", {"file_path": ".claude/settings.json"}),
        ("MultiEdit", {"file_path": f"{CWD}/.web4/policy.yaml"}),
        ("NotebookEdit", {"notebook_path": "/etc/web4/x.ipynb"}),
        ("apply_patch", {"command": "*** Begin Patch\n*** Delete File: .web4/policy.json\n"}),
        ("Bash", {"command": "rm x", "workdir": f"{HOME}/.web4"}),
        ("shell", {"command": ["rm", "-rf", f"{HOME}/.web4"]}),
        ("write_stdin", {"chars": "rm -rf ~/.web4\n"}),
        ("mcp__fs__write_file", {"path": f"{HOME}/.web4/policy.json", "content": ""}),
        ("mcp__fs__move_file", {"source": f"{HOME}/.web4", "destination": "/tmp/x"}),
        ("mcp__fs__frobnicate", {"where": f"{HOME}/.web4"}),
        ("mcp__fs__frobnicate", {"a": [{"b": "file:///home/user/.claude/settings.json"}]}),
        ("mcp__sh__run", {"command": "web4 uninstall"}),
        ("mcp__py__execute", {"code": "import web4_governance"}),
        ("mcp__x__y", {**{f"a{n}": "x" for n in range(400)}, "path": "/etc/web4/policy.json"}),
        ("frobnicate", {"target": "~/.web4"}),
        ("frobnicate", {"python": "open('.web4/x')"}),
    ],
)
def test_no_other_tool_changes_what_is_protected(tool: str, given: Any) -> None:
    """Files, patches, MCP servers and tools that nobody knows are held to the same."""
    assert TAMPER in {str(deed.effect) for deed in call(tool, given).deeds}


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Read", {"file_path": f"{HOME}/.web4/policy.json"}),
        ("Grep", {"pattern": "x", "path": f"{HOME}/.web4"}),
        ("Glob", {"pattern": "~/.web4/**"}),
        ("mcp__fs__read_file", {"path": f"{HOME}/.web4/policy.json"}),
        ("mcp__fs__write_file", {"path": "notes.md", "content": "see ~/.web4 and web4_governance"}),
        ("Write", {"file_path": "a.md", "content": "rm -rf ~/.web4"}),
        ("frobnicate", {"text": "see ~/.web4"}),
    ],
)
def test_other_tools_may_read_and_speak_of_it(tool: str, given: Any) -> None:
    """Reading is free, and so is text that goes into another file."""
    assert TAMPER not in {str(deed.effect) for deed in call(tool, given).deeds}


def test_tampering_is_not_hidden_by_many_other_deeds() -> None:
    """Past the limit of deeds only tampering is still added, once."""
    found = bash("; ".join([*(f"rm f{n}" for n in range(400)), "rm -rf ~/.web4", "rm ~/.web4/x"])).deeds
    assert [deed.effect for deed in found[256:]] == [Effect.OPAQUE, Effect.SELF_TAMPER]


def test_an_mcp_server_told_by_the_host_is_held_to_it() -> None:
    """The host says that a call is an MCP server's, whatever the tool is called."""
    given = {"path": "/etc/web4/policy.json"}
    assert TAMPER in {str(deed.effect) for deed in call("save", given, mcp=McpServer(name="fs")).deeds}


def test_what_is_no_path_is_not_protected() -> None:
    """A host or a database of the same name is another thing."""
    assert not PROTECTED.holds(Target(kind=TargetKind.HOST, given="/etc/web4", resolved="/etc/web4"))


def test_an_empty_or_root_path_protects_nothing() -> None:
    """A mistake in the configuration must not make every write tampering."""
    nothing = Protected(paths=("", "/"))
    action = derive(
        "Write", {"file_path": "a"}, agent="", cwd=CWD, home=HOME, project=CWD, protected=nothing, catalog=catalog()
    )
    assert [deed.effect for deed in action.deeds] == [Effect.FILE_WRITE]
    assert not nothing.holds(Target(kind=TargetKind.PATH, given="/", resolved="/", place=Place.ROOT), sweeping=True)


@pytest.mark.parametrize(
    "command",
    ["ln -s ../shared lib", "cp -al src copy", "cp ~/.web4/policy.json mine.json", "tail -f ~/.web4/audit/x.jsonl",
     "grep -n x ~/.web4/audit/x.jsonl", "git commit -m 'about ~/.web4'", "curl --output-dir out -O http://example.org/a"],
)  # fmt: skip
def test_links_copies_and_options_elsewhere_are_nobodys_business(command: str) -> None:
    """Linking and writing what is not the gate's, and reading what is."""
    assert TAMPER not in effects(command)


LOOKED = Protected(paths=(f"{CWD}/.claude/settings.json", f"{HOME}/.claude/settings.json"), looked=True)


def test_a_search_changes_settings_that_govern_with_the_rest_of_the_project() -> None:
    """Where it is a fact that a project's settings hold hooks, what is found there is changed with them."""
    action = derive(
        "Bash",
        {"command": "find . -type f -exec sed -i s/a/b/ {} +"},
        agent="claude-code",
        cwd=CWD,
        home=HOME,
        project=CWD,
        protected=LOOKED,
        catalog=catalog(),
    )
    assert TAMPER in {str(deed.effect) for deed in action.deeds}


def test_a_search_meets_of_what_governs_nothing_only_its_name() -> None:
    """What is not there cannot be found; a directory's own name is another matter where it is there."""
    idle = Protected(paths=(f"{CWD}/.web4", f"{CWD}/.claude/settings.json"), idle=(f"{CWD}/.web4",))
    live = Protected(paths=(f"{CWD}/.web4",), looked=True)
    unknown = Protected(paths=(f"{CWD}/.web4",))

    def glob(name: str) -> Target:
        return Target(kind=TargetKind.PATH, given=name, resolved=f"{CWD}/**/{name}", place=Place.PROJECT, exact=False)

    assert not idle.holds(glob("*.jsonl"), sweeping=True)
    assert live.holds(glob("*.jsonl"))
    assert not unknown.holds(glob("*.jsonl"), sweeping=True)  # all of one ending are the project's where nobody looked
    assert unknown.holds(glob("policy*"))
    assert not live.holds(glob("*.py"))
    assert idle.holds(glob(".web4"))
    assert idle.holds(glob(".claude"), sweeping=True)
    assert not idle.holds(glob(".claude"))
    elsewhere = Target(kind=TargetKind.PATH, given="x", resolved="/srv/**/.claude", place=Place.OUTSIDE, exact=False)
    assert not idle.holds(elsewhere, sweeping=True)


def test_what_is_no_path_is_no_directory_of_settings() -> None:
    """A text or an unknown path names none."""
    protected = Protected(paths=(f"{HOME}/.claude/settings.json",))
    assert not protected.directory(Target(kind=TargetKind.TEXT, given="~/.claude", exact=False))
    assert protected.directory(Target(kind=TargetKind.PATH, given="~/.claude", resolved=f"{HOME}/.claude"))


def test_a_search_that_meets_what_the_gate_runs_on_changes_it() -> None:
    """Its environment is kept from a search for names as well."""
    beside = Protected(environment=("/opt/venv",))
    found = Target(kind=TargetKind.PATH, given="x", resolved="/opt/**/*.py", place=Place.OUTSIDE, exact=False)
    assert beside.touched(found)


@pytest.mark.parametrize("word", ["build", "tests/unit", "-q", "--dry-run", "my_tool", "A-1/b_2"])
def test_a_word_of_plain_names_is_told_to_be_far_from_the_gate(word: str) -> None:
    """Which spares the look at where it lies; the look would find the same."""
    assert PROTECTED.is_far(word)
    assert TAMPER not in effects(f"unheard {word}")


@pytest.mark.parametrize(
    "word", ["", "/etc/x", ".web4", "../x", "~/x", "$X", "a*", "a.json", "plugins", "x/PLUGINS/y", "-fplugins", "ä"]
)
def test_of_any_other_word_it_is_looked_where_it_lies(word: str) -> None:
    """Hidden, elsewhere, a pattern, or with the name of something that is kept in it."""
    assert not Protected(paths=(f"{HOME}/.claude/plugins",)).is_far(word)


def test_a_plain_word_in_a_directory_of_the_gates_name_is_near() -> None:
    """By that name it may be the gate's by the time, whatever the word is."""
    assert TAMPER in effects("cd /srv/.web4/audit && unheard notes")
    kept = Protected(paths=(f"{CWD}/gatehome",))
    given: dict[str, Any] = {"command": "unheard gatehome"}
    action = derive(
        "Bash", given, agent="claude-code", cwd=CWD, home=HOME, project=CWD, protected=kept, catalog=catalog()
    )
    assert TAMPER in {str(deed.effect) for deed in action.deeds}
