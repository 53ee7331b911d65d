"""A git remote: real bare repositories, one reached over the network protocol; forced pushes, races, lost copies."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.logs import Log
from web4_governance.app.anchors.git import GitAnchor
from web4_governance.core.errors import AnchorError, AnchorRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")
LOG = Log()


def git(*words: str) -> str:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=60, check=True, env=clean)
    return done.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository that takes forward moves only."""
    path = tmp_path / "remote.git"
    git("init", "--bare", "--quiet", str(path))
    git("-C", str(path), "config", "receive.denyNonFastForwards", "true")
    git("-C", str(path), "config", "receive.denyDeletes", "true")
    return path


def anchor_at(tmp_path: Path, remote: Path | str, copy: str = "copy.git") -> GitAnchor:
    return GitAnchor("mirror", remote=str(remote), branch="web4-anchor", directory=str(tmp_path / "anchors" / copy))


def submit(anchor: GitAnchor, size: int, *receipts: bytes, log: Log = LOG) -> bytes:
    return anchor.submit(log.head(size), prove=log.prove, known=log.known(receipts=receipts)).data


def test_each_head_is_a_commit_on_top_of_the_last(tmp_path: Path, remote: Path) -> None:
    """All are held, in order, with their bytes; the remote's own view agrees."""
    anchor = anchor_at(tmp_path, remote)
    one = submit(anchor, 3)
    two = submit(anchor, 9, one)
    holdings = anchor.held(LOG.known(receipts=(one, two)))
    assert [held.size for held in holdings.heads] == [3, 9]
    assert holdings.heads[1].note == LOG.head(9).note.to_bytes()
    assert holdings.wrong == ()
    assert git("-C", str(remote), "rev-list", "--count", "web4-anchor") == "2"
    assert (
        git("-C", str(remote), "log", "-1", "--format=%an %s", "web4-anchor")
        == f"web4-governance 9 entries of {LOG.origin}"
    )


def test_a_ledger_that_was_replaced_whole_finds_the_old_one_s_heads(tmp_path: Path, remote: Path) -> None:
    """Under a new name nothing of it overlaps with what is held; that the anchor holds another log is what tells."""
    anchor = anchor_at(tmp_path, remote)
    submit(anchor, 9)
    holdings = anchor.held(Log("log.example/new").known())
    assert (holdings.heads, holdings.others) == ((), (LOG.origin,))


def test_a_repository_of_one_s_own_is_no_state_of_somebody_else_s(tmp_path: Path, remote: Path) -> None:
    """As far as can be seen from here."""
    assert not anchor_at(tmp_path, remote).stateful
    assert anchor_at(tmp_path, "git@host.example:anchors.git").stateful


def test_a_local_copy_that_is_lost_is_fetched_again(tmp_path: Path, remote: Path) -> None:
    """It holds nothing that is not at the remote."""
    one = submit(anchor_at(tmp_path, remote), 3)
    shutil.rmtree(tmp_path / "anchors")
    anchor = anchor_at(tmp_path, remote)
    two = submit(anchor, 9, one)
    assert [held.size for held in anchor.held(LOG.known(receipts=(one, two))).heads] == [3, 9]


