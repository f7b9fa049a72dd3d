"""What was found in a module, as numbers and texts that ``marshal`` writes, and modules made of that.

Reading a file and surveying its code takes several times as long as taking in what was found before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mpytool.freezer.model import FrozenModule
from mpytool.freezer.survey import Survey, Surveyed, inner_first
from mpytool.module import CompiledModule, Constant, FunTable, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.read import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

Facts: TypeAlias = "tuple[Any, ...]"
"""(qstrs, constants, arch, how often code refers to each qstr, to each constant, functions).

A function, inner ones first: (data without a dead end, where the opcodes begin, fields of the
prelude, places of names, how many of them are in the prelude, places of
constants, numbers of the functions in it).
"""


def facts_of(module: FrozenModule) -> Facts | None:
    """What is to be kept of a module, None if that is nothing: its code cannot be changed."""
    found = module.survey()
    constants = list(module.constants)
    if found is None or any(isinstance(value, FunTable) for value in constants):
        return None
    functions = list(inner_first(found.root))
    numbers = {id(each): number for number, each in enumerate(functions)}
    rows = []
    for each in functions:
        raw = each.raw
        head = raw.prelude
        assert head is not None
        fields = (
            head.n_state, head.n_exc_stack, head.scope_flags, head.n_pos_args, head.n_kwonly_args,
            head.n_def_pos_args, head.name, head.arg_names, bytes(head.line_table), tuple(head.cells),
        )  # fmt: skip
        children = [numbers[id(child)] for child in each.children]
        rows.append(
            (raw.data, raw.opcodes_offset, fields, each.names, each.arguments, each.constants, children)
        )
    used = dict(found.qstrs), dict(found.constants)
    return module.qstrs, constants, module.module.arch, *used, rows


class KeptModule(FrozenModule):
    """A module of which the facts are known. The file is read only where code must stay as it is."""

    __slots__ = ("_data", "_facts")

    def __init__(self, name: str, data: bytes, facts: Facts) -> None:
        self.name = name
        self._data = data
        self._facts = facts
        self._module = None
        self._survey = None

    @property
    def module(self) -> CompiledModule:
        if self._module is None:
            self._module = read(self._data)
        return self._module

    @property
    def qstrs(self) -> list[str]:
        names: list[str] = self._facts[0]
        return names

    @property
    def constants(self) -> Sequence[Constant]:
        values: list[Constant] = self._facts[1]
        return values

    @property
    def arch(self) -> int:
        arch: int = self._facts[2]
        return arch

    def survey(self) -> Survey:
        if self._survey is None:
            *_, qstrs, constants, rows = self._facts
            self._survey = Survey(_functions(rows), Counter(qstrs), Counter(constants))
        return self._survey


def _functions(rows: list[Facts]) -> Surveyed:
    """The outermost function, which is the last one."""
    made: list[Surveyed] = []
    for data, opcodes, fields, names, n_in_head, constants, children in rows:
        raw = RawCode(RawCodeKind.BYTECODE, data, [], Prelude(*fields), opcodes)
        made.append(Surveyed(raw, names, constants, n_in_head, [made[number] for number in children]))
    return made[-1]
