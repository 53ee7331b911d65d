"""What holds for every test: properties are judged by their answer, never by the time this machine took for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("noisy-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("noisy-machine")

LONG = 120  # seconds that a test may take, from which on it is begun with: at the end, others would wait for it
COUNTED = "injected faults"
COUNTS = os.environ.get("WEB4_REPLAY", "")  # a file that counts go to: `make replay`


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take minutes."""
    items.sort(key=lambda item: not any(mark.args[0] >= LONG for mark in item.iter_markers("timeout") if mark.args))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up the faults that tests/crash counted: none would be green too.

    Here, as who runs tests in several processes collects none itself and so sees no `conftest.py` below this one.
    """
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    counts = [
        count
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, count in report.user_properties
        if name == COUNTED
    ]
    if counts:
        terminalreporter.write_line(
            f"{sum(counts)} injected faults (kills, power cuts, full disks) in {len(counts)} tests"
        )


@pytest.fixture(autouse=bool(COUNTS))
def every_recorded_intent_replays(tmp_path: Path) -> Iterator[None]:
    """Whatever the test was about: the ledgers that it leaves give their recorded decisions again."""
    yield
    from support.replayed import homes_below, replayed  # noqa: PLC0415

    for home in homes_below(tmp_path):
        counts, differences = replayed(home)
        with open(COUNTS, "a", encoding="utf-8") as file:
            file.writelines(f"{word} {number}\n" for word, number in counts.items())
        assert differences == []
