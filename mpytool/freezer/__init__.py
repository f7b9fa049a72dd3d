"""Compiled modules as C that a firmware is built with: ``mpy-tool.py -f``, smaller.

``freeze`` takes modules, source texts and the facts about the firmware, and returns a ``FrozenImage``; its
``to_c`` is the file. ``read_qstr_header`` reads the names that the firmware has already.
"""

from __future__ import annotations

from mpytool.freezer.errors import FreezeError
from mpytool.freezer.firmware import FirmwareQstrs, QstrHeaderError, read_qstr_header
from mpytool.freezer.image import FrozenImage, freeze
from mpytool.freezer.model import FreezeSettings, FrozenModule, FrozenText

__all__ = [
    "FirmwareQstrs",
    "FreezeError",
    "FreezeSettings",
    "FrozenImage",
    "FrozenModule",
    "FrozenText",
    "QstrHeaderError",
    "freeze",
    "read_qstr_header",
]
