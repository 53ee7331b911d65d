"""A hostile file in a bundle's place: it is refused in one line, whatever it claims, and nobody waits for it (bundle.md B1)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from support.ledgers import fill
from support.told import call_main
from web4_governance.app.bundle import verifier_source, write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE, KIND, CHECKSUM = slice(124, 136), 156, slice(148, 156)
AFTER = b"\0" * 1024


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good bundle, packed and unpacked, and the verifier that was in it."""
    made = tmp_path_factory.mktemp("bundles")
    fill(str(made / "home"))
    write_bundle(str(made / "home"), str(made / "b.tar"))
    shutil.unpack_archive(made / "b.tar", made / "unpacked", filter="data")
    (made / "verify.py").write_text(verifier_source())
    return made


def header(name: str, size: bytes, kind: bytes = b"0", *, sparse: int = 0) -> bytes:
    made = bytearray(tarfile.TarInfo(name).tobuf(tarfile.GNU_FORMAT))
    made[SIZE], made[KIND] = size.ljust(12, b"\0"), kind[0]
    if sparse:
        made[483:495] = b"\x80" + sparse.to_bytes(11, "big")
    made[CHECKSUM] = b" " * 8
    made[CHECKSUM] = b"%06o\0 " % sum(made)
    return bytes(made)


def pax(record: bytes) -> bytes:
    return header("p", b"%011o" % len(record), b"x") + record.ljust(512, b"\0")


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "a size below nothing, first": lambda data: header("x", b"\xff" * 10 + b"\xfe\x00") + data,
    "a size that leads back to its own header": lambda data: (
        data[:512] + header("x", b"\xff" * 10 + b"\xfe\x00") + data
    ),
    "a size beyond all files": lambda data: header("x", b"\x80" + b"\x7f" * 11) + data,
    "a size that is no number": lambda data: header("x", b"9x") + data,
    "a file with an endless hole": lambda _: header("entries.jsonl", b"0" * 11, b"S", sparse=1 << 60) + AFTER,
    "an extended header with an endless number": lambda data: pax(b"99999999999999999999 a=b\n") + data,
    "an extended header that gives a size": lambda data: pax(b"30 size=99999999999999999999999\n") + data,
    "a link": lambda data: header("entries.jsonl", b"0" * 11, b"2") + data,
    "a device": lambda data: header("entries.jsonl", b"0" * 11, b"3") + data,
    "a header with another checksum": lambda data: data[:148] + b"000000\0 " + data[156:],
    "cut in a file": lambda data: data[: len(data) // 2],
    "cut in a header": lambda data: data[:300],
    "no tar": lambda _: b"x" * 2048,
    "nothing": lambda _: b"",
    "a file twice": lambda data: header("entries.jsonl", b"0" * 11) + data,
}


def refused(place: Path, path: Path) -> tuple[str, str]:
    """Ask both verifiers: the command, and the file that lies in each bundle; give what they say."""
    said = call_main("verify", "--bundle", str(path))
    done = subprocess.run(
        [sys.executable, "-I", "-S", place / "verify.py", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.code, done.returncode) == (3, 3), (said.err, done.stderr)
    assert "Traceback" not in done.stderr
    return said.err.removeprefix("web4: ").splitlines()[0], done.stderr.removeprefix("verify: ").splitlines()[0]


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_tar_is_no_bundle(place: Path, tmp_path: Path, what: str) -> None:
    """One line, exit code 3, the same from both verifiers, in bounded time."""
    path = tmp_path / "h.tar"
    path.write_bytes(HOSTILE[what]((place / "b.tar").read_bytes()))
    one, other = refused(place, path)
    assert one == other


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_bundles_place_is_not_waited_for(place: Path, tmp_path: Path) -> None:
    """Neither as the bundle nor as a file of it."""
    os.mkfifo(tmp_path / "pipe")
    assert refused(place, tmp_path / "pipe")[0].endswith("is no regular file")
    shutil.copytree(place / "unpacked", tmp_path / "bundle")
    (tmp_path / "bundle" / "bundle.json").unlink()
    os.mkfifo(tmp_path / "bundle" / "bundle.json")
    assert "not a bundle" in refused(place, tmp_path / "bundle")[0]


@pytest.mark.skipif(shutil.which("tar") is None, reason="needs tar")
def test_what_tar_packs_again_is_the_same_bundle(place: Path, tmp_path: Path) -> None:
    """Under names with `./` before them, directories between the files."""
    (tmp_path / "unpacked" / "heads").mkdir(parents=True)
    shutil.copytree(place / "unpacked", tmp_path / "unpacked", dirs_exist_ok=True)
    subprocess.run(
        ["tar", "--format=ustar", "-cf", tmp_path / "again.tar", "-C", tmp_path / "unpacked", "."], check=True
    )
    first_said = call_main("verify", "--json", "--bundle", str(place / "b.tar"))
    again = call_main("verify", "--json", "--bundle", str(tmp_path / "again.tar"))
    assert (again.code, again.json) == (first_said.code, first_said.json)
