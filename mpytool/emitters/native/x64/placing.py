"""Where sections of code go, and the forms of jumps.

    je slow            0f 84 xx xx xx xx       before: ``slow`` is far, at the end of the function
    test rcx, 1
    je slow            0f 84 xx xx xx xx

    je next            74 xx                   after: no other instruction is between flags and second jump
    test rcx, 1
    next: je slow      0f 84 xx xx xx xx

A jump that is taken leaves the flags as they are, so it can end at another jump with the same condition, or
with none, to the same place. That costs a jump on the way to cold code only, or out of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.machine import MachineBlock, MachineCode
from mpytool.emitters.native.relaxing import Form, Jump, Relaxed, relax
from mpytool.emitters.native.x64.assemble import assemble
from mpytool.emitters.native.x64.registers import RIP, Memory, Register
from mpytool.emitters.native.x64.table import BY_SYNTAX, FAMILIES

_BITS = (8, 32)
_REACH = 120
"""What a short jump reaches for certain, whatever other jumps between become."""

_LEA_RIP = 7

_MNEMONICS = ("jmp", *(f"j{condition}" for condition in FAMILIES["cc"]))
_ROWS = {name: tuple(BY_SYNTAX[f"{name} {{rel{bits}}}"] for bits in _BITS) for name in _MNEMONICS}

OPCODES: dict[str, tuple[bytes, ...]] = {
    name: tuple(row.opcode for row in rows) for name, rows in _ROWS.items()
}
"""What stands before the distance, in the short and in the long form."""

FORMS: dict[str, tuple[Form, ...]] = {
    # Distances count from the end of a jump
    name: tuple(
        Form(row.least_size, row.least_size - (1 << bits - 1), row.least_size + (1 << bits - 1) - 1)
        for row, bits in zip(rows, _BITS, strict=True)
    )
    for name, rows in _ROWS.items()
}


@dataclass(slots=True, eq=False)
class Branch:
    """A jump: ``mnemonic`` is ``jmp`` or ``j`` with a condition. ``is_cold``: it or its target is."""

    mnemonic: str
    target: MachineBlock
    is_cold: bool


@dataclass(slots=True)
class Sections:
    """The code of a function without its jumps. A section starts with a block or with a jump: where jumps can
    end; other jumps it has none.

    ``code``        of all sections, one after the other
    ``starts``      where each begins in it
    ``branches``    what each starts with, None if that is no jump
    ``index_of``    with which of them a block begins
    ``references``  ``lea register, [rip + distance of a block]``, with their places in ``code``
    """

    code: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=list)
    branches: list[Branch | None] = field(default_factory=list)
    index_of: dict[MachineBlock, int] = field(default_factory=dict)
    references: list[tuple[int, Register, MachineBlock]] = field(default_factory=list)

    def begin(self, block: MachineBlock) -> None:
        self.index_of[block] = len(self.starts)
        self.starts.append(len(self.code))
        self.branches.append(None)

    def branch(self, mnemonic: str, target: MachineBlock, is_cold: bool) -> None:
        made = Branch(mnemonic, target, is_cold)
        if self.branches[-1] is None and self.starts[-1] == len(self.code):
            self.branches[-1] = made
        else:
            self.starts.append(len(self.code))
            self.branches.append(made)

    def refer(self, register: Register, target: MachineBlock) -> None:
        """The address of a block in a register."""
        self.references.append((len(self.code), register, target))
        self.code += bytes(_LEA_RIP)


def place(sections: Sections, resume_points: list[MachineBlock]) -> MachineCode:
    """The code of sections, one after the other."""
    index_of = sections.index_of
    jumps = [
        None if branch is None else Jump(index_of[branch.target], FORMS[branch.mnemonic])
        for branch in sections.branches
    ]
    ends = [*sections.starts[1:], len(sections.code)]
    sizes = list(map(int.__sub__, ends, sections.starts))
    relaxed = relax(jumps, sizes)
    if _chain(sections.branches, jumps, relaxed):
        relaxed = relax(jumps, sizes)
    code = _assemble(sections, ends, jumps, relaxed)
    return MachineCode(code, tuple(relaxed.starts[index_of[block]] for block in resume_points))


def _chain(branches: Sequence[Branch | None], jumps: Sequence[Jump | None], relaxed: Relaxed) -> bool:
    """Let long jumps end at later ones that go on to the same place; whether any does."""
    changed = False
    starts = relaxed.starts
    #: the sections with jumps to a block, ascending
    leading: dict[tuple[MachineBlock, str], list[int]] = {}
    for index, branch in enumerate(branches):
        if branch is not None:
            leading.setdefault((branch.target, branch.mnemonic), []).append(index)
    for index, (branch, jump, form) in enumerate(zip(branches, jumps, relaxed.forms, strict=True)):
        if branch is None or jump is None or not branch.is_cold or not form:
            continue
        found, end = -1, starts[index] + _REACH
        for mnemonic in (branch.mnemonic, "jmp"):
            others = leading.get((branch.target, mnemonic), ())
            # The farthest, which has its first target still: only forwards, one after the other
            at = bisect_right(others, end, key=starts.__getitem__)
            if at and others[at - 1] > max(index, found):
                found = others[at - 1]
        if found >= 0:
            jump.target = found
            changed = True
    return changed


def _assemble(
    sections: Sections, ends: Sequence[int], jumps: Sequence[Jump | None], relaxed: Relaxed
) -> bytes:
    code = bytearray()
    starts = relaxed.starts
    parts = zip(sections.starts, ends, sections.branches, jumps, relaxed.forms, starts, strict=False)
    for first, end, branch, jump, form, start in parts:
        if branch is not None and jump is not None:
            distance = starts[jump.target] - start - jump.forms[form].size
            code += OPCODES[branch.mnemonic][form]
            code += distance.to_bytes(_BITS[form] // 8, "little", signed=True)
        code += sections.code[first:end]
    for at, register, target in sections.references:
        index = bisect_right(sections.starts, at) - 1
        behind = starts[index + 1] - (ends[index] - at) + _LEA_RIP
        made = assemble("lea", register, Memory(RIP, starts[sections.index_of[target]] - behind))
        code[behind - _LEA_RIP : behind] = made
    return bytes(code)
