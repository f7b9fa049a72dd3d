"""Which objects of a function are likely to be tuples.

What a program says of names, parameters and results (``emitters/tuples.py``) goes from value to value::

    v1 = load_global "POINTS"      a tuple of tuples
    v4 = load_subscr v1 v3         so this is a tuple
    v5 = load_subscr v4 v2         and this is none

Lists and bytes are looked for in any case, tuples only where they are likely, and nothing else where nothing
says that it may be something else.
"""

from __future__ import annotations

from mpytool.emitters.native.expand.runtime import Tables
from mpytool.emitters.native.ssa import Instr, SsaFunction
from mpytool.emitters.tuples import OTHER, TUPLE, constant_shape, container_shape, item_shape

_MOST_WALKS = 4
"""Values come back to the heads of loops; what is not known after a few walks is not worth the time."""

_NAMED = frozenset(("load_global", "load_name", "load_attr"))

_TELLING = _NAMED | {
    "constant", "param", "call", "load_subscr", "open_iter", "for_iter", "build_tuple", "build_list", "phi",
}  # fmt: skip
"""Operations that say something of what they give, or of what others give."""


def find_shapes(ssa: SsaFunction, tables: Tables) -> dict[Instr, int]:
    """The shapes of values (``emitters/tuples.py``); of what is not there nothing is known."""
    shapes: dict[Instr, int] = {}
    telling = [instr for block in ssa.blocks for instr in block.code if instr.row.name in _TELLING]
    for _ in range(_MOST_WALKS):
        before = sum(shapes.values())
        opened: dict[Instr, Instr] = {}
        for instr in telling:
            if instr.row.name == "open_iter":
                opened[instr.args[0]] = instr.args[1]
            shape = _shape(instr, ssa.name, tables, shapes, opened)
            if shape:
                shapes[instr] = shape
        if sum(shapes.values()) == before:
            break
    return shapes


def is_surely_tuple(instr: Instr) -> bool:
    """Whether nobody need ask."""
    return instr.row.name == "build_tuple" or is_constant_tuple(instr)


def is_constant_tuple(instr: Instr) -> bool:
    return instr.row.name == "constant" and isinstance(instr.imm[0], tuple)


def is_likely_tuple(shape: int) -> bool:
    return bool(shape & TUPLE)


def is_nothing_else(shape: int) -> bool:
    """Whether an object is most likely a tuple."""
    return shape & (TUPLE | OTHER) == TUPLE


def _shape(
    instr: Instr, function: str, tables: Tables, shapes: dict[Instr, int], opened: dict[Instr, Instr]
) -> int:
    name = instr.row.name
    if name == "constant":
        return constant_shape(instr.imm[0])
    if name in _NAMED:
        return tables.tuples.names.get(instr.imm[0], 0)
    if name == "param":
        # Others may call the function, too
        shape = tables.tuples.parameters.get((function, instr.imm[0]), 0)
        return shape | OTHER if shape & TUPLE else shape
    if name == "call":
        callee = instr.args[0]
        return tables.tuples.results.get(callee.imm[0], 0) if callee.row.name in _NAMED else 0
    if name == "load_subscr":
        return item_shape(shapes.get(instr.args[0], 0))
    if name == "for_iter":
        return item_shape(shapes.get(opened[instr.args[0]], 0)) if instr.args[0] in opened else 0
    if name in ("build_tuple", "build_list"):
        items = _any(instr, shapes)
        return container_shape(TUPLE if name == "build_tuple" else OTHER, items)
    return _any(instr, shapes) if name == "phi" else 0


def _any(instr: Instr, shapes: dict[Instr, int]) -> int:
    found = 0
    for arg in instr.args:
        found |= shapes.get(arg, OTHER)
    return found
