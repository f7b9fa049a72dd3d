"""The functions of all modules, equal ones once.

Two functions are one where their code, their properties and all functions in them are equal: code refers to
names and constants by number only, and the tables come with the module that runs it (``py/emitglue.c``).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from mpytool.freezer import errors
from mpytool.freezer.errors import FreezeError
from mpytool.freezer.model import FrozenModule
from mpytool.freezer.survey import inner_first
from mpytool.module import NativePart, RawCode, RawCodeKind
from mpytool.opcodes import FLAG_GENERATOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

_NEEDS_LOADER = ~0x0F
"""Scope flags of viper code that say that the loader must move it or give it memory."""


class Sort(enum.Enum):
    """Functions by what the run time needs of them: the bytecode alone, a record, or a longer record."""

    LEAF = "leaf"
    RECORD = "record"
    ASM = "asm"

    __hash__ = object.__hash__  # an enumeration's own takes a call


class Function:
    """One function as it is frozen.

    ``code``      bytecode with its prelude, or machine code alone
    ``prelude``   of a native Python function: what stands behind its machine code
    ``name``      for comments
    ``arch``      of its machine code, as in ``CompiledModule``
    ``native_number``  its place among all functions of machine code
    ``number``    its place among those of its sort: leaves, functions with a record, assembler functions
    ``users``     names of the modules that have it
    ``is_leaf``   bytecode without functions in it; a pointer to the code is enough for it (``py/emitglue.h``)
    ``sort``      which array its record is in
    """

    __slots__ = (
        "raw",
        "code",
        "prelude",
        "children",
        "name",
        "arch",
        "number",
        "native_number",
        "users",
        "is_leaf",
        "sort",
    )

    def __init__(
        self,
        raw: RawCode,
        code: bytes,
        prelude: bytes,
        children: tuple[Function, ...],
        name: str,
        arch: int,
    ) -> None:
        self.raw = raw
        self.code = code
        self.prelude = prelude
        self.children = children
        self.name = name
        self.arch = arch
        self.number = 0
        self.native_number = 0
        self.users: set[str] = set()
        self.is_leaf = raw.kind is RawCodeKind.BYTECODE and not children
        self.sort = Sort.LEAF if self.is_leaf else Sort.ASM if raw.kind is RawCodeKind.ASM else Sort.RECORD

    @property
    def is_generator(self) -> bool:
        raw = self.raw
        flags = raw.prelude.scope_flags if raw.prelude is not None else native_part(raw).scope_flags
        return bool(flags & FLAG_GENERATOR)


_NOTHING = NativePart()


def native_part(raw: RawCode) -> NativePart:
    """What a record holds besides machine code; of bytecode, nothing."""
    return raw.native if raw.native is not None else _NOTHING


ListEntry: TypeAlias = Function | bytes
"""What a list of children holds: functions, and behind them the prelude of a native function."""


class Functions:
    """``all`` are the distinct functions, inner ones first; ``bodies`` those of the modules, in order.

    ``lists`` numbers the functions that have a list of children, by their id.
    """

    __slots__ = ("all", "bodies", "lists")

    def __init__(self, all: list[Function], bodies: list[Function], lists: dict[int, int]) -> None:
        self.all = all
        self.bodies = bodies
        self.lists = lists

    def list_owners(self) -> list[Function]:
        """The functions that have a list of children, in the order of their numbers."""
        return [function for function in self.all if id(function) in self.lists]

    def child_lists(self) -> list[list[ListEntry]]:
        """Each list: the children, and behind them the prelude of a native function."""
        return [
            [*function.children, *([function.prelude] if function.prelude else [])]
            for function in self.list_owners()
        ]


def collect_functions(modules: Sequence[FrozenModule], share: bool) -> Functions:
    """The functions of some modules. FreezeError for code that only a loader can make run."""
    found: dict[object, Function] = {}
    bodies = []
    for module in modules:
        made: dict[int, Function] = {}
        for raw in inner_first(module.module.root):
            children = tuple([made[id(child)] for child in raw.children])
            made[id(raw)] = _add(found, raw, children, module, share)
        bodies.append(made[id(module.module.root)])
    functions = list(found.values())
    counts: dict[object, int] = {}
    lists: dict[int, int] = {}
    for function in functions:
        sort = function.sort
        function.number = counts.get(sort, 0)
        counts[sort] = function.number + 1
        if function.raw.kind is not RawCodeKind.BYTECODE:
            function.native_number = counts.get("native", 0)
            counts["native"] = function.native_number + 1
        if function.children:
            lists[id(function)] = len(lists)
    return Functions(functions, bodies, lists)


def _add(
    found: dict[object, Function],
    raw: RawCode,
    children: tuple[Function, ...],
    module: FrozenModule,
    share: bool,
) -> Function:
    native = native_part(raw)
    if raw.kind is RawCodeKind.VIPER and native.scope_flags & _NEEDS_LOADER:
        raise FreezeError(errors.RELOCATIONS, module.name)
    data = bytes(raw.data)
    cut = native.prelude_offset if raw.kind is RawCodeKind.NATIVE else len(data)
    properties = (native.prelude_offset, native.scope_flags, native.n_pos_args, native.type_sig)
    key: object = (raw.kind, data, *properties, *map(id, children)) if share else len(found)
    function = found.get(key)
    if function is None:
        name = module.module.qstrs[raw.prelude.name] if raw.prelude is not None else raw.kind.name.lower()
        about = f"{module.name}: {name}"
        function = found[key] = Function(raw, data[:cut], data[cut:], children, about, module.module.arch)
    function.users.add(module.name)
    return function
