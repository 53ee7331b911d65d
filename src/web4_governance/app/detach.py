"""Starts a detached `web4 anchor`: from a hook's process, which never signs itself, and from the resident gate (ledger.md K4).

It gets a session of its own, no descriptor of the host's, and a clean environment; nobody has to wait for it. Where the
home has no keys nothing is started. A start that fails costs a head and no answer: the next one covers as much.
"""

from __future__ import annotations

import os
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Run as a file under -I, the program's own place would lead the search: the package's parent and nothing else may.
START = "import sys; sys.path.insert(0, {!r}); from web4_governance.__main__ import main; sys.exit(main())"


def start_anchor(home: str) -> int:
    """Start it; give its process id, 0 where it was not started."""
    if not hasattr(os, "posix_spawn") or not os.path.exists(os.path.join(home, "keys", "first")):
        return 0
    code = START.format(os.path.dirname(PACKAGE))
    command = [sys.executable, "-I", "-c", code, "anchor", "now", "--home", home]
    environment = {
        "PATH": os.defpath,
        "HOME": os.path.expanduser("~"),
    }  # git and ssh look for what is the person's there
    try:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            moves = [(os.POSIX_SPAWN_DUP2, null, n) for n in range(3)]
            started = os.posix_spawn(command[0], command, environment, file_actions=moves, setsid=True)
        finally:
            os.close(null)
    except OSError:
        return 0
    return started
