"""Where pieces of code go, and the forms of jumps.

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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.layout import Form, Jump, Relaxed, relax
from mpytool.emitters.native.machine import MachineBlock, MachineCode
from mpytool.emitters.native.x64.assemble import assemble
from mpytool.emitters.native.x64.encoding import encode
from mpytool.emitters.native.x64.registers import RIP, Memory, Register
from mpytool.emitters.native.x64.table import BY_SYNTAX

_NEAR = (-128, 127)
_FAR = (-(2**31), 2**31 - 1)
_REACH = 120
"""What a short jump reaches for certain, whatever other jumps between become."""


def _forms(short: int, long: int) -> tuple[Form, ...]:
    """Of a jump: distances count from its end."""
    return tuple(Form(size, low + size, high + size) for size, (low, high) in ((short, _NEAR), (long, _FAR)))


_JMP = _forms(2, 5)
_JCC = _forms(2, 6)
_LEA_RIP = 7


@dataclass(frozen=True, slots=True)
class Branch:
    """A jump: ``mnemonic`` is ``jmp`` or ``j`` with a condition. ``is_cold``: it or its target is."""

    mnemonic: str
    target: MachineBlock
    is_cold: bool = False

    @property
    def forms(self) -> tuple[Form, ...]:
        return _JMP if self.mnemonic == "jmp" else _JCC


@dataclass(frozen=True, slots=True)
class CodeReference:
    """``lea register, [rip + distance of a block]``."""

    register: Register
    target: MachineBlock


Piece: TypeAlias = "bytes | Branch | CodeReference"


@dataclass(slots=True)
class _Section:
    """Starts with a block or with a jump: where jumps can end. Only its first piece is a ``Branch``."""

    pieces: list[Piece]
    target: int = -1
    """Of the jump: a section."""

    @property
    def branch(self) -> Branch | None:
        first = self.pieces[0] if self.pieces else None
        return first if isinstance(first, Branch) else None


def place(
    blocks: Sequence[tuple[MachineBlock, list[Piece]]], resume_points: list[MachineBlock]
) -> MachineCode:
    """The code of blocks, one after the other."""
    sections: list[_Section] = []
    index_of: dict[MachineBlock, int] = {}
    for block, pieces in blocks:
        index_of[block] = len(sections)
        sections.append(_Section([]))
        for piece in pieces:
            if isinstance(piece, Branch) and sections[-1].pieces:
                sections.append(_Section([]))
            sections[-1].pieces.append(piece)
    for section in sections:
        if section.branch is not None:
            section.target = index_of[section.branch.target]
    relaxed = _relax(sections)
    if _chain(sections, relaxed):
        relaxed = _relax(sections)
    code = _assemble(sections, relaxed, index_of)
    return MachineCode(code, tuple(relaxed.starts[index_of[block]] for block in resume_points))


def _relax(sections: Sequence[_Section]) -> Relaxed:
    return relax([[_measure(section, piece) for piece in section.pieces] for section in sections])


def _measure(section: _Section, piece: Piece) -> int | Jump:
    if isinstance(piece, Branch):
        return Jump(section.target, piece.forms)
    return len(piece) if isinstance(piece, bytes) else _LEA_RIP


def _chain(sections: Sequence[_Section], relaxed: Relaxed) -> bool:
    """Let long jumps end at later ones that go on to the same place; whether any does."""
    changed = False
    for index, section in enumerate(sections):
        branch = section.branch
        if branch is None or not branch.is_cold or relaxed.forms[index] == [0]:
            continue
        for other in range(index + 1, len(sections)):
            if relaxed.starts[other] - relaxed.starts[index] > _REACH:
                break
            then = sections[other].branch
            # Later ones have their first targets still: only forwards, one after the other
            if (
                then is not None
                and then.mnemonic in (branch.mnemonic, "jmp")
                and then.target is branch.target
            ):
                section.target = other
                changed = True
    return changed


def _assemble(sections: Sequence[_Section], relaxed: Relaxed, index_of: dict[MachineBlock, int]) -> bytes:
    code = bytearray()
    for section, forms in zip(sections, relaxed.forms, strict=True):
        for piece in section.pieces:
            if isinstance(piece, bytes):
                code += piece
            elif isinstance(piece, CodeReference):
                start = relaxed.starts[index_of[piece.target]]
                code += assemble("lea", piece.register, Memory(RIP, start - len(code) - _LEA_RIP))
            else:
                start, size = relaxed.starts[section.target], piece.forms[forms[0]].size
                row = BY_SYNTAX[f"{piece.mnemonic} {{rel{(8, 32)[forms[0]]}}}"]
                code += encode(row, start - len(code) - size)
    return bytes(code)
