"""Statements are told apart by what they do to the data."""

from __future__ import annotations

import pytest

from web4_governance.core.action import Effect
from web4_governance.core.effects.sql import MAX_STATEMENTS, MAX_TEXT, begins, statements


@pytest.mark.parametrize(
    ("text", "effect", "name"),
    [
        ("select * from t", Effect.DB_READ, "from"),
        ("  SELECT 'drop table t'", Effect.DB_READ, "''"),
        ("DROP TABLE IF EXISTS users", Effect.DB_DROP, "users"),
        ('drop table "public"."users"', Effect.DB_DROP, "public"),
        ("drop table `users`", Effect.DB_DROP, "users"),
        ("truncate only t", Effect.DB_DROP, "t"),
        ("/* a */ -- b\n# c\nDROP\nVIEW v", Effect.DB_DROP, "v"),
        ("/*!50000 DROP TABLE t */", Effect.DB_DROP, "t"),
        ("alter table t drop column c", Effect.DB_DROP, "t"),
        ("alter table t add c int", Effect.DB_WRITE, "t"),
        ("delete from t", Effect.DB_DROP, "t"),
        ("delete from t where 1=1", Effect.DB_DROP, "t"),
        ("delete from t where true", Effect.DB_DROP, "t"),
        ("delete from t where id = 3", Effect.DB_WRITE, "t"),
        ("delete from t using u", Effect.DB_WRITE, "t"),
        ("delete from t limit 1", Effect.DB_WRITE, "t"),
        ("update t set a=1", Effect.DB_DROP, "t"),
        ("update t set a=1 where b=2", Effect.DB_WRITE, "t"),
        ("delete from t where a = 2 or 1 = 1", Effect.DB_DROP, "t"),
        ("delete from t where a = a", Effect.DB_DROP, "t"),
        ("delete from t where a = 2 or b = 3", Effect.DB_WRITE, "t"),
        ("drop temporary table t", Effect.DB_WRITE, ""),
        ("alter table t drop constraint c", Effect.DB_WRITE, "t"),
        ("alter table t delete where 1", Effect.DB_DROP, "t"),
        ("alter table t delete where a = 1", Effect.DB_WRITE, "t"),
        ("reset master", Effect.DB_DROP, ""),
        ("restore database x from disk", Effect.DB_DROP, ""),
        ("do $$ begin drop table t", Effect.DB_DROP, ""),
        ("do $$ begin truncate table t", Effect.DB_DROP, ""),
        ("do $$ begin perform 1", Effect.DB_WRITE, ""),
        ("match (n) detach delete n", Effect.DB_DROP, ""),
        ("match (n) where n.a = 1 delete n", Effect.DB_WRITE, ""),
        ("with x as (delete from t where a = 1 returning *) select 1", Effect.DB_WRITE, "x"),
        ("grant all privileges on t to u", Effect.PRIVILEGE, ""),
        ("grant select on t to u with grant option", Effect.PRIVILEGE, ""),
        ("grant select on t to u", Effect.DB_WRITE, ""),
        ("alter role u superuser", Effect.PRIVILEGE, "u"),
        ("create user u password 'x'", Effect.DB_WRITE, "u"),
        ("insert into t values (1)", Effect.DB_WRITE, "t"),
        ("with x as (delete from t returning *) select 1", Effect.DB_DROP, "x"),
        ("select * into t from u", Effect.DB_WRITE, ""),
        ("explain select 1", Effect.DB_READ, "select"),
        ("exec xp_cmdshell 'dir'", Effect.CODE_RUN, "xp_cmdshell"),
        ("pragma table_info(t)", Effect.DB_READ, "table_info"),
        ("pragma journal_mode=off", Effect.DB_WRITE, "journal_mode"),
        ("\\dt", Effect.DB_READ, ""),
        (".tables", Effect.DB_READ, ""),
        ("'unfinished", Effect.DB_WRITE, ""),
        ("vacuum", Effect.DB_WRITE, ""),
    ],
)
def test_a_statement_has_its_effect(text: str, effect: Effect, name: str) -> None:
    """Comments, quotes, case and line ends do not hide a keyword; a text in quotes is no statement."""
    found = list(statements(text))
    assert [one.effect for one in found] == [effect]
    if effect is not Effect.DB_READ:
        assert found[0].name == name or not name


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("\\! rm -rf x", "rm -rf x"),
        (".shell id", "id"),
        (".system id\nselect 1", "id"),
        ("system ls", "ls"),
        ("!ls", "ls"),
    ],
)
def test_a_client_that_runs_a_command_hands_it_on(text: str, shell: str) -> None:
    """What the client gives to a shell is read as shell."""
    assert next(iter(statements(text))).shell == shell


def test_every_statement_of_a_text_is_seen() -> None:
    """A drop after a select is not hidden by it, nor by empty statements."""
    assert [one.effect for one in statements("select 1;; drop table t; ;")] == [Effect.DB_READ, Effect.DB_DROP]


