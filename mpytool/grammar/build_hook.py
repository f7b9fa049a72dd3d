"""Hatchling's build hook: puts the parse tables into the wheel.

Hatchling loads this file by its path, outside the package and before that is installed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]  # hatchling is not there when types are checked
    """Writes ``tables.bin`` beside the grammar."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files."""
        sys.path.insert(0, self.root)
        try:
            from mpytool.grammar import table_files

            Path(table_files.PACKAGED_FILE).write_bytes(table_files.packaged_blob())
        finally:
            sys.path.remove(self.root)

    def clean(self, versions: list[str]) -> None:
        """Called by ``hatch clean``."""
        (Path(self.root) / "mpytool" / "grammar" / "tables.bin").unlink(missing_ok=True)
