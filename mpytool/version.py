"""What this program is and which mpy-cross it agrees with."""

from __future__ import annotations

VERSION = "0.1.0"
"""The version of the distribution; a test holds it against pyproject.toml."""

MPY_VERSION = 6
MPY_SUB_VERSION = 3
"""Of the files that are written (``py/persistentcode.h``)."""

MICROPYTHON_BANNER = "MicroPython v1.29.0 on 2026-08-29"
"""What the mpy-cross whose output is reproduced says of itself."""
