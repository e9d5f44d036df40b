"""Hatch build hook: the web app of `web/` is built into `mobile_api/webapp/` and packed with the server."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebAppHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own hooks leave it open
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask pip for a Node of its own where the machine has none that will do."""
        build = self._build()
        return [] if build is None or build.is_done() or build.node_here() else [build.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        if (build := self._build()) is not None and not build.is_done():
            build.build()

    def _build(self) -> Any:
        """Load `web/build.py`; a wheel made from an unpacked wheel has none, and its app is there already."""
        path = Path(self.root, "web", "build.py")
        if not path.is_file():
            return None
        spec = importlib.util.spec_from_file_location("web_build", path)
        if spec is None or spec.loader is None:
            return None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
