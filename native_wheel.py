"""Makes a wheel a platform's own where the native client was built before (`make native`); else it is for every platform."""

from __future__ import annotations

import os
import sysconfig
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = "src/web4_governance/native/web4-client"


class NativeWheel(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is hatchling's own business
    """Puts the client into the wheel, and its platform into the wheel's name."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add what was built; an editable installation takes it from where it lies."""
        client = os.path.join(self.root, CLIENT)
        if version == "editable" or not os.access(client, os.X_OK):
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][client] = "web4_governance/native/web4-client"
