"""Anchors in the settings, and handing a head to all of them: one that fails costs the others nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.logs import Log
from support.signers import Witness
from web4_governance.app.anchors.configured import KINDS, configured
from web4_governance.app.anchors.file import FileAnchor
from web4_governance.app.anchors.submit import Lag, Taken, lags, note_lags, path_of, submit
from web4_governance.app.settings import settings
from web4_governance.core.errors import AnchorRefused, UsageError

LOG = Log()
WHOLE = f"""
privacy = "metadata"

[anchors.alice]
kind = "witness"
url = "https://w.example/"
key = "{Witness("w.example").key.to_text()}"

[anchors.mirror]
kind = "git"
remote = "git@example:anchors.git"

[anchors.dated]
kind = "rfc3161"
url = "http://tsa.example/"
certificate = "~/tsa.pem"

[anchors.journal]
kind = "journald"

[anchors.log]
kind = "syslog"
host = "127.0.0.1"
port = "514"

[anchors.stick]
kind = "file"
path = "/media/stick/heads"
"""


def test_every_kind_can_stand_in_the_settings(tmp_path: Path) -> None:
    """By name, beside the settings that were there before."""
    (tmp_path / "config.toml").write_text(WHOLE)
    for _ in range(2):  # the second time from the compiled copy
        anchors = configured(str(tmp_path))
        assert [anchor.name for anchor in anchors] == ["alice", "dated", "journal", "log", "mirror", "stick"]
        assert {anchor.kind for anchor in anchors} == set(KINDS)
    assert str(settings(str(tmp_path)).privacy) == "metadata"


def test_no_settings_are_no_anchors(tmp_path: Path) -> None:
    """And none is looked for."""
    assert configured(str(tmp_path)) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('anchors = "x"', "no setting `anchors`"),
        ("[anchors]\nx = 1", "is no table"),
        ("[anchors.X]\nkind = 'file'", "no name of an anchor"),
        ("[anchors.x]\npath = 'p'", "has no `kind`"),
        ("[anchors.x]\nkind = 1", "has no `kind`"),
        ("[anchors.x]\nkind = 'blockchain'", "has no `kind`"),
        ("[anchors.x]\nkind = 'file'", "needs a field `path`"),
        ("[anchors.x]\nkind = 'file'\npath = 'p'\nmode = 'x'", "field `mode`"),
        ("[anchors.x]\nkind = 'file'\npath = 1", "is no text"),
        ("[anchors.x]\nkind = 'file'\npath = ''", "is no text"),
        ("[anchors.x]\nkind = 'syslog'\nport = '0'", "is no port"),
        ("[anchors.x]\nkind = 'syslog'\nport = 'x'", "is no port"),
        ("[anchors.x]\nkind = 'witness'\nurl = 'http://w'\nkey = 'k'", r"\[anchors.x\]: "),
    ],
)
def test_what_makes_no_sense_is_named(tmp_path: Path, text: str, why: str) -> None:
    """With the anchor and the field."""
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(UsageError, match=why):
        configured(str(tmp_path))


class Refuses(FileAnchor):
    """An anchor that says no."""

    def submit(self, *_arguments: object, **_more: object) -> None:  # type: ignore[override]
        raise AnchorRefused("it has seen another history", hint="look")


def test_one_that_fails_costs_the_others_nothing_and_is_tried_again(tmp_path: Path) -> None:
    """Since when it lags stays until it takes a head."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    share = tmp_path / "share"
    anchors = [
        FileAnchor("a", path=str(share / "heads")),
        FileAnchor("b", path=str(tmp_path / "heads")),
        Refuses("c", path=""),
    ]

    def hand(size: int, now: int) -> tuple[Taken, ...]:
        taken = submit(LOG.head(size), anchors, prove=LOG.prove, known=lambda _name: LOG.known())
        note_lags(str(home), taken, now_us=now)
        return taken

    first = hand(3, 100)
    assert [(one.anchor, one.receipt is not None, one.refused) for one in first] == [
        ("a", False, False), ("b", True, False), ("c", False, True),
    ]  # fmt: skip
    assert first[2].hint == "look"
    hand(4, 200)
    assert [(lag.anchor, lag.since_us, lag.refused) for lag in lags(str(home))] == [("a", 100, False), ("c", 100, True)]
    share.mkdir()
    hand(5, 300)
    assert lags(str(home)) == (Lag(anchor="c", since_us=100, why="it has seen another history", refused=True),)
    assert [held.size for held in anchors[0].held(LOG.known()).heads] == [5], "the later head carries the earlier ones"
    Path(path_of(str(home))).write_text("[]")
    assert lags(str(home)) == ()
