"""What can be assigned to and deleted: names, attributes, subscripts, and tuples and lists of these."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.calls import lower_trailers
from mpytool.lowering.describe import describe


def store(b: Builder, target: tree.Expr) -> None:
    """Assign the top of the stack."""
    if isinstance(target, tree.Name):
        b.store(target.id, target.first)
    elif isinstance(target, tree.Primary):
        last = _lower_up_to_last(b, target)
        if isinstance(last, tree.AttributeTrailer):
            b.add((codes.STORE_ATTR, last.name, last.first))
        elif isinstance(last, tree.IndexTrailer):
            b.lower(last.index)
            b.add((codes.STORE_SUBSCR, None, last.first))
        else:
            _cannot_assign(b, target)
    elif isinstance(target, tree.List) or (isinstance(target, tree.Tuple) and target.elements):
        _store_sequence(b, target.elements, target)
    else:
        _cannot_assign(b, target)


def _store_sequence(b: Builder, elements: list[tree.Expr], node: tree.Node) -> None:
    starred = -1
    for index, element in enumerate(elements):
        if isinstance(element, tree.Starred):
            if starred >= 0:
                b.fail(errors.MULTIPLE_STARS, element)
                return
            b.add((codes.UNPACK_EX, (index, len(elements) - index - 1), node.first))
            starred = index
    if starred < 0:
        b.add((codes.UNPACK_SEQUENCE, len(elements), node.first))
    for element in elements:
        store(b, element.value if isinstance(element, tree.Starred) else element)


def load_for_update(b: Builder, target: tree.Expr) -> None:
    """Load the value of an augmented assignment's target, keeping below it what the store will need."""
    if isinstance(target, tree.Name):
        b.load(target.id, target.first)
    elif isinstance(target, tree.Primary):
        last = _lower_up_to_last(b, target)
        if isinstance(last, tree.AttributeTrailer):
            b.add((codes.DUP_TOP, None, last.first))
            b.add((codes.LOAD_ATTR, last.name, last.first))
        elif isinstance(last, tree.IndexTrailer):
            b.lower(last.index)
            b.add((codes.DUP_TOP_TWO, None, last.first))
            b.add((codes.LOAD_SUBSCR, None, last.first))
        else:
            _cannot_assign(b, target)
    else:
        _cannot_assign(b, target)


def store_updated(b: Builder, target: tree.Expr) -> None:
    """Store the result of an augmented assignment to the target that ``load_for_update`` loaded."""
    if isinstance(target, tree.Name):
        b.store(target.id, target.first)
        return
    if not isinstance(target, tree.Primary):
        return  # refused when it was to be loaded
    last = target.trailers[-1]
    if isinstance(last, tree.AttributeTrailer):
        b.add((codes.ROT_TWO, None, last.first))
        b.add((codes.STORE_ATTR, last.name, last.first))
    else:
        b.add((codes.ROT_THREE, None, last.first))
        b.add((codes.STORE_SUBSCR, None, last.first))


def delete(b: Builder, target: tree.Expr) -> None:
    """``del target``."""
    if isinstance(target, tree.Name):
        b.delete(target.id, target.first)
    elif isinstance(target, tree.Primary):
        last = _lower_up_to_last(b, target)
        token = last.first
        if isinstance(last, tree.AttributeTrailer):
            b.add((codes.LOAD_NULL, None, token))
            b.add((codes.ROT_TWO, None, token))
            b.add((codes.STORE_ATTR, last.name, token))
        elif isinstance(last, tree.IndexTrailer):
            b.lower(last.index)
            b.add((codes.LOAD_NULL, None, token))
            b.add((codes.ROT_THREE, None, token))
            b.add((codes.STORE_SUBSCR, None, token))
        else:
            _cannot_delete(b, target)
    elif isinstance(target, tree.Tuple) and target.parenthesised and target.elements:
        for element in target.elements:
            delete(b, element)
    elif isinstance(target, tree.Tuple) and target.parenthesised:
        _cannot_delete(b, target, 0)
    elif isinstance(target, tree.Comprehension) and target.kind == "generator":
        _cannot_delete(b, target, b.lines[target.inner])
    else:
        _cannot_delete(b, target)


def _lower_up_to_last(b: Builder, target: tree.Primary) -> tree.Trailer:
    """Evaluate all but the last trailer. The trailers before it report lines, and make no method calls."""
    b.lower(target.base)
    for trailer in target.trailers[:-1]:
        lower_trailers(b, [trailer], 0)
    return target.trailers[-1]


def _cannot_assign(b: Builder, target: tree.Expr) -> None:
    b.fail(errors.CANNOT_ASSIGN, target, what=describe(target))


def _cannot_delete(b: Builder, target: tree.Expr, line: int | None = None) -> None:
    b.fail(errors.CANNOT_DELETE, target, line, what=describe(target))
