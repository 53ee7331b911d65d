"""What sftp is told is what it comes down to; odd lines come down to nothing."""

from __future__ import annotations

import pytest

from web4_governance.core.effects.transfers import lines


@pytest.mark.parametrize(
    ("batch", "commands"),
    [
        ("put a", ["scp a h:"]),
        ("-put -r a b", ["scp -r a h:"]),
        ("@mput a* b", ["scp a* b h:"]),
        ("put 'a;b'", ["scp 'a;b' h:"]),
        ("get /x/a b", ["scp h:/x/a b"]),
        ("get a", ["scp h:a ."]),
        ("!ls $(x)", ["ls $(x)"]),
        ("lcd d\nput a\n!rm b", ["cd d; scp a h:", "cd d; rm b"]),
        ("rm a b", ["ssh h rm a b"]),
        ("open x\nput a", ["scp a x:"]),
        ("ls\n\nput\nput -r\n-\nbye", []),
        ("put $(touch a)", ["scp '$(touch' h:"]),
    ],
)
def test_a_line_is_the_copy_that_it_comes_down_to(batch: str, commands: list[str]) -> None:
    """Words are words: the shell that reads the line expands nothing in them but globs."""
    assert list(lines(batch, "h:/path")) == commands


def test_a_batch_without_end_is_read_to_a_bound() -> None:
    """As many lines as are followed, and no more."""
    assert len(list(lines("put a\n" * 100_000, "h"))) == 256
