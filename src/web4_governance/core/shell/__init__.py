"""The shell front end: text to resolved commands."""

from __future__ import annotations

from web4_governance.core.shell.parse import parse as parse
