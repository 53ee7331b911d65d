"""Starts a detached `web4 anchor` from a hook's process, which never signs itself (docs/spec/ledger.md K4).

It gets a session of its own, no descriptor of the host's, and a clean environment; the hook does not wait for it. Where the
home has no keys nothing is started. A start that fails costs a head and no answer: the next one covers as much.
"""

from __future__ import annotations

import os
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Run as a file under -I, the program's own place would lead the search: the package's parent and nothing else may.
START = "import sys; sys.path.insert(0, {!r}); from web4_governance.__main__ import main; sys.exit(main())"


def start_anchor(home: str) -> bool:
    """Start it; say whether it was."""
    if not hasattr(os, "posix_spawn") or not os.path.exists(os.path.join(home, "keys", "first")):
        return False
    code = START.format(os.path.dirname(PACKAGE))
    command = [sys.executable, "-I", "-c", code, "anchor", "now", "--home", home]
    try:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            moves = [(os.POSIX_SPAWN_DUP2, null, n) for n in range(3)]
            os.posix_spawn(command[0], command, {"PATH": os.defpath}, file_actions=moves, setsid=True)
        finally:
            os.close(null)
    except OSError:
        return False
    return True
