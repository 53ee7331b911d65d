"""Target patterns: which kind each is, and what each kind means."""

from __future__ import annotations

from typing import Any

import pytest

from unit.policy.making import call, decision, deed, path, rule, rules, run
from web4_governance.core.action import Action, Effect, Target, TargetKind
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import PatternKind, classify_pattern, command
from web4_governance.core.policy.command import split_words
from web4_governance.core.policy.pattern import compile_target


def denied(pattern: str, action: Action) -> bool:
    """Does a deny on the pattern match?"""
    return decision(rules(rule("deny", {"targetPatterns": [pattern]})), action) == "deny"


def allowed(pattern: str, action: Action) -> bool:
    """Does an allow on the pattern match?"""
    return decision(rules(rule("allow", {"targetPatterns": [pattern]}), default="deny"), action) == "allow"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("rm -rf", "command"),
        ("rm", "command"),
        ("git push --force", "command"),
        ("'rm' -rf", "command"),
        ("DROP TABLE", "statement"),
        ("drop table users;", "statement"),
        ("truncate table x", "statement"),
        ("truncate -s 0", "command"),
        ("DELETE FROM", "statement"),
        ("UPDATE users", "statement"),
        ("update users", "substring"),
        ("select", "substring"),
        ("create react app", "substring"),
        ("SELECT name", "statement"),
        ("*.pem", "glob"),
        ("rm -rf *", "glob"),
        ("/etc/passwd", "glob"),
        ("~/.ssh", "glob"),
        (".env", "glob"),
        ("file[0-9]", "glob"),
        ("what?", "glob"),
        ("prod-db", "substring"),
        ("don't touch", "substring"),
        ('say "it', "substring"),
        ("unknownprogram --flag", "substring"),
    ],
)
def test_the_writing_tells_the_kind(text: str, kind: str) -> None:
    """Globs first, then statements, then commands; all else is a text to look for."""
    assert classify_pattern(text) == PatternKind(kind)
    assert compile_target(text).kind == kind


def test_the_catalog_says_what_a_program_is() -> None:
    """A name of the caller's catalog makes a command pattern."""
    assert classify_pattern("deployer --all", frozenset({"deployer"})) is PatternKind.COMMAND


@pytest.mark.parametrize(
    "words",
    [
        ("rm", "-rf", "x"),
        ("rm", "-fr", "x"),
        ("rm", "-r", "-f", "x"),
        ("rm", "-r", "--force", "x"),
        ("rm", "--recursive", "--force", "x"),
        ("rm", "--rec", "--f", "x"),
        ("rm", "-R", "-f", "x"),
        ("rm", "-Rvf", "x"),
        ("/bin/rm", "-rf", "x"),
        ("rm", "x", "-rf"),
        ("rm", "-rf", None),
    ],
)
def test_rm_rf_is_matched_however_it_is_spelled(words: tuple[str | None, ...]) -> None:
    """Flags in any order, cluster and length."""
    assert denied("rm -rf", call(run(*words)))


@pytest.mark.parametrize(
    "words",
    [
        ("rm", "-r", "x"),
        ("rm", "-f", "x"),
        ("rm", "--", "-rf"),
        ("echo", "rm", "-rf"),
        ("echo", "rm -rf"),
        ("git", "commit", "-m", "rm -rf"),
        ("rmdir", "-rf"),
        (None, "-rf", "x"),
        ("rm", None, "x"),
        ("grep", "-rf", "rm"),
    ],
)
def test_what_is_not_rm_rf_is_not_matched(words: tuple[str | None, ...]) -> None:
    """A mention runs nothing, and a word nobody knows proves nothing."""
    assert not denied("rm -rf", call(run(*words)))


