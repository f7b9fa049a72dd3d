"""The types of the values of a viper function that ``viper_check.py`` found sound.

Before::

    v4:? = load_subscr v0 v3          v0 is a ptr8
    v5:? = phi v1 v4

After, beside the function: v4 → int, v5 → int.

Every rule goes from operands to the result. A phi of a local has the type that all stores to it have; one of
values on the stack (``a if c else b``, ``a or b``) that of the value that stands last in the text.
"""

from __future__ import annotations

from mpytool.emitters.native import viper_rules as rules
from mpytool.emitters.native.dominance import reverse_postorder
from mpytool.emitters.native.ssa import PHI, Instr, SsaFunction, Type
from mpytool.emitters.native.viper_rules import Operand, ViperType

Types = dict[Instr, ViperType]
"""For every value that is an object or a word; not for nulls and undefined values, which fit any type."""

_FIXED: dict[str, ViperType] = {
    "none": ViperType.NONE,
    "true": ViperType.BOOL,
    "false": ViperType.BOOL,
    "truth": ViperType.BOOL,
    "int": ViperType.INT,
}
_ANY_TYPE = frozenset(("null", "undefined"))
_NOT_VIPER = frozenset((Type.NOTHING, Type.MANY, Type.BUFFER))


def infer_types(function: SsaFunction, word_bits: int) -> Types:
    return _Inference(function, word_bits).run()


def literal_of(value: Instr) -> int | None:
    """The value of an integer that is an object."""
    if value.row.name == "constant" and type(value.imm[0]) is int:
        return value.imm[0]
    return None


def cast_of(instr: Instr, types: Types) -> ViperType | None:
    """What a call converts to, if it calls a cast."""
    if instr.row.name != "call" or instr.imm != (1, 0) or types.get(instr.args[0]) is not ViperType.CAST:
        return None
    return rules.CASTS[instr.args[0].imm[0]]


class _Inference:
    def __init__(self, function: SsaFunction, word_bits: int) -> None:
        self.word_bits = word_bits
        self.types: Types = {}
        self.stores: dict[int, list[Instr]] = {}
        self.open: list[Instr] = []
        #: for each phi its operands in the order of the text
        self.in_order: dict[Instr, list[Instr]] = {}
        successors = [[target.number for target in block.successors] for block in function.blocks]
        for number in reverse_postorder(successors):
            block = function.blocks[number]
            order = sorted(range(len(block.predecessors)), key=lambda i: block.predecessors[i].number)
            for instr in block.code:
                if instr.row.name == "store_slot":
                    self.stores.setdefault(instr.imm[0], []).append(instr.args[0])
                elif instr.row is PHI:
                    self.in_order[instr] = [instr.args[i] for i in order]
                if instr.type not in _NOT_VIPER and instr.row.name not in _ANY_TYPE:
                    self.open.append(instr)

    def run(self) -> Types:
        """Blocks come in reverse postorder: what a phi does not know when its turn comes is only what loops
        bring, values of one local or of a counter, which have one type."""
        while self.open:
            if not self.sweep():
                # Only None and nulls get there
                first = self.open.pop(0)
                known = first.row is PHI and any(arg in self.types for arg in first.args)
                self.types[first] = ViperType.NONE if known else ViperType.OBJECT
        return self.types

    def sweep(self) -> bool:
        """Type what can be typed; whether there was anything."""
        waiting: list[Instr] = []
        for instr in self.open:
            found = self.type_of(instr)
            if found is None:
                waiting.append(instr)
            else:
                self.types[instr] = found
        done = len(waiting) < len(self.open)
        self.open = waiting
        return done

    def type_of(self, instr: Instr) -> ViperType | None:
        name = instr.row.name
        if name in _FIXED:
            return _FIXED[name]
        if name == "param":
            return rules.VIPER_TYPE[instr.type]
        if name == "load_global" and instr.imm[0] in rules.CASTS:
            return ViperType.CAST
        if name == "phi":
            return self.merge(self.in_order[instr])
        if name == "load_slot":
            return self.merge(self.stores.get(instr.imm[0], []))
        if name == "check_bound":
            return self.types.get(instr.args[0])
        rule = _RULES.get(name)
        if rule is None:
            return ViperType.OBJECT
        if any(arg not in self.types for arg in instr.args):
            return None
        return rule(self, instr)

    def merge(self, values: list[Instr]) -> ViperType | None:
        wanted = [value for value in values if value.row.name not in _ANY_TYPE]
        types = [self.types[value] for value in wanted if value in self.types]
        merged = rules.merge_rule(types)
        if merged is ViperType.NONE and (not types or len(types) < len(wanted)):
            return None
        return ViperType.OBJECT if merged is ViperType.CAST else merged

    def unary(self, instr: Instr) -> ViperType:
        type, problem = rules.unary_rule(instr.imm[0], self.types[instr.args[0]])
        return type if problem is None else ViperType.OBJECT

    def binary(self, instr: Instr) -> ViperType:
        left, right = (Operand(self.types[arg], literal_of(arg)) for arg in instr.args)
        types = rules.convert_literals(instr.imm[0], left, right, self.word_bits)
        type, problem = rules.binary_rule(instr.imm[0], *types)
        return type if problem is None else ViperType.OBJECT

    def load(self, instr: Instr) -> ViperType:
        return ViperType.INT if self.types[instr.args[0]] in rules.TARGETS else ViperType.OBJECT

    def call(self, instr: Instr) -> ViperType:
        return cast_of(instr, self.types) or ViperType.OBJECT


_RULES = {
    "unary_op": _Inference.unary,
    "binary_op": _Inference.binary,
    "load_subscr": _Inference.load,
    "call": _Inference.call,
}
