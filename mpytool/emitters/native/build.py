"""Ops to SSA: stack slots and locals become values.

Before::

    LOAD_FAST_N 0 (x) · LOAD_CONST_SMALL_INT 1 · BINARY_OP_MULTI + · STORE_FAST_N 0 (x)

After::

    v1:small = int 1
    v2:obj = binary_op "+" v0 v1          and x is v2 from here on

Phis are placed at the iterated dominance frontiers of what assigns to a local, where it is live (Cytron et
al. 1991); values on the stack get one wherever paths meet. ``tidy.py`` removes those that choose nothing.

Besides the locals two hidden variables exist for each region: its continuation, which ``raise`` without a
value may want, and the value of a return that passes through it.

Breaks: nothing. Needs: ops that ``check_ir`` finds sound.
"""

from __future__ import annotations

from typing import Any

from mpytool.emitters.native import codes
from mpytool.emitters.native.cfg import Cfg, CodeBlock, HandlerRegion, build_cfg
from mpytool.emitters.native.dominance import (
    Dominators,
    dominance_frontiers,
    predecessors_of,
)
from mpytool.emitters.native.environment import Environment
from mpytool.emitters.native.keeping import QUIET, Keeping, find_keeping, live_before
from mpytool.emitters.native.replacing import drop_from
from mpytool.emitters.native.ssa import (
    OP_OF_NAME,
    PHI,
    VIPER_TYPES,
    Block,
    Gives,
    Immediate,
    Instr,
    Region,
    SsaFunction,
    Type,
    number_values,
)
from mpytool.emitters.native.tidy import tidy
from mpytool.emitters.native.translate import TRANSLATIONS
from mpytool.emitters.native.variables import Variables, find_variables
from mpytool.ir import Emitter, Function, ScopeKind
from mpytool.opcodes import FLAG_GENERATOR, FLAG_VARARGS, FLAG_VARKEYWORDS


def build_function(function: Function) -> SsaFunction:
    """The SSA form of a function whose emitter is native or viper (others are taken as native)."""
    cfg = build_cfg(function)
    return _Builder(function, cfg, find_variables(function, cfg), find_keeping(function, cfg)).run()