def test_an_update_of_everything_says_so() -> None:
    """The reason tells an update without a condition from one with it."""
    assert next(iter(statements("update t set a=1"))).why == "update without a condition"
    assert next(iter(statements("update t set a=1 where b=2"))).why == ""


@pytest.mark.parametrize(
    ("words", "want"),
    [
        ("DROP TABLE users", True),
        ("drop schema s", True),
        ("TRUNCATE users", True),
        ("truncate table users", True),
        ("truncate -s 0 users", False),
        ("truncate users", False),
        ("UPDATE users SET a", True),
        ("update users", False),
        ("grant all on x", True),
        ("delete x", False),
        ("drop", False),
    ],
)
def test_a_statement_that_stands_where_a_command_would_is_told_by_two_words(words: str, want: bool) -> None:
    """One word alone may be a program."""
    assert begins(tuple(words.split())) is want


def test_no_words_and_words_that_cannot_be_known_begin_no_statement() -> None:
    """What is not known is the shell's business."""
    assert begins(()) is False
    assert begins((None, None)) is False


def test_what_is_too_much_to_read_is_opaque() -> None:
    """Padding does not make a drop harmless."""
    assert [one.effect for one in statements("a" * (MAX_TEXT + 1))] == [Effect.OPAQUE]
    found = list(statements("select 1;" * MAX_STATEMENTS + "drop table t"))
    assert found[-1].effect is Effect.OPAQUE
    assert len(found) == MAX_STATEMENTS + 1


def test_a_program_that_rows_are_handed_to_is_given_as_a_text_for_the_shell() -> None:
    """By the database, or by a client's own command."""
    found = list(statements("copy t to program 'echo ''x'' y'"))
    assert [(one.effect, one.shell) for one in found] == [(Effect.CODE_RUN, ""), (Effect.CODE_RUN, "echo 'x' y")]
    assert [one.shell for one in statements("select 1 \\gx | id")][-1:] == ["id"]


@pytest.mark.parametrize(
    ("text", "effect", "path"),
    [
        (".read x.sql", Effect.FILE_READ, "x.sql"),
        ("\\i x.sql", Effect.FILE_READ, "x.sql"),
        ("source x.sql", Effect.FILE_READ, "x.sql"),
        (".output 'a b.txt'", Effect.FILE_WRITE, "b.txt"),
        (".backup main x.db", Effect.FILE_WRITE, "x.db"),
        ("\\o out.txt", Effect.FILE_WRITE, "out.txt"),
        ("tee log.txt", Effect.FILE_WRITE, "log.txt"),
        ("select 1 into outfile '/etc/x'", Effect.FILE_WRITE, "/etc/x"),
        ("vacuum into 'b.db'", Effect.FILE_WRITE, "b.db"),
        ("copy t to '/tmp/x.csv' csv", Effect.FILE_WRITE, "/tmp/x.csv"),
        ("attach 'a.db' as a; insert into a.t values (1)", Effect.FILE_WRITE, "a.db"),
        ('ATTACH DATABASE "file:a.db?mode=rw" AS a; delete from a.t', Effect.FILE_WRITE, "a.db"),
        ("attach 'a.db' as a; select * from a.t", Effect.FILE_READ, "a.db"),
        ("select writefile('/etc/x','y')", Effect.FILE_WRITE, "/etc/x"),
        ("select lo_export(16404, '/etc/x')", Effect.FILE_WRITE, "/etc/x"),
        ("select pg_read_file('/etc/x')", Effect.FILE_READ, "/etc/x"),
        ("select load_extension('/tmp/x.so')", Effect.CODE_RUN, "/tmp/x.so"),
    ],
)
def test_a_file_that_a_client_or_the_database_is_told_to_write_or_read_is_named(
    text: str, effect: Effect, path: str
) -> None:
    """By the client's own commands, and by what statements write rows to."""
    assert (effect, path) in [(one.effect, one.path) for one in statements(text)]


@pytest.mark.parametrize("text", [".output stdout", "\\o |less", ".output", "grant all on t to 'bob'", "set x to 'y'"])
def test_what_names_no_file_writes_none(text: str) -> None:
    """The screen, a pipe, a role, a setting."""
    assert [one.path for one in statements(text) if one.path] == []


def test_a_client_is_told_a_program_and_a_directory() -> None:
    """`edit()` runs what it is given, `.import` a pipe's other end; `.cd` says where later files lie."""
    assert "id" in [one.shell for one in statements("select edit('a, b','id')")]
    assert "id" in [one.shell for one in statements(".import '|id' t")]
    assert next(one.moves for one in statements(".cd 'a'\n.once b")) == "a"


@pytest.mark.parametrize(
    "text", ["attach ':memory:' as m", "select credit('a','id')", "select 'attach'", "select edit(a, b)"]
)
def test_what_only_looks_so_names_no_file_and_no_program(text: str) -> None:
    """A database in memory, a function of another name, a word, columns."""
    assert [one for one in statements(text) if one.path or one.shell] == []
