"""The guide's commands, run: afterwards each anchor takes a head and holds it, and the policy asks for who it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages import blocks
from support.logs import Log
from support.timestamps import Authority
from support.witnesses import environment, serving
from web4_governance.app.anchors.ask import ask, log_policy
from web4_governance.app.anchors.configured import configured
from web4_governance.app.anchors.submit import note_lags, submit
from web4_governance.core.errors import NoteError
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import VerifierKey

LOG = Log()
pytestmark = pytest.mark.skipif(
    not shutil.which("git") or not shutil.which("openssl"), reason="git or openssl is not here"
)


class Shell:
    """Runs the guide's blocks in a scratch home, with its example places and keys put in."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.home = where / "home" / ".web4"
        self.places = {"/srv": str(where / "srv"), "THE KEY OF YOUR LOG": LOG.signer.key.to_text()}
        (where / "bin").mkdir()
        program = where / "bin" / "web4"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m web4_governance "$@"\n')
        program.chmod(0o755)
        self.home.mkdir(parents=True, mode=0o700)

    def run(self, block: str) -> str:
        """Give what a block prints; what it starts in the background is started by the test itself."""
        for said, meant in self.places.items():
            block = block.replace(said, meant)
        kept = "\n".join(row for row in block.splitlines() if not row.endswith("&"))
        clean = {
            **environment(),
            "HOME": str(self.where / "home"),
            "PATH": f"{self.where / 'bin'}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["sh", "-e", "-c", kept], capture_output=True, text=True, timeout=120, check=False, env=clean
        )
        assert done.returncode in (0, 1), done.stderr  # `status` says 1 where no hooks are installed
        assert "Traceback" not in done.stderr
        return done.stdout


def test_the_guide_s_commands_set_the_anchors_up(tmp_path: Path) -> None:
    """From nothing to three anchors that took a head, and a policy that is met."""
    shell = Shell(tmp_path)
    repository, mirror, key, logs, alice, dated, policy = blocks("docs/guide/anchors.md", "sh")
    shell.run(repository)
    assert "mirror (git)" in shell.run(mirror)
    shell.places["THE KEY OF THE WITNESS"] = shell.run(key).strip()
    shell.run(logs)
    authority = Authority(tmp_path / "tsa")
    shutil.copy(authority.root, shell.home / "tsa.pem")
    home = str(shell.home)
    with authority.serving() as address, serving(tmp_path / "srv" / "witness") as prefix:
        shell.places |= {"http://127.0.0.1:7380": prefix, "https://tsa.example/tsr": address, "~/.web4": home}
        for block in (alice, dated, policy):
            shell.run(block)
        taken = submit(LOG.head(9), configured(home), prove=LOG.prove, known=lambda _name: LOG.known())
        note_lags(home, taken, now_us=1_795_000_000_000_000)
        assert [(one.anchor, one.why) for one in taken] == [("alice", ""), ("dated", ""), ("mirror", "")]
        receipts = {one.anchor: one.receipt.data for one in taken if one.receipt}
        asked = ask(configured(home), known=lambda name: LOG.known(receipts=(receipts[name],)))
        assert [[held.size for held in one.holdings.heads] for one in asked if one.holdings] == [[9], [9], [9]]
        note = LOG.head(9).note.with_lines(line for one in taken if one.receipt for line in one.receipt.lines)
    read = log_policy(home)
    assert read is not None
    cosigned = [one.key for one in cosignatures(note, [VerifierKey.from_text(shell.places["THE KEY OF THE WITNESS"])])]
    assert read.judge(cosigned).missing == ("the anchor `mirror` does not hold it",)
    assert read.judge(cosigned, agreed=["mirror"]).met
    # The witness and the authority are gone now: both lag, and the mirror goes on.
    taken = submit(LOG.head(12), configured(home), prove=LOG.prove, known=lambda _name: LOG.known())
    note_lags(home, taken, now_us=1_795_000_000_000_000)
    said = shell.run("web4 status")
    assert re.findall(r"^LAGS +(\w+) since 2026-", said, re.MULTILINE) == ["alice", "dated"]
    gone = ask(configured(home), known=lambda _name: LOG.known())
    assert [(one.anchor, one.why == "", one.refused) for one in gone] == [
        ("alice", False, False), ("dated", True, False), ("mirror", True, False),
    ]  # fmt: skip


def test_status_says_what_is_wrong_with_the_settings_or_refused(tmp_path: Path) -> None:
    """An anchor that said no is told from one that cannot be reached."""
    shell = Shell(tmp_path)
    config = shell.home / "config.toml"
    config.write_text('[anchors.copy]\nkind = "file"\npath = "/nowhere/heads"\n')
    (shell.home / "anchors.json").write_text('{"copy":{"refused":true,"since_us":1795000000000000,"why":"no"}}')
    assert re.search(r"^REFUSED +copy since 2026-\S+.*: no$", shell.run("web4 status"), re.MULTILINE)
    config.write_text('[anchors.copy]\nkind = "files"\n')
    assert re.search(r"^BROKEN +.*has no `kind`", shell.run("web4 status"), re.MULTILINE)


def test_a_policy_that_makes_no_sense_is_said_and_a_missing_one_is_none(tmp_path: Path) -> None:
    """With its line."""
    assert log_policy(str(tmp_path)) is None
    (tmp_path / "log-policy").write_text("quorum\n")
    with pytest.raises(NoteError, match="line 1 of the log policy"):
        log_policy(str(tmp_path))
