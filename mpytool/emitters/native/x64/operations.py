"""The machine operations of x86-64: selection makes them, allocation reads their roles, ``emit.py`` encodes.

A name is a mnemonic, a number of bits where it is not 64, and the shape of the operands where they are not
all registers::

    add v1 v2              add32.i v1 5          registers; a register and a number
    add.m v1 [v2 + 8]      cmp8.mi [v2] 5        the second operand, the first one in memory
    add.s [v2 + 8] v1      movzx8.m v1 [v2]      loads name the bits that they read
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mpytool.emitters.native.machine import MachineOp, PhysReg, Role
from mpytool.emitters.native.x64.registers import REGISTERS

PHYSICAL: tuple[PhysReg, ...] = tuple(PhysReg(item.number, item.name) for item in REGISTERS[64])
RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 = PHYSICAL
BY_NAME: dict[str, PhysReg] = {register.name: register for register in PHYSICAL}

CLOBBERED: frozenset[PhysReg] = frozenset((RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11))
"""What a call spoils (System V ABI for AMD64, figure 3.4)."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How an operation is written: the mnemonic, without a condition, and the bits of each operand that is
    encoded; those of numbers are of no use."""

    mnemonic: str
    sizes: tuple[int, ...]


_USE, _DEF, _BOTH, _ADDRESS, _IMM = Role.USE, Role.DEF, Role.USE_DEF, Role.ADDRESS, Role.IMM
_WIDTHS = (64, 32, 16, 8)

OPS: dict[str, MachineOp] = {}
ENCODINGS: dict[str, Encoding] = {}
"""Of the operations that are one instruction whose operands stand as they are written."""


def _suffix(bits: int) -> str:
    return "" if bits == 64 else str(bits)


def _arithmetic() -> Iterator[tuple[MachineOp, Encoding]]:
    for name in ("add", "or", "and", "sub", "xor", "cmp", "test"):
        changes = name not in ("cmp", "test")
        for bits in _WIDTHS:
            stem, encoding = name + _suffix(bits), Encoding(name, (bits, bits))
            if not changes or bits >= 32:
                first = _BOTH if changes else _USE
                # 32 bits in memory would leave the upper half of a spilled word alone
                memory = () if changes and bits == 32 else (0,)
                yield MachineOp(stem, (first, _USE), memory_ok=(*memory, 1)), encoding
                yield MachineOp(f"{stem}.i", (first, _IMM), memory_ok=memory), encoding
                yield MachineOp(f"{stem}.m", (first, _ADDRESS)), encoding
            if name != "test":
                yield MachineOp(f"{stem}.s", (_ADDRESS, _USE)), encoding
            yield MachineOp(f"{stem}.mi", (_ADDRESS, _IMM)), encoding
    for name in ("neg", "not"):
        yield MachineOp(name, (_BOTH,), memory_ok=(0,)), Encoding(name, (64,))
        yield MachineOp(f"{name}32", (_BOTH,)), Encoding(name, (32,))
    for name in ("shl", "shr", "sar"):
        for bits, memory in ((64, (0,)), (32, ())):
            stem, encoding = name + _suffix(bits), Encoding(name, (bits, 8))
            yield MachineOp(f"{stem}.i", (_BOTH, _IMM), memory_ok=memory), encoding
            yield MachineOp(f"{stem}.c", (_BOTH, _USE), memory_ok=memory), encoding  # the count is rcx
    for bits in (64, 32):
        stem = "imul" + _suffix(bits)
        two, three = Encoding("imul", (bits, bits)), Encoding("imul", (bits, bits, bits))
        yield MachineOp(stem, (_BOTH, _USE), memory_ok=(1,)), two
        yield MachineOp(f"{stem}.m", (_BOTH, _ADDRESS)), two
        yield MachineOp(f"{stem}.i", (_DEF, _USE, _IMM), memory_ok=(1,)), three
        yield MachineOp(f"{stem}.mi", (_DEF, _ADDRESS, _IMM)), three


def _moves() -> Iterator[tuple[MachineOp, Encoding]]:
    yield MachineOp("mov", (_DEF, _USE), memory_ok=(0, 1)), Encoding("mov", (64, 64))
    yield MachineOp("xchg", (_BOTH, _BOTH)), Encoding("xchg", (64, 64))
    for bits in _WIDTHS:
        stem, encoding = "mov" + _suffix(bits), Encoding("mov", (bits, bits))
        yield MachineOp(f"{stem}.s", (_ADDRESS, _USE)), encoding
        yield MachineOp(f"{stem}.mi", (_ADDRESS, _IMM)), encoding
    yield MachineOp("mov.m", (_DEF, _ADDRESS)), Encoding("mov", (64, 64))
    for name, mnemonic, sizes in (
        ("mov32", "mov", (32, 32)),  # clears the upper half
        ("movzx8", "movzx", (32, 8)),
        ("movzx16", "movzx", (32, 16)),
        ("movsx8", "movsx", (64, 8)),
        ("movsx16", "movsx", (64, 16)),
        ("movsx32", "movsxd", (64, 32)),
    ):
        yield MachineOp(name, (_DEF, _USE), memory_ok=(1,)), Encoding(mnemonic, sizes)
        yield MachineOp(f"{name}.m", (_DEF, _ADDRESS)), Encoding(mnemonic, sizes)
    yield MachineOp("lea", (_DEF, _ADDRESS)), Encoding("lea", (64, 64))
    yield MachineOp("lea32", (_DEF, _ADDRESS)), Encoding("lea", (32, 64))


# fmt: off
_OTHERS: tuple[MachineOp, ...] = (
    MachineOp("mov.i",      (_DEF, _IMM), remat=True),   # xor, for 0
    MachineOp("lea.f",      (_DEF, _IMM), remat=True),   # the address of a frame object
    MachineOp("lea.c",      (_DEF, _IMM), remat=True),   # the address of a resume point
    MachineOp("entry",      (_DEF, _IMM), remat=True),   # a word of the function table
    # Conditions: TZ and TNZ after ``test``
    MachineOp("set",        (_IMM, _DEF), reads_flags=True),  # 8 bits
    MachineOp("cmov",       (_IMM, _BOTH, _USE), memory_ok=(2,), reads_flags=True),
    MachineOp("cmov.m",     (_IMM, _BOTH, _ADDRESS), reads_flags=True),
    MachineOp("j",          (_IMM,), reads_flags=True),
    MachineOp("jo",         (), reads_flags=True),
    MachineOp("jno",        (), reads_flags=True),
    MachineOp("jmp",        (), jump=True),
    MachineOp("jmp.r",      (_USE,), memory_ok=(0,)),
    MachineOp("jmp.m",      (_ADDRESS,)),
    MachineOp("ret",        (_USE,)),
    MachineOp("halt",       ()),                         # is never reached
    # Division: rdx:rax
    MachineOp("rcr.1",      (_BOTH,), reads_flags=True),  # the carry comes in
    MachineOp("cqo",        (_DEF, _USE)),               # rdx, rax
    *(MachineOp(f"{name}{bits}", (_BOTH, _BOTH, _USE), memory_ok=(2,))  # rax, rdx, by
      for name in ("idiv", "div") for bits in ("", "32")),
    # The function table: rbp is its address and a number
    MachineOp("table",      (_USE, _IMM), memory_ok=(0,)),
    MachineOp("table.m",    (_ADDRESS, _IMM)),
    MachineOp("call_entry", (_IMM,), clobbers=CLOBBERED),
)
# fmt: on

for _op, _encoding in (*_arithmetic(), *_moves()):
    OPS[_op.name] = _op
    ENCODINGS[_op.name] = _encoding
OPS |= {op.name: op for op in _OTHERS}
