"""Viper: words instead of objects, and conversions between the two.

A small int n is the word 2 n + 1 in object representations A and C: the conversions that mostly happen are
done here, the run time does the others.
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.dividing import divided, is_no_multiple
from mpytool.emitters.native.expand.functions import ARGS, N_ARGS, N_KW, FunctionBuilder
from mpytool.emitters.native.expand.runtime import (
    STATE_FUN,
    STATE_HEAD,
    STATE_N_STATE,
    STR_DATA,
    Entry,
    small_int,
)
from mpytool.emitters.native.expand.small_words import is_small
from mpytool.emitters.native.low import Cond, LowInstr, Mem
from mpytool.emitters.native.ssa import Block, Instr, Type
from mpytool.opcodes import BINARY_OPS
from mpytool.options import Goal
from mpytool.prelude import encode_signature, encode_sizes

TYPE_NUMBER: dict[Type, int] = {
    Type.BOOL: 1, Type.INT: 2, Type.UINT: 3, Type.PTR: 4, Type.PTR8: 5, Type.PTR16: 6, Type.PTR32: 7,
}  # fmt: skip
"""``MP_NATIVE_TYPE_*`` of ``py/runtime0.h``."""

_NUMBERS = (Type.INT, Type.UINT)
_SMALL_INT_BIT = 1


class ViperBuilder(FunctionBuilder):
    """The arguments of a viper function are just as many as its parameters, or it is an error.

    What takes long anyway converts by calls, which are shorter: outside of its loops a function with one
    makes objects so, and one with a loop in a loop takes words from them. With the goal SIZE all do.
    """

    boxing_by_calls: frozenset[Block] = frozenset()
    unboxing_by_calls: frozenset[Block] = frozenset()

    def enter(self) -> None:
        if self.is_short:
            around = self.shape.around
            is_small = self.goal is Goal.SIZE
            outside = frozenset(b for b in self.ssa.blocks if is_small or not around[b.number])
            self.boxing_by_calls = outside
            if is_small or max(map(len, around)) > 1:
                self.unboxing_by_calls = outside
        super().enter()

    def take_arguments(self) -> None:
        n_pos = self.function.n_pos_args
        n_args, n_kw = self.input(N_ARGS), self.input(N_KW)
        no_keywords, right, wrong = self.new_block(), self.new_block(), self.new_block(cold=True)
        if n_pos:
            self.branch(Cond.EQ, n_kw, 0, no_keywords, wrong)
            self.start(no_keywords)
            self.branch(Cond.EQ, n_args, n_pos, right, wrong)
        else:
            self.branch(Cond.EQ, self.emit("or", n_args, n_kw), 0, right, wrong)
        self.start(wrong)
        self.call(Entry.ARG_CHECK_NUM_SIG, n_args, n_kw, n_pos << 17 | n_pos << 1)
        self.unreachable()
        self.start(right)
        state = self.make_cells() if self.function.cells else None
        last = STATE_HEAD + self.n_state - 1
        for instr in self.ssa.blocks[0].code:
            name = instr.row.name
            if name not in ("param", "cell") or not (self.uses[instr] or instr.type in TYPE_NUMBER):
                continue
            local = instr.imm[0]
            if state is not None and local in self.function.cells:
                self.define(instr, self.load(state, last - self.places.number[local]))
            else:
                self.define(instr, unboxed(self, self.load(self.input(ARGS), local), instr.type))

    def make_cells(self) -> LowInstr:
        """The address of a state whose cells hold the arguments that they should, or nothing.

        Only ``setup_code_state`` makes cells, by the prelude of a native function. Viper functions have none:
        it gets an object in the frame that looks like such a function, with its prelude in a bytes object.
        """
        signature = encode_signature(self.n_state, 0, 0, self.function.n_pos_args, 0, 0)
        cells = bytes(self.places.cells)
        prelude = self.object(signature + encode_sizes(0, len(cells)) + cells)
        fake = self.frame("function", _FUN_WORDS)
        # Its code begins with the prelude's index: 0, the child table itself
        self.store_all(fake, [self.const(0), self.context(), self.load(prelude, STR_DATA), fake])
        state = self.frame("state", STATE_HEAD + self.n_state)
        self.store(state, STATE_FUN, fake)
        self.store(state, STATE_N_STATE, self.const(self.n_state))
        self.call(Entry.SETUP_CODE_STATE, state, self.input(N_ARGS), 0, self.input(ARGS))
        return state


_FUN_WORDS = 4


# --- conversions -------------------------------------------------------------------------------------------


def unboxed(b: Builder, value: LowInstr, type: Type) -> LowInstr:
    """The word in an object."""
    if type not in TYPE_NUMBER:
        return value
    by_call = isinstance(b, ViperBuilder) and b.ssa_block in b.unboxing_by_calls
    if type not in _NUMBERS or by_call:
        return b.call(Entry.NATIVE_FROM_OBJ, value, TYPE_NUMBER[type])
    small, other, done = b.new_block(), b.new_block(cold=True), b.new_block()
    b.branch(Cond.TNZ, value, _SMALL_INT_BIT, small, other)
    b.start(small)
    shifted = b.emit("sar", value, b.const(1))
    b.jump(done)
    b.start(other)
    converted = b.call(Entry.NATIVE_FROM_OBJ, value, TYPE_NUMBER[type])
    b.jump(done)
    b.start(done)
    return b.phi(shifted, converted)


def unbox(b: Builder, instr: Instr) -> None:
    b.define(instr, unboxed(b, b.use(instr.args[0]), instr.type))


def box(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[0])
    type = instr.args[0].type
    if type is Type.BOOL:
        true, false = b.table(Entry.TRUE), b.table(Entry.FALSE)
        b.define(instr, b.emit("select", value, b.const(0), true, false, imm=(Cond.NE,)))
        return
    if type in _NUMBERS and is_small(value, b.layout.word, signed=type is Type.INT):
        b.define(instr, b.emit("add", b.emit("add", value, value), b.const(small_int(0))))
        return
    if isinstance(b, ViperBuilder) and b.ssa_block in b.boxing_by_calls:
        b.define(instr, b.call(Entry.NATIVE_TO_OBJ, value, TYPE_NUMBER[type]))
        return
    fits, other, done = b.new_block(), b.new_block(cold=True), b.new_block()
    if type is Type.INT:
        doubled = b.terminate("add_checked", [fits, other], value, value)
        b.start(fits)
    else:
        top = b.emit("shr", value, b.const(8 * b.layout.word - 2))
        b.branch(Cond.EQ, top, 0, fits, other)
        b.start(fits)
        doubled = b.emit("add", value, value)
    small = b.emit("add", doubled, b.const(small_int(0)))
    b.jump(done)
    b.start(other)
    large = b.call(Entry.NATIVE_TO_OBJ, value, TYPE_NUMBER[type])
    b.jump(done)
    b.start(done)
    b.define(instr, b.phi(small, large))


def reinterpret(b: Builder, instr: Instr) -> None:
    b.define(instr, b.use(instr.args[0]))


# --- operators ---------------------------------------------------------------------------------------------

_OPERATIONS = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor", "<<": "shl"}
_SHIFT_RIGHT = {Type.INT: "sar", Type.UINT: "shr"}
_UNARY = {"-": "neg", "~": "not"}
_SIGNED = {"<": Cond.LT, ">": Cond.GT, "<=": Cond.LE, ">=": Cond.GE, "==": Cond.EQ, "!=": Cond.NE}
_UNSIGNED = {**_SIGNED, "<": Cond.ULT, ">": Cond.UGT, "<=": Cond.ULE, ">=": Cond.UGE}


def native_op(b: Builder, instr: Instr) -> None:
    left, right = (b.use(arg) for arg in instr.args)
    operator = instr.imm[0]
    name = _SHIFT_RIGHT[instr.type] if operator == ">>" else _OPERATIONS[operator]
    b.define(instr, b.emit(name, left, right))


def native_unary(b: Builder, instr: Instr) -> None:
    b.define(instr, b.emit(_UNARY[instr.imm[0]], b.use(instr.args[0])))


def condition_of(instr: Instr) -> Cond:
    """How a ``native_compare`` compares its operands."""
    return (_SIGNED if instr.args[0].type is Type.INT else _UNSIGNED)[instr.imm[0]]


def native_compare(b: Builder, instr: Instr) -> None:
    left, right = (b.use(arg) for arg in instr.args)
    b.define(instr, b.emit("compare", left, right, imm=(condition_of(instr),)))


_LARGE_WORD = 8
_DIVIDE = {True: Entry.FLOOR_DIVIDE, False: Entry.MODULO}


def native_div(b: Builder, instr: Instr) -> None:
    """Rounded towards minus infinity. A divisor of 0 raises. What the machine computes is right as it is if
    neither number is negative; what else there is to do is far from the usual way, and the run time's. On
    x86-64 a divisor of -1 is apart, for the smallest number divided by it is an error of the machine.
    """
    left, right = (b.use(arg) for arg in instr.args)
    is_quotient = instr.imm[0] == "//"
    divisor = instr.args[1].imm[0] if instr.args[1].row.name == "int" else None
    if divisor is not None and divisor > 0 and divisor & divisor - 1 == 0:
        bits = divisor.bit_length() - 1
        name, operand = ("sar", bits) if is_quotient else ("and", divisor - 1)
        b.define(instr, b.emit(name, left, b.const(operand)))
        return
    if divisor is not None and divisor not in (0, -1):
        if divisor < 0:
            b.define(instr, _divided(b, left, right, is_quotient))
        else:
            b.define(instr, _by_constant(b, instr, left, divisor))
        return
    results = []
    done = b.new_block()
    if b.layout.has_divide:
        is_above, usual, odd = b.new_block(), b.new_block(), b.new_block(cold=True)
        b.branch(Cond.GT, right, 0, is_above, odd)
        b.start(is_above)
        b.branch(Cond.GE, left, 0, usual, odd)
        b.start(usual)
        quotient = b.emit("udiv", left, right)
        results.append(quotient if is_quotient else b.emit("sub", left, b.emit("mul", quotient, right)))
        b.jump(done)
        b.start(odd)
    other = b.new_block()
    b.branch(Cond.EQ, right, 0, b.tail("divide by zero", lambda: _raise_zero_division(b)), other)
    b.start(other)
    if b.layout.word == _LARGE_WORD:
        minus_one, other = b.new_block(cold=True), b.new_block()
        b.branch(Cond.EQ, right, -1, minus_one, other)
        b.start(minus_one)
        results.append(b.emit("neg", left) if is_quotient else b.const(0))
        b.jump(done)
        b.start(other)
    results.append(b.call(_DIVIDE[is_quotient], left, right))
    b.jump(done)
    b.start(done)
    b.define(instr, b.phi(*results))


def _by_constant(b: Builder, instr: Instr, left: LowInstr, divisor: int) -> LowInstr:
    """By a constant above 1 that is no power of two."""
    is_quotient = instr.imm[0] == "//"
    right = b.use(instr.args[1])
    is_tested = not is_quotient and _is_tested_for_zero(b, instr)
    if b.layout.has_divide:
        if is_quotient:
            return divided(b, left, divisor, lambda: _quotient(b, left, right), modulo=False)
        return _remainder(b, left, right, is_rounded=not is_tested)
    if is_tested and divisor & 1:
        return is_no_multiple(b, left, divisor)
    return divided(b, left, divisor, lambda: _divided(b, left, right, is_quotient), modulo=not is_quotient)


def _quotient(b: Builder, left: LowInstr, right: LowInstr) -> LowInstr:
    """By a constant above 0. For negative x, x // c is ~(~x // c)."""
    usual, negative, done = b.new_block(), b.new_block(cold=True), b.new_block()
    b.branch(Cond.LT, left, 0, negative, usual)
    b.start(usual)
    quotient = b.emit("udiv", left, right)
    b.jump(done)
    b.start(negative)
    lower = b.emit("not", b.emit("udiv", b.emit("not", left), right))
    b.jump(done)
    b.start(done)
    return b.phi(quotient, lower)


