"""Says at the end how many faults were injected: a suite that injects none would be green too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

COUNTED = "injected faults"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up what the tests counted."""
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
