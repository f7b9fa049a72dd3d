"""Thumb machine code, for all emitters that make it.

================  =====================================================================
``encoding``      how a row of the table becomes bytes
``instructions``  the table: one row an instruction, as the architecture manual draws it
================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping

from mpytool.emitters.native.thumb.encoding import Feature

FEATURES: Mapping[str, Feature] = {
    "armv6": Feature.NONE,
    "armv6m": Feature.NONE,
    "armv7m": Feature.V7M,
    "armv7em": Feature.V7M,
    "armv7emsp": Feature.V7M | Feature.FP,
    "armv7emdp": Feature.V7M | Feature.FP,
}
"""What each architecture has beyond ARMv6-M, by its name in ``options.ARCHES``; others are no Thumb."""
