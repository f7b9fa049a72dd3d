"""What each op that does not end a block becomes: one table.

A row takes its operands from the builder's stack and puts its results there; order of operands is that of
``py/vm.c``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from mpytool.emitters.native.ssa import Immediate, Instr, Type
from mpytool.ir import code_of
from mpytool.opcodes import BINARY_CODE, BINARY_OPS, COMP_DICT, COMP_LIST, UNARY_CODE, UNARY_OPS


class Context(Protocol):
    """What the translation needs of the builder."""

    stack: list[Instr]

    def emit(
        self, name: str, *args: Instr, imm: tuple[Immediate, ...] = (), type: Type | None = None
    ) -> Instr:
        """Append an instruction to the block. ``type`` where the row leaves it open."""

    def null(self) -> Instr: ...

    def load_local(self, local: int) -> Instr: ...

    def store_local(self, local: int, value: Instr) -> None: ...

    def delete_local(self, local: int) -> None: ...

    def cell(self, local: int) -> Instr: ...

    def new_buffer(self) -> int: ...

    @property
    def is_viper(self) -> bool: ...

    @property
    def gets_iterator(self) -> bool:
        """Whether the function begins with an iterator on the stack, as generator expressions do."""


Translation: TypeAlias = Callable[[Context, Any], None]


def _take(b: Context, count: int) -> list[Instr]:
    """The topmost values, the deepest first."""
    if count == 0:
        return []
    taken = b.stack[-count:]
    del b.stack[-count:]
    return taken


# --- rows that are alike -----------------------------------------------------------------------------------


def _plain(name: str, pops: int, order: tuple[int, ...] = (), named: bool = False) -> Translation:
    """An instruction of the topmost ``pops`` values, ``order`` of them; its result, if any, is pushed."""

    def translate(b: Context, operand: Any) -> None:
        taken = _take(b, pops)
        args = [taken[i] for i in order] if order else taken
        result = b.emit(name, *args, imm=(operand,) if named else ())
        if result.type is not Type.NOTHING:
            b.stack.append(result)

    return translate


def _named(name: str, pops: int, order: tuple[int, ...] = ()) -> Translation:
    return _plain(name, pops, order, named=True)


def _build(name: str) -> Translation:
    def translate(b: Context, count: int) -> None:
        b.stack.append(b.emit(name, *_take(b, count)))

    return translate


def _call(name: str, extra: int) -> Translation:
    """``extra`` values besides the arguments: function, method and self, bits of the starred ones."""

    def translate(b: Context, counts: tuple[int, int]) -> None:
        taken = _take(b, counts[0] + 2 * counts[1] + extra)
        b.stack.append(b.emit(name, *taken, imm=counts))

    return translate


def _operator(name: str, operator: str, pops: int) -> Translation:
    def translate(b: Context, _: Any) -> None:
        b.stack.append(b.emit(name, *_take(b, pops), imm=(operator,)))

    return translate


def _push_parts(b: Context, many: Instr, count: int, last: Type | None = None) -> None:
    """Push the parts in order; ``last`` is the type of the last one if it is special."""
    types = [Type.UNKNOWN if b.is_viper else Type.OBJ] * count
    if last is not None:
        types = [Type.OBJ] * (count - 1) + [last]
    b.stack += [b.emit("part", many, imm=(index,), type=type) for index, type in enumerate(types)]


# --- constants and locals ----------------------------------------------------------------------------------


def _bool(name: str) -> Translation:
    def translate(b: Context, _: Any) -> None:
        b.stack.append(b.emit(name, type=Type.BOOL if b.is_viper else Type.OBJ))

    return translate


def _load_small_int(b: Context, value: int) -> None:
    b.stack.append(b.emit("int", imm=(value,), type=Type.INT if b.is_viper else Type.SMALL))


def _load_null(b: Context, _: Any) -> None:
    null = b.null()
    b.stack.append(null)
    if b.gets_iterator and len(b.stack) == 4 and b.stack[0] is b.stack[2] is b.stack[3] is null:
        # A generator expression: the iterator stands where the virtual machine has its four slots
        buffer = b.emit("iter_buffer", imm=(b.new_buffer(),))
        b.emit("set_iter", buffer, b.stack[1])
        b.stack[:] = [buffer] * 4


def _load_fast(b: Context, local: int) -> None:
    b.stack.append(b.load_local(local))


def _store_fast(b: Context, local: int) -> None:
    b.store_local(local, b.stack.pop())


def _delete_fast(b: Context, local: int) -> None:
    b.delete_local(local)


def _load_deref(b: Context, local: int) -> None:
    b.stack.append(b.emit("load_deref", b.cell(local)))


def _store_deref(b: Context, local: int) -> None:
    b.emit("store_deref", b.cell(local), b.stack.pop())


def _delete_deref(b: Context, local: int) -> None:
    b.emit("delete_deref", b.cell(local))


# --- moves on the stack ------------------------------------------------------------------------------------


def _dup_top(b: Context, _: Any) -> None:
    b.stack.append(b.stack[-1])


def _dup_top_two(b: Context, _: Any) -> None:
    b.stack += b.stack[-2:]


def _pop_top(b: Context, _: Any) -> None:
    b.stack.pop()


def _rot_two(b: Context, _: Any) -> None:
    b.stack.insert(-1, b.stack.pop())


def _nothing(b: Context, _: Any) -> None:
    pass


# --- the rest ----------------------------------------------------------------------------------------------


def _store_attr(b: Context, name: str) -> None:
    value, base = _take(b, 2)
    if value.type is Type.NULL:
        b.emit("delete_attr", base, imm=(name,))
    else:
        b.emit("store_attr", base, value, imm=(name,))


def _store_subscr(b: Context, _: Any) -> None:
    value, base, index = _take(b, 3)
    if value.type is Type.NULL:
        b.emit("delete_subscr", base, index)
    else:
        b.emit("store_subscr", base, index, value)


def _load_method(b: Context, name: str) -> None:
    _push_parts(b, b.emit("load_method", *_take(b, 1), imm=(name,)), 2, Type.NULLABLE)


def _load_super_method(b: Context, name: str) -> None:
    _, own_class, instance = _take(b, 3)
    _push_parts(b, b.emit("load_super_method", own_class, instance, imm=(name,)), 2, Type.NULLABLE)


def _build_map(b: Context, room: int) -> None:
    b.stack.append(b.emit("build_map", imm=(room,)))


def _build_slice(b: Context, count: int) -> None:
    taken = _take(b, count)
    if count == 2:
        taken.append(b.emit("none"))
    b.stack.append(b.emit("build_slice", *taken))


def _store_map(b: Context, _: Any) -> None:
    value, key = _take(b, 2)
    b.emit("store_map", b.stack[-1], key, value)


def _store_comp(b: Context, operand: tuple[int, int]) -> None:
    kind, position = operand
    collection = b.stack[-1 - position]
    if kind == COMP_DICT:
        value, key = _take(b, 2)
        b.emit("store_map", collection, key, value)
    else:
        b.emit("list_append" if kind == COMP_LIST else "set_add", collection, *_take(b, 1))


def _unpack_sequence(b: Context, count: int) -> None:
    _unpack(b, b.emit("unpack_sequence", *_take(b, 1), imm=(count,)), count)


def _unpack_ex(b: Context, counts: tuple[int, int]) -> None:
    _unpack(b, b.emit("unpack_ex", *_take(b, 1), imm=counts), sum(counts) + 1)


def _unpack(b: Context, many: Instr, count: int) -> None:
    start = len(b.stack)
    _push_parts(b, many, count)
    # The first item is to be stored first
    b.stack[start:] = b.stack[: start - 1 if start else None : -1]


def _get_iter_stack(b: Context, _: Any) -> None:
    (iterable,) = _take(b, 1)
    buffer = b.emit("iter_buffer", imm=(b.new_buffer(),))
    b.emit("open_iter", buffer, iterable)
    b.stack += [buffer] * 4


def _make_closure(name: str, n_defaults: int) -> Translation:
    def translate(b: Context, operand: tuple[int, int]) -> None:
        child, n_cells = operand
        b.stack.append(b.emit(name, *_take(b, n_cells + n_defaults), imm=(child,)))

    return translate


def _import_from(b: Context, name: str) -> None:
    b.stack.append(b.emit("import_from", b.stack[-1], imm=(name,)))


_BY_NAME: dict[str, Translation] = {
    "LABEL": _nothing,
    "LINE": _nothing,
    "STACK_ADJUST": _nothing,
    "START_HANDLER": _nothing,
    "END_HANDLER": _nothing,
    "FOR_ITER_END": _nothing,
    "LOAD_CONST_STRING": _named("string", 0),
    "LOAD_CONST_SMALL_INT": _load_small_int,
    "LOAD_CONST_OBJ": _named("constant", 0),
    "LOAD_CONST_FALSE": _bool("false"),
    "LOAD_CONST_NONE": _plain("none", 0),
    "LOAD_CONST_TRUE": _bool("true"),
    "LOAD_NULL": _load_null,
    "LOAD_FAST_N": _load_fast,
    "STORE_FAST_N": _store_fast,
    "DELETE_FAST": _delete_fast,
    "LOAD_DEREF": _load_deref,
    "STORE_DEREF": _store_deref,
    "DELETE_DEREF": _delete_deref,
    "LOAD_NAME": _named("load_name", 0),
    "LOAD_GLOBAL": _named("load_global", 0),
    "LOAD_BUILTIN": _named("load_global", 0),
    "LOAD_BUILD_CLASS": _plain("load_build_class", 0),
    "STORE_NAME": _named("store_name", 1),
    "STORE_GLOBAL": _named("store_global", 1),
    "DELETE_NAME": _named("delete_name", 0),
    "DELETE_GLOBAL": _named("delete_global", 0),
    "LOAD_ATTR": _named("load_attr", 1),
    "STORE_ATTR": _store_attr,
    "LOAD_METHOD": _load_method,
    "LOAD_SUPER_METHOD": _load_super_method,
    "LOAD_SUBSCR": _plain("load_subscr", 2),
    "STORE_SUBSCR": _store_subscr,
    "DUP_TOP": _dup_top,
    "DUP_TOP_TWO": _dup_top_two,
    "POP_TOP": _pop_top,
    "ROT_TWO": _rot_two,
    "BUILD_TUPLE": _build("build_tuple"),
    "BUILD_LIST": _build("build_list"),
    "BUILD_SET": _build("build_set"),
    "BUILD_MAP": _build_map,
    "BUILD_SLICE": _build_slice,
    "STORE_MAP": _store_map,
    "STORE_COMP": _store_comp,
    "UNPACK_SEQUENCE": _unpack_sequence,
    "UNPACK_EX": _unpack_ex,
    "GET_ITER": _plain("get_iter", 1),
    "GET_ITER_STACK": _get_iter_stack,
    "MAKE_FUNCTION": _named("make_function", 0),
    "MAKE_FUNCTION_DEFARGS": _named("make_function_defaults", 2),
    "MAKE_CLOSURE": _make_closure("make_closure", 0),
    "MAKE_CLOSURE_DEFARGS": _make_closure("make_closure_defaults", 2),
    "CALL_FUNCTION": _call("call", 1),
    "CALL_METHOD": _call("call_method", 2),
    "CALL_FUNCTION_VAR_KW": _call("call_var", 2),
    "CALL_METHOD_VAR_KW": _call("call_method_var", 3),
    "IMPORT_NAME": _named("import_name", 2, (1, 0)),
    "IMPORT_FROM": _import_from,
    "IMPORT_STAR": _plain("import_star", 1),
    "WITH_CLEANUP": _plain("with_cleanup", 3),
    "YIELD_VALUE": _plain("yield", 1),
    "YIELD_FROM": _plain("yield_from", 2),
}

TRANSLATIONS: dict[int, Translation] = (
    {code_of(name): translation for name, translation in _BY_NAME.items()}
    | {UNARY_CODE[operator]: _operator("unary_op", operator, 1) for operator in UNARY_OPS}
    | {BINARY_CODE[operator]: _operator("binary_op", operator, 2) for operator in BINARY_OPS}
)
"""By opcode; ROT_THREE and what ends a block are the builder's."""
