"""`python -m web4_governance` and the `web4` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; `hook` goes straight to its face, without an argument parser."""
    if sys.argv[1:2] == ["hook"]:
        from web4_governance.spawned import main as hook  # noqa: PLC0415  # the hook's import path stays small

        return hook(sys.argv[2:])
    from web4_governance.cli.main import main as cli  # noqa: PLC0415

    return cli(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
