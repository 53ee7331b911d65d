"""A year of an agent's working life, as one ledger: calls of some tools on many files, some stopped, some failed."""

from __future__ import annotations

from ledger import Printer

from web4_governance.core.action import Effect

YEAR_US = 365 * 86_400 * 1_000_000
BEGIN_US = 1_735_689_600_000_000  # 2025-01-01, UTC
# Tool, what it does, in how many of a hundred calls.
TOOLS = (
    ("Read", Effect.FILE_READ, "file_read", 45),
    ("Bash", Effect.CODE_RUN, "command", 25),
    ("Edit", Effect.FILE_WRITE, "file_write", 22),
    ("WebFetch", Effect.NET_INGRESS, "network", 7),
    ("Task", Effect.DELEGATE, "delegation", 1),
)
PROJECTS, FILES = 12, 400


class Year(Printer):
    """Writes calls that follow one another through a year, whatever their number."""

    models = 100  # of a session's calls
    entries = 0  # of the whole year

    def many(self, calls: range) -> None:
        self.step_us = YEAR_US // self.entries
        self.now = BEGIN_US + 2 * calls[0] * self.step_us
        self._prompt = self.prompt(f"the work of {self.session}")
        super().many(calls)

    def model(self, n: int) -> None:
        tool, effect, category, _ = _at(n % self.models)
        number = (n // 5000 * 31 + n * 7) % FILES
        self.call(
            f"call-{n}",
            tool=tool,
            effect=effect,
            categories=(category,),
            path=f"/srv/project-{n // 5000 % PROJECTS}/src/module-{number}.py",
            project=f"/srv/project-{n // 5000 % PROJECTS}",
            decision={7: "deny", 31: "ask", 57: "warn"}.get(n % self.models, "allow"),
            status={7: "denied", 11: "failed"}.get(n % self.models, "succeeded"),
            prompt=self._prompt,
        )

    def sealed(self, *of: object) -> object:  # the models take their place in time as the printed calls do
        self.now += self.step_us - 1_000_000
        return super().sealed(*of)


def _at(n: int) -> tuple[str, Effect, str, int]:
    for one in TOOLS:
        n -= one[3]
        if n < 0:
            return one
    return TOOLS[0]


def year(entries: int) -> type[Year]:
    """Give the writer of a year of so many entries."""
    return type("Year", (Year,), {"entries": entries})