def test_wrappers_are_the_commands_own_business() -> None:
    """The deed carries the resolved command, whatever it was wrapped in."""
    for via in (("sudo",), ("env",), ("bash -c",), ("find -exec",), ("xargs", "sudo")):
        assert denied("rm -rf", call(run("rm", "-rf", "x", via=via)))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("sudo", ("sudo",), ("env",)),
        ("sudo rm -rf", ("env", "sudo"), ("bash -c",)),
        ("bash -c", ("bash -c",), ("bash",)),
        ("find -exec rm", ("find -exec",), ("xargs",)),
        ("xargs rm -r", ("xargs",), ()),
    ],
)
def test_a_pattern_may_name_the_wrapper(pattern: str, yes: tuple[str, ...], no: tuple[str, ...]) -> None:
    """Then it speaks of commands in that wrapper only."""
    assert denied(pattern, call(run("rm", "-rf", "x", via=yes)))
    assert not denied(pattern, call(run("rm", "-rf", "x", via=no)))


@pytest.mark.parametrize(
    ("pattern", "words", "holds"),
    [
        ("git push --force", "git push --force origin main", True),
        ("git push --force", "git -C dir push -f origin", True),
        ("git push --force", "git -c user.name=x --no-pager push origin --force", True),
        ("git push --force", "git push -uf origin main", True),
        ("git push --force", "git push --force-with-lease", False),
        ("git push --force", "git push", False),
        ("git push --force", "git commit -m push --force", False),
        ("git push --force", "git stash push --force", False),
        ("git push -f", "git push --force", True),
        ("git branch -D", "git branch -d -f x", True),
        ("git branch -D", "git branch --delete --force x", True),
        ("git branch -D", "git branch -d x", False),
        ("git branch -d -f", "git branch -D x", True),
        ("git push origin main", "git push origin HEAD:x main", True),
        ("git push origin main", "git push main origin", False),
        ("git", "git status", True),
        ("git", "git", True),
        ("git status", "git", False),
        ("kubectl delete namespace", "kubectl --context prod delete -f x namespace y", True),
        ("kubectl delete namespace", "kubectl get namespace delete", False),
        ("docker run --privileged", "docker run -it --privileged alpine", True),
        ("docker rm -f", "podman rm -f x", False),
        ("podman rm -f", "podman rm --force x", True),
        ("terraform apply -auto-approve", "terraform apply --auto-approve", True),
        ("terraform apply -auto-approve", "terraform apply -auto-approve=true", True),
        ("terraform apply -auto-approve", "terraform apply -var a", False),
        ("find -delete", "find . -name x -delete", True),
        ("find -delete", "find . -type d -depth -ls", False),
        ("curl -k", "curl --insecure https://x", True),
        ("curl -X DELETE", "curl --request DELETE https://x", True),
        ("curl -X DELETE", "curl -XDELETE https://x", True),
        ("chmod 777", "chmod -R 777 /", True),
        ("dd of=/dev/sda", "dd if=/dev/zero of=/dev/sda", True),
        ("rm ./build/", "rm -r build", True),
        ("rm ~/x", "rm /home/ann/x", True),
        ("rm /", "rm -rf /", True),
        ("rm /", "rm -rf /tmp", False),
        ("npm install -g", "npm install --global x", True),
        ("npm publish", "npm publish --access public", True),
        ("npm publish", "npm run publish", False),
        ("twine --force", "twine --for", True),
        ("ssh -i key", "ssh -i key host", True),
        ("ssh -i key", "ssh -i other host", False),
    ],
)
def test_a_command_pattern_holds_for_its_command(pattern: str, words: str, holds: bool) -> None:
    """Program, flags in any spelling, the subcommand in its place, and all other words."""
    assert denied(pattern, call(run(*words.split()))) is holds


def test_an_allow_by_command_needs_every_word_known() -> None:
    """An unknown word may be an option nobody agreed to."""
    assert allowed("git log", call(run("git", "log", "-3")))
    assert not allowed("git log", call(run("git", "log", None)))
    assert denied("git log", call(run("git", "log", None)))


