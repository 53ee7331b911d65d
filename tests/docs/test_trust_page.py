"""What the page about trust shows: its plot is the benchmark's, its rules load, and its figures are the arithmetic's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from web4_governance.core.policy import LayerName, load
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.posterior import NOTHING, observe
from web4_governance.core.trust.tensor import Dimension

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "trust.md").read_text()


def test_the_plot_is_the_one_that_the_benchmark_makes(tmp_path: Path) -> None:
    """Seeded, and of this program's own arithmetic."""
    made = tmp_path / "trust.svg"
    command = [sys.executable, str(ROOT / "benchmarks" / "trust.py"), "--part", "--plot", str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert made.read_text() == (ROOT / "docs" / "trust.svg").read_text()


def test_the_rules_on_the_page_load() -> None:
    """Both, as they stand there."""
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    layer = load(block.encode(), file="p", format="json", layer=LayerName.USER, fetch=lambda _n: None)  # type: ignore[arg-type, return-value]
    assert len(layer.rules) == 2


def test_every_dimension_has_its_row() -> None:
    """In the table of what speaks for and against it."""
    assert all(f"\n| {one} |" in PAGE for one in Dimension)


def test_two_good_calls_and_eight_are_worth_what_the_page_says() -> None:
    """0.75 and 0.37; 0.71."""
    held = NOTHING
    for _ in range(2):
        held = observe(held, good=True)
    assert (round(bounds(held).mean / 10), round(bounds(held).low / 10)) == (75, 37)
    for _ in range(6):
        held = observe(held, good=True)
    assert round(bounds(held).low / 10) == 71