def _remainder(b: Builder, left: LowInstr, right: LowInstr, *, is_rounded: bool) -> LowInstr:
    """By a constant above 0; not ``is_rounded``: or that number less the divisor."""
    remainder = b.emit("sub", left, b.emit("mul", b.emit("sdiv", left, right), right))
    if not is_rounded:
        return remainder
    usual, negative, done = b.new_block(), b.new_block(cold=True), b.new_block()
    b.branch(Cond.LT, remainder, 0, negative, usual)
    b.start(usual)
    b.jump(done)
    b.start(negative)
    moved = b.emit("add", remainder, right)
    b.jump(done)
    b.start(done)
    return b.phi(remainder, moved)


_NEAR = 4
"""How far behind a value its only user is looked for."""


def _is_tested_for_zero(b: Builder, instr: Instr) -> bool:
    """Whether all that is asked of a value is if it is 0, as ``x % 3 == 0`` does."""
    code = b.ssa_block.code
    start = code.index(instr) + 1
    users = [
        user
        for user in code[start : start + _NEAR]
        if instr in user.args
        and user.row.name == "native_compare"
        and user.imm[0] in ("==", "!=")
        and any(arg.row.name == "int" and arg.imm[0] == 0 for arg in user.args)
    ]
    return len(users) == b.uses[instr]


