"""What the selections of all targets share: the walk over a low function, and which values are folded.

    v2 = const 3                 before
    v3 = add v1 v2
    v4 = load word +8 v3
    branch eq v4 v5 -> b1 b2

    cmp [v1 + 11] v5             after: the constant, the sum and the load are operands of their only user
    j eq -> b1 b2

Blocks are walked backwards, users before what they use. A rule that makes machine instructions asks for its
operands as registers (``register``), as what copies and calls take (``source``), or folds them: what is
``foldable`` it gives to ``fold`` and reads that one's operands instead. Only what is still wanted when the
walk reaches it is made; so dead values vanish, too.

Constants, addresses and words of the function table (``is_remade``) are made anew wherever a register of one
is asked for: they are operands of most machine instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mpytool.emitters.native.dominance import reverse_postorder
from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    LOW_PHI,
    LowBlock,
    LowFunction,
    LowInstr,
    number_low,
)
from mpytool.emitters.native.machine import (
    Call,
    CodeAddress,
    Convention,
    Copy,
    FrameRef,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    MachineOp,
    Operand,
    Place,
    Source,
    VReg,
)

Rule: TypeAlias = Callable[[Any, LowInstr], None]
"""Makes the machine instructions of one operation with ``Selection.emit``, in the order of execution. It is
given the selection, of the target's class, and the operation."""

REMADE = frozenset(("const", "frame_address", "resume_address", "load_table"))
"""Operations whose values are made anew at each use."""

_NOT_MADE = REMADE | {"input"}


def signed(value: int, word: int) -> int:
    """A word of ``word`` bytes as the signed number that it is."""
    half = 1 << (8 * word - 1)
    return value if -half <= value < half else (value + half & (half << 1) - 1) - half


def split_critical_edges(function: LowFunction) -> None:
    """Give phis whose predecessor has other successors a block for their copies, behind that predecessor."""
    blocks: list[LowBlock] = []
    for block in function.blocks:
        blocks.append(block)
        if len(block.successors) < 2:
            continue
        for index, target in enumerate(block.successors):
            if target.code[0].row is not LOW_PHI:
                continue
            jump = LowInstr(LOW_OF_NAME["jump"], targets=[target])
            handler = block.handler if block.handler is target.handler else None
            between = LowBlock(
                -1, [jump], [block], handler, block.cold or target.cold, min(block.loop, target.loop)
            )
            # Of several edges between the two, phis have the operands in the order of the edges.
            target.predecessors[target.predecessors.index(block)] = between
            block.successors[index] = between
            blocks.append(between)
    function.blocks = blocks
    number_low(function)


