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
    Instruction,
    MachineBlock,
    MachineCode,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    StackSlot,
    Target,
)
from mpytool.emitters.native.x64 import registers as r
from mpytool.emitters.native.x64.assemble import assemble
from mpytool.emitters.native.x64.conditions import SUFFIX
from mpytool.emitters.native.x64.dead import blocks_that_want, is_dead
from mpytool.emitters.native.x64.encoding import Operand as AsmOperand
from mpytool.emitters.native.x64.frame import Frame, lay_out_frame
from mpytool.emitters.native.x64.operations import ENCODINGS, OPS, RAX
from mpytool.emitters.native.x64.placing import Branch, CodeReference, Piece, place
from mpytool.emitters.native.x64.registers import REGISTERS, Memory
from mpytool.emitters.native.x64.tidy import tidy

_WORD = 8


@dataclass(slots=True)
class Emitter:
    """Makes bytes of instructions; ``bias`` is what rbp is beyond the function table."""

    function: MachineFunction
    frame: Frame
    bias: int
    pieces: list[Piece] = field(default_factory=list)
    block: MachineBlock = field(init=False)
    last_call: int = field(init=False, default=-1)
    #: the blocks that rax is live into
    wanting: set[MachineBlock] = field(default_factory=set)

    def run(self) -> MachineCode:
        blocks = self.function.blocks
        self.wanting = blocks_that_want(self.function, RAX)
        placed: list[tuple[MachineBlock, list[Piece]]] = []
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            self.pieces, self.block = [], block
            self.last_call = _last_call(block.code)
            placed.append((block, self.pieces))
            if block is blocks[0]:
                self.pieces.append(self.frame.prologue())
            for index, instr in enumerate(block.code):
                assert isinstance(instr, MachineInstr)
                if not self._short(instr, index):
                    self._instr(instr, following)
        return place(placed, self.function.resume_points)

    def _branch(self, mnemonic: str, target: MachineBlock) -> None:
        self.pieces.append(Branch(mnemonic, target, self.block.cold or target.cold))

    def _short(self, instr: MachineInstr, index: int) -> bool:
        """Fewer bytes instead of speed, where that is of no use: in cold code, and for calls outside loops.

        A small number goes by way of the stack; below rsp is nothing, for the function makes calls. A result
        that moves on to another register changes places with it.
        """
        name = instr.op.name
        if name not in _SHORTENED or not self.function.makes_calls:
            return False
        if not self.block.cold and (self.block.loop or index >= self.last_call):
            return False
        place, source = instr.operands
        if name == "mov":
            if source != RAX or place == RAX or not is_dead(RAX, self.block, index + 1, self.wanting):
                return False
            self._put("xchg", self.register(place), r.RAX)
            return True
        assert isinstance(source, int)
        if not -128 <= source <= 127 or (source == 0 and name == "mov.i"):
            return False
        self._put("push", source)
        self._put("pop", self.operand(place, 64))
        return True

    def _put(self, mnemonic: str, *operands: AsmOperand) -> None:
        self.pieces.append(assemble(mnemonic, *operands))

    # --- instructions --------------------------------------------------------------------------------------

    def _instr(self, instr: MachineInstr, following: MachineBlock | None) -> None:
        special = _SPECIAL.get(instr.op.name)
        if special is not None:
            special(self, instr.operands)
        elif instr.op.name in ENCODINGS:
            self._plain(instr)
        else:
            self._jump(instr)
        if instr.targets and instr.op.name not in _DISPATCHING and instr.targets[-1] is not following:
            self._branch("jmp", instr.targets[-1])

    def _plain(self, instr: MachineInstr) -> None:
        name = instr.op.name
        encoding = ENCODINGS[name]
        operands = [
            self.operand(operand, size) for operand, size in zip(instr.operands, encoding.sizes, strict=True)
        ]
        if name in _STEPS and operands[1] in (1, -1):
            up = (operands[1] == 1) == (encoding.mnemonic == "add")
            self._put("inc" if up else "dec", operands[0])
            return
        mnemonic = encoding.mnemonic
        if mnemonic in ("add", "sub") and operands[1] == 128:
            mnemonic, operands[1] = ("sub" if mnemonic == "add" else "add"), -128
        if mnemonic == "test":
            if isinstance(operands[1], Memory):
                operands.reverse()
            elif name == "test8.i" and operands[1] == 0xFF and isinstance(operands[0], r.Register):
                operands[1] = operands[0]
        self._put(mnemonic, *operands)

    def _jump(self, instr: MachineInstr) -> None:
        match instr.op.name:
            case "j":
                (cond,) = instr.operands
                assert isinstance(cond, Cond)
                self._branch("j" + SUFFIX[cond], instr.targets[0])
            case "jo" | "jno":
                self._branch(instr.op.name, instr.targets[0])
            case "jmp.r" | "jmp.m":
                self._put("jmp", self.operand(instr.operands[0], 64))
            case "ret":
                self.pieces.append(self.frame.epilogue())

    # --- operands ------------------------------------------------------------------------------------------

    def operand(self, operand: Operand, size: int) -> AsmOperand:
        """An operand of ``size`` bits as the assembler takes it."""
        if isinstance(operand, PhysReg):
            return REGISTERS[size][operand.number]
        if isinstance(operand, Address):
            return self.memory(operand, size)
        assert isinstance(operand, int)
        return operand

    def memory(self, address: Address, size: int | None) -> Memory:
        base, offset = address.base, address.offset
        index = address.index
        assert index is None or isinstance(index, PhysReg)
        register = None if index is None else REGISTERS[64][index.number]
        if isinstance(base, PhysReg):
            return Memory(REGISTERS[64][base.number], offset, register, address.scale, size)
        assert isinstance(base, FrameRef | StackSlot)
        return Memory(r.RSP, self.place(base) + offset, register, address.scale, size)

    def place(self, base: FrameRef | StackSlot) -> int:
        """Bytes from rsp."""
        if isinstance(base, StackSlot):
            return self.frame.slots[base.number]
        return self.frame.objects[base.number] + base.offset

    def entry(self, number: object) -> Memory:
        """Where the function table has entry ``number``."""
        assert isinstance(number, int)
        return Memory(r.RBP, _WORD * number - self.bias, size=64)

    def register(self, operand: Operand, size: int = 64) -> r.Register:
        assert isinstance(operand, PhysReg)
        return REGISTERS[size][operand.number]

    # --- operations that are not one instruction as it stands ----------------------------------------------

    def move_number(self, operands: list[Operand]) -> None:
        place, value = operands
        assert isinstance(value, int)
        if value == 0:
            self._put("xor", self.register(place, 32), self.register(place, 32))
        elif value == -1:
            self._put("or", self.register(place), -1)
        else:
            self._put("mov", self.register(place), value)

    def frame_address(self, operands: list[Operand]) -> None:
        place, base = operands
        assert isinstance(base, FrameRef)
        offset = self.place(base)
        if offset:
            self._put("lea", self.register(place), Memory(r.RSP, offset))
        else:
            self._put("mov", self.register(place), r.RSP)

    def code_address(self, operands: list[Operand]) -> None:
        place, code = operands
        assert isinstance(code, CodeAddress)
        target = self.function.resume_points[code.resume_point]
        self.pieces.append(CodeReference(self.register(place), target))

    def load_entry(self, operands: list[Operand]) -> None:
        self._put("mov", self.register(operands[0]), self.entry(operands[1]))

    def call_entry(self, operands: list[Operand]) -> None:
        self._put("call", self.entry(operands[0]))

    def set_table(self, operands: list[Operand]) -> None:
        source = self.operand(operands[0], 64)
        if isinstance(source, r.Register) and self.bias:
            self._put("lea", r.RBP, Memory(source, self.bias))
            return
        self._put("mov", r.RBP, source)
        if self.bias == 128:
            self._put("sub", r.RBP, -128)
        elif self.bias:
            self._put("add", r.RBP, self.bias)

    def set_condition(self, operands: list[Operand]) -> None:
        cond, place = operands
        assert isinstance(cond, Cond)
        self._put("set" + SUFFIX[cond], self.register(place, 8))

    def move_on_condition(self, operands: list[Operand]) -> None:
        cond, place, source = operands
        assert isinstance(cond, Cond)
        self._put("cmov" + SUFFIX[cond], self.register(place), self.operand(source, 64))

    def rotate(self, operands: list[Operand]) -> None:
        self._put("rcr", self.register(operands[0]), 1)

    def cqo(self, _: list[Operand]) -> None:
        self._put("cqo")


