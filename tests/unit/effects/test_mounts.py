"""A path in a container is judged as the one of this machine that it is mounted from."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, call
from web4_governance.core.action import Effect, Place, Target


def _deleted(command: str) -> list[Target]:
    action = call("Bash", {"command": command})
    return [deed.target for deed in action.deeds if deed.effect is Effect.FILE_DELETE and deed.target is not None]


@pytest.mark.parametrize(
    ("command", "resolved"),
    [
        ("docker run -v ~:/h img rm -rf /h/notes", f"{HOME}/notes"),
        ('docker run --rm -v "$PWD":/w -w /w img rm -rf build', f"{CWD}/build"),
        ("docker run --rm -v $(pwd):/w img rm -rf /w/build", f"{CWD}/build"),
        ("podman run --mount type=bind,source=/home/user,target=/h img rm -rf /h/notes", f"{HOME}/notes"),
        ("docker run --mount=type=bind,src=/srv/a,dst=/h/ img rm -rf /h/x", "/srv/a/x"),
        ("docker run -v /srv/a:/h -v /srv/b:/h/b img rm -rf /h/b/x", "/srv/b/x"),
        ("docker run -v ~:/h img sh -c 'cd /h && rm -rf notes'", f"{HOME}/notes"),
        ("sudo docker run -v ~:/h img rm -rf /h/notes", f"{HOME}/notes"),
        ("docker compose run -v ~:/h app rm -rf /h/notes", f"{HOME}/notes"),
        ("docker create -v ~:/h img rm -rf /h/notes", f"{HOME}/notes"),
        ("docker run -v ./data:/d img rm -rf /d/x", f"{CWD}/data/x"),
        ("docker run -v data:/d img rm -rf /d/x", "/d/x"),
        ("docker run -v ~:/h:ro img rm -rf /h/notes", "/h/notes"),
        ("docker run -v ~:/h img rm -rf /hall/notes", "/hall/notes"),
        ("docker exec web rm -rf /h/notes", "/h/notes"),
        ("docker run -v ~:/h img true; uv run rm -rf /h/notes", "/h/notes"),
        ("docker run -v ~:/h img true; docker run img rm -rf /h/notes", ""),  # a file of that container alone
        ("docker container run -v ~:/h img rm -rf /h/notes", f"{HOME}/notes"),
    ],
)
def test_a_path_below_a_mount_is_one_of_this_machine(command: str, resolved: str) -> None:
    """By `-v`, `--volume` and `--mount`; the innermost holds; volumes and what is only read are none."""
    assert [target.resolved for target in _deleted(command)] == [resolved]


def test_what_a_glob_means_below_a_mount_stays_a_glob() -> None:
    """All of a home, seen from inside."""
    (target,) = _deleted("docker run -v ~:/h img sh -c 'rm -rf /h/*'")
    assert (target.resolved, target.place, target.exact) == (f"{HOME}/*", Place.HOME_ROOT, False)


def test_a_working_directory_that_is_no_mount_stays_unknown() -> None:
    """It lies in the image."""
    (target,) = _deleted("docker run -w /app img rm -rf build")
    assert target.place is Place.UNKNOWN


def test_the_gates_files_are_kept_from_a_container_too() -> None:
    """Under whatever name it has them."""
    for command in ("docker run -v ~:/h img rm -rf /h", "docker run -v $PWD:/w -w /w img rm -rf .claude"):
        effects = {deed.effect for deed in call("Bash", {"command": command}).deeds}
        assert Effect.SELF_TAMPER in effects
