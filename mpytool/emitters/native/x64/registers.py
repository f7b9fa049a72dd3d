"""The general registers of x86-64 at each width, and memory operands made of them.

Numbers are those of the instruction encoding (Intel SDM volume 2, table 3-1). The registers ``ah ch dh bh``
are left out: they share their numbers with ``spl bpl sil dil``, and no instruction needs them.
"""

from __future__ import annotations

from dataclasses import dataclass


class EncodingError(ValueError):
    """Operands that no form of an instruction takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Equal only to itself. ``size`` is in bits, 0 for ``rip``, which is only ever a base."""

    name: str
    number: int
    size: int

    def resized(self, size: int) -> Register:
        """The low ``size`` bits of the same register: 8, 16, 32 or 64."""
        return REGISTERS[size][self.number]

    def __str__(self) -> str:
        return self.name


def _row(size: int, names: str) -> tuple[Register, ...]:
    return tuple(Register(name, number, size) for number, name in enumerate(names.split()))


# fmt: off
REGISTERS: dict[int, tuple[Register, ...]] = {
    64: _row(64, "rax rcx rdx rbx rsp rbp rsi rdi r8  r9  r10  r11  r12  r13  r14  r15"),
    32: _row(32, "eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d"),
    16: _row(16, "ax  cx  dx  bx  sp  bp  si  di  r8w r9w r10w r11w r12w r13w r14w r15w"),
    8:  _row(8,  "al  cl  dl  bl  spl bpl sil dil r8b r9b r10b r11b r12b r13b r14b r15b"),
}
"""By width, then by number."""

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8,  R9,  R10,  R11,  R12,  R13,  R14,  R15  = REGISTERS[64]
EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, R8D, R9D, R10D, R11D, R12D, R13D, R14D, R15D = REGISTERS[32]
AX,  CX,  DX,  BX,  SP,  BP,  SI,  DI,  R8W, R9W, R10W, R11W, R12W, R13W, R14W, R15W = REGISTERS[16]
AL,  CL,  DL,  BL,  SPL, BPL, SIL, DIL, R8B, R9B, R10B, R11B, R12B, R13B, R14B, R15B = REGISTERS[8]
# fmt: on

RIP = Register("rip", 5, 0)
"""The address of the next instruction, as the base of a memory operand."""

BY_NAME: dict[str, Register] = {register.name: register for row in REGISTERS.values() for register in row}

SCALES: dict[int, int] = {1: 0, 2: 1, 4: 2, 8: 3}
"""What an index may be multiplied by, and how SIB says it."""


@dataclass(slots=True, unsafe_hash=True)
class Memory:
    """``[base + index * scale + displacement]``, of ``size`` bits.

    Without a base the displacement is an address in the lowest or the highest 2 GiB. With ``RIP`` as base it
    counts from the end of the instruction. ``size`` may be left out where another operand or the instruction
    tells it. Raises ``EncodingError`` for what no instruction can address.
    """

    base: Register | None
    displacement: int = 0
    index: Register | None = None
    scale: int = 1
    size: int | None = None

    def __post_init__(self) -> None:
        if self.base is not None and self.base.size != 64 and self.base != RIP:
            raise EncodingError(f"{self}: {self.base} cannot be a base")
        if self.index is not None:
            if self.index.size != 64 or self.index == RSP:
                raise EncodingError(f"{self}: {self.index} cannot be an index")
            if self.base == RIP:
                raise EncodingError(f"{self}: rip takes no index")
        if self.scale not in SCALES:
            raise EncodingError(f"{self}: an index is multiplied by 1, 2, 4 or 8")
        if not -(2**31) <= self.displacement < 2**31:
            raise EncodingError(f"{self}: the displacement does not fit 32 bits")
        if self.size is not None and self.size not in REGISTERS:
            raise EncodingError(f"{self}: an operand has 8, 16, 32 or 64 bits")

    def __str__(self) -> str:
        parts = [str(self.base)] if self.base is not None else []
        if self.index is not None:
            parts.append(f"{self.index}*{self.scale}")
        text = " + ".join(parts)
        if self.displacement or not parts:
            sign = " - " if self.displacement < 0 else " + "
            text = f"{text}{sign}{abs(self.displacement):#x}" if parts else f"{self.displacement:#x}"
        return f"[{text}]" if self.size is None else f"m{self.size}[{text}]"
