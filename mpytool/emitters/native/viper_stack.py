"""The stack as mpy-cross's native emitters see it while they type a viper function, and what they find wrong.

It is a stack of types: values have none until the program runs. ``viper_ops.py`` says what each operation
does to it, ``viper_check.py`` walks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from mpytool import errors
from mpytool.emitters.native import viper_rules as rules
from mpytool.emitters.native.viper_rules import Problem, ViperType
from mpytool.errors import ErrorKind
from mpytool.ir import Function
from mpytool.opcodes import FLAG_VARARGS, FLAG_VARKEYWORDS

_OBJECT, _NONE, _CAST = ViperType.OBJECT, ViperType.NONE, ViperType.CAST


class Value(NamedTuple):
    """A value on the stack. ``is_constant``: mpy-cross still knows it and has not put it anywhere;
    ``literal``: see rules.Operand; ``name``: of a cast, or "null" for what LOAD_NULL pushes."""

    type: ViperType
    is_constant: bool = False
    literal: int | None = None
    name: str = ""


AN_OBJECT = Value(_OBJECT)


class GiveUp(Exception):  # noqa: N818
    """What is not implemented: mpy-cross gives up there and then."""


class TypeStack:
    """``here`` is the token of the op at hand, which ``position`` stands behind; ``problem`` is the last one
    found, at ``token``; ``locals`` has the type of each local."""

    def __init__(self, function: Function, word_bits: int) -> None:
        self.function = function
        self.word_bits = word_bits
        self.stack: list[Value] = []
        self.problem: tuple[ErrorKind, dict[str, str]] | None = None
        self.token = function.token
        #: of the last JUMP_IF_..._OR_POP: what STACK_ADJUST 1 pushes
        self.kept = AN_OBJECT
        #: what was on the stack at the jumps to each label
        self.at_label: dict[int, list[list[Value]]] = {}
        self.declared = rules.TYPE_OF_NAME[function.return_type]
        #: parameters that the call does not set
        self.unset: set[int] = set()
        self.locals = [ViperType.UNBOUND] * function.n_locals
        self.here = function.token
        self.position = 0

    def set_parameters(self) -> None:
        function = self.function
        n_positional = function.n_pos_args
        n_args = n_positional + function.n_kwonly_args
        n_args += bool(function.flags & FLAG_VARARGS) + bool(function.flags & FLAG_VARKEYWORDS)
        for local, name in enumerate(function.local_names[:n_args]):
            type = rules.TYPE_OF_NAME[function.arg_types.get(name, "")]
            self.locals[local] = type
            if local >= n_positional:
                self.unset.add(local)
            elif local in function.cells and type is not _OBJECT:
                self.report(errors.VIPER_CLOSED_PARAMETER, name=name, type=type.shown)

    # --- what rules use -------------------------------------------------------------------------------------

    def report(self, kind: ErrorKind, **words: str) -> None:
        self.problem = kind, words
        self.token = self.here

    def report_if(self, problem: Problem) -> None:
        if problem is not None:
            self.problem = problem
            self.token = self.here

    def give_up(self, kind: ErrorKind, **words: str) -> None:
        self.report(kind, **words)
        raise GiveUp

    def pop(self) -> Value:
        return self.stack.pop() if self.stack else AN_OBJECT

    def push(self, type: ViperType = _OBJECT) -> None:
        self.stack.append(Value(type))

    def move(self, effect: int) -> None:
        """What is neither looked at nor of another type than object."""
        if effect < 0:
            del self.stack[effect:]
        else:
            self.stack += [AN_OBJECT] * effect

    def settle(self) -> None:
        """mpy-cross puts constants in memory where control flow meets."""
        self.stack = [value._replace(is_constant=False) for value in self.stack]

    def jump_to(self, label: int) -> None:
        self.settle()
        self.at_label.setdefault(label, []).append(list(self.stack))

    def items(self, count: int) -> None:
        """Pop what is handed over as an array of objects."""
        for _ in range(count):
            value = self.pop()
            if value.is_constant and value.type not in _CONSTANTS_AS_OBJECTS:
                shown = value.name if value.type is _CAST else value.type.shown
                self.give_up(errors.VIPER_TO_OBJECT, type=shown)
            self.need_value(value)

    def need_value(self, value: Value) -> None:
        """Anything that can be made an object."""
        if value.type is _CAST:
            self.report(errors.VIPER_CAST_VALUE, name=value.name)

    def need_object(self, value: Value) -> None:
        """What something is asked of, here mpy-cross asserts an object; a number can be made one."""
        if value.type in rules.POINTERS:
            self.report(errors.VIPER_POINTER_AS_OBJECT, type=value.type.shown)
        else:
            self.need_value(value)

    def pop_values(self, count: int) -> None:
        for _ in range(count):
            self.need_value(self.pop())

    def pop_objects(self, count: int) -> None:
        for _ in range(count):
            self.need_object(self.pop())


_CONSTANTS_AS_OBJECTS = frozenset((_OBJECT, ViperType.BOOL, _NONE)) | rules.NUMBERS

Rule: TypeAlias = Callable[[TypeStack, Any], None]
"""What one operation does, given its operand."""
