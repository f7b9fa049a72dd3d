"""Register allocation: ``MachineFunction`` on virtual registers to one on the registers of the machine."""

from __future__ import annotations

from mpytool.emitters.native.allocate.trivial import allocate_in_memory
from mpytool.emitters.native.machine import MachineFunction, Target


def allocate(function: MachineFunction, target: Target) -> None:
    """Give every virtual register its place, in place; sets ``n_slots``, ``saved`` and ``makes_calls``."""
    allocate_in_memory(function, target)