def test_a_command_pattern_speaks_of_commands() -> None:
    """A tool without a command behind it has none."""
    assert not denied("rm -rf", call(deed(Effect.FILE_DELETE, "x"), tool="Delete", given={"command": "rm -rf x"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  b", ("a", "b")),
        ("'a b' c", ("a b", "c")),
        ('"a \\" b" c', ('a " b', "c")),
        ("'a\\' b", ("a\\", "b")),
        ("a\\ b", ("a b",)),
        ("a''", ("a",)),
        ("''", ("",)),
        ("", ()),
        ("a\\", ("a\\",)),
        ("r''m", ("rm",)),
    ],
)
def test_patterns_are_split_like_the_shell_splits(text: str, words: tuple[str, ...]) -> None:
    """Quotes and backslashes, and nothing expanded."""
    assert split_words(text) == words


def test_an_open_quote_is_no_command() -> None:
    """It is refused where only a command can be meant."""
    with pytest.raises(PolicyError, match="quote"):
        split_words("rm 'x")


STATEMENT = "DROP TABLE"


@pytest.mark.parametrize(
    "action",
    [
        call(run("psql", "-c", "DROP TABLE users")),
        call(run("psql", "-c", "drop\n  table if exists users;")),
        call(run("psql", "-c", "DROP /* why */ TABLE x")),
        call(run("psql", "-c", "DROP -- why\nTABLE x")),
        call(run("psql", "-c", 'select 1; drop "TABLE" x')),
        call(run("psql"), given={"command": "echo 'DROP TABLE x' | psql --quiet"}),
        call(run("psql"), given={"command": "psql --quiet <<< 'DROP TABLE x'"}),
        call(run("python3", "-c", "cur.execute('DROP TABLE x')")),
        call(run("docker", "exec", "db", "psql", "-c", "DROP TABLE x")),
        call(deed(Effect.DB_DROP), tool="mcp__db__query", given={"sql": "DROP TABLE x"}),
        call(deed(Effect.MCP_CALL), tool="mcp__db__query", given={"sql": ["DROP TABLE x"]}),
        call(deed(), tool="Query", given={"q": {"text": "drop table x"}}),
    ],
)
def test_a_statement_is_matched_where_it_is_executed(action: Action) -> None:
    """Whoever carries it to the database, in any case, with any blanks and comments."""
    assert denied(STATEMENT, action)


@pytest.mark.parametrize(
    "action",
    [
        call(run("echo", "DROP TABLE x"), given={"command": "echo 'DROP TABLE x'"}),
        call(run("git", "commit", "-m", "drop table x")),
        call(run("grep", "-r", "DROP TABLE", ".")),
        call(run("psql", "-c", "DROP INDEX x; SELECT 'TABLE'")),
        call(run("psql", "-c", "DROPTABLE x")),
        call(run("psql", "-c", "DROP; TABLE x")),
        call(run("psql", "-c", "UNDROP TABLE x")),
        call(run("psql", "-c", "DROP /* TABLE")),
        call(run("psql", "-c", "DROP --")),
        call(run(None, None)),
        call(deed(Effect.FILE_WRITE, "a.sql"), tool="Write", given={"content": "DROP TABLE x"}),
    ],
)
def test_a_statement_that_is_only_spoken_of_is_not_matched(action: Action) -> None:
    """Echoed, committed, searched for, written to a file: nothing runs."""
    assert not denied(STATEMENT, action)


def test_a_text_that_hides_a_statement_among_thousands_is_an_error() -> None:
    """Which denies where the rule denies, and allows nothing where it allows."""
    flood = call(deed(Effect.DB_WRITE), tool="Query", given={"q": "drop index x; " * 10_001})
    assert denied(STATEMENT, flood)
    assert not allowed(STATEMENT, flood)
    assert not denied(STATEMENT, call(deed(Effect.DB_WRITE), given={"q": "drop index x; " * 9_999}))


def test_a_substring_is_looked_for_in_every_string() -> None:
    """Nested ones, resolved words and targets too; in any case."""
    assert denied("Prod-DB", call(given={"a": [{"b": "host=prod-db-1"}], "n": 3}))
    assert denied("prod-db", call(run("psql", "-h", "prod-db"), given={"command": "psql -h pr''od-db"}))
    assert not denied("prod-db", call(given={"prod-db": 1, "x": None}))


def test_a_deeply_nested_input_ends() -> None:
    """What lies below a hundred levels is not looked at, and does not end the process."""
    nested: Any = "prod-db"
    for _ in range(150):
        nested = [nested]
    assert not denied("prod-db", call(given={"x": nested}))


def test_an_allow_by_substring_looks_at_the_deeds_own_words() -> None:
    """A comment beside it allows nothing."""
    beside = call(run("rm", "-rf", "x"), given={"command": "rm -rf x # release notes"})
    assert not allowed("release notes", beside)
    assert allowed("release notes", call(run("cat", "release notes")))


def test_a_glob_speaks_of_every_kind_of_target() -> None:
    """Paths like paths, all else as it is written; where it loosens the target must be sure."""
    web = Target(kind=TargetKind.HOST, given="https://API.test/x", resolved="api.test")
    assert denied("*.test", call(deed(Effect.NET_EGRESS, web)))
    assert denied("https://*", call(deed(Effect.NET_EGRESS, web)))
    assert allowed("*.test", call(deed(Effect.NET_EGRESS, web)))
    unsure = Target(kind=TargetKind.HOST, given="api.test", exact=False)
    assert not allowed("*.test", call(deed(Effect.NET_EGRESS, unsure)))
    assert denied("*.test", call(deed(Effect.NET_EGRESS, unsure)))
    assert allowed("/etc/*", call(deed(Effect.FILE_READ, path("/etc/hosts"))))
    assert not denied("/etc/*", call(deed()))


def test_a_regex_looks_at_all_that_tightens_and_at_its_own_where_it_loosens() -> None:
    """Any string of the input for a deny; the deed's target and words for an allow."""
    noted = call(run("rm", "x"), given={"command": "rm x # TICKET-1"})
    assert decision(rules(rule("deny", {"targetRegexes": ["TICKET-[0-9]+"]})), noted) == "deny"
    assert decision(rules(rule("allow", {"targetRegexes": ["TICKET-[0-9]+"]}), default="deny"), noted) == "deny"
    assert decision(rules(rule("allow", {"targetRegexes": ["^rm x$"]}), default="deny"), noted) == "allow"


def test_more_patterns_than_are_kept_are_judged_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of patterns that were read is let go of, and read again."""
    monkeypatch.setattr(command, "MOST_KNOWN", 2)
    command._known.clear()
    pushed = call(run("git", "push", "--force"))
    for _ in range(2):
        found = [denied(f"git {words}", pushed) for words in ("reset --hard", "push --force", "push -d", "clean -f")]
        assert found == [False, True, False, False]
    assert 0 < len(command._known) <= 2


@pytest.mark.parametrize(
    ("pattern", "words", "holds"),
    [
        ("aws s3 rm", "aws --profile p s3 rm x", True),
        ("aws s3 rm", "aws --region us-east-1 --output json s3 rm x", True),
        ("aws s3 rm", "aws --debug s3 --region x rm y", True),
        ("aws s3 rm", "aws s3 ls rm", False),
        ("aws s3 rm", "aws --profile s3 rm x", False),
        ("gcloud projects delete", "gcloud --project p projects delete x", True),
        ("az vm delete", "az --subscription s vm delete", True),
        ("heroku apps:destroy", "heroku --app x apps:destroy", True),
        ("redis-cli flushall", "redis-cli -h h -p 1 flushall", True),
        ("pip install", "pip3 install x", True),
        ("pip3 install", "pip install x", True),
        ("pip install", "uv pip install x", True),
        ("pip install", "python3 -m pip install x", True),
        ("uv pip install", "uv pip install x", True),
        ("pip install", "uv pip uninstall x", False),
        ("helm uninstall", "helm -n live delete y", True),
        ("helm delete", "helm un y", True),
        ("kubectl delete", "k delete pod x", True),
        ("kubectl delete", "kubectl --as root -n x delete pod y", True),
    ],
)
def test_options_of_the_program_itself_hide_no_subcommand(pattern: str, words: str, holds: bool) -> None:
    """What stands before the subcommand is taken off with its value, and aliases are what they stand for."""
    assert denied(pattern, call(deed(Effect.CODE_RUN, argv=tuple(words.split())))) is holds
