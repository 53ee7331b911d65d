"""What reads a file of secrets into variables, and what shows it."""

from __future__ import annotations

import pytest

from unit.effects.scenes import call
from web4_governance.core.action import Effect


def _reads(command: str) -> bool:
    return Effect.SECRET_READ in {deed.effect for deed in call("Bash", {"command": command}).deeds}


@pytest.mark.parametrize(
    "command",
    [
        "export $(cat .env | xargs) && npm start",
        "export $(grep -v '^#' .env | xargs -d '\\n')",
        "export $(xargs < .env)",
        "export $(grep -v '^#' config/.env.test | sed 's/ #.*//' | xargs)",
        "env $(cat .env | xargs) npm start",
        "eval \"$(sed 's/^/export /' .env)\"",
    ],
)
def test_a_file_of_secrets_that_becomes_variables_is_shown_to_nobody(command: str) -> None:
    """As with `source .env`: what runs behind it is another matter."""
    assert not _reads(command)


@pytest.mark.parametrize(
    "command",
    [
        "export $(cat .env | xargs) && env",
        "export $(cat .env | xargs); echo $API_KEY",
        "export -p $(cat .env)",
        "export A=1 $(cat .env | tee /dev/stderr)",
        "export $(cat .env >&2)",
        "echo $(cat .env)",
        "eval echo $(cat .env)",
        "cat .env",
        "export X=1; cat .env",
        "export K=$(cat ~/.ssh/id_rsa)",
        "export $(cat ~/.aws/credentials | xargs)",
        "export $(cat .env ~/.ssh/id_rsa)",
        "export $(cat .env | xargs cat ~/.ssh/id_rsa)",
        "export $(xargs < ~/.ssh/id_rsa)",
        "readonly K=$(cat ~/.netrc)",
        'eval "$(cat ~/.ssh/id_rsa)"',
        "env $(cat ~/.netrc) ls",
    ],
)
def test_what_shows_it_on_the_way_reads_it(command: str) -> None:
    """All variables printed behind, a copy to the terminal, a word before it."""
    assert _reads(command)
