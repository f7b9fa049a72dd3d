"""The code of a function as far as it is made, and what all instructions need to be encoded."""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native.machine import MachineBlock, Operand, PhysReg
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.constants import constant_code
from mpytool.emitters.native.thumb.encoding import Instruction, encode
from mpytool.emitters.native.thumb.frame import Frame
from mpytool.emitters.native.thumb.pieces import PADDING_BYTES, WORD_BYTES, LoadWord, Piece, Reference
from mpytool.emitters.native.thumb.references import conditional, load_word
from mpytool.emitters.native.thumb.registers import R0, SCRATCH, SP

_FLAG_SETTERS = frozenset(
    (
        t.MOVS_I, t.ADDS_I, t.SUBS_I, t.ADDS, t.SUBS, t.ADDS_I3, t.SUBS_I3, t.LSLS_I, t.LSRS_I, t.ASRS_I,
        t.ANDS, t.EORS, t.LSLS, t.LSRS, t.ASRS, t.RSBS, t.ORRS, t.MULS, t.BICS, t.MVNS,
        t.ADDS_M, t.SUBS_M, t.ADDS_W, t.SUBS_W, t.ANDS_W, t.BICS_W, t.ORRS_W, t.EORS_W, t.SHIFTS_W,
    )
)  # fmt: skip
"""Their first operand is the result that N and Z tell of."""

_WITH_FLAGS = {
    t.AND_W: t.ANDS_W, t.BIC_W: t.BICS_W, t.ORR_W: t.ORRS_W, t.EOR_W: t.EORS_W, t.ADD_W: t.ADDS_W,
    t.SUB_W: t.SUBS_W, t.SHIFT_W: t.SHIFTS_W, t.ADD_M: t.ADDS_M, t.SUB_M: t.SUBS_M,
}  # fmt: skip
"""The forms that set the flags, of as many bytes."""

_RESULT = {t.SHIFT_W: 1, t.SHIFTS_W: 1}
"""Where the result is among the operands, if not first."""

_HIGH = 8

_FLAG_KEEPERS = frozenset((t.MOV, t.STR_SP, t.STR_I, t.STRB_I, t.STRH_I, t.STR_R, t.STRB_R, t.STRH_R))
"""They change neither the flags nor, but for MOV, a register."""


@dataclass(slots=True)
class Assembler:
    """``size`` is the largest that the code so far can be. ``bias``: the entry of the
    function table that r7 points to. ``flags``: the register of whose value N and Z
    are known to tell. ``_last``: the instruction that the last piece is, with its operands."""

    frame: Frame
    wide: bool
    bias: int
    pieces: list[Piece] = field(default_factory=list)
    size: int = 0
    flags: int | None = None
    _last: tuple[Instruction, tuple[int, ...]] | None = None

    def put(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._last = None
        if isinstance(piece, bytes):
            self.size += len(piece)
        elif isinstance(piece, Reference):
            self.size += piece.longest
        elif isinstance(piece, LoadWord):
            self.size += piece.longest + WORD_BYTES + PADDING_BYTES

    def row(self, row: Instruction, *values: int) -> None:
        """An instruction of the table."""
        self.pieces.append(encode(row, *values))
        self.size += row.size
        self._last = row, values
        if row in _FLAG_SETTERS:
            self.flags = values[_RESULT.get(row, 0)]
        elif self.flags is not None and (
            row not in _FLAG_KEEPERS or (row is t.MOV and values[0] == self.flags)
        ):
            self.flags = None

    def together(self, *rows: tuple[Instruction, *tuple[int, ...]]) -> None:
        """Instructions between which nothing may be put, because one of them skips some: each row with its
        operands."""
        self.put(b"".join(row.encode(*values) for row, *values in rows))
        self.forget_flags()

    def branch(self, target: MachineBlock, condition: int, *, is_rare: bool) -> None:
        self.put(conditional(target, condition, self.wide, is_rare=is_rare))

    def forget_flags(self) -> None:
        self.flags = None

    def number(self, operand: Operand) -> int:
        """The number of a register, or a number."""
        if isinstance(operand, PhysReg):
            return operand.number
        assert isinstance(operand, int)
        return operand

    def move(self, place: int, source: int) -> None:
        """Leaves the flags alone."""
        if place != source and self._last != (t.MOV, (source, place)):
            self.row(t.MOV, place, source)

    def let_flags_tell(self, register: int) -> int:
        """Let the flags be those of a register's value, if that takes no further instruction: they are, or
        the last one, which computed it, sets them in another form. The register to compare with zero, if not.
        """
        if self.flags == register or self._last is None:
            return register
        row, values = self._last
        if row is t.MOV and values[0] == register:
            source = values[1]
            if max(values) < _HIGH:
                row, values = t.LSLS_I, (*values, 0)
            elif register >= _HIGH > source:
                return source
        elif row in _WITH_FLAGS and values[_RESULT.get(row, 0)] == register:
            row = _WITH_FLAGS[row]
        if row is not self._last[0]:
            self.pieces.pop()
            self.row(row, *values)
        return register

    def constant(self, register: PhysReg, value: int) -> None:
        """May change the flags."""
        code = constant_code(register, value, self.wide)
        self.forget_flags()
        self.put(LoadWord(value & 0xFFFFFFFF, load_word(register)) if code is None else code)

    def constant_without_flags(self, register: PhysReg, value: int) -> None:
        """Leaves the flags alone."""
        self.forget_flags()
        self.put(LoadWord(value & 0xFFFFFFFF, load_word(register)))

    # --- the frame -----------------------------------------------------------------------------------------

    def prologue(self) -> None:
        frame = self.frame
        if not frame.is_huge(self.wide):
            self.put(frame.prologue(self.wide))
            return
        self.put(Frame((), frame.pushed, 0, frame.has_link).prologue(self.wide))
        self._move_sp(-frame.size)

    def epilogue(self) -> None:
        frame = self.frame
        if not frame.is_huge(self.wide):
            self.put(frame.epilogue(self.wide))
            return
        self._move_sp(frame.size)
        self.put(frame.leave())

    def short_epilogue(self) -> bool:
        """The epilogue if it is one short instruction, which a jump to it would be, too."""
        if self.frame.size or (self.frame.has_link and self.frame.pushed >> 8):
            return False
        self.put(self.frame.leave())
        return True

    def _move_sp(self, size: int) -> None:
        """By way of r0, whose value is kept: it may be an argument or the result."""
        self.row(t.MOV, SCRATCH.number, R0.number)
        self.constant_without_flags(R0, size)
        self.row(t.ADD_H, SP.number, R0.number)
        self.row(t.MOV, R0.number, SCRATCH.number)
