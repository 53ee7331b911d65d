"""The real client finds nothing wrong with the plugin, strictly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import client

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "plugins" / "web4-governance"

pytestmark = [pytest.mark.client, pytest.mark.skipif(not client.binary(), reason="the real client is not here")]


@pytest.mark.parametrize(
    ("path", "more"),
    [(PLUGIN, ()), (ROOT, ()), (PLUGIN, ("--profile", "directory"))],
    ids=["plugin", "market", "profile"],
)
def test_the_client_finds_plugin_and_marketplace_valid(path: Path, more: tuple[str, ...], tmp_path: Path) -> None:
    """Warnings count as errors, except the listing's wish for an icon, which only the directory profile has."""
    strict = () if more else ("--strict",)
    done = subprocess.run(
        [client.binary(), "plugin", "validate", str(path), *strict, *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation passed" in done.stdout