def _divided(b: Builder, left: LowInstr, right: LowInstr, is_quotient: bool) -> LowInstr:
    if not b.layout.has_divide:
        return b.call(_DIVIDE[is_quotient], left, right)
    quotient = b.emit("sdiv", left, right)
    remainder = b.emit("sub", left, b.emit("mul", quotient, right))
    # One too large, if the remainder is not 0 and has not the divisor's sign
    zero = b.const(0)
    differs = b.emit("xor", remainder, right)
    if is_quotient:
        lower = b.emit("add", quotient, b.const(-1))
        rounded = b.emit("select", differs, zero, lower, quotient, imm=(Cond.LT,))
        return b.emit("select", remainder, zero, quotient, rounded, imm=(Cond.EQ,))
    moved = b.emit("add", remainder, right)
    rounded = b.emit("select", differs, zero, moved, remainder, imm=(Cond.LT,))
    return b.emit("select", remainder, zero, remainder, rounded, imm=(Cond.EQ,))


def _raise_zero_division(b: Builder) -> None:
    b.call(Entry.BINARY_OP, BINARY_OPS.index("//"), small_int(0), small_int(0))
    b.unreachable()


# --- memory ------------------------------------------------------------------------------------------------

_SIZE = {Type.PTR8: 1, Type.PTR16: 2, Type.PTR32: 4}


