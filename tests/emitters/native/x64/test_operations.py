"""Every machine operation is encoded as what its name says: read back by capstone."""

from __future__ import annotations

import itertools
import re

import capstone
import pytest

from mpytool.emitters.native.low import Cond, FrameObject
from mpytool.emitters.native.machine import (
    Address,
    CodeAddress,
    FrameRef,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    MachineOp,
    Operand,
    PhysReg,
    Role,
)
from mpytool.emitters.native.x64.emit import Emitter
from mpytool.emitters.native.x64.frame import Frame
from mpytool.emitters.native.x64.operations import ENCODINGS, OPS, PHYSICAL, R12, R13, RAX, RBP, RCX, RDX, RSI
from mpytool.emitters.native.x64.registers import REGISTERS

BIAS = 128
REGS = (RAX, RCX, RSI, R12, R13)
ADDRESSES = (
    Address(RAX),
    Address(R13, 8),
    Address(R12, -129, RCX, 8),
    Address(RSI, 127, R12, 1),
    Address(FrameRef(0), 16, RDX, 2),
    Address(RBP, -128),
)
NUMBERS = (0, 1, -1, 5, 127, 128, -128, 100000, -(2**31))

_WORDS = {64: "qword", 32: "dword", 16: "word", 8: "byte"}
_MOVES = {
    "movzx8": ("movzx", 32, 8), "movzx16": ("movzx", 32, 16), "movsx8": ("movsx", 64, 8),
    "movsx16": ("movsx", 64, 16), "movsx32": ("movsxd", 64, 32), "mov32": ("mov", 32, 32),
}  # fmt: skip


def code_of(op: MachineOp, operands: list[Operand]) -> tuple[str, str]:
    """The first instruction of a function, as (mnemonic, operands)."""
    block = MachineBlock(0, [MachineInstr(op, operands)])
    function = MachineFunction("f", [block], [FrameObject("f", 9)], resume_points=[block])
    emitter = Emitter(function, Frame((32,), {}, (), 0), BIAS)
    engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    code = emitter.run().code
    (read,) = engine.disasm(code, 0)
    assert read.size == len(code)
    return read.mnemonic, read.op_str


def samples(role: Role) -> tuple[Operand, ...]:
    if role is Role.ADDRESS:
        return ADDRESSES
    return NUMBERS if role is Role.IMM else REGS


def memory_text(address: Address, bits: int | None) -> str:
    base, offset = address.base, address.offset
    if isinstance(base, FrameRef):
        base, offset = "rsp", offset + 32
    text = str(base)
    if address.index is not None:
        text += f" + {address.index}" + (f"*{address.scale}" if address.scale > 1 else "")
    if offset:
        text += f" {'-' if offset < 0 else '+'} {number_text(abs(offset))}"
    return f"[{text}]" if bits is None else f"{_WORDS[bits]} ptr [{text}]"


def number_text(number: int) -> str:
    return str(number) if -10 < number < 10 else f"{number:#x}"


def operand_text(operand: Operand, bits: int) -> str:
    if isinstance(operand, PhysReg):
        return REGISTERS[bits][operand.number].name
    if isinstance(operand, Address):
        return memory_text(operand, bits)
    assert isinstance(operand, int)
    return number_text(operand)


def expected(name: str, operands: list[Operand]) -> tuple[str, str]:
    """What the name of an operation says."""
    stem = name.partition(".")[0]
    if stem in _MOVES and not name.endswith((".s", ".mi")):
        mnemonic, *widths = _MOVES[stem]
    else:
        found = re.fullmatch(r"([a-z]+)(\d*)", stem)
        assert found is not None
        mnemonic, bits = found[1], int(found[2] or 64)
        widths = [bits] * len(operands)
        if mnemonic == "lea":
            place, address = operands
            assert isinstance(address, Address)
            return "lea", f"{operand_text(place, bits)}, {memory_text(address, None)}"
    return mnemonic, ", ".join(map(operand_text, operands, widths))


def number_of(text: str, bits: int) -> int:
    return int(text, 0) & ((1 << bits) - 1)


