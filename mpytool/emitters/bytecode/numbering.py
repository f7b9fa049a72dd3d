"""The numbers of qstrs and constants in a module: which comes first is part of the file.

mpy-cross numbers a name when an emitter first asks for it. Its first walk over all functions does not know
yet what identifiers are, so it numbers everything else; the second walk adds identifiers and the names of
arguments (``py/compile.c``, ``py/emitcommon.c``). Code that can never run counts too.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.tuples import Tuples, find_tuples
from mpytool.ir import Function, ScopeKind, code_of
from mpytool.module import Constant, FunTable
from mpytool.opcodes import OPS, Operand
from mpytool.values import ConstantValue, identity_key

_IDENTIFIER_OPS = ("LOAD_NAME", "LOAD_GLOBAL", "STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")

LOAD_CONST_OBJ = code_of("LOAD_CONST_OBJ")
_BUILD_LIST = code_of("BUILD_LIST")
_STORES = frozenset((code_of("STORE_NAME"), code_of("STORE_GLOBAL")))

_FIRST_WALK = frozenset(
    op.code for op in OPS if op.operand is Operand.QSTR and op.name not in _IDENTIFIER_OPS
) | {code_of("LOAD_BUILTIN"), LOAD_CONST_OBJ}


class Numbering:
    """The tables of one module while it is emitted.

    ``qstrs`` gives the index of each text. ``constants`` are in order; ``constant_index`` finds one by its
    identity_key, and holds all that bytecode asks for after ``number_early`` has seen all its functions.

    Native functions take part in neither walk: what they use is numbered when they ask for it.
    """

    __slots__ = ("_assigned", "_kept", "_keys", "_said", "constant_index", "constants", "qstrs", "tuples")

    def __init__(self, source_name: str) -> None:
        self.qstrs: dict[str, int] = {source_name: 0}
        self.constants: list[Constant] = []
        self.constant_index: dict[object, int] = {}
        self._keys: dict[int, object] = {}
        #: constants that no operation of the program holds
        self._kept: list[ConstantValue] = []
        self._said: set[str] = set()
        #: (kind of the scope, name) of what is assigned in modules and class bodies
        self._assigned: set[tuple[ScopeKind, str]] = set()
        self.tuples = Tuples()

    def number_early(self, function: Function) -> None:
        """The first walk over one function."""
        qstrs = self.qstrs
        if function.name not in qstrs:
            qstrs[function.name] = len(qstrs)
        first_walk = _FIRST_WALK
        for opcode, operand, _ in function.ops:
            if opcode in first_walk:
                if opcode == LOAD_CONST_OBJ:
                    self._add_constant(operand)
                elif operand not in qstrs:
                    qstrs[operand] = len(qstrs)

    def qstr(self, text: str) -> int:
        """The index of a name, which is added if it is new."""
        return self.qstrs.setdefault(text, len(self.qstrs))

    def note_names(self, functions: Sequence[Function]) -> None:
        """Let ``says``, ``assigns`` and ``tuples`` know of a program's names, strings and tuples; lists made
        and bytes held count as said."""
        self.tuples = find_tuples(functions)
        for function in functions:
            if function.kind is ScopeKind.LIST_COMP:
                self._said.add("list")
            for opcode, operand, _ in function.ops:
                if isinstance(operand, str):
                    self._said.add(operand)
                    if opcode in _STORES:
                        scope = ScopeKind.CLASS if function.kind is ScopeKind.CLASS else ScopeKind.MODULE
                        self._assigned.add((scope, operand))
                elif opcode == _BUILD_LIST:
                    self._said.add("list")
                elif isinstance(operand, bytes):
                    self._said.add("bytes")

    def says(self, text: str) -> bool:
        """Whether a name or string is one of those that have been noted."""
        return text in self._said

    def assigns(self, scope: ScopeKind, name: str) -> bool:
        """Whether the program assigns to a global variable (MODULE) or a member of a class (CLASS)."""
        return (scope, name) in self._assigned

    def constant(self, value: ConstantValue) -> int:
        """The index of a constant, which is added if it is new."""
        self._kept.append(value)
        self._add_constant(value)
        return self.index_of_constant(value)

    def fun_table(self) -> int:
        """The index of the run time's function table among the constants."""
        index = self.constant_index.setdefault(FunTable.FUN_TABLE, len(self.constants))
        if index == len(self.constants):
            self.constants.append(FunTable.FUN_TABLE)
        return index

    def _add_constant(self, value: ConstantValue) -> None:
        # Operands live as long as the program: an id names one object. The same object is the same constant,
        # even a nan, whose key is new each time it is asked for.
        if id(value) in self._keys:
            return
        key = self._keys[id(value)] = identity_key(value)
        if key not in self.constant_index:
            self.constant_index[key] = len(self.constants)
            self.constants.append(value)

    def index_of_constant(self, value: ConstantValue) -> int:
        """The index of an operand that the first walk has met (the very same object)."""
        return self.constant_index[self._keys[id(value)]]
