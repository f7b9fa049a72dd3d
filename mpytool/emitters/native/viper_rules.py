"""Viper's typing rules, as tables and functions of types (``py/emitnative.c``).

``viper_check.py`` asks them about the operations as they stand in the text, to find what is wrong;
``viper_types.py`` about the values of the SSA form, when nothing is. A rule gives the type of the result, and
what is wrong, if anything: mpy-cross goes on with some type after an error, and may find another one.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, TypeAlias

from mpytool import errors
from mpytool.emitters.native.ssa import Type
from mpytool.errors import ErrorKind


class ViperType(enum.Enum):
    """The type of a viper value; the text is what mpy-cross calls it in messages."""

    OBJECT = "object"
    BOOL = "bool"
    INT = "int"
    UINT = "uint"
    PTR = "ptr"
    PTR8 = "ptr8"
    PTR16 = "ptr16"
    PTR32 = "ptr32"
    NONE = "None"
    UNBOUND = "unbound"  # a local before anything is stored to it
    CAST = "cast"  # the name of a type, as something to call

    @property
    def shown(self) -> str:
        return "None" if self in (ViperType.UNBOUND, ViperType.CAST) else self.value


_OBJECT, _BOOL, _INT, _UINT = ViperType.OBJECT, ViperType.BOOL, ViperType.INT, ViperType.UINT

CASTS: dict[str, ViperType] = {
    t.value: t
    for t in (
        _BOOL, _INT, _UINT, ViperType.PTR, ViperType.PTR8, ViperType.PTR16, ViperType.PTR32
    )
}  # fmt: skip
"""What the global names mean that are casts when called."""

TYPE_OF_NAME: dict[str, ViperType] = {"": _OBJECT, "object": _OBJECT, **CASTS}
"""The type of an annotation."""

SSA_TYPE: dict[ViperType, Type] = {
    _OBJECT: Type.OBJ,
    _BOOL: Type.BOOL,
    _INT: Type.INT,
    _UINT: Type.UINT,
    ViperType.PTR: Type.PTR,
    ViperType.PTR8: Type.PTR8,
    ViperType.PTR16: Type.PTR16,
    ViperType.PTR32: Type.PTR32,
    ViperType.NONE: Type.OBJ,
    ViperType.CAST: Type.OBJ,
}
"""How a value is held: None is only ever the object."""

VIPER_TYPE: dict[Type, ViperType] = {Type.SMALL: _OBJECT, Type.NULLABLE: _OBJECT} | {
    SSA_TYPE[t]: t for t in ViperType if t in (_OBJECT, *CASTS.values())
}

NUMBERS = frozenset((_INT, _UINT))
TARGETS = frozenset((ViperType.PTR8, ViperType.PTR16, ViperType.PTR32))
"""What can be indexed without being an object."""
POINTERS = TARGETS | {ViperType.PTR}
WORDS = POINTERS | NUMBERS | {_BOOL}


class Operand(NamedTuple):
    """A type, and of an integer that is an object (too large for a small int) its value."""

    type: ViperType
    literal: int | None = None


Problem: TypeAlias = "tuple[ErrorKind, dict[str, str]] | None"


# --- integer literals --------------------------------------------------------------------------------------


def wrap(value: int, type: ViperType, word_bits: int) -> int:
    """The value that a word of this type has which holds the low bits of ``value``."""
    value &= (1 << word_bits) - 1
    return value - (1 << word_bits) if type is _INT and value >> (word_bits - 1) else value


def fits_word(literal: int | None, word_bits: int) -> bool:
    """Whether a word holds a literal, signed or unsigned."""
    return literal is not None and -(1 << word_bits - 1) <= literal < 1 << word_bits


def fits_type(literal: int | None, type: ViperType, word_bits: int) -> bool:
    """Whether a literal is in the range of a type of words."""
    return (
        literal is not None
        and type in WORDS
        and type is not _BOOL
        and wrap(literal, type, word_bits) == literal
    )


# --- operators ---------------------------------------------------------------------------------------------

COMPARISONS = frozenset(("<", ">", "==", "<=", ">=", "!="))
DIVISIONS = frozenset(("//", "%"))
_ARITHMETIC = frozenset(("+", "-", "*", "&", "|", "^", "<<", ">>"))
_MODULAR = frozenset(("+", "-", "*", "&", "|", "^", "<<", "==", "!="))
"""Operators that look at nothing but the low bits: a literal may wrap."""


def plain_operator(operator: str) -> str:
    """``+`` of ``+=``: for words both are the same."""
    return operator[:-1] if operator[-1] == "=" and operator not in COMPARISONS else operator


def convert_literals(
    operator: str, left: Operand, right: Operand, word_bits: int
) -> tuple[ViperType, ViperType]:
    """The types of two operands, when a large literal beside a number becomes such a number itself."""
    operator = plain_operator(operator)
    if right.type in NUMBERS and _becomes(operator, left, right.type, word_bits):
        return right.type, right.type
    if left.type in NUMBERS and _becomes(operator, right, left.type, word_bits):
        return left.type, left.type
    return left.type, right.type


def _becomes(operator: str, literal: Operand, type: ViperType, word_bits: int) -> bool:
    if operator in _MODULAR:
        return fits_word(literal.literal, word_bits)
    return fits_type(literal.literal, type, word_bits)


def binary_rule(operator: str, left: ViperType, right: ViperType) -> tuple[ViperType, Problem]:
    if left in NUMBERS and right in NUMBERS:
        operator = plain_operator(operator)
        if operator in DIVISIONS:
            return _INT, None if left is _INT else (errors.VIPER_UINT_DIVISION, {"operator": operator})
        if operator in COMPARISONS:
            return _BOOL, None if left is right else (errors.VIPER_COMPARISON, {})
        if operator in _ARITHMETIC:
            return left, None
        return left, (errors.VIPER_OPERATOR, {"operator": operator, "type": left.shown})
    if left is _OBJECT and right is _OBJECT:
        return _OBJECT, None
    return left, (errors.VIPER_OPERANDS, {"left": left.shown, "right": right.shown})


def unary_rule(operator: str, type: ViperType) -> tuple[ViperType, Problem]:
    if type in NUMBERS:
        return type, (errors.VIPER_NOT, {"type": type.shown}) if operator == "not" else None
    if type is _OBJECT:
        return type, None
    return type, (errors.VIPER_UNARY, {"operator": operator, "type": type.shown})


def condition_rule(type: ViperType) -> Problem:
    if type is _OBJECT or type is _BOOL or type in NUMBERS:
        return None
    return errors.VIPER_CONDITION, {"type": type.shown}


# --- memory ------------------------------------------------------------------------------------------------


def load_rule(base: ViperType, index: ViperType) -> Problem:
    """``base[index]`` where the base is no object; gives an int."""
    if base not in TARGETS:
        return errors.VIPER_LOAD, {"type": base.shown}
    if index not in NUMBERS:
        return errors.VIPER_LOAD_INDEX, {"type": index.shown}
    return None


def store_rule(base: ViperType, index: ViperType, value: ViperType) -> Problem:
    if base not in TARGETS:
        return errors.VIPER_STORE, {"type": base.shown}
    if value is not _BOOL and value not in NUMBERS:
        return errors.VIPER_STORE_VALUE, {"type": value.shown}
    if index not in NUMBERS:
        return errors.VIPER_STORE_INDEX, {"type": index.shown}
    return None


# --- the rest ----------------------------------------------------------------------------------------------


def return_rule(declared: ViperType, value: Operand, word_bits: int) -> Problem:
    if value.type is ViperType.NONE or value.type is declared:
        return None
    if fits_type(value.literal, declared, word_bits):
        return None
    return errors.VIPER_RETURN, {"expected": declared.shown, "type": value.type.shown}


def merge_rule(types: list[ViperType]) -> ViperType:
    """The type of a value that comes from several places, in the order of the text: that of the last one;
    None becomes whatever the others are."""
    for type in reversed(types):
        if type is not ViperType.NONE:
            return type
    return ViperType.NONE
