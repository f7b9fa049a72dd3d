"""ROMFS images, the read-only file system of MicroPython 1.25 and later: reading, checking, building."""
