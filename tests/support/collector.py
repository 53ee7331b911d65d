"""A telemetry collector for the real client: our own receiver, on a port of its own, asked to export often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web4_governance.app.otlp_receiver import Receiver, variables

if TYPE_CHECKING:
    from pathlib import Path


class Collector(Receiver):
    """A context: inside it exports to `url` land in `path`."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file), port=0)
        self.path = file

    @property
    def variables(self) -> dict[str, str]:
        """What the client must find in its environment to export here."""
        return {**variables(self.url), "OTEL_LOGS_EXPORT_INTERVAL": "200"}
