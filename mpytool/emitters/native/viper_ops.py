"""What each operation of the stack IR does to the types on the stack, in viper: one table.

A row pops its operands, reports what is wrong with them and pushes its results, as ``py/emitnative.c`` does
it, also after an error.
"""

from __future__ import annotations

from typing import Any

from mpytool import errors
from mpytool.emitters.native import viper_rules as rules
from mpytool.emitters.native import viper_values as values
from mpytool.emitters.native.viper_rules import Operand, ViperType
from mpytool.emitters.native.viper_stack import AN_OBJECT, Rule, TypeStack, Value
from mpytool.errors import ErrorKind
from mpytool.ir import code_of, effect_of
from mpytool.opcodes import BINARY_CODE, UNARY_CODE

_OBJECT, _NONE, _CAST = ViperType.OBJECT, ViperType.NONE, ViperType.CAST


# --- calls and control flow --------------------------------------------------------------------------------


def _call(c: TypeStack, counts: tuple[int, int]) -> None:
    n = counts[0] + 2 * counts[1]
    function = c.stack[-1 - n] if len(c.stack) > n else AN_OBJECT
    if function.type is not _CAST:
        c.items(n)
        c.need_object(c.pop())
        c.push()
        return
    if counts != (1, 0):
        del c.stack[-1 - n :]
        c.report(errors.VIPER_CAST_ARGUMENTS, name=function.name)
        c.push()
        return
    value = c.pop()
    c.pop()
    if value.type is _CAST or value.type is ViperType.UNBOUND:
        c.give_up(errors.VIPER_CAST_OF_CAST)
    c.stack.append(Value(rules.CASTS[function.name], value.is_constant and value.type is not _OBJECT))


def _call_var(extra: int) -> Rule:
    def rule(c: TypeStack, counts: tuple[int, int]) -> None:
        n = counts[0] + 2 * counts[1] + extra
        if extra == 2 and len(c.stack) >= n and c.stack[-n].type is _CAST:
            name = c.stack[-n].name
            c.report(errors.VIPER_CAST_ARGUMENTS, name=name)
            del c.stack[-n:]
        else:
            c.items(n)
        c.push()

    return rule


def _return(c: TypeStack, _: Any) -> None:
    value = c.pop()
    c.report_if(rules.return_rule(c.declared, Operand(value.type, value.literal), c.word_bits))


def _raise(c: TypeStack, _: Any) -> None:
    value = c.pop()
    if value.type is not _OBJECT:
        c.report(errors.VIPER_RAISE, type=value.type.shown)


def _fail(kind: ErrorKind) -> Rule:
    return lambda c, _: c.give_up(kind)


def _items(pushes: int = 1) -> Rule:
    """As many items as the operand says."""

    def rule(c: TypeStack, count: int) -> None:
        c.items(count)
        c.move(pushes)

    return rule


def _array(pops: int, pushes: int) -> Rule:
    def rule(c: TypeStack, _: Any) -> None:
        c.items(pops)
        c.move(pushes)

    return rule


def _values(pops: int, pushes: int = 0) -> Rule:
    def rule(c: TypeStack, _: Any) -> None:
        c.pop_values(pops)
        c.move(pushes)

    return rule


def _objects(pops: int, pushes: int = 0) -> Rule:
    def rule(c: TypeStack, _: Any) -> None:
        c.pop_objects(pops)
        c.move(pushes)

    return rule


def _attribute_of(pushes: int) -> Rule:
    """``int.from_bytes``: the name of a type is an object there."""

    def rule(c: TypeStack, _: Any) -> None:
        base = c.pop()
        if base.type is not _CAST:
            c.need_object(base)
        c.move(pushes)

    return rule


def _store_attr(c: TypeStack, _: Any) -> None:
    base = c.pop()
    value = c.pop()
    c.need_object(base)
    c.need_value(value)


def _build_slice(c: TypeStack, count: int) -> None:
    c.pop_objects(count)
    c.push()


def _import_name(c: TypeStack, _: Any) -> None:
    # mpy-cross turns types off here
    c.move(-2)
    c.push()


def _make_closure(n_defaults: int) -> Rule:
    def rule(c: TypeStack, operand: tuple[int, int]) -> None:
        c.items(operand[1] + n_defaults)
        c.push()

    return rule


def _by_effect(name: str, looked_at: int | None) -> Rule:
    """Look at so many objects, or at all that go; then as the effect says."""
    opcode = code_of(name)

    def rule(c: TypeStack, operand: Any) -> None:
        effect = effect_of(opcode, operand)
        pops = -effect if looked_at is None else looked_at
        c.pop_objects(pops)
        c.move(effect + pops)

    return rule


