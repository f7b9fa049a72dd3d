"""What each operation of the stack IR does to the types on the stack, in viper: one table.

A row pops its operands, reports what is wrong with them and pushes its results, as ``py/emitnative.c`` does
it, also after an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from mpytool import errors
from mpytool.emitters.native import viper_rules as rules
from mpytool.emitters.native.viper_rules import Operand, ViperType
from mpytool.emitters.native.viper_stack import AN_OBJECT, TypeStack, Value
from mpytool.errors import ErrorKind
from mpytool.ir import code_of, effect_of
from mpytool.opcodes import BINARY_CODE, UNARY_CODE

_OBJECT, _NONE, _CAST = ViperType.OBJECT, ViperType.NONE, ViperType.CAST

Rule: TypeAlias = Callable[[TypeStack, Any], None]


# --- constants, locals, stack ------------------------------------------------------------------------------


def _constant(type: ViperType) -> Rule:
    return lambda c, _: c.stack.append(Value(type, True))


def _load_constant(c: TypeStack, value: object) -> None:
    c.stack.append(Value(_OBJECT, literal=value if type(value) is int else None))


def _load_null(c: TypeStack, _: Any) -> None:
    c.stack.append(Value(_OBJECT, name="null"))


def _load_global(c: TypeStack, name: str) -> None:
    c.stack.append(Value(_CAST, True, name=name) if name in rules.CASTS else AN_OBJECT)


def _load_fast(c: TypeStack, local: int) -> None:
    _look_at(c, local)
    c.push(c.locals[local])


def _look_at(c: TypeStack, local: int) -> None:
    if c.locals[local] is ViperType.UNBOUND:
        c.report(errors.VIPER_UNBOUND, name=c.function.local_names[local])
    elif local in c.unset:
        c.report(errors.VIPER_PARAMETERS, name=c.function.local_names[local])


def _load_deref(c: TypeStack, local: int) -> None:
    _look_at(c, local)
    c.push()


def _store_deref(c: TypeStack, local: int) -> None:
    _look_at(c, local)
    c.need_value(c.pop())


def _store_fast(c: TypeStack, local: int) -> None:
    _store(c, local, c.pop())


def _store(c: TypeStack, local: int, value: Value) -> None:
    c.unset.discard(local)
    type = c.locals[local]
    if value.type is _CAST:
        c.report(errors.VIPER_CAST_VALUE, name=value.name)
    elif type is ViperType.UNBOUND:
        c.locals[local] = value.type
    elif type is not value.type:
        name = c.function.local_names[local]
        c.report(errors.VIPER_LOCAL_TYPE, name=name, type=type.shown, given=value.type.shown)


def _delete_fast(c: TypeStack, local: int) -> None:
    _store(c, local, Value(_NONE))


def _rotate(*order: int) -> Rule:
    """The topmost values, by their places before; the last of ``order`` comes to lie on top."""

    def rule(c: TypeStack, _: Any) -> None:
        count = max(order) + 1
        taken = [c.pop()._replace(is_constant=False) for _ in range(count)]
        c.stack += [taken[place] for place in order]

    return rule


# --- operators, conditions, memory -------------------------------------------------------------------------


def _unary(operator: str) -> Rule:
    def rule(c: TypeStack, _: Any) -> None:
        value = c.pop()
        type, problem = rules.unary_rule(operator, value.type)
        c.report_if(problem)
        keeps = problem is not None or (operator == "+" and type in rules.NUMBERS)
        c.stack.append(value if keeps else Value(type))

    return rule


def _binary(operator: str) -> Rule:
    def rule(c: TypeStack, _: Any) -> None:
        right, left = c.pop(), c.pop()
        types = rules.convert_literals(
            operator, Operand(left.type, left.literal), Operand(right.type, right.literal), c.word_bits
        )
        type, problem = rules.binary_rule(operator, *types)
        c.report_if(problem)
        c.stack.append(left if problem is not None and type is left.type else Value(type))
        if problem is not None and operator in ("in", "is"):
            _skip_negation(c)

    return rule


def _skip_negation(c: TypeStack) -> None:
    """``not in`` and ``is not`` are one operator for mpy-cross's native emitters."""
    following = c.function.ops[c.position] if c.position < len(c.function.ops) else None
    if following is not None and following[0] == UNARY_CODE["not"] and following[2] == c.here:
        c.position += 1


def _branch(c: TypeStack, label: int) -> None:
    c.report_if(rules.condition_rule(c.pop().type))
    c.jump_to(label)


