"""Machine code of an allocated function: prologue, blocks in their order, epilogues, pools.

add v0 r0 r1        adds r0, r0, r1          registers say which form there is
add r8 r0 r1        add.w r8, r0, r1
cmp_i r0 0          nothing                  if the flags are those of r0 already
beq -> b2 b3        beq b2                   b3 is next
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native.machine import (
    CodeAddress,
    MachineBlock,
    MachineCode,
    MachineFunction,
    MachineInstr,
    final_code,
)
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.assemble import assemble
from mpytool.emitters.native.thumb.assembler import Assembler
from mpytool.emitters.native.thumb.bias import choose_bias
from mpytool.emitters.native.thumb.emit_arithmetic import ARITHMETIC
from mpytool.emitters.native.thumb.emit_compare import COMPARISONS, merge_comparison
from mpytool.emitters.native.thumb.emit_memory import MEMORY
from mpytool.emitters.native.thumb.frame import lay_out_frame
from mpytool.emitters.native.thumb.operations import BRANCHES
from mpytool.emitters.native.thumb.pieces import Barrier, Label
from mpytool.emitters.native.thumb.references import jump
from mpytool.emitters.native.thumb.routines import make_routines

_SHORT_JUMPS = 2000
"""A function of so many bytes needs no jump that spoils lr."""

_EMITTERS = {**ARITHMETIC, **COMPARISONS, **MEMORY}
_CODES = {row.name: code for code, row in enumerate(BRANCHES)}


def emit(function: MachineFunction, wide: bool) -> MachineCode:
    """The machine code of a function whose blocks have been laid out."""
    bias = choose_bias(function, wide)
    emitter = _Emitter(function, Assembler(lay_out_frame(function, needs_link=False), wide, bias))
    emitter.run()
    if not wide and not emitter.out.frame.has_link and emitter.out.size > _SHORT_JUMPS:
        emitter = _Emitter(function, Assembler(lay_out_frame(function, needs_link=True), wide, bias))
        emitter.run()
    pieces = emitter.out.pieces
    if emitter.out.frame.has_link:
        pieces = make_routines(pieces, emitter.seldom)
    code, places = assemble(pieces, lambda target: jump(target, wide))
    return MachineCode(code, tuple(places[block] for block in function.resume_points))


@dataclass(slots=True)
class _Emitter:
    function: MachineFunction
    out: Assembler
    #: the pieces that seldom run, or for which bytes count only, from and to
    seldom: list[tuple[int, int]] = field(default_factory=list)

    def run(self) -> None:
        self.out.prologue()
        points: dict[MachineBlock, list[CodeAddress]] = {}
        for number, block in enumerate(self.function.resume_points):
            points.setdefault(block, []).append(CodeAddress(number))
        function = self.function
        blocks = function.blocks
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            self.out.put(Label(block))
            for point in points.get(block, ()):
                self.out.put(Label(point))
            self.out.forget_flags()
            start = len(self.out.pieces)
            self._block(block, following)
            if function.is_small or block.cold or (function.runs_once and not block.loop):
                self.seldom.append((start, len(self.out.pieces)))

    def _block(self, block: MachineBlock, following: MachineBlock | None) -> None:
        code, out = final_code(block), self.out
        last = code[-1]
        before = code[-2] if len(code) > 1 else None
        is_rare = bool(last.targets) and (block.cold or last.targets[0].cold)
        for instr in code:
            emit = _EMITTERS.get(instr.op.name)
            if emit is None:
                self._leave(instr, is_rare=is_rare)
            elif instr is before and merge_comparison(out, instr, last, is_rare=is_rare):
                break
            else:
                emit(out, instr.operands)
        self._go_on(last, following)

    def _leave(self, instr: MachineInstr, *, is_rare: bool) -> None:
        name = instr.op.name
        if name in _CODES:
            self.out.branch(instr.targets[0], _CODES[name], is_rare=is_rare)
        elif name == "bx":
            self.out.row(t.BX, self.out.number(instr.operands[0]))
        elif name == "ret":
            self.out.epilogue()

    def _go_on(self, last: MachineInstr, following: MachineBlock | None) -> None:
        if not last.targets or last.op.name == "bx":
            self.out.put(Barrier())
        elif last.targets[-1] is not following:
            if not (self._only_returns(last.targets[-1]) and self.out.short_epilogue()):
                self.out.put(jump(last.targets[-1], self.out.wide))
            self.out.put(Barrier())

    def _only_returns(self, block: MachineBlock) -> bool:
        only = block.code[0]
        return isinstance(only, MachineInstr) and only.op.name == "ret"
