"""Every tool gives deeds: the same effects whatever the tool is called."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, bash, call, catalog, deeds, said
from web4_governance.core.action import Category, Effect, McpServer, Place
from web4_governance.core.effects import EFFECT_CATEGORIES, Protected, derive
from web4_governance.core.effects.servers import command_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@pytest.mark.parametrize(
    ("tool", "given", "want"),
    [
        ("Read", {"file_path": "/a"}, ["file.read /a"]),
        ("read_many_files", {"paths": ["a", "b", 3]}, ["file.read a", "file.read b"]),
        ("view_image", {"path": "a.png"}, ["file.read a.png"]),
        ("Read", {}, ["file.read "]),
        ("Read", {"file_path": 7}, ["file.read "]),
        ("Write", {"file_path": "a"}, ["file.write a"]),
        ("write_file", {"file_path": "a"}, ["file.write a"]),
        ("create", {"path": "a"}, ["file.write a"]),
        ("Edit", {"file_path": "a", "old_string": "x"}, ["file.write a"]),
        ("MultiEdit", {"file_path": "a", "edits": []}, ["file.write a"]),
        ("replace", {"file_path": "a"}, ["file.write a"]),
        ("NotebookEdit", {"notebook_path": "a.ipynb"}, ["file.write a.ipynb"]),
        ("Grep", {"pattern": "x"}, ["file.read ."]),
        ("Grep", {"pattern": "x", "path": "src", "glob": "*.pem"}, ["file.read src", "file.read src/*.pem", "secret.read src/*.pem"]),
        ("Glob", {"pattern": "**/*.py"}, ["file.list ./**/*.py"]),
        ("Glob", {"pattern": "/etc/*", "path": "src"}, ["file.list /etc/*"]),
        ("Glob", {}, ["file.list ./*"]),
        ("LS", {}, ["file.list ."]),
        ("LS", {"path": "/x"}, ["file.list /x"]),
        ("WebFetch", {"url": "https://Example.org:8/a", "prompt": "x"}, ["net.ingress https://Example.org:8/a", "net.egress https://Example.org:8/a"]),
        ("web_fetch", {"prompt": "see https://example.org/a now"}, ["net.ingress https://example.org/a", "net.egress https://example.org/a"]),
        ("WebFetch", {}, ["net.ingress", "net.egress"]),
        ("WebSearch", {"query": "x"}, ["net.ingress", "net.egress"]),
        ("WebFetch", {"url": "http://169.254.169.254/x"}, ["net.ingress http://169.254.169.254/x", "secret.read http://169.254.169.254/x", "net.egress http://169.254.169.254/x"]),
        ("Agent", {"subagent_type": "explore", "prompt": "rm -rf /"}, ["delegate explore"]),
        ("Task", {}, ["delegate "]),
        ("spawn_agent", {"message": "x"}, ["delegate "]),
        ("invoke_agent", {"agent_name": "x"}, ["delegate x"]),
        ("TodoWrite", {"todos": []}, ["state"]),
        ("BashOutput", {"bash_id": "1"}, ["state"]),
        ("KillShell", {"shell_id": "1"}, ["state"]),
        ("CronCreate", {"cron": "* * * * *"}, ["persistence"]),
        ("apply_patch", {"command": "*** Begin Patch\n*** Add File: p.txt\n+x\n*** Update File: q\n*** Move to: r\n*** Delete File: s\n"}, ["file.write p.txt", "file.write q", "file.write r", "file.delete s"]),
        ("apply_patch", {"patch": "--- a/x\t2026\n+++ b/x\n--- a/gone\n+++ /dev/null\nrename from o\nrename to n\n"}, ["file.write x", "file.delete gone", "file.delete o", "file.write n"]),
        ("apply_patch", {"command": ["apply_patch", "*** Add File: p"]}, ["file.write p"]),
        ("apply_patch", {"command": "nothing"}, ["file.write "]),
        ("Bash", {"command": "rm x"}, ["file.delete x"]),
        ("run_shell_command", {"command": "rm x"}, ["file.delete x"]),
        ("shell", {"command": ["rm", "it's"]}, ["file.delete it's"]),
        ("Bash", {"command": None}, ["opaque"]),
        ("Bash", {"command": []}, ["opaque"]),
        ("Bash", {}, ["opaque"]),
        ("Bash", {"command": ""}, ["-"]),
        ("Bash", {"command": "# nothing"}, ["-"]),
        ("Frobnicate", {"x": 1}, ["- Frobnicate"]),
        ("", {}, ["- "]),
        ("mcp__s__t", {}, ["mcp.call s/t"]),
        ("mcp__s", {}, ["mcp.call s/mcp__s"]),
        ("mcp__fs__read_file", {"path": ".env"}, ["mcp.call fs/read_file", "file.read .env", "secret.read .env"]),
        ("mcp__fs__listDirectory", {"path": "src"}, ["mcp.call fs/listDirectory", "file.list src"]),
        ("mcp__fs__write_file", {"path": "/etc/x", "content": "/not/a/path\n"}, ["mcp.call fs/write_file", "file.write /etc/x", "system /etc/x"]),
        ("mcp__fs__delete-file", {"path": "a"}, ["mcp.call fs/delete-file", "file.delete a"]),
        ("mcp__fs__move_file", {"source": "a", "destination": "b"}, ["mcp.call fs/move_file", "file.delete a", "file.write b"]),
        ("mcp__fs__copy_file", {"source": "a", "destination": "b"}, ["mcp.call fs/copy_file", "file.read a", "file.write b"]),
        ("mcp__fs__chmod", {"path": "a"}, ["mcp.call fs/chmod", "file.mode a"]),
        ("mcp__fs__frobnicate", {"x": "~/.ssh/id_rsa"}, ["mcp.call fs/frobnicate", "file.read ~/.ssh/id_rsa", "secret.read ~/.ssh/id_rsa"]),
        ("mcp__fs__frobnicate", {"x": "file:///etc/passwd"}, ["mcp.call fs/frobnicate", "file.read /etc/passwd"]),
        ("mcp__sh__run_command", {"command": "rm -rf x"}, ["mcp.call sh/run_command", "code.run", "file.delete x"]),
        ("mcp__ed__view_file", {"command": "view", "path": "a"}, ["mcp.call ed/view_file", "file.read a"]),
        ("mcp__py__execute", {"code": "os.remove('a')"}, ["mcp.call py/execute", "code.run", "file.delete a"]),
        ("mcp__py__execute", {"code": "os.system('rm b')"}, ["mcp.call py/execute", "code.run", "file.delete b"]),
        ("mcp__web__open", {"url": "example.org/a"}, ["mcp.call web/open", "net.ingress example.org/a", "net.egress example.org/a"]),
        ("mcp__web__post", {"hook": "https://example.org"}, ["mcp.call web/post", "net.ingress https://example.org", "net.egress https://example.org"]),
        ("mcp__db__query", {"sql": "DROP TABLE t"}, ["mcp.call db/query", "db.drop t"]),
        ("mcp__db__query", {"query": "how to drop a table"}, ["mcp.call db/query"]),
        ("mcp__db__drop_table", {"name": "t"}, ["mcp.call db/drop_table", "db.drop db/drop_table"]),
        ("mcp__gh__delete_repository", {"repo": "t"}, ["mcp.call gh/delete_repository", "infra.destroy gh/delete_repository"]),
        ("mcp__x__delete_comment", {"id": 3}, ["mcp.call x/delete_comment"]),
    ],
)  # fmt: skip  # a table
def test_a_tool_has_its_deeds(tool: str, given: Any, want: list[str]) -> None:
    """Named tools of all hosts, patches, MCP calls by what they are handed, and tools that nobody knows."""
    assert [said(deed) for deed in call(tool, given).deeds] == want


def test_an_mcp_call_is_known_by_what_the_host_says() -> None:
    """A host with other tool names says which server is behind a call; that wins over the name."""
    action = call("mcp_probe_echo", {"msg": "x"}, mcp=McpServer(name="probe", source="user"))
    assert [said(deed) for deed in action.deeds] == ["mcp.call probe/mcp_probe_echo"]
    assert call("Bash", {"command": "rm x"}, mcp=McpServer(name="fake")).deeds[0].effect is Effect.MCP_CALL


def test_many_arguments_are_opaque() -> None:
    """Beyond the limit nobody reads on, and says so."""
    given = {f"path{n}": "/x" for n in range(400)}
    assert [str(deed.effect) for deed in call("mcp__s__t", given).deeds][-1] == "opaque"


def test_nesting_has_an_end() -> None:
    """Arguments at any depth are seen, as deep as JSON may go."""
    given: Any = "/etc/shadow"
    for _ in range(150):
        given = [{"a": given}]
    assert "secret.read /etc/shadow" not in deeds(call("mcp__s__t", {"b": given}))
    given = "/etc/shadow"
    for _ in range(90):
        given = [{"a": given}]
    assert "secret.read /etc/shadow" in deeds(call("mcp__s__t", {"b": given}))


def test_a_command_runs_where_the_tool_says() -> None:
    """A working directory among the arguments is where relative paths lie."""
    action = call("exec_command", {"cmd": "rm x", "workdir": "/etc"})
    assert action.deeds[0].target is not None
    assert action.deeds[0].target.resolved == "/etc/x"
    nowhere = call("exec_command", {"cmd": "rm x", "workdir": "a\0b"})
    assert nowhere.deeds[0].target is not None
    assert nowhere.deeds[0].target.place is Place.UNKNOWN


def test_every_command_keeps_its_words() -> None:
    """Patterns on commands look at the words of each resolved command, harmless ones too."""
    found = bash("sudo rm -rf x | echo $Y; X=1")
    assert [deed.argv for deed in found.deeds] == [
        ("sudo", "rm", "-rf", "x"),
        ("rm", "-rf", "x"),
        ("rm", "-rf", "x"),
        ("echo", None),
    ]
    assert found.deeds[1].via == ("sudo",)
    assert found.deeds[0].effect is None
    assert found.deeds[2].effect is Effect.PRIVILEGE
    assert found.deeds[3].effect is None
    assert all(deed.why for deed in found.deeds)


def test_a_deed_has_the_categories_of_its_effect_and_of_the_call() -> None:
    """A secret read by a command is a credential, a read and a command."""
    assert call("Read", {"file_path": "a"}).categories == (Category.FILE_READ,)
    assert bash("cat .env").categories == (Category.FILE_READ, Category.COMMAND, Category.CREDENTIAL)
    assert call("mcp__s__read", {"path": "a"}).categories == (Category.FILE_READ, Category.MCP)
    assert call("Frobnicate", {}).categories == (Category.OTHER,)
    assert call("TodoWrite", {}).categories == (Category.STATE,)
    assert bash("").categories == (Category.OTHER,)
    assert set(EFFECT_CATEGORIES) == set(Effect)


def test_an_action_carries_its_call() -> None:
    """Who, where and how is handed on as it came."""
    action = derive(
        "Read",
        {"file_path": "a"},
        agent="codex",
        cwd=CWD,
        home=HOME,
        project=CWD,
        protected=Protected(),
        catalog=catalog(),
        agent_id="a1",
        agent_type="explore",
        permission_mode="plan",
    )
    assert (action.tool, action.cwd, action.home, action.project) == ("Read", CWD, HOME, CWD)
    assert (action.agent_id, action.agent_type, action.permission_mode) == ("a1", "explore", "plan")
    assert action.input == {"file_path": "a"}


def test_an_input_that_is_null_is_an_empty_one() -> None:
    """Some hosts send null for a call without arguments."""
    nothing: Any = None
    assert call("Read", nothing).input == {}


def test_a_call_has_at_most_256_deeds_and_says_so() -> None:
    """Past the limit one opaque deed stands for the rest; the same deed twice is one."""
    found = call("read_many_files", {"paths": [f"f{n}" for n in range(1000)]}).deeds
    assert len(found) == 257
    assert found[-1].effect is Effect.OPAQUE
    assert len(call("read_many_files", {"paths": ["a"] * 1000}).deeds) == 1


def test_where_a_tool_pushes_to_is_an_operand_only_with_a_branch() -> None:
    """A remote alone is said as no option, and a branch that is no text as nothing."""
    assert command_of("git", "git_push", {"remote": "upstream", "branch": 5}) == "'git' 'push'"
    assert command_of("git", "git_push", {"branch": "main"}) == "'git' 'push' 'origin' 'main'"


@pytest.mark.parametrize("key", ["cwd", "workdir", "workingDirectory", "repo_path"])
def test_a_command_of_a_server_runs_where_its_argument_says(key: str) -> None:
    """And nowhere else."""
    found = {
        d.target.resolved
        for d in call("mcp__x__run", {"command": "rm a", key: "/srv/b"}).deeds
        if d.target and d.effect is Effect.FILE_DELETE
    }
    assert found == {"/srv/b/a"}


def test_where_an_argument_may_mean_another_thing_the_command_is_read_from_both() -> None:
    """`path` may be where it runs, or a file it is about."""
    found = {
        d.target.resolved
        for d in call("mcp__x__run", {"command": "rm a", "path": "/srv/b"}).deeds
        if d.target and d.effect is Effect.FILE_DELETE
    }
    assert found == {"/srv/b/a", f"{CWD}/a"}


def test_a_bare_name_lies_in_the_directory_beside_it() -> None:
    """The name alone would be a file of the project."""
    found = {
        d.target.resolved
        for d in call("mcp__x__delete", {"directory": "/srv", "name": "a"}).deeds
        if d.target and d.effect is Effect.FILE_DELETE
    }
    assert "/srv/a" in found


def test_code_of_a_server_is_read_in_the_language_that_a_name_says() -> None:
    """The argument's, the tool's, or the server's."""
    assert "file.write a" in deeds(call("mcp__x__run_python", {"code": "open('a','w')"}))
    assert "file.write a" in deeds(call("mcp__jupyter__execute", {"code": "open('a','w')"}))
    assert "file.delete a" in deeds(call("mcp__x__run", {"js": "fs.unlinkSync('a')"}))