def _branch_or_pop(c: TypeStack, label: int) -> None:
    c.kept = c.stack[-1] if c.stack else AN_OBJECT
    c.report_if(rules.condition_rule(c.kept.type))
    c.jump_to(label)
    c.pop()


def _jump(c: TypeStack, label: int) -> None:
    c.jump_to(label)


def _unwind_jump(c: TypeStack, _: Any) -> None:
    c.settle()


def _label(c: TypeStack, label: int) -> None:
    c.settle()
    for stack in c.at_label.pop(label, ()):
        for place, (mine, theirs) in enumerate(zip(c.stack, stack, strict=False)):
            if ViperType.CAST in (mine.type, theirs.type) and mine.name != theirs.name:
                c.report(errors.VIPER_CAST_VALUE, name=mine.name or theirs.name)
            if mine.type is not theirs.type:
                c.stack[place] = Value(rules.merge_rule([theirs.type, mine.type]))


def _adjust(c: TypeStack, delta: int) -> None:
    if delta == 1:
        c.stack.append(c.kept._replace(is_constant=False))
    else:
        c.move(delta)


def _index_operand(c: TypeStack, value: Value) -> ViperType:
    return ViperType.INT if rules.fits_word(value.literal, c.word_bits) else value.type


def _load_subscr(c: TypeStack, _: Any) -> None:
    index, base = c.pop(), c.pop()
    if base.type is _OBJECT:
        c.need_value(index)
        c.push()
    else:
        c.report_if(rules.load_rule(base.type, _index_operand(c, index)))
        c.push(ViperType.INT)


def _store_subscr(c: TypeStack, _: Any) -> None:
    if len(c.stack) > 2 and c.stack[-3].name == "null":
        c.pop_objects(2)
        c.pop()
    elif len(c.stack) > 2 and c.stack[-2].type is not _OBJECT:
        index, base, value = c.pop(), c.pop(), c.pop()
        types = _index_operand(c, index), _index_operand(c, value)
        c.report_if(rules.store_rule(base.type, *types))
    else:
        c.items(3)


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
        _row("LOAD_CONST_SMALL_INT", _constant(ViperType.INT)),
        _row("LOAD_CONST_TRUE",      _constant(ViperType.BOOL)),
        _row("LOAD_CONST_FALSE",     _constant(ViperType.BOOL)),
        _row("LOAD_CONST_NONE",      _constant(_NONE)),
        _row("LOAD_CONST_OBJ",       _load_constant),
        _row("LOAD_NULL",            _load_null),
        _row("LOAD_GLOBAL",          _load_global),
        _row("LOAD_FAST_N",          _load_fast),
        _row("STORE_FAST_N",         _store_fast),
        _row("DELETE_FAST",          _delete_fast),
        _row("LOAD_DEREF",           _load_deref),
        _row("STORE_DEREF",          _store_deref),
        _row("STORE_NAME",           _objects(1)),
        _row("STORE_GLOBAL",         _values(1)),
        _row("DUP_TOP",              _rotate(0, 0)),
        _row("DUP_TOP_TWO",          _rotate(1, 0, 1, 0)),
        _row("ROT_TWO",              _rotate(0, 1)),
        _row("ROT_THREE",            _rotate(0, 2, 1)),
        _row("STACK_ADJUST",         _adjust),
        _row("LABEL",                _label),
        _row("JUMP",                 _jump),
        _row("UNWIND_JUMP",          _unwind_jump),
        _row("POP_EXCEPT_JUMP",      _jump),
        _row("POP_JUMP_IF_TRUE",     _branch),
        _row("POP_JUMP_IF_FALSE",    _branch),
        _row("JUMP_IF_TRUE_OR_POP",  _branch_or_pop),
        _row("JUMP_IF_FALSE_OR_POP", _branch_or_pop),
        _row("LOAD_ATTR",            _attribute_of(1)),
        _row("LOAD_METHOD",          _attribute_of(2)),
        _row("LOAD_SUPER_METHOD",    _array(3, 2)),
        _row("STORE_ATTR",           _store_attr),
        _row("LOAD_SUBSCR",          _load_subscr),
        _row("STORE_SUBSCR",         _store_subscr),
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
        *((code, _unary(operator)) for operator, code in UNARY_CODE.items()),
        *((code, _binary(operator)) for operator, code in BINARY_CODE.items()),
    )
)
# fmt: on
"""What each operation does to the types on the stack; the others as their effect says, with objects."""