class _Builder:
    """The state of building one function; ``stack``, ``env`` and ``code`` belong to the block at hand."""

    def __init__(self, function: Function, cfg: Cfg, variables: Variables, keeping: Keeping) -> None:
        self.function = function
        self.cfg = cfg
        self.variables = variables
        self.keeping = keeping
        self.is_viper = function.emitter is Emitter.VIPER
        self.inferred = Type.UNKNOWN if self.is_viper else Type.OBJ
        self.gets_iterator = function.kind is ScopeKind.GENERATOR
        self.blocks = [Block(block.number) for block in cfg.blocks]
        self.regions = [
            Region(region.number, region.kind, self.blocks[region.landing.number]) for region in cfg.regions
        ]
        self.result = SsaFunction(
            function.name,
            Emitter.VIPER if self.is_viper else Emitter.NATIVE,
            is_generator=bool(function.flags & FLAG_GENERATOR),
            return_type=VIPER_TYPES[function.return_type] if self.is_viper else Type.OBJ,
            blocks=self.blocks,
            regions=self.regions,
            slots=[_name_of(function, local) for local in variables.slots],
        )
        self.token = function.token
        self.stack: list[Instr] = []
        self.env = Environment([])
        self.code: list[Instr] = []
        self.at: CodeBlock = cfg.blocks[0]
        self.shared_null: Instr | None = None
        self.cell_values: dict[int, Instr] = {}
        self.is_rotated = False
        #: the position of the op at hand, and which locals may hold what nobody else does
        self.position = -1
        self.held = 0
        #: the locals that must keep something alive, a bit mask; stores that are for that only, by local
        self.kept = 0
        self.keeping_stores: dict[int, list[Instr]] = {}
        #: the stack and the variables at the end of each block
        self.out_stacks: list[list[Instr]] = [[] for _ in cfg.blocks]
        self.out_envs = [self.env] * len(cfg.blocks)
        #: (block, variable or -1 - position on the stack, phi)
        self.phis: list[tuple[int, int, Instr]] = []

    def run(self) -> SsaFunction:
        successors = [[target.number for target in block.successors] for block in self.cfg.blocks]
        predecessors = predecessors_of(successors)
        tree = Dominators(successors)
        idom = tree.parent
        for block, mine in zip(self.blocks, predecessors, strict=True):
            block.predecessors = [self.blocks[number] for number in mine]
        wanted = self.place_phis(dominance_frontiers(successors, idom))
        for number in tree.order:
            self.start_block(number, predecessors[number], idom[number], wanted[number])
            self.fill_block(self.cfg.blocks[number])
            self.out_stacks[number] = self.stack
            self.out_envs[number] = self.env
        for number, variable, phi in self.phis:
            for predecessor in predecessors[number]:
                if variable >= 0:
                    phi.args.append(self.out_envs[predecessor][variable])
                else:
                    phi.args.append(self.out_stacks[predecessor][-1 - variable])
        self.finish_keeping()
        tidy(self.result)
        number_values(self.result)
        return self.result

    def place_phis(self, frontiers: list[list[int]]) -> list[list[int]]:
        """For each block the variables that need a phi there, ascending."""
        wanted: list[list[int]] = [[] for _ in self.blocks]
        live = self.variables.live_in
        for variable, defining in enumerate(self.variables.defining_blocks()):
            waiting = list(defining)
            placed: set[int] = set()
            while waiting:
                for join in frontiers[waiting.pop()]:
                    if join not in placed and live[join] >> variable & 1:
                        placed.add(join)
                        wanted[join].append(variable)
                        waiting.append(join)
        return wanted

    # --- one block ------------------------------------------------------------------------------------------

    def start_block(self, number: int, predecessors: list[int], idom: int, wanted: list[int]) -> None:
        block = self.blocks[number]
        self.at = self.cfg.blocks[number]
        block.armed = tuple(self.regions[region.number] for region in self.at.armed)
        self.code = block.code
        depth = self.at.depth
        if not predecessors:
            self.stack = []
            return
        self.env = self.out_envs[idom].copy()
        if len(predecessors) == 1:
            self.stack = self.out_stacks[predecessors[0]][:depth]
        else:
            self.stack = [self.new_phi(number, -1 - position) for position in range(depth)]
        for variable in wanted:
            self.env[variable] = self.new_phi(number, variable)

    def new_phi(self, number: int, variable: int) -> Instr:
        # tidy.py finds the types
        phi = Instr(PHI, [], type=Type.UNKNOWN)
        self.code.append(phi)
        self.phis.append((number, variable, phi))
        return phi

    def fill_block(self, block: CodeBlock) -> None:
        if block.kind == "entry":
            self.fill_entry(block)
        elif block.kind == "landing":
            self.fill_landing(block)
        elif block.kind == "way":
            self.fill_way(block)
        else:
            self.fill_code(block)

    def fill_entry(self, block: CodeBlock) -> None:
        function = self.function
        cells = self.variables.cells
        flags = function.flags
        n_args = function.n_pos_args
        if not self.is_viper:  # where others never get a value
            n_args += function.n_kwonly_args
            n_args += bool(flags & FLAG_VARARGS) + bool(flags & FLAG_VARKEYWORDS)
        values: list[Instr] = []
        for local in range(self.variables.n_locals):
            name = _name_of(function, local)
            if local in cells:
                value = self.emit("cell", imm=(local, name))
                self.cell_values[local] = value
            elif local < n_args:
                annotation = function.arg_types.get(name, "") if self.is_viper else ""
                value = self.emit("param", imm=(local, name), type=VIPER_TYPES[annotation])
            else:
                value = self.null()
            values.append(value)
        values += [self.null()] * (self.variables.count - len(values))
        self.env = Environment(values)
        self.jump(block)

    def fill_landing(self, block: CodeBlock) -> None:
        region = block.region
        assert region is not None
        self.stack.append(self.emit("catch"))
        for local in self.variables.slotted[region.number]:
            slot = self.variables.slots.index(local)
            self.env[local] = self.emit("load_slot", imm=(slot,), type=Type.UNKNOWN)
        self.set_return_value(region, None)
        self.jump(block)

    def fill_way(self, block: CodeBlock) -> None:
        region = block.region
        assert region is not None
        returns = block.leaves
        if block.way >= 0:
            returns = block.successors[0].handlers[-1].ways[block.way][0] is None
        self.leave(block, self.env[self.variables.return_value(region)] if returns else None)

    def fill_code(self, block: CodeBlock) -> None:
        if block.handlers and block.start == block.handlers[-1].position:
            self.env[self.variables.continuation(block.handlers[-1])] = self.stack[-1]
        live = self.start_keeping(block)
        translation_of = TRANSLATIONS.get
        ops = self.function.ops[block.start : block.end]
        for position, (opcode, operand, token) in enumerate(ops, block.start):
            self.token = token
            self.position = position
            if self.held and opcode not in QUIET:
                self.keep(self.held & ~live[position - block.start])
            translate = translation_of(opcode)
            if translate is not None:
                translate(self, operand)
            elif opcode == codes.ROT_THREE:
                self.rotate_three()
            else:
                self.end_block(block, opcode, operand)
                return
        if block.falls_in:
            self.set_return_value(block.disarms[-1], None)
        self.disarm(block)
        self.jump(block)

    def end_block(self, block: CodeBlock, opcode: int, operand: Any) -> None:
        stack = self.stack
        if opcode == codes.JUMP or opcode == codes.POP_EXCEPT_JUMP:
            if block.falls_in:
                self.set_return_value(block.disarms[-1], None)
            self.disarm(block)
            self.jump(block)
        elif opcode == codes.FOR_ITER:
            item = self.terminate("for_iter", block, stack[-4])
            stack.append(item)
        elif opcode in _SETUPS:
            self.set_up(block, opcode)
        elif opcode == codes.END_FINALLY:
            continuation = stack.pop()
            name = "resume" if block.successors else "reraise"
            self.terminate(name, block, continuation)
        elif opcode == codes.UNWIND_JUMP:
            self.leave(block, None)
        elif opcode == codes.RETURN_VALUE:
            self.leave(block, stack.pop())
        elif opcode == codes.RAISE_OBJ:
            self.terminate("raise", block, stack.pop())
        elif opcode == codes.RAISE_FROM:
            cause = stack.pop()
            self.terminate("raise_from", block, stack.pop(), cause)
        elif opcode == codes.RAISE_LAST:
            regions = self.variables.raised_again(block)
            values = [self.env[self.variables.continuation(region)] for region in regions]
            self.terminate("raise_last", block, *values)
        else:
            keeps = opcode in (codes.JUMP_IF_TRUE_OR_POP, codes.JUMP_IF_FALSE_OR_POP)
            condition = self.emit("truth", stack[-1] if keeps else stack.pop())
            self.terminate("branch", block, condition)

    def rotate_three(self) -> None:
        stack = self.stack
        if self.is_rotated:
            self.is_rotated = False
            return
        region = self.at.handlers[-1] if self.at.handlers else None
        if (
            region is not None
            and self.at.start >= region.position
            and stack[-1] is self.env[self.variables.continuation(region)]
            and stack[-2] is not stack[-1]
        ):
            # The code of `async with` brings (manager, value, what to do) to (value, what to do, manager) by
            # two rotations in a row; value and what to do are one continuation here.
            stack.insert(-1, stack.pop())
            self.is_rotated = True
        else:
            stack.insert(-2, stack.pop())

    def set_up(self, block: CodeBlock, opcode: int) -> None:
        region = block.successors[1].region
        assert region is not None
        stack = self.stack
        entered = None
        if opcode == codes.SETUP_WITH:
            manager = stack.pop()
            leave = self.emit("load_method", manager, imm=("__exit__",))
            stack.append(self.emit("part", leave, imm=(0,), type=Type.OBJ))
            stack.append(self.emit("part", leave, imm=(1,), type=Type.NULLABLE))
            enter = self.emit("load_method", manager, imm=("__enter__",))
            method = self.emit("part", enter, imm=(0,), type=Type.OBJ)
            instance = self.emit("part", enter, imm=(1,), type=Type.NULLABLE)
            entered = self.emit("call_method", method, instance, imm=(0, 0))
        written = self.variables.in_memory(block)
        for local in self.variables.slotted[region.number]:
            if local not in written:
                self.store_slot(local)
        self.terminate("setup", block, imm=(region.number,))
        if entered is not None:
            stack.append(entered)

    # --- leaving --------------------------------------------------------------------------------------------

    def leave(self, block: CodeBlock, value: Instr | None) -> None:
        """On to the next finally block, to the goal, or out of the function with a value."""
        self.disarm(block)
        if block.leaves:
            assert value is not None
            self.terminate("return", block, value)
            return
        if block.way >= 0:
            region = block.successors[0].handlers[-1]
            self.set_return_value(region, value)
            del self.stack[region.depth :]
            self.stack.append(self.emit("way", imm=(block.way,)))
        self.jump(block)

    def disarm(self, block: CodeBlock) -> None:
        for region in block.disarms:
            self.emit("disarm", imm=(region.number,))

    def jump(self, block: CodeBlock) -> None:
        self.terminate("jump", block)

    def set_return_value(self, region: HandlerRegion, value: Instr | None) -> None:
        if region.is_left_by_return:
            self.env[self.variables.return_value(region)] = value or self.undefined()

    # --- what translations use ------------------------------------------------------------------------------

    def emit(
        self, name: str, *args: Instr, imm: tuple[Immediate, ...] = (), type: Type | None = None
    ) -> Instr:
        row = OP_OF_NAME[name]
        gives = row.gives
        if gives is Gives.INFERRED:
            type = self.inferred
        elif gives is not Gives.OWN:
            type = gives
        assert type is not None, name
        instr = Instr(row, [*args], imm, type, self.token)
        self.code.append(instr)
        return instr

    def terminate(self, name: str, block: CodeBlock, *args: Instr, imm: tuple[Immediate, ...] = ()) -> Instr:
        instr = self.emit(name, *args, imm=imm)
        instr.targets = [self.blocks[target.number] for target in block.successors]
        return instr

    def undefined(self) -> Instr:
        return self.emit("undefined", type=self.inferred)

    def null(self) -> Instr:
        """One null for all, in the entry."""
        if self.shared_null is None:
            self.shared_null = Instr(OP_OF_NAME["null"], [], type=Type.NULL)
            self.blocks[0].code.insert(0, self.shared_null)
        return self.shared_null

    def cell(self, local: int) -> Instr:
        return self.cell_values[local]

    def load_local(self, local: int) -> Instr:
        value = self.env[local]
        if value.row.name in _MAY_BE_NULL:
            # tidy.py drops what is not needed; equal to the old value, so no phi need know of it
            value = self.env[local] = self.emit("check_bound", value)
        return value

    def store_local(self, local: int, value: Instr) -> None:
        self.env[local] = value
        is_giver = self.position in self.keeping.givers
        was_held = self.held >> local & 1
        self.held = self.held & ~(1 << local) | is_giver << local
        if local in self.variables.in_memory(self.at):
            self.store_slot(local)
        elif is_giver or was_held:
            self.keeping_stores.setdefault(local, []).append(self.emit("keep_slot", value, imm=(-1,)))

    def delete_local(self, local: int) -> None:
        self.load_local(local)
        self.store_local(local, self.null())

    def store_slot(self, local: int) -> None:
        self.emit("store_slot", self.env[local], imm=(self.variables.slots.index(local),))

    # --- what locals keep alive -----------------------------------------------------------------------------

    def start_keeping(self, block: CodeBlock) -> list[int]:
        """What is live before each op, if that matters."""
        self.held = self.keeping.held_in[block.number]
        if not self.held and not self.keeping.given_in[block.number]:
            return []
        return live_before(self.function, self.variables, block)

    def keep(self, dead: int) -> None:
        """At this op something may be collected, and nobody wants some locals any more that hold things."""
        dead &= ~self.kept
        while dead:
            lowest = dead & -dead
            # An operand is alive meanwhile
            if not any(value is self.env[lowest.bit_length() - 1] for value in self.stack):
                self.kept |= lowest
            dead ^= lowest

    def finish_keeping(self) -> None:
        """Slots for the locals that must keep something; what was stored for others goes."""
        unwanted: set[Instr] = set()
        for local, stores in sorted(self.keeping_stores.items()):
            if not self.kept >> local & 1:
                unwanted.update(stores)
                continue
            if local in self.variables.slots:
                slot = self.variables.slots.index(local)
            else:
                slot = len(self.result.slots)
                self.result.slots.append(_name_of(self.function, local))
            for store in stores:
                store.imm = (slot,)
        drop_from(self.blocks, unwanted)

    def new_buffer(self) -> int:
        self.result.n_buffers += 1
        return self.result.n_buffers - 1


def _name_of(function: Function, local: int) -> str:
    return function.local_names[local] if local < function.n_locals else ""


_SETUPS = (codes.SETUP_EXCEPT, codes.SETUP_FINALLY, codes.SETUP_WITH)
_MAY_BE_NULL = frozenset(("phi", "load_slot", "null"))