@dataclass(slots=True, eq=False)
class Selection:
    """The state of the walk over one function. A target has a subclass, and a table of rules.

    ``rules``    one for every operation that is made
    ``counts``   how often a value is wanted, by what has not been folded away
    ``homes``    the block of each instruction
    ``epochs``   how many instructions that write memory or call stand before it in its block
    ``root``     the instruction whose machine instructions are being made
    """

    low: LowFunction
    convention: Convention
    jump: Callable[[MachineBlock], MachineInstr]
    rules: Mapping[str, Rule]
    made: MachineFunction = field(init=False)
    counts: dict[LowInstr, int] = field(init=False, default_factory=dict)
    users: dict[LowInstr, list[LowInstr]] = field(init=False, default_factory=dict)
    homes: dict[LowInstr, LowBlock] = field(init=False, default_factory=dict)
    epochs: dict[LowInstr, int] = field(init=False, default_factory=dict)
    root: LowInstr = field(init=False)
    block: LowBlock = field(init=False)
    _blocks: dict[LowBlock, MachineBlock] = field(init=False, default_factory=dict)
    _vregs: dict[LowInstr, VReg] = field(init=False, default_factory=dict)
    _absorbed: set[LowInstr] = field(init=False, default_factory=set)
    _chunk: list[Instruction] = field(init=False, default_factory=list)

    # --- the walk ------------------------------------------------------------------------------------------

    def run(self) -> MachineFunction:
        """The machine function."""
        split_critical_edges(self.low)
        self.prepare()
        self.made = MachineFunction(
            self.low.name,
            frame=list(self.low.frame),
            is_small=self.low.is_small,
            runs_once=self.low.runs_once,
        )
        for block in self.low.blocks:
            self._blocks[block] = MachineBlock(block.number, [], [], None, block.cold, block.loop)
            self._note(block)
        self.counts = {value: len(users) for value, users in self.users.items()}
        for block, machine in self._blocks.items():
            machine.predecessors.extend(map(self._blocks.__getitem__, block.predecessors))
            machine.handler = None if block.handler is None else self._blocks[block.handler]
        successors = [[target.number for target in block.successors] for block in self.low.blocks]
        for number in reversed(reverse_postorder(successors)):
            self._select_block(self.low.blocks[number])
        self.made.blocks = list(self._blocks.values())
        self.made.resume_points = [self._blocks[block] for block in self.low.resume_points]
        self._take_inputs()
        return self.made

    def prepare(self) -> None:
        """What a target changes in the low function, once its critical edges have been split."""

    def _note(self, block: LowBlock) -> None:
        homes, epochs, users = self.homes, self.epochs, self.users
        epoch = 0
        for instr in block.code:
            homes[instr] = block
            epochs[instr] = epoch
            row = instr.row
            if row.acts or (row.reads and instr.acts):
                epoch += 1
            for arg in instr.args:
                if arg in users:
                    users[arg].append(instr)
                else:
                    users[arg] = [instr]

    def _select_block(self, block: LowBlock) -> None:
        self.block = block
        counts, rules = self.counts, self.rules
        code: list[Instruction] = []
        for instr in reversed(block.code):
            row = instr.row
            name = row.name
            if row is LOW_PHI:
                break
            if name in _NOT_MADE:
                continue
            if row.targets is None and not counts.get(instr) and not instr.acts:
                self._drop(instr)
                continue
            chunk: list[Instruction] = []
            self._chunk = chunk
            self.root = instr
            rules[name](self, instr)
            code += reversed(chunk)
        code.reverse()
        self._blocks[block].code = code

    def _drop(self, instr: LowInstr) -> None:
        """What nobody wants does not want its operands; what has been folded leaves them to its user."""
        if instr not in self._absorbed:
            for arg in instr.args:
                self.counts[arg] -= 1

    def _take_inputs(self) -> None:
        """One copy of the arguments at the start of the entry."""
        code = self.low.blocks[0].code
        inputs = [instr for instr in code if instr.row.name == "input" and self.counts.get(instr)]
        if inputs:
            places: list[Place] = [self.vreg(instr) for instr in inputs]
            sources: list[Source] = [self.convention.arguments[instr.imm[0]] for instr in inputs]
            self.made.blocks[0].code.insert(0, Copy(places, sources))

    # --- making instructions -------------------------------------------------------------------------------

    def emit(self, op: MachineOp, *operands: Operand, targets: list[LowBlock] | None = None) -> None:
        made = [] if targets is None else [self._blocks[target] for target in targets]
        self._chunk.append(MachineInstr(op, [*operands], made, self.root.token))

    def copy(self, place: Place, source: Source) -> None:
        self._chunk.append(Copy([place], [source]))

    def new_vreg(self) -> VReg:
        return self.made.new_vreg()

    def vreg(self, value: LowInstr) -> VReg:
        """The register of a value, without saying that it is wanted: for results."""
        found = self._vregs.get(value)
        if found is None:
            found = self._vregs[value] = self.made.new_vreg()
        return found

    # --- operands ------------------------------------------------------------------------------------------

    def register(self, value: LowInstr) -> VReg:
        """A register with a value, which must not be written."""
        if value.row.name not in REMADE:
            return self.vreg(value)
        source = self.source(value)
        if isinstance(source, VReg):
            return source
        made = self.made.new_vreg()
        self.copy(made, source)
        return made

    def source(self, value: LowInstr) -> Source:
        """A value as a source of copies and calls."""
        name = value.row.name
        if name not in REMADE:
            return self.vreg(value)
        if name == "const":
            return signed(value.imm[0], self.low.word)
        if name == "frame_address":
            return FrameRef(value.imm[0])
        if name == "resume_address":
            return CodeAddress(value.imm[0])
        made = self.made.new_vreg()
        self.load_table(made, value.imm[0])
        return made

    def load_table(self, place: VReg, entry: int) -> None:
        """Emit the load of a word of the function table."""
        raise NotImplementedError

    def constant(self, value: LowInstr) -> int:
        """The number of a ``const``, signed."""
        return signed(value.imm[0], self.low.word)

    def number(self, value: LowInstr) -> int | None:
        """The signed number that a value is, None if it is no constant."""
        return signed(value.imm[0], self.low.word) if value.row.name == "const" else None

    # --- folding -------------------------------------------------------------------------------------------

    def foldable(self, value: LowInstr) -> bool:
        """Whether ``value`` can be computed by the instruction that is being made, its only user: of the same
        block, and reading the memory that it would have read."""
        if self.counts[value] != 1 or self.homes[value] is not self.block:
            return False
        row = value.row
        if row.targets is not None or row is LOW_PHI or row.name == "input" or value.acts:
            return False
        return not row.reads or self.epochs[value] == self.epochs[self.root]

    def fold(self, value: LowInstr) -> LowInstr:
        """Take one use of a value away: whoever calls reads its operands instead. Gives the value."""
        self.counts[value] -= 1
        if self.counts[value]:
            for arg in value.args:
                self.counts[arg] += 1
        else:
            self._absorbed.add(value)
        return value

    # --- rules that need no machine ------------------------------------------------------------------------

    def _jump(self, instr: LowInstr) -> None:
        """The phis of the block that follows, then the jump."""
        (target,) = instr.targets
        phis: list[LowInstr] = []
        for phi in target.code:
            if phi.row is not LOW_PHI:
                break
            if self.counts.get(phi):
                phis.append(phi)
        if phis:
            edge = target.predecessors.index(self.block)
            places: list[Place] = [self.vreg(phi) for phi in phis]
            sources = [self.source(phi.args[edge]) for phi in phis]
            self._chunk.append(Copy(places, sources))
        jump = self.jump(self._blocks[target])
        jump.token = instr.token
        self._chunk.append(jump)

    def _call(self, instr: LowInstr) -> None:
        result = self.vreg(instr) if self.counts.get(instr) else None
        args = list(map(self.source, instr.args))
        self._chunk.append(Call(instr.imm[0], args, result, instr.token))


COMMON: dict[str, Rule] = {"jump": Selection._jump, "call_table": Selection._call}
"""Rules that need no machine."""
