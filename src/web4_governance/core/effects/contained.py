"""What lies inside a container and nowhere else: changing it changes nothing of this machine.

A new container that is given nothing of the machine (no mount, no device, no host's namespace) has files of its own that go
with it. In one that runs, only what its packages keep to fetch again is nobody's loss; its other files are what it serves.
The whole root of either is left as it is.
"""

from __future__ import annotations

from web4_governance.core.action import Place, TargetKind
from web4_governance.core.effects.names import names
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target

NEW, RUNNING = "new", "running"
CONTAINERS = ("docker", "podman", "nerdctl")
MAKING = tuple(
    f"{name} {verb}" for name in CONTAINERS for verb in ("run", "create", "container run", "container create")
)
ENTERING = (
    *(f"{name} {verb}" for name in CONTAINERS for verb in ("exec", "container exec", "compose exec")),
    "docker-compose exec",
    "kubectl exec",
    "oc exec",
)
# Options by which a container has something of the machine (docker-run(1)).
SHARING = names(
    "-v --volume --mount --volumes-from --volume-driver --privileged --device --pid --ipc --uts --userns --cgroupns --cap-add "
    "--security-opt --use-api-socket --rootfs"
)
CACHES = ("/var/cache/", "/var/lib/apt/lists/", "/root/.cache/", "/root/.npm/", "/usr/share/man/", "/usr/share/doc/")
OWN = frozenset((Place.SYSTEM, Place.OUTSIDE, Place.HOME))


def kind(via: tuple[str, ...], words: tuple[str, ...]) -> str:
    """Say what a command runs in: a `new` container that is given nothing, a `running` one, or neither.

    Args:
        via: The programs that start it, the outermost first.
        words: Those of the command that makes the container.
    """
    if any(one in ENTERING for one in via):
        return RUNNING
    if not any(one in MAKING for one in via):
        return ""
    shares = any(word.partition("=")[0] in SHARING or (word[:1] == "-" != word[1:2] and "v" in word) for word in words)
    return "" if shares else NEW


def inside(target: Target, kind: str) -> Target:
    """Give what is changed by a path in a container, where it is only the container's: something for a while."""
    path = target.resolved if target.kind is TargetKind.PATH and target.place in OWN else ""
    if path[:1] != "/" or (kind == RUNNING and not f"{path}/".startswith(CACHES)):
        return target
    return replace(target, place=Place.TEMPORARY, resolved="")
