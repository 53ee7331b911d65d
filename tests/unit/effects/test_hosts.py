"""However an address is written, it is the same machine; a name stays a name."""

from __future__ import annotations

import pytest

from unit.effects.scenes import call, effects
from web4_governance.core.effects import hosts
from web4_governance.core.effects.select import host_of

META = "169.254.169.254"


@pytest.mark.parametrize(
    "spelled",
    [
        META, "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "0xA9.254.43518".lower(), "2852039166", "0xa9fea9fe", "025177524776",
        "169.16689662", "169.254.169.254.", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:a9fe:a9fe",
        "::169.254.169.254", "64:ff9b::a9fe:a9fe", "::ffff:a9fe:a9fe%eth0",
    ],
)  # fmt: skip
def test_every_spelling_of_an_address_is_that_address(spelled: str) -> None:
    """inet_aton(3), mapped addresses, and those of translators."""
    assert hosts.plain(spelled) == META


@pytest.mark.parametrize(
    ("spelled", "want"),
    [
        ("fd00:0ec2:0:0:0:0:0:254", "fd00:ec2::254"), ("FD00:EC2::254", "fd00:ec2::254"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"),
        ("::", "::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("127.1", "127.0.0.1"), ("example.org", "example.org"), ("8080", "8080"),
        ("1.2.3.4.5", "1.2.3.4.5"), ("300.1.1.1", "300.1.1.1"), ("1.2.3.999", "1.2.3.999"), ("09.1.1.1", "09.1.1.1"), ("0x.1", "0x.1"),
        ("1..2", "1..2"), ("", ""), ("1:2", "1:2"), ("::1::2", "::1::2"), ("g::1", "g::1"), ("1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7::8"),
        ("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"), ("²", "²"), ("a.1.1.1", "a.1.1.1"), ("::x.1.1.1", "::x.1.1.1"),
    ],
)  # fmt: skip
def test_a_name_stays_a_name_and_a_long_address_is_written_shortly(spelled: str, want: str) -> None:
    """What is no address is left as it is."""
    assert hosts.plain(spelled) == want


def test_a_host_is_told_by_its_address_whatever_tool_reaches_it() -> None:
    """In URLs with brackets and ports, by commands and by tools."""
    assert host_of("http://[::ffff:169.254.169.254]:80/x") == META
    assert "secret.read" in effects("curl http://0251.0376.0251.0376/latest/meta-data/")
    found = {str(deed.effect) for deed in call("WebFetch", {"url": "http://[::ffff:a9fe:a9fe]/"}).deeds}
    assert "secret.read" in found