def _division(mnemonic: str, size: int) -> Callable[[Emitter, list[Operand]], None]:
    def emit(emitter: Emitter, operands: list[Operand]) -> None:
        emitter._put(mnemonic, emitter.operand(operands[2], size))

    return emit


_DISPATCHING = frozenset(("jmp.r", "jmp.m"))
_STEPS = frozenset(
    f"{name}{bits}.{shape}"
    for name in ("add", "sub")
    for bits in ("", "32", "16", "8")
    for shape in ("i", "mi")
)
_SPECIAL: dict[str, Callable[[Emitter, list[Operand]], None]] = {
    "mov.i": Emitter.move_number,
    "lea.f": Emitter.frame_address,
    "lea.c": Emitter.code_address,
    "entry": Emitter.load_entry,
    "call_entry": Emitter.call_entry,
    "table": Emitter.set_table,
    "table.m": Emitter.set_table,
    "set": Emitter.set_condition,
    "cmov": Emitter.move_on_condition,
    "cmov.m": Emitter.move_on_condition,
    "rcr.1": Emitter.rotate,
    "cqo": Emitter.cqo,
    **{f"{name}{bits}": _division(name, int(bits or 64)) for name in ("idiv", "div") for bits in ("", "32")},
}


_SHORTENED = frozenset(("mov", "mov.i", "mov.mi"))


def _last_call(code: Sequence[Instruction]) -> int:
    """Where the last call of some code is, -1 if there is none."""
    for index in range(len(code) - 1, -1, -1):
        instr = code[index]
        if isinstance(instr, MachineInstr) and instr.op.name == "call_entry":
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
    returning = [block for block in function.blocks if _returns(block)]
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


def _returns(block: MachineBlock) -> bool:
    last = block.code[-1]
    return isinstance(last, MachineInstr) and last.op.name == "ret"


def emit(function: MachineFunction, target: Target) -> MachineCode:
    """The machine code of a function. Changes it: blocks get their final order."""
    frame = lay_out_frame(function)
    _share_epilogue(function, len(frame.epilogue()), target)
    layout(function, target)
    tidy(function)
    return Emitter(function, frame, bias_of(function)).run()
