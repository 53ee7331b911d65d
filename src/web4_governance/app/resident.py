"""The resident gate of a home as a person asks about it: whether one answers, starting it, ending it."""

from __future__ import annotations

import os
import sys
import time

from web4_governance.app import frames, knock
from web4_governance.core.errors import UsageError

SERVE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "daemon", "serve.py")
WAIT_S = 5.0
LOCK = "run/gate.lock"
FOR_EVER_S = 3_000_000_000.0
UNIT = """\
# The gate for `{person}`, under a user of its own. Before: useradd --system --no-create-home web4-gate; groupadd web4-{person};
# usermod -aG web4-{person} {person}. The hook line then says --gate /run/web4-{person}/gate.sock --gate-user web4-gate.
[Unit]
Description=web4-governance gate for {person}

[Service]
User=web4-gate
Group=web4-{person}
UMask=0077
StateDirectory=web4-{person}
StateDirectoryMode=0700
RuntimeDirectory=web4-{person}
RuntimeDirectoryMode=0750
ExecStart={run}
Restart=always
RestartSec=100ms
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
PrivateDevices=yes
{network}
ProtectKernelTunables=yes
ProtectControlGroups=yes

[Install]
WantedBy=multi-user.target
"""
PAUSE_S = 0.02
ALONE = "PrivateNetwork=yes\nRestrictAddressFamilies=AF_UNIX"
# What `web4 anchor` needs, which the gate starts, where an anchor is another machine.
REACHING = "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"


def command(home: str, *, idle_s: float = 0.0) -> list[str]:
    """Give the command line of a home's gate."""
    return [sys.executable, "-I", "-S", SERVE, "--home", home, *([f"--idle-s={idle_s}"] if idle_s > 0 else [])]


def for_another(person: str, socket: str) -> list[str]:
    """Give what a gate is told that runs as one user for another; it waits for ever, its service starts it."""
    import pwd  # noqa: PLC0415  # not on every system

    try:
        uid = pwd.getpwnam(person).pw_uid
    except KeyError:
        raise UsageError(f"there is no user `{person}`", hint="say for whom: `--for USER`") from None
    if uid == os.getuid():
        raise UsageError(
            f"`{person}` is who this gate would run as", hint="run it as a user of its own: `web4 daemon unit`"
        )
    if not socket.startswith("/"):
        raise UsageError("a gate for another user needs `--socket`", hint="for example /run/web4-USER/gate.sock")
    return [f"--for={person}", f"--socket={socket}", f"--idle-s={FOR_EVER_S}"]


def unit(person: str, *, anchors: bool = False) -> str:
    """Give the systemd unit of a gate for a user, cut off from the network unless its heads go to `anchors`.

    UsageError where the name could mean something to systemd.
    """
    if not person or not person.replace("-", "").replace("_", "").isalnum() or not person.isascii():
        raise UsageError(f"`{person}` is no plain name of a user", hint="say for whom: `--for USER`")
    home = f"/var/lib/web4-{person}"
    run = f"{sys.executable} -I -S {SERVE} --home {home} --for={person} --socket=/run/web4-{person}/gate.sock"
    return UNIT.format(person=person, run=f"{run} --idle-s={FOR_EVER_S}", network=REACHING if anchors else ALONE)


def environment() -> dict[str, str]:
    """Give all that a gate gets to know of the environment."""
    return {"HOME": os.path.expanduser("~"), "PATH": os.defpath}


def status(home: str) -> dict[str, str] | None:
    """Give what a home's gate says of itself, None where none answers."""
    return _told(home, frames.STATUS)


def start(home: str) -> dict[str, str] | None:
    """Start a home's gate unless one answers; give what it says, None where it does not come up."""
    found = status(home)
    if found is not None:
        return found
    knock.start(home, command(home), environment=environment())
    end = time.monotonic() + WAIT_S
    while (found := status(home)) is None and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return found


def stop(home: str) -> bool:
    """End a home's gate and wait for it to be gone; say whether there was one."""
    if _told(home, frames.STOP) is None:
        return False
    end = time.monotonic() + WAIT_S
    while status(home) is not None and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return True


def is_served(home: str) -> bool:
    """Say whether a process holds a home's gate, wherever its socket lies."""
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock  # noqa: PLC0415  # not on every system

    try:
        handle = os.open(os.path.join(home, LOCK), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        flock(handle, LOCK_EX | LOCK_NB)
        flock(handle, LOCK_UN)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _told(home: str, kind: int) -> dict[str, str] | None:
    until = time.monotonic() + WAIT_S
    word = os.urandom(frames.WORD)
    try:
        said = knock.ask(os.path.join(home, knock.SOCKET), frames.ask(kind, word, {}), word, until, os.getuid())
    except OSError:
        return None
    if said is None:
        return None
    lines = said[1].decode("utf-8", "surrogateescape").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
