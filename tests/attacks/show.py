"""Prints the matrix of attacks, level by level, as it is measured now (`make attacks`)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.matrix import ATTACKS, LEVELS
from support.attacks import Scene
from web4_governance.app.verify import verify_ledger


def main() -> int:
    """Do every attack on a ledger of its own and print what each level says."""
    width = max(map(len, ATTACKS))
    print(
        f"{'attack':<{width}}  "
        + "  ".join(f"{level:<15}" for level in ("chain alone", "+ signed head", "+ anchor at 40"))
    )
    odd = 0
    for name, (do, expected) in ATTACKS.items():
        with tempfile.TemporaryDirectory() as place:
            scene = Scene(Path(place) / "home")
            do(scene)
            said = [str(verify_ledger(str(scene.home), scene.heads(level)).verdict) for level in LEVELS]
        odd += tuple(said) != expected
        mark = "" if tuple(said) == expected else "  expected " + ", ".join(expected)
        print(f"{name:<{width}}  " + "  ".join(f"{word:<15}" for word in said) + mark)
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
