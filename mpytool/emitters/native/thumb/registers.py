"""The core registers, and what code generation does with them.

===========  =======================================================================================
r0 – r3      arguments and result; not preserved by calls
r4 – r6      preserved
r7           the function table, in functions that use it
r8 – r11     preserved; on ARMv7-M only: nearly all their instructions take four bytes
r12          for a moment, within what one machine instruction becomes; not preserved by calls
sp lr pc     as the hardware has them
===========  =======================================================================================

ARMv6-M reaches the registers from r8 on with ``mov``, ``add`` and ``cmp`` alone. To keep values there costs
more than to keep them in the frame, since they have to be saved by way of others.
"""

from __future__ import annotations

from mpytool.emitters.native.machine import PhysReg

REGISTERS: tuple[PhysReg, ...] = tuple(
    PhysReg(number, name)
    for number, name in enumerate((*(f"r{number}" for number in range(13)), "sp", "lr", "pc"))
)
R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, R12, SP, LR, PC = REGISTERS

TABLE = R7
"""Where the address of the function table is."""

SCRATCH = R12

ARGUMENTS = (R0, R1, R2, R3)
RESULT = R0
CLOBBERED = frozenset((R0, R1, R2, R3))

LOW_CALLEE_SAVED = (R4, R5, R6)
HIGH_CALLEE_SAVED = (R8, R9, R10, R11)


def is_low(*registers: PhysReg) -> bool:
    """Whether instructions of 16 bits can name all of them."""
    return all(register.number < 8 for register in registers)