def test_several_ledgers_share_a_branch_and_push_at_once(tmp_path: Path, remote: Path) -> None:
    """A push that came second is made again on top; nobody's heads are lost and nothing is forced."""
    logs = [Log(f"log.example/{n}") for n in range(3)]
    anchors = [anchor_at(tmp_path, remote, f"copy{n}.git") for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        receipts = list(pool.map(lambda n: submit(anchors[n], 3, log=logs[n]), range(3)))
    for log, receipt, anchor in zip(logs, receipts, anchors, strict=True):
        holdings = anchor.held(log.known(receipts=(receipt,)))
        assert ([held.size for held in holdings.heads], holdings.wrong) == ([3], ())
        assert holdings.others == tuple(other.origin for other in logs if other is not log)


def rewrite(tmp_path: Path, remote: Path) -> None:
    """Force another history onto the branch, as someone with rights at the remote can."""
    other = tmp_path / "other.git"
    git("init", "--bare", "--quiet", str(other))
    submit(anchor_at(tmp_path, other, "thief.git"), 2, log=Log(salt=b"rewritten"))
    git("-C", str(remote), "config", "receive.denyNonFastForwards", "false")
    git("-C", str(other), "push", "--quiet", "--force", str(remote), "web4-anchor")


def test_a_forced_push_is_noticed_and_nothing_is_put_on_top_of_it(tmp_path: Path, remote: Path) -> None:
    """By the receipt, also where the local copy was taken away; by the local copy, also where the receipts were."""
    anchor = anchor_at(tmp_path, remote)
    one = submit(anchor, 3)
    rewrite(tmp_path, remote)
    tip = git("-C", str(remote), "rev-parse", "web4-anchor")
    for receipts in ((one,), ()):
        assert "was rewritten" in anchor.held(LOG.known(receipts=receipts)).wrong[0]
        with pytest.raises(AnchorRefused, match="was rewritten"):
            submit(anchor, 9, *receipts)
    shutil.rmtree(tmp_path / "anchors")
    fresh = anchor_at(tmp_path, remote)
    assert "was rewritten" in fresh.held(LOG.known(receipts=(one,))).wrong[0]
    assert [held.size for held in fresh.held(LOG.known(receipts=(one,))).heads] == [2]
    assert git("-C", str(remote), "rev-parse", "web4-anchor") == tip


def test_a_branch_that_was_deleted_is_noticed(tmp_path: Path, remote: Path) -> None:
    """An empty remote after a push is a rewrite too."""
    anchor = anchor_at(tmp_path, remote)
    one = submit(anchor, 3)
    git("-C", str(remote), "update-ref", "-d", "refs/heads/web4-anchor")
    assert "is gone" in anchor.held(LOG.known(receipts=(one,))).wrong[0]
    with pytest.raises(AnchorRefused):
        submit(anchor, 9, one)


def test_the_remote_itself_refuses_what_is_not_forward(tmp_path: Path, remote: Path) -> None:
    """With `receive.denyNonFastForwards`, as the guide sets it."""
    submit(anchor_at(tmp_path, remote), 3)
    other = tmp_path / "other.git"
    git("init", "--bare", "--quiet", str(other))
    submit(anchor_at(tmp_path, other, "thief.git"), 2, log=Log(salt=b"rewritten"))
    with pytest.raises(subprocess.CalledProcessError):
        git("-C", str(other), "push", "--quiet", "--force", str(remote), "web4-anchor")


def test_a_receipt_that_names_no_commit_is_a_rewrite_and_no_argument(tmp_path: Path, remote: Path) -> None:
    """What a row beside the ledger says is never an option of git's."""
    anchor = anchor_at(tmp_path, remote)
    submit(anchor, 3)
    for bad in (b'{"commit":"--all"}', b'{"commit":"' + b"0" * 40 + b'"}'):
        assert anchor.held(LOG.known(receipts=(bad,))).wrong
    assert anchor.held(LOG.known(receipts=(b"no receipt",))).wrong == ()


def test_a_remote_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With git's own words."""
    anchor = anchor_at(tmp_path, tmp_path / "nowhere.git")
    with pytest.raises(AnchorError, match="git says"):
        submit(anchor, 3)
    with pytest.raises(AnchorError):
        anchor.held(LOG.known())


def test_a_remote_that_takes_nothing_is_said(tmp_path: Path, remote: Path) -> None:
    """A hook at the remote that refuses: after a few tries, with what it said."""
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(AnchorError, match="without force"):
        submit(anchor_at(tmp_path, remote), 3)


@pytest.mark.parametrize(
    ("remote", "branch"), [("--upload-pack=x", "b"), ("", "b"), ("r", "-b"), ("r", "b c"), ("r", "b:c")]
)
def test_options_in_the_place_of_names_are_refused(remote: str, branch: str) -> None:
    """The settings are the person's, and still no command line."""
    with pytest.raises(UsageError):
        GitAnchor("mirror", remote=remote, branch=branch, directory="d")


@contextlib.contextmanager
def daemon(base: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        "git",
        "daemon",
        "--export-all",
        "--enable=receive-pack",
        "--reuseaddr",
        "--listen=127.0.0.1",
        f"--port={port}",
        f"--base-path={base}",
        str(base),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


@pytest.mark.skipif(
    subprocess.run(["git", "daemon", "--help"], capture_output=True, check=False).returncode not in (0, 129),
    reason="this git has no daemon",
)
def test_heads_go_over_the_network_protocol(tmp_path: Path, remote: Path) -> None:
    """To a real `git daemon`."""
    with daemon(tmp_path) as address:
        anchor = anchor_at(tmp_path, f"{address}/{remote.name}")
        one = submit(anchor, 3)
        two = submit(anchor, 9, one)
        assert [held.size for held in anchor.held(LOG.known(receipts=(one, two))).heads] == [3, 9]
