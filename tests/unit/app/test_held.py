"""`web4 verify` with heads that lie elsewhere: files that the person holds, and configured anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.attacks import SIZE, Scene
from support.told import call_main
from web4_governance.core.canonical import encode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "home")


def configure(scene: Scene, path: Path) -> None:
    (scene.home / "config.toml").write_text(f'[anchors.share]\nkind = "file"\npath = "{path}"\n')
    (scene.home / "config.toml").chmod(0o600)


def told(scene: Scene, *words: str) -> tuple[int, str]:
    said = call_main("verify", "--json", "--home", str(scene.home), "--key", scene.signer.key.to_text(), *words)
    return said.code, str(said.json["verdict"])


def test_a_head_that_the_person_holds_anchors_the_ledger(scene: Scene, tmp_path: Path) -> None:
    """Of all of it, or of its beginning; one of another ledger leaves it uncorroborated, one that is not there is bad input."""
    held = tmp_path / "held.note"
    held.write_bytes(scene.beside)
    assert told(scene, "--head", str(held), "--require-anchor") == (0, "ANCHORED")
    held.write_bytes(scene.signed(40))
    assert told(scene, "--head", str(held)) == (0, "TAIL")
    held.write_bytes(scene.signer.checkpoint(40, bytes(32)).to_bytes())
    assert told(scene, "--head", str(held)) == (2, "TAMPERED")
    held.write_bytes(b"x")
    assert told(scene, "--head", str(held)) == (1, "UNCORROBORATED")
    assert call_main("verify", "--home", str(scene.home), "--head", str(tmp_path / "none")).code == 3


def test_a_configured_anchor_is_asked_first(scene: Scene, tmp_path: Path) -> None:
    """What the file holds decides; a file that cannot be read is a note."""
    share = tmp_path / "share.jsonl"
    configure(scene, share)
    assert told(scene) == (0, "UNANCHORED")
    share.write_bytes(b"")
    assert told(scene) == (1, "UNCORROBORATED")
    share.write_bytes(encode({"note": scene.signed(SIZE).decode()}) + b"\n")
    assert told(scene) == (0, "ANCHORED")
    said = call_main("verify", "--home", str(scene.home), "--key", scene.signer.key.to_text()).out
    assert "held 52 entries by the anchor `share`, line 1" in said
    scene.cut(40)
    assert told(scene) == (1, "UNCORROBORATED")
    assert (
        "open the anchor `share`"
        in call_main("verify", "--home", str(scene.home), "--key", scene.signer.key.to_text()).out
    )


def test_export_and_verify_go_together_on_the_command_line(scene: Scene, tmp_path: Path) -> None:
    """The whole, a session, what filters find; nothing to export is said; a limit is refused."""
    home, bundle = ("--home", str(scene.home)), str(tmp_path / "b.tar")
    assert "the whole ledger, 52 entries" in call_main("export", *home, "-o", bundle).out
    for words in ((), ("--session", "session-1"), ("--tool", "Read")):
        assert call_main("export", *home, "-o", bundle, "--json", *words).json["whole"] is (not words)
        said = call_main("verify", "--bundle", bundle, "--json")
        assert (said.code, said.json["verdict"]) == (0, "UNANCHORED")
    assert call_main("export", *home, "-o", bundle, "--tool", "Nothing").code == 3
    assert call_main("export", *home, "-o", bundle, "--limit", "3").code == 3
    assert call_main("export", *home, "-o", str(tmp_path / "no" / "b.tar")).code == 3
    assert call_main("verify", "--bundle", str(tmp_path / "none.tar")).code == 3
