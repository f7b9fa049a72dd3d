"""The files of this program, which say whether it is still the same one."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take longer than all of this
    from typing import TypeAlias

ProgramFile: TypeAlias = "tuple[str, int, int]"
"""(path below the package, size in bytes, time in nanoseconds)."""


def program_files() -> list[ProgramFile]:
    """All files of the package but compiled and hidden ones, sorted."""
    top = os.path.dirname(os.path.abspath(__file__))
    start = len(top) + 1
    found = []
    folders = [top]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                name = entry.name
                if not name.endswith(".py"):
                    if name == "__pycache__" or name[0] == ".":
                        continue
                    if entry.is_dir():
                        folders.append(entry.path)
                        continue
                status = entry.stat()
                found.append((entry.path[start:], status.st_size, status.st_mtime_ns))
    found.sort()
    return found
