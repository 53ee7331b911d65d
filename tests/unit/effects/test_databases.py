"""What the words of a command say of the database that it works on."""

from __future__ import annotations

import pytest

from unit.effects.scenes import call
from web4_governance.core.action import Effect, TargetKind


def _in(command: str) -> list[tuple[str, str]]:
    deeds = [deed for deed in call("Bash", {"command": command}).deeds if deed.effect is Effect.DB_DROP]
    kinds = {deed.target.kind for deed in deeds if deed.target is not None}
    assert kinds <= {TargetKind.DATABASE}
    return [("", "") if deed.target is None else (deed.target.given, deed.target.resolved) for deed in deeds]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("psql app_test -c 'truncate users'", [("users", "app_test")]),
        ("psql -d app -h localhost -c 'drop table t'", [("t", "localhost/app")]),
        ("psql postgres://u:p@localhost:5432/app?x=1 -c 'drop table t'", [("t", "localhost/app")]),
        ("psql -h db.example.com app_test -c 'drop table t'", [("t", "db.example.com/app_test")]),
        ("psql -h db app_test -c 'drop table t'", [("t", "app_test")]),
        ("sqlite3 var/test.db 'drop table t'", [("t", "test.db")]),
        ("RAILS_ENV=test rails db:reset", [("", "test")]),
        ("rails db:reset RAILS_ENV=test", [("", "test")]),
        ("DATABASE_URL=postgres://db.example.com/x prisma migrate reset", [("", "db.example.com/x")]),
        ("DATABASE_URL=sqlite:///test.db RAILS_ENV=test rails db:reset", [("", "test.db")]),
        ("DATABASE_URL=postgres://[::1]/app rails db:reset", [("", "localhost/app")]),
        ("php artisan migrate:fresh --env=testing", [("", "testing")]),
        ("python manage.py flush --settings app.test", [("", "app.test")]),
        ("rails db:reset", [("", "")]),
        ("DATABASE_URL=$X rails db:reset", [("", "?./")]),
        ("psql -c 'drop table t'", [("t", "")]),
    ],
)
def test_a_database_is_named_by_options_addresses_operands_and_variables(
    command: str, found: list[tuple[str, str]]
) -> None:
    """With the host where one is named; where two are named that differ, the one that is of no tests."""
    assert _in(command) == found
