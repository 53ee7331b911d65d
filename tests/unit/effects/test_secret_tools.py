"""What tools are handed: commands word by word, passwords for elsewhere, modes that lend rights, nothing at all."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, call, effects
from web4_governance.core.action import Place, Target, TargetKind
from web4_governance.core.effects import arguments
from web4_governance.core.effects.marks import Marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def of(tool: str, given: Any) -> set[str]:
    return {str(deed.effect) for deed in call(tool, given).deeds}


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ({"command": ["rm", "it's"]}, True),
        ({"command": "rm", "args": ["x", 3]}, True),
        ({"argv": ["rm", "x"]}, True),
        ({"commands": ["ls -l", "rm x"]}, True),
        ({"command": ["rm", 3]}, False),
        ({"command": []}, False),
        ({"command": "ls", "args": []}, False),
    ],
)
def test_a_command_that_comes_word_by_word_is_one(given: Any, there: bool) -> None:
    """`["rm", "x"]` and `rm` with its arguments beside it are what `rm x` is; a list of whole commands is each of them."""
    assert ("file.delete" in of("mcp__s__run_command", given)) is there


def test_a_tool_that_is_not_told_what_to_run_is_opaque() -> None:
    """Its name says that it runs something or works on a file, and nothing says on what."""
    for tool in ("run_command", "shell_exec", "execute_query", "read_file"):
        assert "opaque" in of(f"mcp__s__{tool}", {})
    for tool in ("run_tests", "list_files", "echo"):
        assert "opaque" not in of(f"mcp__s__{tool}", {})


@pytest.mark.parametrize("mode", ["+s", "u+s", "u=rws", "4755", "0o2755", "04755"])
def test_a_mode_that_lends_rights_gives_privilege(mode: str) -> None:
    """Who runs the file then has its owner's rights."""
    assert "privilege" in of("mcp__s__chmod", {"path": "a", "mode": mode})


@pytest.mark.parametrize("mode", ["755", "+x", "0644", "1777", "", "s"])
def test_an_ordinary_mode_lends_none(mode: str) -> None:
    """Reading, writing and running for whom it may concern."""
    assert "privilege" not in of("mcp__s__chmod", {"path": "a", "mode": mode, "note": "+s"})


def test_a_password_for_another_machine_goes_out() -> None:
    """For this machine, without a password, or as a reference it does not."""
    assert arguments.Leaf(key="dsn", text="mysql://u:pw@db.example.com/x").password_host == "db.example.com"
    for text in (
        "mysql://u:pw@127.0.0.1/x", "mysql://u:pw@db/x", "mysql://u:$P@db.example.com", "mysql://u@db.example.com", "mysql://db.example.com",
        "u:pw@db.example.com", "see mysql://u:pw@db.example.com", "mysql://u:pw@db.local",
    ):  # fmt: skip
        assert arguments.Leaf(key="dsn", text=text).password_host == ""
    assert "secret.egress" in of("mcp__s__connect", {"dsn": "mysql://u:pw@db.example.com/x"})


def test_an_unknown_tool_is_told_by_the_names_of_its_paths() -> None:
    """Reading where no verb says otherwise."""
    assert "secret.read" in of("frobnicate", {"path": ".env"})
    assert "secret.write" in of("save_thing", {"path": ".env"})
    assert of("frobnicate", {"path": "a"}) == of("frobnicate", {"text": ".env"}) == {"None"}


def test_an_unknown_program_reads_the_key_that_it_is_handed() -> None:
    """What an option takes for the program itself is not what it works on."""
    assert "secret.read" in effects("frobnicate .env")
    assert "secret.read" in effects("frobnicate -m ~/.netrc")
    assert "secret.read" not in effects("frobnicate --config .env")
    assert "secret.read" not in effects("frobnicate --env=.env -x src")


def test_a_search_for_the_very_name_looks_for_secrets() -> None:
    """One for a kind of names does not."""
    assert "secret.read" in of("Glob", {"pattern": ".env", "path": "src"})
    assert "secret.read" in of("Glob", {"nested": [{"pattern": ".env"}]})
    assert "secret.read" not in of("Glob", {"pattern": "**/.env*"})


@pytest.mark.parametrize(
    "word",
    [
        "C:/Users/ann/.ssh/id_rsa", "'C:\\Users\\ann\\.aws\\credentials'", "/mnt/c/Users/ann/.ssh/id_rsa", "/c/Users/ann/.netrc",
        "'$env:USERPROFILE/.ssh/id_rsa'", "'%APPDATA%/slack/Cookies'", "~/.config/slack/x", "'/Users/ann/Library/Application Support/Slack/x'",
        "~/.password-store", "~/.config/Microsoft/'Microsoft Teams'/x",
    ],
)  # fmt: skip
def test_a_store_is_known_wherever_systems_put_it(word: str) -> None:
    """Windows and its ways from elsewhere, macOS, XDG, hidden directories."""
    assert "secret.read" in effects(f"cat {word}")


@pytest.mark.parametrize(
    "word", ["/srv/x/home/ann/.netrc.md", "testdata/key.pem", "a*", "src/*.json", "<(cat x)", "~/.config/other/x"]
)
def test_what_is_no_store_stays_free(word: str) -> None:
    """Samples, globs for anything, what a command says."""
    assert "secret.read" not in effects(f"cat {word}")


def test_listing_a_store_of_passwords_tells_whose_they_are() -> None:
    """The names are the accounts; of other stores they are not."""
    assert "secret.read" in effects("ls ~/.password-store")
    assert "secret.read" not in effects("ls ~/.ssh")


def test_an_address_that_tells_settings_reads_them() -> None:
    """Known by its path, on any host."""
    assert "secret.read" in effects("curl http://app:8080/actuator/env")
    assert "secret.read" not in effects("curl http://app:8080/actuator/health")


def test_a_row_may_set_a_whole_path_apart() -> None:
    """An exception with a directory is one there only."""
    marks = Marks(({"paths": ["~/x/**"], "except": ["~/x/free/*"], "read": "secret.read"},), ())
    for path, found in (("/home/u/x/a", 1), ("/home/u/x/free/a", 0), ("/home/u/x", 1)):
        target = Target(kind=TargetKind.PATH, given=path, resolved=path, place=Place.HOME)
        assert len(marks.of_path(target, "/home/u")) == found


def test_a_commit_holds_secrets_as_a_directory_does() -> None:
    """`REVISION:path` names the file; a revision alone names none."""
    assert "secret.read" in {str(deed.effect) for deed in bash("git show HEAD:.env").deeds}
    assert "secret.read" in effects("git cat-file -p HEAD:deploy/.env")
    assert "secret.read" not in effects("git show HEAD")
    assert "secret.read" not in effects("git show HEAD:")
