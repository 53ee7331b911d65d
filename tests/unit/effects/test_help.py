"""A command that asks how it is used does nothing else."""

from __future__ import annotations

import pytest

from unit.effects.scenes import call
from web4_governance.core.action import Effect

GRAVE = {Effect.INFRA_DESTROY, Effect.DB_DROP, Effect.VCS_DISCARD, Effect.PACKAGE_PUBLISH, Effect.SECRET_READ}


def _grave(command: str) -> set[Effect]:
    return GRAVE & {deed.effect for deed in call("Bash", {"command": command}).deeds}


@pytest.mark.parametrize(
    "command",
    [
        "aws s3 rm help",
        "aws ec2 terminate-instances --instance-ids i-1 --help",
        "kubectl delete ns prod --help",
        "kubectl help delete",
        "gh repo delete --help",
        "gcloud help projects delete",
        "az group delete -h",
        "terraform destroy -help",
        "docker system prune --help",
        "dropdb --help",
        "npm publish --help",
        "git reset --hard --help",
        "vault kv get -help",
    ],
)
def test_a_question_for_help_does_nothing(command: str) -> None:
    """By the option, by the word in front, by the word behind the names of commands."""
    assert not _grave(command)


@pytest.mark.parametrize(
    "command",
    [
        "aws s3 rm s3://bucket/help --recursive",
        "aws s3 rm s3://bucket help",
        "kubectl delete ns -n --help prod",
        "kubectl delete ns prod -- --help",
        "docker volume rm help",
        "gh repo delete help",
        "gh auth token -h example.org",
        "redis-cli flushall --help",
        "terraform destroy -var --help",
    ],
)
def test_a_word_that_may_be_something_else_is_none(command: str) -> None:
    """A name, a value, what stands behind `--`, what is taken back, or another option of that letter."""
    assert _grave(command)
