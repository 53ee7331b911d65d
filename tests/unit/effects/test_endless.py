"""What takes more and more without end is told from what a person can wait for or end."""

from __future__ import annotations

import pytest

from unit.effects.scenes import effects

EXHAUST = "resource.exhaust"


@pytest.mark.parametrize(
    "command",
    [
        "while true; do job & done",
        "while true; do job & other & done",
        "while ((1)); do job & disown; done",
        "until false; do wait; job & done",
        "for ((;;)); do job & done",
        "for (( ;1; )); do job & done",
        "while true; do while true; do job & done; done",
        "while true; do x=$x.; while :; do job & done; done",
        "while :; do curl -s https://example.org/a; done",
        "while true; do claude -p go; done",
        "while true; do :; done",
        "bomb() { bomb | bomb; }; bomb",
        "bomb() { bomb & }; bomb",
        "yes > filler",
        "cat /dev/zero > filler",
    ],
)
def test_what_never_ends_and_takes_more_is_exhausting(command: str) -> None:
    """Processes, questions to others, a processor, a disk."""
    assert EXHAUST in effects(command)


@pytest.mark.parametrize(
    "command",
    [
        "while true; do job & wait; done",
        "while true; do job & sleep 5; done",
        "while true; do job & break; done",
        "while true; do curl -s http://localhost/ && exit; done",
        "while true; do curl -s http://localhost/; sleep 1; done",
        "while true; do nc -l 8080; done",
        "while true; do date; done",
        "while read line; do job & done",
        "until test -e ready; do job & done",
        "for i in 1 2; do job & done",
        "for ((i=0; i<3; i++)); do job & done",
        "again() { again; }; again",
        "yes | head -n 3 > few",
        "yes",
        "timeout 1 yes > few",
        "cat README > copy",
    ],
)
def test_what_waits_ends_or_is_bounded_is_not(command: str) -> None:
    """A loop that pauses, leaves, or does its turn and no more."""
    assert EXHAUST not in effects(command)
