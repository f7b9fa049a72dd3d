"""The compiler options that a command line means."""

from __future__ import annotations

from mpytool.cflags import parse_arch_flags, parse_c_integer
from mpytool.files import InputError
from mpytool.options import ARCHES, DEFAULT_SMALL_INT_BITS, EMITTERS, Goal, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = ("extras", "optimise", "arch", "arch_flags", "small_int_bits", "target", "goal")


def given_options(given: dict[str, Any]) -> Options:
    """The options that were given. Raises InputError where they are wrong."""
    return build_options(**{name: given[name] for name in _NAMES})


def build_options(
    *,
    extras: tuple[str, ...] = (),
    optimise: int = 0,
    arch: str | None = None,
    arch_flags: str | None = None,
    small_int_bits: str | None = None,
    target: str | None = None,
    goal: str = Goal.BALANCED.value,
) -> Options:
    """The options that the command line means. Raises InputError.

    A target gives architecture, its flags and small-int bits; what is given besides replaces its part of
    that.
    """
    emit, source_lines = "bytecode", True
    for extra in extras:
        key, _, value = extra.partition("=")
        if key == "emit" and value in EMITTERS:
            emit = value
        elif extra in ("source-lines", "no-source-lines"):
            source_lines = extra == "source-lines"
        elif key != "heapsize" or not value:
            raise InputError(
                f"-X {extra}: known are emit={'|'.join(EMITTERS)}, [no-]source-lines and heapsize=N"
            )
    arch_name, flags, bits = _from_target(target)
    if arch is not None:
        arch_name, flags = _architecture(arch), 0
    if arch_flags is not None:
        parsed = parse_arch_flags(arch_flags, arch_name)
        if parsed is None:
            raise InputError(
                f"-march-flags={arch_flags}: only rv32imc has flags, zba and zcmp or a number up to 3"
            )
        flags = parsed
    if small_int_bits is not None:
        number = parse_c_integer(small_int_bits)
        if number is None or not 1 <= number <= 64:
            raise InputError(f"-msmall-int-bits={small_int_bits}: a number from 1 to 64 is needed")
        bits = number
    if emit != "bytecode" and arch_name == "none":
        raise InputError(f"-X emit={emit} needs an architecture: name one with --target or -march=")
    return Options(emit, optimise, source_lines, bits, arch_name, flags, Goal(goal))


def _from_target(name: str | None) -> tuple[str, int, int]:
    """Architecture, flags and small-int bits of a target, or what holds without one."""
    if name is None:
        return "none", 0, DEFAULT_SMALL_INT_BITS
    from mpytool.targets import UnknownTargetError, find_target

    try:
        target = find_target(name)
    except UnknownTargetError as error:
        close = f"; close to it: {', '.join(error.close)}" if error.close else "; 'mpyc targets' lists them"
        raise InputError(f"{error}{close}") from None
    return target.arch, target.arch_flags, target.small_int_bits


def _architecture(name: str) -> str:
    if name == "host":
        from mpytool.targets import machine

        name = machine()[0]
        if name == "none":
            raise InputError("-march=host: there is no native code for this machine")
        return name
    if name not in ARCHES or name == "none":
        raise InputError(f"-march={name}: there are {', '.join(ARCHES[1:])} and host")
    return name
