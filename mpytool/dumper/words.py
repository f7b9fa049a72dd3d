"""The header of a ``.mpy`` file in words: what it is for and who can import it."""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.module import CompiledModule
from mpytool.options import ARCHES

RELEASES: tuple[str, ...] = ("1.19", "1.20 and 1.21", "1.22", "1.23 and later")
"""Releases by the sub-version whose native code they load (``py/persistentcode.h`` over time)."""

_THUMB = ("armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp")
"""Each runs the code of those before it (``py/persistentcode.h``, MPY_FEATURE_ARCH_TEST)."""

_RV32_FLAGS = ((1, "zba"), (2, "zcmp"))


@dataclass(frozen=True, slots=True)
class HeaderWords:
    """``arch`` is a name of ``options.ARCHES`` or ``unknown (N)``; ``loads_on`` a sentence."""

    version: str
    arch: str
    arch_flags: str
    loads_on: str


def arch_name(module: CompiledModule) -> str:
    """The architecture of the native code, ``none`` if there is none."""
    return ARCHES[module.arch] if module.arch < len(ARCHES) else f"unknown ({module.arch})"


def header_words(module: CompiledModule) -> HeaderWords:
    """What the header of a module says."""
    arch = arch_name(module)
    flags = [name for bit, name in _RV32_FLAGS if module.arch_flags & bit] if arch == "rv32imc" else []
    shown = f"{module.arch_flags:#x}" + (f" ({', '.join(flags)})" if flags else "")
    small_ints = f"small ints of at least {module.small_int_bits} bits"
    if not module.arch:
        loads_on = f"MicroPython 1.19 and later, any architecture, {small_ints}"
    else:
        machines = " or ".join(_THUMB[_THUMB.index(arch) :]) if arch in _THUMB else arch
        wanted = f" with {', '.join(flags)}" if flags else ""
        loads_on = f"MicroPython {RELEASES[module.sub_version & 3]} on {machines}{wanted}, {small_ints}"
    version = f"6.{module.sub_version}" if module.arch else "6"
    return HeaderWords(version, arch, shown, loads_on)
