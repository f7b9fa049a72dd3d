"""What this program is and which mpy-cross it agrees with."""

from __future__ import annotations

from mpytool import __version__

VERSION = __version__
"""The version of the distribution."""

MPY_VERSION = 6
MPY_SUB_VERSION = 3
"""Of the files that are written (``py/persistentcode.h``)."""

MICROPYTHON_BANNER = "MicroPython v1.29.0 on 2026-08-29"
"""What the mpy-cross whose output is reproduced says of itself."""
