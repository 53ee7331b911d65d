"""The native client: where it lies, building it with the compiler at hand, and which client a home's hook lines name."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

from web4_governance.app.settings import Resident, settings
from web4_governance.core.errors import UsageError

SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "native")
NAME = "web4-client"
COMPILERS = ("/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang", "/usr/local/bin/cc")
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2")
BARE = (  # without a C library, which takes longer to begin than the client takes for all that it does
    "-DWEB4_BARE",
    "-static",
    "-no-pie",
    "-nostdlib",
    "-ffreestanding",
    "-fno-asynchronous-unwind-tables",
    "-U_FORTIFY_SOURCE",
    "-mstack-protector-guard=global",
)
WAYS = (BARE, ("-static",), ())
WITHOUT_WORDS = 2  # what the client ends with where it is given none
WAIT_S = 120


def found(home: str) -> str:
    """Give the native client to name in lines: the package's, else the one that was built for this home, else nothing."""
    places = (os.path.join(SOURCES, NAME), os.path.join(home, "bin", NAME))
    return next((path for path in places if os.path.isfile(path) and os.access(path, os.X_OK)), "")


def chosen(home: str) -> tuple[str, bool]:
    """Give (the native client or nothing, whether a resident gate is asked) as the setting `resident` wants it."""
    match settings(home).resident:
        case Resident.AUTO:
            client = found(home)
            return client, bool(client)
        case Resident.ON:
            return found(home), True
        case Resident.OFF:
            return "", False


def build(home: str) -> str:
    """Build the client into `<home>/bin`, static where the platform allows; UsageError says why it cannot be built."""
    compiler = next((path for path in COMPILERS if os.access(path, os.X_OK)), "")
    if not compiler:
        raise UsageError(
            "no C compiler is here", hint="without one the slim client is used: `web4 config set resident on`"
        )
    directory = os.path.join(home, "bin")
    fresh = os.path.join(directory, f"{NAME}.{os.getpid()}")
    said = ""
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        for how in WAYS:
            command = [compiler, *FLAGS, *how, "-o", fresh, os.path.join(SOURCES, "client.c")]
            done = subprocess.run(  # noqa: S603  # a compiler by its absolute path, on our own source
                command, capture_output=True, timeout=WAIT_S, check=False, stdin=subprocess.DEVNULL, text=True
            )
            if done.returncode == 0 and _runs(fresh):
                os.chmod(fresh, 0o700)
                # Crash: the old client whole, or the new one; hooks that run keep the one that they run.
                os.replace(fresh, os.path.join(directory, NAME))
                return os.path.join(directory, NAME)
            said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {done.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    with suppress(OSError):  # half made, or never begun
        os.unlink(fresh)
    raise UsageError(f"the client could not be built: {said[:300]}")


def _runs(client: str) -> bool:
    """Say whether a client that was built runs here."""
    try:
        done = subprocess.run(  # noqa: S603  # what was built this moment
            [client], capture_output=True, timeout=WAIT_S, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return False
    return done.returncode == WITHOUT_WORDS
