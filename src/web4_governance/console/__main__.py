"""`python -m web4_governance.console`: what `web4 console` becomes. Its arguments are that command's."""

from __future__ import annotations

import argparse
import sys

from web4_governance.console.serve import serve
from web4_governance.core.errors import InputError, Web4Error


def main(words: list[str]) -> int:
    """Serve until the person ends it; an error is one line on standard error."""
    parser = argparse.ArgumentParser(prog="web4 console", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--policy", default="")
    parser.add_argument("--open", action="store_true")
    given = parser.parse_args(words)
    try:
        return serve(given.home, port=given.port, policy=given.policy, show=given.open)
    except Web4Error as error:
        hint = f"\n  {error.hint}" if error.hint else ""
        sys.stderr.write(f"web4: {error.message}{hint}\n")
        return 3 if isinstance(error, InputError) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
