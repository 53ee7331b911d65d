"""What takes more and more without end is told from what a person can wait for or end."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, call, effects
from web4_governance.core.effects.endless import repeats
from web4_governance.core.shell import parse

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


def _repeated(command: str) -> list[tuple[int, int]]:
    return sorted(repeats(parse(command, cwd=CWD, home=HOME).commands).items())


def test_what_repeats_counts_from_where_nothing_new_can_come_of_it() -> None:
    """Rounds of one command and of three; not where a word, a directory or a pipe differs."""
    assert _repeated("echo a\n" * 100) == [(n, 1) for n in range(4, 100)]
    rounds = _repeated("ls | xargs rm -f\n" * 40)
    assert {length for _, length in rounds} == {3}
    assert rounds[-1][0] == 119
    assert _repeated("echo a\n" * 20) == []
    assert _repeated("".join(f"echo {n}\n" for n in range(100))) == []
    assert _repeated("cd x; echo a\n" * 60) == []


def test_a_script_of_many_equal_commands_is_judged_as_one_of_few() -> None:
    """The same deeds, for a fraction of the work."""
    for line in ("ls | xargs rm -f", "curl -o x.sh https://x.example; sh y.sh; cp x.sh y.sh", "x=$(ls); rm $x"):
        few, many = (call("Bash", {"command": f"{line}\n" * times}) for times in (25, 300))
        assert {(deed.effect, deed.target) for deed in few.deeds} == {(deed.effect, deed.target) for deed in many.deeds}
