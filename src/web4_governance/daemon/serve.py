"""The script that a client starts: `python -I -S serve.py --home DIR`. It ends by itself when nobody comes.

Finds the package by its own place, as the hook does; then hands over to `server`.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    _here = os.path.dirname(os.path.abspath(__file__))
    _version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    _beside = os.path.dirname(os.path.dirname(sys.executable))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != _here]
    sys.path += [os.path.dirname(os.path.dirname(_here)), os.path.join(_beside, "lib", _version, "site-packages")]

    from web4_governance.daemon.server import main

    sys.exit(main(sys.argv[1:]))
