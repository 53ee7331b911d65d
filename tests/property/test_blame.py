"""Blame after any edits is what a list of lines, each with its writer, would say; and the openings alone make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.lineage.blame import By, origin_of
from web4_governance.core.lineage.change import NAMED, SEEN, change_of_found, change_of_told
from web4_governance.core.lineage.fold import Fold
from web4_governance.core.lineage.lines import Keys
from web4_governance.core.lineage.told import told

if TYPE_CHECKING:
    from web4_governance.core.lineage.change import Change, Lines

KEYS = Keys(b"s" * 32)
PATH = "/p/a"
OUTSIDE, UNKNOWN = "outside", "before"

# A step: who does it, which lines it replaces (as a share of the file), and by how many new ones.
STEPS = st.lists(
    st.tuples(st.sampled_from(["edit", "shell", "hand"]), st.floats(0, 1), st.integers(0, 4), st.integers(0, 4)),
    max_size=20,
)


class Model:
    """The lines of a file, every one of them different, each with the one who wrote it."""

    def __init__(self, count: int) -> None:
        self.lines = [(f"old {n}", UNKNOWN) for n in range(count)]
        self.made = 0

    def step(self, who: str, share: float, gone: int, come: int) -> None:
        at = int(share * len(self.lines))
        new = [(f"line {self.made + n}", who) for n in range(come)]
        self.made += come
        self.lines[at : at + gone] = new

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line, _ in self.lines)


@given(st.integers(0, 6), STEPS)
def test_blame_after_any_edits_is_what_a_list_of_writers_says(
    count: int, steps: list[tuple[str, float, int, int]]
) -> None:
    """By tools that tell, by commands, and by a hand in between, in any order."""
    model, fold = Model(count), Fold()
    held: Lines | None = None
    by_hand = False
    for here, (who, share, gone, come) in enumerate(steps):
        before = model.text
        if who == "hand":
            if held is None:
                continue  # what was there before the first recorded change is nobody's
            model.step(OUTSIDE, share, gone, come)
            by_hand = by_hand or model.text != before
            continue
        if who == "shell" and (held is None or by_hand):
            continue
        model.step(f"{here}", share, gone, come)
        change: Change
        if who == "edit":
            one = told("Write", {}, {"filePath": PATH, "content": model.text, "originalFile": before})
            assert one is not None
            change, held = change_of_told(one, held, KEYS, here=here, gap=lambda: (By.OUTSIDE, -1))
        else:
            change, held = change_of_found(PATH, model.text.encode(), held, KEYS, here=here, during=7, how=NAMED)
        fold.take(here, [change.to_json()])
        by_hand = False
        assert held is not None
        found = [origin_of(word) for count, word in held.runs for _ in range(count)]
        writers = {By.OUTSIDE: OUTSIDE, By.BEFORE: UNKNOWN}
        assert [writers.get(origin.by, str(origin.idx)) for origin in found] == [writer for _, writer in model.lines]
        assert held.keys == KEYS.lines(line.encode() for line, _ in model.lines)
        assert fold.runs[PATH] == held.runs


@given(st.lists(st.tuples(st.sampled_from(["told", NAMED, SEEN, "new", "gone"]), st.lists(st.sampled_from("abcde"), max_size=8)), max_size=12))  # fmt: skip
def test_the_openings_alone_make_the_origins_again(steps: list[tuple[str, list[str]]]) -> None:
    """For lines that repeat, files that come and go, and gaps that nobody saw."""
    fold = Fold()
    held: Lines | None = None
    text = "a\nb\n"
    for here, (how, lines) in enumerate(steps):
        after = "".join(f"{line}\n" for line in lines)
        if how == "told":
            one = told(
                "Write", {}, {"filePath": PATH, "content": after, "originalFile": text if here % 2 else "b\nx\n"}
            )
            assert one is not None
            change, held = change_of_told(one, held, KEYS, here=here, gap=lambda: (By.UNPROVEN, 3))
        elif how == "gone":
            change, held = change_of_found(PATH, None, held, KEYS, here=here, during=2, how=NAMED)
        else:
            before = None if how == "new" else ""
            known = NAMED if how == "new" else how
            change, held = change_of_found(
                PATH, after.encode(), held, KEYS, here=here, during=2, how=known, before=before
            )
        text = after
        fold.take(here, [change.to_json()])
        assert fold.runs.get(PATH) == (held.runs if held is not None else None)
