"""What a disassembly of each architecture needs to know: one row each.

``first_argument`` is the register in which a function finds its function object, empty where it is on the
stack; ``volatile`` is what a call may change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What an instruction does as far as the tracing is concerned.

    ``kind``    load, store, move, set (a number), add (a number), call, jump (to a register), return, push,
                pop, other
    ``target``  the register that is written, or for a store the one that is stored, or that is called
    ``base``, ``value``  register and displacement of a memory operand; the source of a move; the number
    ``size``    bytes of a load, 0 for a word
    """

    kind: str
    target: str = ""
    base: str = ""
    value: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """``word`` is in bytes, ``unit`` is the least size of an instruction.

    ``arch`` and ``modes`` are names in capstone.
    """

    arch: str
    modes: tuple[str, ...]
    word: int
    unit: int
    first_argument: str
    stack: str
    volatile: frozenset[str]
    parse: Callable[[str, str], Step]


def _number(text: str) -> int:
    return int(text.replace("#", "").replace(" ", "") or "0", 0)


# --- x86 ---------------------------------------------------------------------------------------------------

_X86_MEMORY = r"(?:(qword|dword|word|byte) ptr )\[(\w+)(?: ([+-]) (\w+))?\]"
_X86_LOAD = re.compile(rf"(\w+), {_X86_MEMORY}")
_X86_STORE = re.compile(rf"{_X86_MEMORY}, (\w+)")
_X86_INDIRECT = re.compile(_X86_MEMORY)
_X86_REGISTER = re.compile(r"[re]?[abcd]x|[re]?[sd]i|[re]?[bs]p|r\d+[dw]?|[abcd][lh]")
_SIZES = {"byte": 1, "word": 2}
_X86_SAME: Mapping[str, str] = {
    "eax": "rax", "ecx": "rcx", "edx": "rdx", "ebx": "rbx", "esi": "rsi", "edi": "rdi", "ebp": "rbp",
    "esp": "rsp", "al": "rax", "cl": "rcx", "dl": "rdx", "bl": "rbx",
} | {f"r{n}d": f"r{n}" for n in range(8, 16)}  # fmt: skip
_X86_READ_ONLY = ("test", "cmp", "nop", "ret")


def _x86(register: str) -> str:
    return _X86_SAME.get(register, register)


def _displacement(sign: str | None, text: str | None) -> int:
    try:
        value = int(text or "0", 0)
    except ValueError:  # an index register
        return -1
    return -value if sign == "-" else value


def _parse_x86(mnemonic: str, operands: str) -> Step:
    if mnemonic in ("call", "jmp"):
        found = _X86_INDIRECT.fullmatch(operands)
        if found:
            return Step(
                mnemonic.replace("jmp", "jump"), "", _x86(found[2]), _displacement(found[3], found[4])
            )
        return Step(mnemonic.replace("jmp", "jump"), _x86(operands))
    if mnemonic == "ret":
        return Step("return")
    if mnemonic in ("push", "pop"):
        return Step(mnemonic, _x86(operands))
    found = _X86_LOAD.fullmatch(operands)
    if found and mnemonic in ("mov", "movzx"):
        size = _SIZES.get(found[2], 0)
        return Step("load", _x86(found[1]), _x86(found[3]), _displacement(found[4], found[5]), size)
    found = _X86_STORE.fullmatch(operands)
    if found and mnemonic == "mov":
        return Step("store", _x86(found[5]), _x86(found[2]), _displacement(found[3], found[4]))
    target, _, source = operands.partition(", ")
    if mnemonic == "mov" and _X86_REGISTER.fullmatch(source):
        return Step("move", _x86(target), _x86(source))
    if mnemonic in ("mov", "movabs", "add", "sub") and re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", source):
        value = int(source, 0)
        kind = "set" if mnemonic.startswith("mov") else "add"
        return Step(kind, _x86(target), value=-value if mnemonic == "sub" else value)
    if mnemonic in _X86_READ_ONLY or mnemonic.startswith("j"):
        return Step("other")
    return Step("other", _x86(target))


# --- Arm ---------------------------------------------------------------------------------------------------

_ARM_MEMORY = re.compile(r"(\w+), \[(\w+)(?:, #(-?\w+))?\]")
_ARM_NUMBER = re.compile(r"(\w+), (?:(\w+), )?#(-?\w+)")
_ARM_MOVE = re.compile(r"(\w+), (\w+)")
_ARM_LOADS = {"ldr": 0, "ldrh": 2, "ldrb": 1}


