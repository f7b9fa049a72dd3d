"""Machine code of an allocated function: prologue, blocks in their order, epilogues.

mov.m rax [rdi + 8]          48 8b 47 08
j lt -> b2 b3                7c xx, or 0f 8c xx xx xx xx; b3 is next
ret rax                      the epilogue
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.layout import layout
from mpytool.emitters.native.low import Cond
from mpytool.emitters.native.machine import (
    Address,
    CodeAddress,
    FrameRef,
    MachineBlock,
    MachineCode,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    StackSlot,
    Target,
    final_code,
)
from mpytool.emitters.native.x64.conditions import SUFFIX
from mpytool.emitters.native.x64.dead import DeadRegister
from mpytool.emitters.native.x64.frame import Frame, lay_out_frame
from mpytool.emitters.native.x64.instructions import FinalOperand, encode_by_stack, encode_operation
from mpytool.emitters.native.x64.operations import OPS, RAX, RSP
from mpytool.emitters.native.x64.placing import Sections, place
from mpytool.emitters.native.x64.registers import REGISTERS
from mpytool.emitters.native.x64.tidy import tidy

_WORD = 8


@dataclass(slots=True)
class Emitter:
    """Makes bytes of instructions; ``bias`` is what rbp is beyond the function table."""

    function: MachineFunction
    frame: Frame
    bias: int
    sections: Sections = field(default_factory=Sections)
    rax: DeadRegister = field(init=False)

    def run(self) -> MachineCode:
        blocks = self.function.blocks
        self.rax = DeadRegister(self.function, RAX)
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            self.sections.begin(block)
            if block is blocks[0]:
                self.sections.code += self.frame.prologue()
            self._block(block, following)
        return place(self.sections, self.function.resume_points)

    def _block(self, block: MachineBlock, following: MachineBlock | None) -> None:
        code = final_code(block)
        made = self.sections.code
        short_until = self._short_until(block, code)
        for index, instr in enumerate(code):
            name, operands = instr.op.name, instr.operands
            if index < short_until and name in _SHORTENED and self._short(block, index, name, operands):
                continue
            special = _SPECIAL.get(name)
            if special is None:
                made += encode_operation(name, *self.final(operands))
            else:
                special(self, block, instr)
        last = code[-1]
        if last.targets and last.op.name not in _DISPATCHING and last.targets[-1] is not following:
            self._branch("jmp", block, last.targets[-1])

    # --- fewer bytes instead of speed ----------------------------------------------------------------------

    def _short_until(self, block: MachineBlock, code: Sequence[MachineInstr]) -> int:
        """How many instructions of a block may take time to be short: in cold code, and before the last call
        outside loops. None in functions without calls: what is below rsp is theirs."""
        if not self.function.makes_calls:
            return 0
        if block.cold:
            return len(code)
        return 0 if block.loop else _last_call(code)

    def _short(self, block: MachineBlock, index: int, name: str, operands: list[Operand]) -> bool:
        """A small number goes by way of the stack. A result that moves on to another register changes places
        with it."""
        place, source = operands
        if name == "mov":
            if source is not RAX or place is RAX or not self.rax.is_dead(block, index + 1):
                return False
            self.sections.code += encode_operation("xchg", place, RAX)
            return True
        assert isinstance(source, int)
        if not -128 <= source <= 127 or (source == 0 and name == "mov.i"):
            return False
        (final_place,) = self.final([place])
        self.sections.code += encode_by_stack(final_place, source)
        return True

    # --- operands ------------------------------------------------------------------------------------------

    def final(self, operands: list[Operand]) -> list[FinalOperand]:
        """Operands with their places in the frame: addresses from rsp, or numbers of bytes."""
        made: list[FinalOperand] = []
        for operand in operands:
            if isinstance(operand, Address):
                base, offset = operand.base, operand.offset
                if not isinstance(base, PhysReg):
                    base, offset = RSP, self.place(base) + offset
                made.append((base, offset, operand.index, operand.scale))
            else:
                made.append(self.place(operand) if isinstance(operand, FrameRef) else operand)
        return made

    def place(self, base: object) -> int:
        """Bytes from rsp."""
        if isinstance(base, StackSlot):
            return self.frame.slots[base.number]
        assert isinstance(base, FrameRef)
        return self.frame.objects[base.number] + base.offset

    def entry(self, number: Operand) -> int:
        """Where the function table has an entry: bytes from rbp."""
        assert isinstance(number, int)
        return _WORD * number - self.bias

    # --- operations that want more than their operands -----------------------------------------------------

    def load_entry(self, _: MachineBlock, instr: MachineInstr) -> None:
        place, number = instr.operands
        self.sections.code += encode_operation("entry", place, self.entry(number))

    def call_entry(self, _: MachineBlock, instr: MachineInstr) -> None:
        self.sections.code += encode_operation("call_entry", self.entry(instr.operands[0]))

    def code_address(self, _: MachineBlock, instr: MachineInstr) -> None:
        place, code = instr.operands
        assert isinstance(place, PhysReg)
        assert isinstance(code, CodeAddress)
        self.sections.refer(REGISTERS[64][place.number], self.function.resume_points[code.resume_point])

    def branch(self, block: MachineBlock, instr: MachineInstr) -> None:
        (cond,) = instr.operands
        assert isinstance(cond, Cond)
        self._branch(_CONDITIONAL[cond], block, instr.targets[0])

    def branch_on_overflow(self, block: MachineBlock, instr: MachineInstr) -> None:
        self._branch(instr.op.name, block, instr.targets[0])

    def _branch(self, mnemonic: str, block: MachineBlock, target: MachineBlock) -> None:
        self.sections.branch(mnemonic, target, block.cold or target.cold)

    def leave(self, _block: MachineBlock, _instr: MachineInstr) -> None:
        self.sections.code += self.frame.epilogue()

    def nothing(self, _block: MachineBlock, _instr: MachineInstr) -> None:
        """What goes on at the next block, or never gets there."""


_SHORTENED = frozenset(("mov", "mov.i", "mov.mi"))
_DISPATCHING = frozenset(("jmp.r", "jmp.m"))
_CONDITIONAL = {cond: "j" + suffix for cond, suffix in SUFFIX.items()}
_SPECIAL: dict[str, Callable[[Emitter, MachineBlock, MachineInstr], None]] = {
    "lea.c": Emitter.code_address,
    "entry": Emitter.load_entry,
    "call_entry": Emitter.call_entry,
    "j": Emitter.branch,
    "jo": Emitter.branch_on_overflow,
    "jno": Emitter.branch_on_overflow,
    "jmp": Emitter.nothing,
    "halt": Emitter.nothing,
    "ret": Emitter.leave,
}


def _last_call(code: Sequence[MachineInstr]) -> int:
    """Where the last call of some code is, -1 if there is none."""
    for index in range(len(code) - 1, -1, -1):
        if code[index].op.name == "call_entry":
            return index
    return -1


def bias_of(function: MachineFunction) -> int:
    """What the function adds to the address of the function table."""
    for instr in function.blocks[0].code:
        if isinstance(instr, MachineInstr) and instr.op.name in ("table", "table.m"):
            bias = instr.operands[1]
            assert isinstance(bias, int)
            return bias
    return 0


_SHORT_EPILOGUE = 6


def _share_epilogue(function: MachineFunction, size: int, target: Target) -> None:
    """Let all returns lead to one, if the epilogue is longer than the jumps."""
    returning = [block for block in function.blocks if final_code(block)[-1].op.name == "ret"]
    if size <= _SHORT_EPILOGUE or len(returning) < 2:
        return
    last = MachineBlock(
        max(block.number for block in function.blocks) + 1,
        [MachineInstr(OPS["ret"], [RAX])],
        returning,
        cold=all(block.cold for block in returning),
    )
    for block in returning:
        block.code[-1] = target.jump(last)
    function.blocks.append(last)


def emit(function: MachineFunction, target: Target) -> MachineCode:
    """The machine code of a function. Changes it: blocks get their final order."""
    frame = lay_out_frame(function)
    _share_epilogue(function, len(frame.epilogue()), target)
    layout(function, target)
    tidy(function)
    return Emitter(function, frame, bias_of(function)).run()
