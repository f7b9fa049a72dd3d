"""Machine code of an allocated function: prologue, blocks in their order, epilogues.

mov.m rax [rdi + 8]          48 8b 47 08
j lt -> b2 b3                7c xx, or 0f 8c xx xx xx xx; b3 is next
ret rax                      the epilogue
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mpytool.emitters.native.layout import Form, Jump, layout, relax
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
)
from mpytool.emitters.native.x64 import registers as r
from mpytool.emitters.native.x64.assemble import assemble
from mpytool.emitters.native.x64.conditions import SUFFIX
from mpytool.emitters.native.x64.encoding import Operand as AsmOperand
from mpytool.emitters.native.x64.encoding import encode as encode_form
from mpytool.emitters.native.x64.frame import Frame, lay_out_frame
from mpytool.emitters.native.x64.operations import ENCODINGS
from mpytool.emitters.native.x64.registers import REGISTERS, RIP, Memory
from mpytool.emitters.native.x64.table import BY_SYNTAX
from mpytool.emitters.native.x64.tidy import tidy

_NEAR = (-128, 127)
_FAR = (-(2**31), 2**31 - 1)
_WORD = 8


def _forms(short: int, long: int) -> tuple[Form, ...]:
    """Of a jump: distances count from its end."""
    return tuple(Form(size, low + size, high + size) for size, (low, high) in ((short, _NEAR), (long, _FAR)))


_JMP = _forms(2, 5)
_JCC = _forms(2, 6)
_LEA_RIP = 7


@dataclass(frozen=True, slots=True)
class _Branch:
    """A jump whose form is chosen later: ``mnemonic`` is ``jmp`` or ``j`` with a condition."""

    mnemonic: str
    target: MachineBlock


@dataclass(frozen=True, slots=True)
class _CodeReference:
    """``lea register, [rip + distance of a block]``."""

    register: r.Register
    target: MachineBlock


@dataclass(slots=True)
class Emitter:
    """Makes bytes of instructions; ``bias`` is what rbp is beyond the function table."""

    function: MachineFunction
    frame: Frame
    bias: int
    sections: list[list[bytes | _Branch | _CodeReference]] = field(default_factory=list)

    def run(self) -> MachineCode:
        blocks = self.function.blocks
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            self.sections.append([])
            if block is blocks[0]:
                self.sections[-1].append(self.frame.prologue())
            for instr in block.code:
                assert isinstance(instr, MachineInstr)
                self._instr(instr, following)
        return self._assemble()

    def _assemble(self) -> MachineCode:
        index_of = {block: index for index, block in enumerate(self.function.blocks)}
        relaxed = relax([[self._piece(item, index_of) for item in section] for section in self.sections])
        code = bytearray()
        for section, forms in zip(self.sections, relaxed.forms, strict=True):
            chosen = iter(forms)
            for item in section:
                if isinstance(item, bytes):
                    code += item
                    continue
                start = relaxed.starts[index_of[item.target]]
                if isinstance(item, _CodeReference):
                    distance = start - len(code) - _LEA_RIP
                    code += assemble("lea", item.register, Memory(RIP, distance))
                else:
                    form = next(chosen)
                    size = (_JMP if item.mnemonic == "jmp" else _JCC)[form].size
                    row = BY_SYNTAX[f"{item.mnemonic} {{rel{(8, 32)[form]}}}"]
                    code += encode_form(row, start - len(code) - size)
        offsets = tuple(relaxed.starts[index_of[block]] for block in self.function.resume_points)
        return MachineCode(bytes(code), offsets)

    def _piece(self, item: bytes | _Branch | _CodeReference, index_of: dict[MachineBlock, int]) -> int | Jump:
        if isinstance(item, _Branch):
            return Jump(index_of[item.target], _JMP if item.mnemonic == "jmp" else _JCC)
        return len(item) if isinstance(item, bytes) else _LEA_RIP

    def _put(self, mnemonic: str, *operands: AsmOperand) -> None:
        self.sections[-1].append(assemble(mnemonic, *operands))

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
            self.sections[-1].append(_Branch("jmp", instr.targets[-1]))

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
                self.sections[-1].append(_Branch("j" + SUFFIX[cond], instr.targets[0]))
            case "jo" | "jno":
                self.sections[-1].append(_Branch(instr.op.name, instr.targets[0]))
            case "jmp.r" | "jmp.m":
                self._put("jmp", self.operand(instr.operands[0], 64))
            case "ret":
                self.sections[-1].append(self.frame.epilogue())

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
        self.sections[-1].append(_CodeReference(self.register(place), target))

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
    "cqo": Emitter.cqo,
    **{f"{name}{bits}": _division(name, int(bits or 64)) for name in ("idiv", "div") for bits in ("", "32")},
}


def bias_of(function: MachineFunction) -> int:
    """What the function adds to the address of the function table."""
    for instr in function.blocks[0].code:
        if isinstance(instr, MachineInstr) and instr.op.name in ("table", "table.m"):
            bias = instr.operands[1]
            assert isinstance(bias, int)
            return bias
    return 0


def emit(function: MachineFunction, target: Target) -> MachineCode:
    """The machine code of a function. Changes it: blocks get their final order."""
    layout(function, target)
    tidy(function)
    frame = lay_out_frame(function)
    return Emitter(function, frame, bias_of(function)).run()
