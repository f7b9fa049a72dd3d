"""The forms of jumps, code addresses and loads of constants, from short to long.

==========  =====================  ===========================  ==================================
            2 bytes                4                            6 and more
==========  =====================  ===========================  ==================================
``b``       ±2 KiB                 ±4 MiB; on ARMv6-M ``bl``
``bcc``     ±256                   ±1 MiB; on ARMv6-M over a    over a ``b.w`` or a ``bl``
                                   ``b``
``cbz``     forward, 126           ``cmp`` and ``bcc``          ``cmp`` and a longer ``bcc``
address                            ``adr.w``; on ARMv6-M        computed from pc in steps
                                   ``movs`` and ``add``
==========  =====================  ===========================  ==================================

``bl`` spoils lr: where it is among the choices, the function saves lr. Positions and targets are those in the
code; distances in forms count from the start of the reference.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable

from mpytool.emitters.native.machine import PhysReg
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.encoding import Instruction
from mpytool.emitters.native.thumb.pieces import PIPELINE, Choice, Literal, Reference
from mpytool.emitters.native.thumb.registers import PC

_EQ, _NE = 0, 1


def _branch(row: Instruction, *fixed: int, behind: bytes = b"") -> Choice:
    """A branch behind other instructions."""
    skipped = len(behind) + PIPELINE
    reach = row.fields[-1]

    def encode(position: int, target: int) -> bytes:
        return behind + row.encode(*fixed, target - position - skipped)

    return Choice(len(behind) + row.size, reach.lowest + skipped, reach.highest + skipped, encode)


def _over(condition: int, choice: Choice, behind: bytes = b"") -> Choice:
    """A jump that is left out unless a condition holds."""
    skip = behind + t.B_C.encode(condition ^ 1, choice.size - 2)

    def encode(position: int, target: int) -> bytes:
        return skip + choice.encode(position + len(skip), target)

    return Choice(len(skip) + choice.size, choice.low + len(skip), choice.high + len(skip), encode)


_SHORT, _LONG, _LINKING = _branch(t.B), _branch(t.B_W), _branch(t.BL)

_JUMPS = {True: (_SHORT, _LONG), False: (_SHORT, _LINKING)}

_CONDITIONAL: dict[bool, list[tuple[Choice, ...]]] = {
    True: [
        (_branch(t.B_C, code), _branch(t.B_C_W, code), _over(code, _LONG))
        for code in range(len(t.CONDITIONS))
    ],
    False: [
        (_branch(t.B_C, code), _over(code, _SHORT), _over(code, _LINKING))
        for code in range(len(t.CONDITIONS))
    ],
}


def jump(target: Hashable, wide: bool) -> Reference:
    return Reference(target, _JUMPS[wide], is_jump=True)


def conditional(target: Hashable, condition: int, wide: bool, *, is_rare: bool) -> Reference:
    return Reference(target, _CONDITIONAL[wide][condition], is_rare=is_rare, condition=condition)


def call_routine(target: Hashable) -> Reference:
    return Reference(target, (_LINKING,))


def compare_with_zero(target: Hashable, register: PhysReg, is_zero: bool, *, is_rare: bool) -> Reference:
    """Jump if a low register is zero, or if it is not; on ARMv7-M."""
    return Reference(target, _comparing(register.number, is_zero), is_rare=is_rare)


@functools.cache
def _comparing(register: int, is_zero: bool) -> tuple[Choice, ...]:
    condition = _EQ if is_zero else _NE
    compare = t.CMP_I.encode(register, 0)
    return (
        _branch(t.CBZ if is_zero else t.CBNZ, register),
        _branch(t.B_C, condition, behind=compare),
        _branch(t.B_C_W, condition, behind=compare),
        _over(condition, _LONG, compare),
    )


def load_word(register: PhysReg) -> Callable[[Literal], Reference]:
    """The load of a literal: it counts from pc, rounded down to a word."""
    d = register.number
    row = t.LDR_PC if register.number < 8 else t.LDR_W

    def encode(position: int, target: int) -> bytes:
        offset = target - (position + PIPELINE & ~3)
        return row.encode(d, offset) if row is t.LDR_PC else row.encode(d, PC.number, offset)

    # Two bytes less than it reaches, because the position may be odd by a halfword
    highest = t.LDR_PC.fields[-1].highest + PIPELINE - 2
    choice = Choice(row.size, PIPELINE, highest, encode)
    return lambda literal: Reference(literal, (choice,))


# --- addresses of code -------------------------------------------------------------------------------------


def code_address(target: Hashable, register: PhysReg, wide: bool) -> Reference:
    """The address of an instruction, with bit 0 set, as ``bx`` takes it."""
    d = register.number
    if wide:
        return Reference(
            target, (Choice(4, -4000, 4000, _adr(d)), Choice(10, -(1 << 30), 1 << 30, _movwt(d)))
        )
    return Reference(
        target,
        (
            Choice(4, 6, 255, _add_pc(d, 1)),
            Choice(8, 12, 1 << 15, _add_pc(d, 2)),
            Choice(14, -(1 << 23), 1 << 23, _add_pc(d, 3)),
        ),
    )


def _adr(d: int) -> Callable[[int, int], bytes]:
    def encode(position: int, target: int) -> bytes:
        offset = target + 1 - (position + PIPELINE & ~3)
        return t.ADR_W.encode(d, offset) if offset >= 0 else t.ADR_SUB.encode(d, -offset)

    return encode


def _movwt(d: int) -> Callable[[int, int], bytes]:
    def encode(position: int, target: int) -> bytes:
        offset = target + 1 - (position + 8 + PIPELINE) & 0xFFFFFFFF
        return (
            t.MOVW.encode(d, offset & 0xFFFF) + t.MOVT.encode(d, offset >> 16) + t.ADD_H.encode(d, PC.number)
        )

    return encode


def _add_pc(d: int, n_bytes: int) -> Callable[[int, int], bytes]:
    """A number of so many bytes, from its upper end, plus pc; only that of three may be negative."""

    def encode(position: int, target: int) -> bytes:
        size = {1: 4, 2: 8, 3: 14}[n_bytes]
        offset = target + 1 - (position + size - 2 + PIPELINE)
        number = offset if offset >= 0 else ~offset
        code = t.MOVS_I.encode(d, number >> 8 * (n_bytes - 1))
        for index in range(n_bytes - 2, -1, -1):
            code += t.LSLS_I.encode(d, d, 8) + t.ADDS_I.encode(d, number >> 8 * index & 0xFF)
        if n_bytes == 3:
            code += t.MVNS.encode(d, d) if offset < 0 else t.MOV.encode(d, d)
        return code + t.ADD_H.encode(d, PC.number)

    return encode