def _row(name: str, rule: Rule) -> tuple[int, Rule]:
    return code_of(name), rule


# fmt: off
OP_RULES: dict[int, Rule] = dict(
    (
        #    operation               rule
        _row("LOAD_CONST_SMALL_INT", values.constant(ViperType.INT)),
        _row("LOAD_CONST_TRUE",      values.constant(ViperType.BOOL)),
        _row("LOAD_CONST_FALSE",     values.constant(ViperType.BOOL)),
        _row("LOAD_CONST_NONE",      values.constant(_NONE)),
        _row("LOAD_CONST_OBJ",       values.load_constant),
        _row("LOAD_NULL",            values.load_null),
        _row("LOAD_GLOBAL",          values.load_global),
        _row("LOAD_FAST_N",          values.load_fast),
        _row("STORE_FAST_N",         values.store_fast),
        _row("DELETE_FAST",          values.delete_fast),
        _row("LOAD_DEREF",           values.load_deref),
        _row("STORE_DEREF",          values.store_deref),
        _row("STORE_NAME",           _objects(1)),
        _row("STORE_GLOBAL",         _values(1)),
        _row("DUP_TOP",              values.rotate(0, 0)),
        _row("DUP_TOP_TWO",          values.rotate(1, 0, 1, 0)),
        _row("ROT_TWO",              values.rotate(0, 1)),
        _row("ROT_THREE",            values.rotate(0, 2, 1)),
        _row("STACK_ADJUST",         values.adjust),
        _row("LABEL",                values.label),
        _row("JUMP",                 values.jump),
        _row("UNWIND_JUMP",          values.unwind_jump),
        _row("POP_EXCEPT_JUMP",      values.jump),
        _row("POP_JUMP_IF_TRUE",     values.branch),
        _row("POP_JUMP_IF_FALSE",    values.branch),
        _row("JUMP_IF_TRUE_OR_POP",  values.branch_or_pop),
        _row("JUMP_IF_FALSE_OR_POP", values.branch_or_pop),
        _row("LOAD_ATTR",            _attribute_of(1)),
        _row("LOAD_METHOD",          _attribute_of(2)),
        _row("LOAD_SUPER_METHOD",    _array(3, 2)),
        _row("STORE_ATTR",           _store_attr),
        _row("LOAD_SUBSCR",          values.load_subscr),
        _row("STORE_SUBSCR",         values.store_subscr),
        _row("BUILD_TUPLE",          _items()),
        _row("BUILD_LIST",           _items()),
        _row("BUILD_SET",            _items()),
        _row("BUILD_SLICE",          _build_slice),
        _row("STORE_MAP",            _objects(2)),
        _row("STORE_COMP",           _by_effect("STORE_COMP", None)),
        _row("UNPACK_SEQUENCE",      _by_effect("UNPACK_SEQUENCE", 1)),
        _row("UNPACK_EX",            _by_effect("UNPACK_EX", 1)),
        _row("GET_ITER",             _objects(1, 1)),
        _row("GET_ITER_STACK",       _objects(1, 4)),
        _row("SETUP_WITH",           _objects(1, 3)),
        _row("CALL_FUNCTION",        _call),
        _row("CALL_METHOD",          lambda c, n: _array(n[0] + 2 * n[1] + 2, 1)(c, None)),
        _row("CALL_FUNCTION_VAR_KW", _call_var(2)),
        _row("CALL_METHOD_VAR_KW",   _call_var(3)),
        _row("MAKE_FUNCTION_DEFARGS", _array(2, 1)),
        _row("MAKE_CLOSURE",         _make_closure(0)),
        _row("MAKE_CLOSURE_DEFARGS", _make_closure(2)),
        _row("IMPORT_NAME",          _import_name),
        _row("RETURN_VALUE",         _return),
        _row("RAISE_OBJ",            _raise),
        _row("RAISE_LAST",           _fail(errors.VIPER_RAISE_FORM)),
        _row("RAISE_FROM",           _fail(errors.VIPER_RAISE_FORM)),
        _row("YIELD_VALUE",          _fail(errors.VIPER_YIELD)),
        _row("YIELD_FROM",           _fail(errors.VIPER_YIELD)),
        *((code, values.unary(operator)) for operator, code in UNARY_CODE.items()),
        *((code, values.binary(operator)) for operator, code in BINARY_CODE.items()),
    )
)
# fmt: on
"""What each operation does to the types on the stack; the others as their effect says, with objects."""