def _parse_arm(mnemonic: str, operands: str) -> Step:
    name = mnemonic.removesuffix(".w")
    if operands == "lr" or (name == "pop" and operands.endswith("pc}")):
        return Step("return")
    if name in ("bl", "blx", "bx"):
        return Step("jump" if name == "bx" else "call", operands)
    memory = _ARM_MEMORY.fullmatch(operands)
    if memory and name in _ARM_LOADS:
        size = _ARM_LOADS[name]
        if memory[1] == "pc":
            return Step("call", "", memory[2], _number(memory[3] or "0"))
        return Step("load", memory[1], memory[2], _number(memory[3] or "0"), size)
    if memory and name == "str":
        return Step("store", memory[1], memory[2], _number(memory[3] or "0"))
    number = _ARM_NUMBER.fullmatch(operands)
    if number and name in ("mov", "movs", "movw") and number[2] is None:
        return Step("set", number[1], value=_number(number[3]))
    if number and name in ("add", "adds", "sub", "subs", "addw", "subw"):
        value = _number(number[3])
        return Step("add", number[1], number[2] or "", -value if name.startswith("sub") else value)
    move = _ARM_MOVE.fullmatch(operands)
    if move and name in ("mov", "movs"):
        return Step("move", move[1], move[2])
    if name.startswith(("cmp", "tst", "str", "b")) and not name.startswith("bic"):
        return Step("other")
    return Step("other", operands.partition(",")[0])


# --- RISC-V ------------------------------------------------------------------------------------------------

_RV_MEMORY = re.compile(r"(\w+), (-?\w+)\((\w+)\)")
_RV_ADD = re.compile(r"(\w+), (?:(\w+), )?(-?(?:0x[0-9a-f]+|\d+))")
_RV_LOADS = {"lw": 4, "ld": 8, "lwsp": 4, "ldsp": 8, "lhu": 2, "lbu": 1}
_RV_STORES = ("sw", "sd", "swsp", "sdsp")


def _parse_riscv(mnemonic: str, operands: str) -> Step:
    name = mnemonic.removeprefix("c.")
    if name in ("jalr", "jr"):
        parts = operands.split(", ")
        if operands == "ra":
            return Step("return")
        register = parts[-2] if len(parts) == 3 else parts[-1]
        is_call = name == "jalr" and parts[0] != "zero"
        return Step("call" if is_call else "jump", register)
    memory = _RV_MEMORY.fullmatch(operands)
    if memory and name in _RV_LOADS:
        size = _RV_LOADS[name]
        return Step("load", memory[1], memory[3], _number(memory[2]), size if size < 4 else 0)
    if memory and name in _RV_STORES:
        return Step("store", memory[1], memory[3], _number(memory[2]))
    added = _RV_ADD.fullmatch(operands)
    if added and name == "li":
        return Step("set", added[1], value=_number(added[3]))
    if added and name in ("addi", "addi16sp"):
        return Step("add", added[1], added[2] or "", _number(added[3]))
    if name == "mv":
        target, _, source = operands.partition(", ")
        return Step("move", target, source)
    if name.startswith(("b", "s", "j")) and not name.startswith(("sub", "sl", "sr", "se")):
        return Step("other")
    return Step("other", operands.partition(",")[0])


# --- the table ---------------------------------------------------------------------------------------------

_X86_VOLATILE = frozenset(("rax", "rcx", "rdx"))
_X64_VOLATILE = _X86_VOLATILE | {"rdi", "rsi", "r8", "r9", "r10", "r11"}
_ARM_VOLATILE = frozenset(("r0", "r1", "r2", "r3", "ip", "r12", "lr"))
_RV_VOLATILE = frozenset([f"a{n}" for n in range(8)] + [f"t{n}" for n in range(7)] + ["ra"])

_X86 = Machine("CS_ARCH_X86", ("CS_MODE_32",), 4, 1, "", "rsp", _X86_VOLATILE, _parse_x86)
_X64 = Machine("CS_ARCH_X86", ("CS_MODE_64",), 8, 1, "rdi", "rsp", _X64_VOLATILE, _parse_x86)
_ARM = Machine("CS_ARCH_ARM", ("CS_MODE_ARM",), 4, 4, "r0", "sp", _ARM_VOLATILE, _parse_arm)
_THUMB = Machine(
    "CS_ARCH_ARM", ("CS_MODE_THUMB", "CS_MODE_MCLASS"), 4, 2, "r0", "sp", _ARM_VOLATILE, _parse_arm
)
_RV32 = Machine(
    "CS_ARCH_RISCV", ("CS_MODE_RISCV32", "CS_MODE_RISCVC"), 4, 2, "a0", "sp", _RV_VOLATILE, _parse_riscv
)
_RV64 = Machine(
    "CS_ARCH_RISCV", ("CS_MODE_RISCV64", "CS_MODE_RISCVC"), 8, 2, "a0", "sp", _RV_VOLATILE, _parse_riscv
)

MACHINES: Mapping[str, Machine] = {
    "x86": _X86,
    "x64": _X64,
    "armv6": _ARM,
    "armv6m": _THUMB,
    "armv7m": _THUMB,
    "armv7em": _THUMB,
    "armv7emsp": _THUMB,
    "armv7emdp": _THUMB,
    "rv32imc": _RV32,
    "rv64imc": _RV64,
}
"""By the name in ``options.ARCHES``. Xtensa is missing: capstone 5 does not know it."""
