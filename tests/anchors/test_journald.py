"""A real journal: systemd's own daemon, in a mount namespace of its own, so that the machine's is not touched.

Needs root, `unshare` and `systemd-journald`; elsewhere the protocol is tested on a socket of the tests' (test_syslog.py), and
a machine's own journal where it has one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.logs import Log
from support.witnesses import ROOT, environment

DAEMON = Path("/lib/systemd/systemd-journald")
AROUND = """
mount -t tmpfs tmpfs /run || exit 77
mkdir -p /run/systemd/journal /run/log/journal
"$1" >/dev/null 2>&1 &
daemon=$!
n=0
until [ -S /run/systemd/journal/socket ] || [ $n -gt 200 ]; do n=$((n+1)); sleep 0.05; done
"$2" -c "$3"
code=$?
kill $daemon
wait $daemon
exit $code
"""
INSIDE = """
import json, os, time
from support.logs import Log
from support.signers import Signer
from web4_governance.app.anchors.syslog import JournaldAnchor
from web4_governance.core.errors import AnchorRefused
anchor = JournaldAnchor("journal")
log, other = Log(), Log("log.example/2")
for one, size in ((log, 3), (other, 4), (log, 9)):
    anchor.submit(one.head(size), prove=one.prove, known=one.known())
for _ in range(100):
    held = anchor.held(log.known())
    if len(held.heads) == 2:
        break
    time.sleep(0.05)
child = os.fork()
if not child:  # another user writes the same fields: not this user's heads
    os.setuid(65534)
    anchor.submit(Log(salt=b"forged").head(12), prove=log.prove, known=log.known())
    os._exit(0)
os.waitpid(child, 0)
time.sleep(0.5)
again = anchor.held(log.known())
refused = []
rolled, forked, stranger = log, Log(salt=b"forked"), Log()
stranger.signer = Signer(log.origin, word="a fresh key")
for one, size in ((rolled, 5), (forked, 12), (stranger, 12)):
    try:
        anchor.submit(one.head(size), prove=one.prove, known=one.known())
    except AnchorRefused as error:
        refused.append(error.message)
time.sleep(0.5)
assert anchor.held(log.known()) == again
rows = [[one.size, one.time > 0, one.where != "", one.note.decode()] for one in again.heads]
print(json.dumps({"refused": refused, "heads": rows, "others": again.others, "wrong": again.wrong}))
"""


def isolated() -> bool:
    """Whether a mount namespace can be made here."""
    if not DAEMON.exists() or not shutil.which("unshare") or not shutil.which("journalctl") or os.getuid():
        return False
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, check=False)
    return tried.returncode == 0


def test_a_real_journal_takes_heads_and_gives_them_back_by_user() -> None:
    """In order, with its own time; what another user writes is none of ours; what does not follow is not sent at all."""
    if not isolated():
        pytest.skip("no root, no systemd-journald, or no namespaces here")
    command = ["unshare", "-m", "sh", "-c", AROUND, "sh", str(DAEMON), sys.executable, INSIDE]
    paths = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**environment(), **paths}
    )
    assert done.returncode == 0, done.stderr[-800:]
    found = json.loads(done.stdout)
    log = Log()
    assert found["heads"] == [[size, True, True, log.head(size).note.to_bytes().decode()] for size in (3, 9)]
    assert (found["others"], found["wrong"]) == (["log.example/2"], [])
    older, other, by = found["refused"]
    assert "holds a head of 9 entries of this log, and this one has 5" in older
    assert "holds a head over another tree of 9 entries" in other
    assert "by a key that its keys do not follow from" in by