def _access(b: Builder, pointer: Instr, index: Instr) -> tuple[str, list[LowInstr], Mem]:
    """Ending of the operation's name, address operands, and how memory is accessed."""
    size = _SIZE[pointer.type]
    base = b.use(pointer)
    if index.row.name == "int" and abs(index.imm[0]) < _MAX_OFFSET:
        return "", [base], Mem(size, size * index.imm[0], volatile=True)
    return "_indexed", [base, b.use(index)], Mem(size, 0, size, volatile=True)


_MAX_OFFSET = 1 << 24
"""Items; farther ones are not worth a special form."""


def ptr_load(b: Builder, instr: Instr) -> None:
    ending, address, mem = _access(b, *instr.args)
    b.define(instr, b.emit(f"load{ending}", *address, imm=(mem,)))


def ptr_store(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[2])
    ending, address, mem = _access(b, *instr.args[:2])
    b.emit(f"store{ending}", *address, value, imm=(mem,))


EXPANSIONS: dict[str, Callable[[Builder, Instr], None]] = {
    "box": box,
    "unbox": unbox,
    "reinterpret": reinterpret,
    "native_op": native_op,
    "native_div": native_div,
    "native_unary": native_unary,
    "native_compare": native_compare,
    "ptr_load": ptr_load,
    "ptr_store": ptr_store,
}
