"""The kinds of operands that Thumb instructions take in the assembler (``py/emitinlinethumb.c``).

A kind reads an operand as numbers for the encoder, or raises AsmError. ``words`` say to people what it takes.
mpy-cross truncates all integers to 32 bits before it looks at them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mpytool import errors
from mpytool.emitters.inline_asm.dialect import AsmError
from mpytool.emitters.native.thumb.instructions import CONDITIONS
from mpytool.ir import AsmOperand

REGISTERS: Mapping[str, int] = {f"r{number}": number for number in range(16)} | {
    "sl": 10,
    "fp": 11,
    "sp": 13,
    "lr": 14,
    "pc": 15,
}
SPECIAL_REGISTERS: Mapping[str, int] = {"IPSR": 5, "BASEPRI": 17}
_FLAGS = "APSR_nzcv"
_LAST_FPU_REGISTER = 31


class OperandKind(Protocol):
    """What may stand at one place of an instruction."""

    @property
    def words(self) -> str: ...

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        """The numbers that it means. AsmError if it is none of this kind."""
        ...


def name_of(operand: AsmOperand) -> str:
    """The text of a name, else an empty one."""
    return str(operand[1]) if operand[0] == "name" else ""


@dataclass(frozen=True, slots=True)
class Register:
    """A register up to a highest number."""

    highest: int

    @property
    def words(self) -> str:
        return f"r0-r{self.highest}"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        number = REGISTERS.get(name_of(operand))
        if number is None:
            raise AsmError(errors.ASM_REGISTER, operand)
        if number > self.highest:
            raise AsmError(errors.ASM_REGISTER_RANGE, operand, limit=self.highest)
        return (number,)


@dataclass(frozen=True, slots=True)
class NotPc:
    """A register that is not pc: with that, mpy-cross ends on a failed assertion."""

    words: str = "r0-r14"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        (number,) = Register(15).read(operand)
        if number == 15:
            raise AsmError(errors.ASM_MOVE_TO_PC, operand)
        return (number,)


@dataclass(frozen=True, slots=True)
class RegisterOrFlags:
    """The destination of VMRS."""

    words: str = f"r0-r15 or {_FLAGS}"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        return (15,) if name_of(operand) == _FLAGS else Register(15).read(operand)


@dataclass(frozen=True, slots=True)
class Word:
    """A name that must stand there, and means nothing else."""

    words: str

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        if name_of(operand) != self.words:
            raise AsmError(errors.ASM_OPERANDS, None)
        return ()


@dataclass(frozen=True, slots=True)
class Anything:
    """What nobody looks at."""

    words: str

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class SpecialRegister:
    words: str = "IPSR or BASEPRI"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        number = SPECIAL_REGISTERS.get(name_of(operand))
        if number is None:
            raise AsmError(errors.ASM_SPECIAL_REGISTER, operand)
        return (number,)


@dataclass(frozen=True, slots=True)
class FpuRegister:
    words: str = "s0-s31"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        digits = name_of(operand)[1:]
        if not name_of(operand).startswith("s") or not (digits.isascii() and digits.isdigit()):
            raise AsmError(errors.ASM_FPU_REGISTER, operand)
        if int(digits) & 0xFFFF_FFFF_FFFF_FFFF > _LAST_FPU_REGISTER:
            raise AsmError(errors.ASM_FPU_REGISTER_RANGE, operand)
        return (int(digits) & _LAST_FPU_REGISTER,)


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned number that has no bit outside a mask. ``unit``: the bits below it are dropped."""

    mask: int
    unit: int = 1

    @property
    def words(self) -> str:
        if self.mask == 0xFFFFFFFF:
            return "any 32-bit integer"
        step = self.mask & -self.mask
        return f"0-{self.mask}" + (f" in steps of {step}" if step > 1 else "")

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        kind, number, _, _ = operand
        if kind != "int" or not isinstance(number, int):
            raise AsmError(errors.ASM_INTEGER, operand)
        value = number & 0xFFFFFFFF
        if value & ~self.mask:
            shown = str(number) if number.bit_length() <= 64 else "this integer"
            raise AsmError(
                errors.ASM_MASK, operand, value=value, mask=self.mask, number=shown, range=self.words
            )
        return (value - value % self.unit,)


@dataclass(frozen=True, slots=True)
class Address:
    """``[base, offset]``. ``is_strict``: whether mpy-cross says what is wrong with the form of another."""

    base: Register
    offset: Number
    is_strict: bool = False

    @property
    def words(self) -> str:
        return f"[{self.base.words}, {self.offset.words}]"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        kind, parts, _, _ = operand
        if kind != "list" or not isinstance(parts, tuple) or len(parts) != 2:
            raise AsmError(errors.ASM_ADDRESS if self.is_strict else errors.ASM_OPERANDS, operand)
        return read_all((self.base, self.offset), parts)


@dataclass(frozen=True, slots=True)
class RegisterList:
    """``{r0, r1, ...}``, a bit map."""

    words: str = "{r0, r1, ...}"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        kind, parts, _, _ = operand
        if kind != "set" or not isinstance(parts, tuple) or not parts:
            raise AsmError(errors.ASM_REGISTER_LIST, operand)
        bits = 0
        for number in read_all((Register(15),) * len(parts), parts):
            bits |= 1 << number
        return (bits,)


@dataclass(frozen=True, slots=True)
class Label:
    words: str = "label"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        if operand[0] != "name":
            raise AsmError(errors.ASM_LABEL, operand)
        return ()


@dataclass(frozen=True, slots=True)
class ItCondition:
    """The condition of an IT block, with the letters ``t`` and ``e`` that follow the ``it``."""

    letters: str
    words: str = "condition"

    def read(self, operand: AsmOperand) -> tuple[int, ...]:
        name = name_of(operand)
        if name not in CONDITIONS:
            raise AsmError(errors.ASM_OPERANDS, operand)
        code = CONDITIONS.index(name)
        mask = 0b1000
        for letter in reversed(self.letters):
            mask = mask >> 1 | ((code & 1) ^ (letter == "e")) << 3
        return code, mask


def read_all(kinds: tuple[OperandKind, ...], operands: tuple[AsmOperand, ...]) -> tuple[int, ...]:
    """The numbers of several operands. Of several errors mpy-cross reports the last."""
    values: tuple[int, ...] = ()
    problem: AsmError | None = None
    for kind, operand in zip(kinds, operands, strict=True):
        try:
            values += kind.read(operand)
        except AsmError as error:
            problem = error
    if problem is not None:
        raise problem
    return values