def same(got: tuple[str, str], wanted: tuple[str, str], bits: int) -> bool:
    """Equal, but for how a number is written, and what is the same in fewer bytes."""
    if got == wanted:
        return True
    first, _, number = wanted[1].rpartition(", ")
    mine, _, other = got[1].rpartition(", ")
    if got[0] in ("inc", "dec"):
        step = 1 if got[0] == "inc" else -1
        return got[1] == first and int(number, 0) == (step if wanted[0] == "add" else -step)
    if wanted[0] == got[0] == "xchg":
        return sorted(got[1].split(", ")) == sorted(wanted[1].split(", "))
    if wanted[0] == got[0] == "test":
        return sorted(got[1].split(", ")) == sorted(wanted[1].split(", ")) or number_of(number, bits) == (
            number_of(other, bits) if other[0] in "-0123456789" else -1
        )
    if {got[0], wanted[0]} == {"add", "sub"}:
        return mine == first and int(number, 0) == 128 and number_of(other, bits) == -128 & ((1 << bits) - 1)
    return (got[0], mine) == (wanted[0], first) and number_of(number, bits) == number_of(other, bits)


@pytest.mark.parametrize("name", ENCODINGS)
def test_encoded_as_printed(name: str) -> None:
    op, seen = OPS[name], 0
    bits = int(re.sub(r"\D", "", name) or 64)
    for operands in itertools.product(*map(samples, op.roles)):
        numbers = [operand for operand in operands if isinstance(operand, int)]
        if any(not -(1 << bits - 1) <= number < 1 << bits - 1 for number in numbers):
            continue
        if name.startswith(("shl", "shr", "sar")):
            if name.endswith(".c"):
                operands = (operands[0], RCX)
            elif not 1 < operands[1] < 32:  # type: ignore[operator]
                continue
        if name == "xchg" and operands[0] == operands[1]:
            continue  # nop
        wanted = expected(name, list(operands))
        if name.endswith(".c"):
            wanted = (wanted[0], wanted[1].rpartition(", ")[0] + ", cl")
        got = code_of(op, list(operands))
        assert same(got, wanted, bits), (got, wanted)
        seen += 1
    assert seen >= len(REGS)


OTHERS: list[tuple[str, list[Operand], str]] = [
    ("mov.i", [RCX, 0], "xor ecx, ecx"),
    ("mov.i", [R12, 1], "mov r12d, 1"),
    ("mov.i", [RCX, -1], "or rcx, 0xffffffffffffffff"),
    ("mov.i", [RCX, -2], "mov rcx, 0xfffffffffffffffe"),
    ("mov.i", [RCX, 2**32 - 1], "mov ecx, 0xffffffff"),
    ("mov.i", [RCX, 2**40], "movabs rcx, 0x10000000000"),
    ("lea.f", [RCX, FrameRef(0)], "lea rcx, [rsp + 0x20]"),
    ("lea.f", [R12, FrameRef(0, -32)], "mov r12, rsp"),
    ("lea.c", [R12, CodeAddress(0)], "lea r12, [rip - 7]"),
    ("entry", [RSI, 16], "mov rsi, qword ptr [rbp]"),
    ("call_entry", [18], "call qword ptr [rbp + 0x10]"),
    ("call_entry", [48], "call qword ptr [rbp + 0x100]"),
    ("set", [Cond.ULT, RSI], "setb sil"),
    ("cmov", [Cond.TNZ, R12, RCX], "cmovne r12, rcx"),
    ("cmov.m", [Cond.GE, RAX, Address(RCX, 8)], "cmovge rax, qword ptr [rcx + 8]"),
    ("jmp.r", [R12], "jmp r12"),
    ("jmp.m", [Address(RCX, 8)], "jmp qword ptr [rcx + 8]"),
    ("cqo", [RDX, RAX], "cqo "),
    ("idiv", [RAX, RDX, R12], "idiv r12"),
    ("idiv32", [RAX, RDX, RCX], "idiv ecx"),
    ("div", [RAX, RDX, RCX], "div rcx"),
    ("div32", [RAX, RDX, R12], "div r12d"),
    ("rcr.1", [R12], "rcr r12, 1"),
    ("ret", [RAX], "ret "),
]


@pytest.mark.parametrize(("name", "operands", "text"), OTHERS, ids=lambda value: str(value))
def test_operations_of_their_own(name: str, operands: list[Operand], text: str) -> None:
    assert " ".join(code_of(OPS[name], operands)) == text


def test_all_are_tested() -> None:
    """The table of the function and jumps are seen in ``data/select.test``; ``halt`` is no code."""
    rest = {"table", "table.m", "j", "jo", "jno", "jmp", "halt"}
    assert set(OPS) == {*ENCODINGS, *(name for name, _, _ in OTHERS), *rest}
    assert len(PHYSICAL) == 16
