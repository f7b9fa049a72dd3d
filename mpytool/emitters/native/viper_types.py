"""Give every value of a viper function its type, and make every conversion an instruction.

Before::

    v1:? = load_subscr v0 v9                 after:  v1:int = ptr_load v0 v9
    v2:? = binary_op "+" v1 v8                       v2:int = native_op "+" v1 v8
    v3:obj = load_global "print"                     v3:obj = load_global "print"
    v4:? = call 1 0 v3 v2                            v4:obj = box v2
                                                     v5:obj = call 1 0 v3 v4

Needs: a function that ``check_types`` accepts, built and not changed since. Breaks: numbers, which are given
anew. What the rows mean is in ``docs/native.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native import viper_rules as rules
from mpytool.emitters.native.dominance import reverse_postorder
from mpytool.emitters.native.ssa import (
    OP_OF_NAME,
    PHI,
    WORDS,
    Block,
    Effect,
    Immediate,
    Instr,
    SsaFunction,
    Type,
    number_values,
)
from mpytool.emitters.native.tidy import drop_unused, maybe_null
from mpytool.emitters.native.viper_check import check_types
from mpytool.emitters.native.viper_infer import cast_of, infer_types, literal_of
from mpytool.emitters.native.viper_rules import Operand, ViperType
from mpytool.ir import Function, Program
from mpytool.options import Options
from mpytool.source import Source

_OBJECT, _BOOL, _INT = ViperType.OBJECT, ViperType.BOOL, ViperType.INT


def type_function(
    ssa: SsaFunction, function: Function, program: Program, source: Source, options: Options
) -> None:
    """Type ``ssa``, which was built from ``function``; a native function is left as it is. CompileError
    (E07xx) if its types are wrong."""
    if ssa.is_viper:
        check_types(function, program, source, options.word_bits)
        decide_types(ssa, options)


def decide_types(ssa: SsaFunction, options: Options) -> None:
    """Types and conversions of a viper function that is known to be right."""
    _Typing(ssa, options).run()


class _Typing:
    """``new`` has what stands for a value that was replaced; ``code`` is the block being rewritten."""

    def __init__(self, ssa: SsaFunction, options: Options) -> None:
        self.ssa = ssa
        self.options = options
        self.word_bits = options.word_bits
        self.types = infer_types(ssa, self.word_bits)
        self.doubtful = maybe_null(ssa, {})
        self.declared = rules.VIPER_TYPE[ssa.return_type]
        self.slot_types: dict[int, ViperType] = {}
        self.new: dict[Instr, Instr] = {}
        self.code: list[Instr] = []
        self.token = 0

    def run(self) -> None:
        if self.ssa.slots:
            self.drop_kept_words()
        for block in self.ssa.blocks:
            for instr in block.code:
                self.set_type(instr)
                if instr.row.name == "load_slot":
                    self.slot_types[instr.imm[0]] = self.types[instr]
        # Definitions before uses: the body of a while stands before its condition
        order = reverse_postorder([[t.number for t in block.successors] for block in self.ssa.blocks])
        for number in order:
            block = self.ssa.blocks[number]
            self.code = []
            for instr in block.code:
                self.token = instr.token
                if instr.row is PHI:
                    self.code.append(instr)
                else:
                    _REWRITERS.get(instr.row.name, _Typing.take_objects)(self, instr)
            block.code = self.code
        for block in list(self.ssa.blocks):
            self.convert_phis(block)
        _drop_unused(self.ssa)
        self.ssa.is_typed = True
        number_values(self.ssa)

    def drop_kept_words(self) -> None:
        """Slots that nobody loads are there to keep objects alive, so words need none (``keeping.py``)."""
        code = [instr for block in self.ssa.blocks for instr in block.code]
        wanted = {instr.imm[0] for instr in code if instr.row.name == "load_slot"}
        wanted |= {
            instr.imm[0]
            for instr in code
            if instr.row.name in _SLOT_STORES and self.types.get(instr.args[0]) is _OBJECT
        }
        if len(wanted) == len(self.ssa.slots):
            return
        new = {slot: number for number, slot in enumerate(sorted(wanted))}
        self.ssa.slots = [self.ssa.slots[slot] for slot in new]
        for block in self.ssa.blocks:
            block.code = [i for i in block.code if i.row.name not in _SLOT_STORES or i.imm[0] in new]
            for instr in block.code:
                if instr.row.name == "load_slot" or instr.row.name in _SLOT_STORES:
                    instr.imm = (new[instr.imm[0]],)
        drop_unused(self.ssa)

    def set_type(self, instr: Instr) -> None:
        found = self.types.get(instr)
        if instr.row.name == "phi" or instr.row.name == "load_slot":
            assert found is not None
            instr.type = rules.SSA_TYPE[found]
            if instr.type is Type.OBJ and instr in self.doubtful:
                instr.type = Type.NULLABLE
        elif instr.type is Type.UNKNOWN:
            instr.type = Type.OBJ

    # --- making instructions --------------------------------------------------------------------------------

    def emit(self, name: str, *args: Instr, imm: tuple[Immediate, ...] = (), type: Type = Type.OBJ) -> Instr:
        row = OP_OF_NAME[name]
        instr = Instr(row, list(args), imm, row.gives if isinstance(row.gives, Type) else type, self.token)
        self.code.append(instr)
        return instr

    def word(self, value: int, type: ViperType) -> Instr:
        """A constant word."""
        if type is _BOOL:
            return self.emit("true" if value else "false", type=Type.BOOL)
        wrapped = rules.wrap(value, type, self.word_bits)
        return self.emit("int", imm=(wrapped,), type=rules.SSA_TYPE[type])

    def resolved(self, value: Instr) -> Instr:
        return self.new.get(value, value)

    def convert(self, value: Instr, wanted: ViperType) -> Instr:
        """The value as another type, as a cast or the use as an object has it."""
        name = value.row.name
        if name == "null":
            return value if wanted not in rules.WORDS else self.word(0, wanted)
        if name == "undefined":
            return self.emit("undefined", type=rules.SSA_TYPE[wanted])
        found = self.types[value]
        value = self.resolved(value)
        if found is wanted:
            return value
        if wanted is ViperType.NONE:
            return self.emit("none")
        if wanted not in rules.WORDS:
            return self.to_object(value)
        if found is ViperType.NONE:
            return self.word(0, wanted)
        if found not in rules.WORDS:
            literal = literal_of(value)
            if literal is not None:
                return self.word(literal, wanted)
            return self.emit("unbox", value, type=rules.SSA_TYPE[wanted])
        return self.to_word(value, wanted)

    def to_object(self, value: Instr) -> Instr:
        """Of constants the object, of other words one made at run time."""
        if value.type not in WORDS:
            return value
        name = value.row.name
        if name in ("true", "false"):
            return self.emit(name)
        if name != "int":
            return self.emit("box", value)
        if self.options.small_int_fits(value.imm[0]):
            return self.emit("int", imm=value.imm, type=Type.SMALL)
        return self.emit("constant", imm=value.imm)

    def to_word(self, value: Instr, wanted: ViperType) -> Instr:
        known = _CONSTANT_WORDS.get(value.row.name)
        if known is not None or value.row.name == "int":
            return self.word(value.imm[0] if known is None else known, wanted)
        if wanted is not _BOOL:
            return self.emit("reinterpret", value, type=rules.SSA_TYPE[wanted])
        if value.type not in (Type.INT, Type.UINT):
            value = self.emit("reinterpret", value, type=Type.UINT)
        return self.emit("truth", value)

    def put(self, instr: Instr, row: str, *args: Instr, imm: tuple[Immediate, ...] = ()) -> None:
        """Let another operation stand for an instruction."""
        found = self.types.get(instr, _OBJECT)
        self.new[instr] = self.emit(row, *args, imm=imm, type=rules.SSA_TYPE[found])

    def before_disarming(self, work: Callable[[], Instr]) -> Instr:
        """Do something that may raise at the end of a block, where handlers may have been popped already."""
        end = len(self.code)
        while end and self.code[end - 1].row.name == "disarm":
            end -= 1
        disarms = self.code[end:]
        del self.code[end:]
        result = work()
        self.code += disarms
        return result

    # --- each kind of instruction ---------------------------------------------------------------------------

    def take_objects(self, instr: Instr) -> None:
        """What works on objects only."""
        instr.args = [
            self.convert(arg, _OBJECT) if arg in self.types else self.resolved(arg) for arg in instr.args
        ]
        self.code.append(instr)

    def store_slot(self, instr: Instr) -> None:
        wanted = self.slot_types.get(instr.imm[0], _OBJECT)
        instr.args = [self.convert(instr.args[0], wanted)]
        self.code.append(instr)

    def check_bound(self, instr: Instr) -> None:
        if self.types[instr] in rules.WORDS:
            self.new[instr] = self.convert(instr.args[0], self.types[instr])
        else:
            self.take_objects(instr)

    def truth(self, instr: Instr) -> None:
        found = self.types[instr.args[0]]
        if found is _BOOL:
            self.new[instr] = self.resolved(instr.args[0])
        elif found in rules.NUMBERS:
            instr.args = [self.resolved(instr.args[0])]
            self.code.append(instr)
        else:
            self.take_objects(instr)

    def branch(self, instr: Instr) -> None:
        instr.args = [self.resolved(instr.args[0])]
        self.code.append(instr)

    def return_value(self, instr: Instr) -> None:
        value = instr.args[0]

        def work() -> Instr:
            returned = self.convert(value, self.declared)
            return self.to_object(returned)

        instr.args = [self.before_disarming(work)]
        self.code.append(instr)

    def call(self, instr: Instr) -> None:
        cast = cast_of(instr, self.types)
        if cast is None:
            self.take_objects(instr)
        else:
            self.new[instr] = self.convert(instr.args[1], cast)

    def unary_op(self, instr: Instr) -> None:
        if self.types[instr] not in rules.NUMBERS:
            self.take_objects(instr)
        elif instr.imm == ("+",):
            self.new[instr] = self.resolved(instr.args[0])
        else:
            self.put(instr, "native_unary", self.resolved(instr.args[0]), imm=instr.imm)

    def binary_op(self, instr: Instr) -> None:
        if self.types[instr] is _OBJECT:
            self.take_objects(instr)
            return
        operator = rules.plain_operator(instr.imm[0])
        left, right = (Operand(self.types[arg], literal_of(arg)) for arg in instr.args)
        types = rules.convert_literals(operator, left, right, self.word_bits)
        row = "native_op"
        if operator in rules.COMPARISONS:
            row = "native_compare"
        elif operator in rules.DIVISIONS:
            row = "native_div"
            types = (_INT, _INT)
        args = [self.convert(arg, type) for arg, type in zip(instr.args, types, strict=True)]
        self.put(instr, row, *args, imm=(operator,))

    def load_subscr(self, instr: Instr) -> None:
        if self.types[instr.args[0]] in rules.TARGETS:
            self.put(instr, "ptr_load", *self.address(*instr.args))
        else:
            self.take_objects(instr)

    def store_subscr(self, instr: Instr) -> None:
        base, index, value = instr.args
        if self.types[base] in rules.TARGETS:
            kept = self.types[value] is _BOOL or self.types[value] in rules.NUMBERS
            word = self.resolved(value) if kept else self.convert(value, _INT)
            self.put(instr, "ptr_store", *self.address(base, index), word)
        else:
            self.take_objects(instr)

    def address(self, base: Instr, index: Instr) -> tuple[Instr, Instr]:
        kept = self.types[index] in rules.NUMBERS
        return self.resolved(base), self.resolved(index) if kept else self.convert(index, _INT)

    # --- phis -----------------------------------------------------------------------------------------------

    def convert_phis(self, block: Block) -> None:
        """Conversions of operands are made where these come from."""
        phis = [instr for instr in block.code if instr.row is PHI]
        if not phis:
            return
        for place in range(len(block.predecessors)):
            self.code = []
            self.token = block.predecessors[place].code[-1].token
            for phi in phis:
                phi.args[place] = self.convert(phi.args[place], self.types[phi])
            if self.code:
                self.put_on_edge(block, place, self.code)

    def put_on_edge(self, block: Block, place: int, code: list[Instr]) -> None:
        source = block.predecessors[place]
        raises = any(instr.row.effect is not Effect.NONE for instr in code)
        if len(source.successors) > 1 and raises:
            source = self.split_edge(block, place)
        end = len(source.code) - 1
        while raises and end and source.code[end - 1].row.name == "disarm":
            end -= 1
        source.code[end:end] = code

    def split_edge(self, block: Block, place: int) -> Block:
        """A block of its own between a block and one of its predecessors."""
        source = block.predecessors[place]
        nth = block.predecessors[:place].count(source)
        last = source.code[-1]
        targets = [i for i, target in enumerate(last.targets) if target is block]
        between = Block(0, [], [source], block.armed)
        between.code.append(Instr(OP_OF_NAME["jump"], [], token=last.token, targets=[block]))
        last.targets[targets[nth]] = between
        block.predecessors[place] = between
        self.ssa.blocks.insert(self.ssa.blocks.index(source) + 1, between)
        return between


_SLOT_STORES = frozenset(("store_slot", "keep_slot"))
_CONSTANT_WORDS = {"true": 1, "false": 0}

_Rewriter: TypeAlias = Callable[[_Typing, Instr], None]
_REWRITERS: dict[str, _Rewriter] = {
    "store_slot": _Typing.store_slot,
    "keep_slot": _Typing.store_slot,
    "check_bound": _Typing.check_bound,
    "truth": _Typing.truth,
    "branch": _Typing.branch,
    "return": _Typing.return_value,
    "call": _Typing.call,
    "unary_op": _Typing.unary_op,
    "binary_op": _Typing.binary_op,
    "load_subscr": _Typing.load_subscr,
    "store_subscr": _Typing.store_subscr,
}


_DROPPABLE = frozenset(("int", "true", "false", "none", "constant", "null", "undefined"))
"""Constants that another one stands for now."""


def _drop_unused(ssa: SsaFunction) -> None:
    used = {arg for block in ssa.blocks for instr in block.code for arg in instr.args}
    for block in ssa.blocks:
        block.code = [
            instr
            for instr in block.code
            if instr in used
            or not (
                instr.row.name in _DROPPABLE
                or (instr.row.name == "load_global" and instr.imm[0] in rules.CASTS)
            )
        ]
