"""What the operations on constants, locals, the stack, operators and memory do to the types on the stack.

Rows of the table in ``viper_ops.py``.
"""

from __future__ import annotations

from typing import Any

from mpytool import errors
from mpytool.emitters.native import viper_rules as rules
from mpytool.emitters.native.viper_rules import Operand, ViperType
from mpytool.emitters.native.viper_stack import AN_OBJECT, Rule, TypeStack, Value
from mpytool.opcodes import UNARY_CODE

_OBJECT, _NONE, _CAST = ViperType.OBJECT, ViperType.NONE, ViperType.CAST

# --- constants, locals, stack ------------------------------------------------------------------------------


def constant(type: ViperType) -> Rule:
    return lambda c, _: c.stack.append(Value(type, True))


def load_constant(c: TypeStack, value: object) -> None:
    c.stack.append(Value(_OBJECT, literal=value if type(value) is int else None))


def load_null(c: TypeStack, _: Any) -> None:
    c.stack.append(Value(_OBJECT, name="null"))


def load_global(c: TypeStack, name: str) -> None:
    c.stack.append(Value(_CAST, True, name=name) if name in rules.CASTS else AN_OBJECT)


def load_fast(c: TypeStack, local: int) -> None:
    _look_at(c, local)
    c.push(c.locals[local])


def _look_at(c: TypeStack, local: int) -> None:
    if c.locals[local] is ViperType.UNBOUND:
        c.report(errors.VIPER_UNBOUND, name=c.function.local_names[local])
    elif local in c.unset:
        c.report(errors.VIPER_PARAMETERS, name=c.function.local_names[local])


def load_deref(c: TypeStack, local: int) -> None:
    _look_at(c, local)
    c.push()


def store_deref(c: TypeStack, local: int) -> None:
    _look_at(c, local)
    c.need_value(c.pop())


def store_fast(c: TypeStack, local: int) -> None:
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


def delete_fast(c: TypeStack, local: int) -> None:
    _store(c, local, Value(_NONE))


def rotate(*order: int) -> Rule:
    """The topmost values, by their places before; the last of ``order`` comes to lie on top."""

    def rule(c: TypeStack, _: Any) -> None:
        count = max(order) + 1
        taken = [c.pop()._replace(is_constant=False) for _ in range(count)]
        c.stack += [taken[place] for place in order]

    return rule


# --- operators, conditions, memory -------------------------------------------------------------------------


def unary(operator: str) -> Rule:
    def rule(c: TypeStack, _: Any) -> None:
        value = c.pop()
        type, problem = rules.unary_rule(operator, value.type)
        c.report_if(problem)
        keeps = problem is not None or (operator == "+" and type in rules.NUMBERS)
        c.stack.append(value if keeps else Value(type))

    return rule


def binary(operator: str) -> Rule:
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


def branch(c: TypeStack, label: int) -> None:
    c.report_if(rules.condition_rule(c.pop().type))
    c.jump_to(label)


def branch_or_pop(c: TypeStack, label: int) -> None:
    c.kept = c.stack[-1] if c.stack else AN_OBJECT
    c.report_if(rules.condition_rule(c.kept.type))
    c.jump_to(label)
    c.pop()


def jump(c: TypeStack, label: int) -> None:
    c.jump_to(label)


def unwind_jump(c: TypeStack, _: Any) -> None:
    c.settle()


def label(c: TypeStack, label: int) -> None:
    c.settle()
    for stack in c.at_label.pop(label, ()):
        for place, (mine, theirs) in enumerate(zip(c.stack, stack, strict=False)):
            if ViperType.CAST in (mine.type, theirs.type) and mine.name != theirs.name:
                c.report(errors.VIPER_CAST_VALUE, name=mine.name or theirs.name)
            if mine.type is not theirs.type:
                c.stack[place] = Value(rules.merge_rule([theirs.type, mine.type]))


def adjust(c: TypeStack, delta: int) -> None:
    if delta == 1:
        c.stack.append(c.kept._replace(is_constant=False))
    else:
        c.move(delta)


def _index_operand(c: TypeStack, value: Value) -> ViperType:
    return ViperType.INT if rules.fits_word(value.literal, c.word_bits) else value.type


def load_subscr(c: TypeStack, _: Any) -> None:
    index, base = c.pop(), c.pop()
    if base.type is _OBJECT:
        c.need_value(index)
        c.push()
    else:
        c.report_if(rules.load_rule(base.type, _index_operand(c, index)))
        c.push(ViperType.INT)


def store_subscr(c: TypeStack, _: Any) -> None:
    if len(c.stack) > 2 and c.stack[-3].name == "null":
        c.pop_objects(2)
        c.pop()
    elif len(c.stack) > 2 and c.stack[-2].type is not _OBJECT:
        index, base, value = c.pop(), c.pop(), c.pop()
        types = _index_operand(c, index), _index_operand(c, value)
        c.report_if(rules.store_rule(base.type, *types))
    else:
        c.items(3)
