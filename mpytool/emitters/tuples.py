"""What a program says of tuples: which names hold some, which functions get or return some.

It is evidence and no more: what looks at an object asks for its type. All that counts is what is seen along
straight lines of the stack IR::

    TABLE = (0, 25, 50)         TABLE is a tuple
    f(TABLE, 7)                 the first parameter of f is a tuple, the second one is none
    POINTS = [(1, 2), (3, 4)]   POINTS is none, but its items are

A *shape* is what an object may be: TUPLE, OTHER, both, or 0 where nothing is known. WIDE says that it may
be an integer that is no small int of 31 bits, but fits in 32. The same of its items stands three bits
higher, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.ir import Function, code_of, effect_of, then_of
from mpytool.opcodes import Then
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TUPLE = 1
OTHER = 2
WIDE = 4
_LEVEL_BITS = 3
_SHAPE_MASK = 0x1FF
_ANY_TUPLE = TUPLE | TUPLE << _LEVEL_BITS | TUPLE << 2 * _LEVEL_BITS
"""Tuples of tuples of tuples, no further."""

_WALKS = 2
"""The second walk knows of names what the first one found further down."""


def item_shape(shape: int) -> int:
    """Of what a container of a shape holds."""
    return shape >> _LEVEL_BITS


def container_shape(kind: int, items: int) -> int:
    """Of a TUPLE, or OTHER, that holds items of a shape."""
    return kind | items << _LEVEL_BITS & _SHAPE_MASK


def constant_shape(value: Any) -> int:
    """Of a constant object."""
    if type(value) is not tuple:
        return OTHER | WIDE if type(value) is int and 1 << 30 <= value < 1 << 32 else OTHER
    items = 0
    for item in value:
        items |= constant_shape(item)
    return container_shape(TUPLE, items)


class Tuples(Record):
    """Shapes by ``names`` of variables and attributes, by function and number of its ``parameters``, by
    function of what it returns (``results``). ``are_kept``: whether some have a name or are given to
    functions."""

    __slots__ = ("names", "parameters", "results", "are_kept")

    def __init__(
        self,
        names: dict[str, int] | None = None,
        parameters: dict[tuple[str, int], int] | None = None,
        results: dict[str, int] | None = None,
        are_kept: bool = False,
    ) -> None:
        self.names = {} if names is None else names
        self.parameters = {} if parameters is None else parameters
        self.results = {} if results is None else results
        self.are_kept = are_kept


def find_tuples(functions: Sequence[Function]) -> Tuples:
    """What the functions of a program say. Without a tuple they say nothing."""
    found = Tuples()
    if any(
        opcode == _BUILD_TUPLE or (opcode == _LOAD_CONST_OBJ and type(operand) is tuple)
        for function in functions
        for opcode, operand, _ in function.ops
    ):
        for _ in range(_WALKS):
            for function in functions:
                _Walk(found, function).walk()
    shapes = (*found.names.values(), *found.parameters.values())
    found.are_kept = any(shape & _ANY_TUPLE for shape in shapes)
    return found


_LABEL, _LINE = code_of("LABEL"), code_of("LINE")
_LOAD_CONST_OBJ = code_of("LOAD_CONST_OBJ")
_BUILD_TUPLE, _BUILD_LIST = code_of("BUILD_TUPLE"), code_of("BUILD_LIST")
_LOAD_FAST, _STORE_FAST = code_of("LOAD_FAST_N"), code_of("STORE_FAST_N")
_LOAD_NAMES = frozenset((code_of("LOAD_NAME"), code_of("LOAD_GLOBAL")))
_STORE_NAMES = frozenset((code_of("STORE_NAME"), code_of("STORE_GLOBAL")))
_LOAD_ATTR, _STORE_ATTR = code_of("LOAD_ATTR"), code_of("STORE_ATTR")
_LOAD_METHOD = code_of("LOAD_METHOD")
_LOAD_SUBSCR = code_of("LOAD_SUBSCR")
_CALL_FUNCTION, _CALL_METHOD = code_of("CALL_FUNCTION"), code_of("CALL_METHOD")
_RETURN_VALUE = code_of("RETURN_VALUE")


class _Walk:
    """One walk over a function. ``stack`` has the shapes of what was pushed since the last label, and
    ``called`` by position the names of what may be called."""

    def __init__(self, found: Tuples, function: Function) -> None:
        self.found = found
        self.function = function
        self.stack: list[int] = []
        self.called: dict[int, str] = {}
        self.locals = {
            number: found.parameters.get((function.name, number), 0) for number in range(function.n_pos_args)
        }

    def walk(self) -> None:
        for opcode, operand, _ in self.function.ops:
            if opcode == _LABEL:
                self._forget()
            elif opcode != _LINE:
                self._step(opcode, operand)

    def _step(self, opcode: int, operand: Any) -> None:
        if opcode == _LOAD_CONST_OBJ:
            self.stack.append(constant_shape(operand))
        elif opcode == _LOAD_FAST:
            self.stack.append(self.locals.get(operand, 0))
        elif opcode == _STORE_FAST:
            self.locals[operand] = self.locals.get(operand, 0) | self._pop()
        elif opcode in _LOAD_NAMES:
            self._push_called(operand)
            self.stack[-1] = self.found.names.get(operand, 0)
        elif opcode in _STORE_NAMES:
            self._note_name(operand, self._pop())
        elif opcode == _LOAD_ATTR:
            self._pop()
            self.stack.append(self.found.names.get(operand, 0))
        elif opcode == _STORE_ATTR:
            self._pop()
            self._note_name(operand, self._pop())
        elif opcode == _LOAD_METHOD:
            self._pop()
            self._push_called(operand)
            self.stack.append(0)
        elif opcode == _LOAD_SUBSCR:
            self._pop()
            self.stack.append(item_shape(self._pop()))
        elif opcode in (_BUILD_TUPLE, _BUILD_LIST):
            items = 0
            for _ in range(operand):
                items |= self._pop()
            self.stack.append(container_shape(TUPLE if opcode == _BUILD_TUPLE else OTHER, items))
        elif opcode in (_CALL_FUNCTION, _CALL_METHOD):
            self._call(*operand, has_self=opcode == _CALL_METHOD)
        elif opcode == _RETURN_VALUE:
            results = self.found.results
            results[self.function.name] = results.get(self.function.name, 0) | self._pop()
            self._forget()
        else:
            self._step_over(opcode, operand)

    def _step_over(self, opcode: int, operand: Any) -> None:
        """An operation of which only the effect on the stack's depth counts."""
        if then_of(opcode) is not Then.NEXT:
            self._forget()
            return
        effect = effect_of(opcode, operand)
        for _ in range(-effect):
            self._pop()
        if effect > 0:
            # A value that is not known is taken for another one
            self.stack += [OTHER] * effect
        else:
            # It may have changed what is on top
            for position in range(max(len(self.stack) - _MOST_CHANGED, 0), len(self.stack)):
                self.stack[position] = 0

    def _call(self, n_positional: int, n_keywords: int, *, has_self: bool) -> None:
        for _ in range(2 * n_keywords):
            self._pop()
        arguments = [self._pop() for _ in range(n_positional)][::-1]
        if has_self:
            self._pop()
        name = self.called.get(len(self.stack) - 1, "")
        self._pop()
        for number, shape in enumerate(arguments, int(has_self)):
            key = name, number
            self.found.parameters[key] = self.found.parameters.get(key, 0) | shape
        self.stack.append(self.found.results.get(name, 0))

    def _note_name(self, name: str, shape: int) -> None:
        self.found.names[name] = self.found.names.get(name, 0) | (shape or OTHER)

    def _push_called(self, name: str) -> None:
        self.called[len(self.stack)] = name
        self.stack.append(0)

    def _pop(self) -> int:
        if not self.stack:
            return 0
        self.called.pop(len(self.stack) - 1, None)
        return self.stack.pop()

    def _forget(self) -> None:
        self.stack.clear()
        self.called.clear()


_MOST_CHANGED = 3
"""ROT_THREE changes three values."""
