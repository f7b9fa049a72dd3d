"""The qstr tables and constant tables of all modules in two arrays, and the modules with numbers to fit.

Modules with the same tables are one group: they get the same numbers, so that equal functions stay equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from mpytool.freezer.model import FreezeSettings, FrozenModule
from mpytool.freezer.objects import Item
from mpytool.freezer.renumber import renumber
from mpytool.freezer.survey import Survey, survey
from mpytool.freezer.windows import NEAR, Demand, Window, overlap_tables

T = TypeVar("T", bound=Hashable)


@dataclass(slots=True)
class SharedTable(Generic[T]):
    """An array; where the table of each module begins in it; how many entries each module added."""

    entries: list[T]
    starts: list[int]
    added: list[int]


@dataclass(slots=True)
class Tables:
    """``modules`` have the numbers that their tables have here."""

    modules: list[FrozenModule]
    qstrs: SharedTable[str]
    objects: SharedTable[Item]


_Numbers = tuple[set[int], set[int]]
"""(those that are to take one byte, those that are to take two)."""


@dataclass(slots=True)
class _Group:
    """Modules with the same tables. Without ``qstr_numbers`` their code must stay as it is."""

    qstrs: list[str]
    constants: list[Item]
    members: list[int] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    """Of the members, in their order; of all, if the numbers are there."""
    qstr_numbers: _Numbers | None = None
    constant_numbers: _Numbers | None = None


def share_tables(
    modules: Sequence[FrozenModule], constants: Sequence[list[Item]], settings: FreezeSettings
) -> Tables:
    """The tables of some modules, and the modules changed to use them."""
    groups = _group(modules, constants, settings.share)
    if settings.share and settings.renumber:
        for group in groups:
            _use(group, modules)
    share = settings.share
    qstrs = overlap_tables([_demand(group.qstr_numbers, group.qstrs, 1) for group in groups], share)
    objects = overlap_tables([_demand(group.constant_numbers, group.constants, 0) for group in groups], share)
    changed = list(modules)
    for group, qstr_window, object_window in zip(groups, qstrs.windows, objects.windows, strict=True):
        if group.qstr_numbers is None or group.constant_numbers is None:
            continue
        qstr_map = _new_numbers(group.qstr_numbers, group.qstrs, qstr_window, 1)
        object_map = _new_numbers(group.constant_numbers, group.constants, object_window, 0)
        names = qstrs.entries[qstr_window.start : qstr_window.start + max(qstr_map.values()) + 1]
        n_constants = max(object_map.values(), default=-1) + 1
        values = [item.value for item in objects.entries[object_window.start :][:n_constants]]
        for member, found in zip(group.members, group.surveys, strict=True):
            old = modules[member]
            root = renumber(found.root, qstr_map, object_map)
            new = replace(old.module, root=root, qstrs=names, constants=values)
            changed[member] = FrozenModule(old.name, new)
    return Tables(
        changed,
        _shared(qstrs.entries, qstrs.windows, qstrs.added, groups, len(modules)),
        _shared(objects.entries, objects.windows, objects.added, groups, len(modules)),
    )


def _group(modules: Sequence[FrozenModule], constants: Sequence[list[Item]], share: bool) -> list[_Group]:
    groups: dict[object, _Group] = {}
    for number, module in enumerate(modules):
        table = constants[number]
        key: object = (tuple(module.module.qstrs), tuple(map(id, table))) if share else number
        groups.setdefault(key, _Group(module.module.qstrs, table)).members.append(number)
    return list(groups.values())


def _split(used: Counter[int], table: Sequence[T], n_first: int) -> tuple[set[int], set[int]]:
    """(numbers that take one byte, numbers that take two): the first entry, then those used most."""
    by_use = sorted(used, key=lambda number: (number >= n_first, -used[number], number))
    near: dict[T, None] = {}
    for number in by_use:
        if len(near) == NEAR:
            break
        near.setdefault(table[number])
    is_near = {number for number in used if table[number] in near}
    return is_near, set(used) - is_near


def _use(group: _Group, modules: Sequence[FrozenModule]) -> None:
    """Find out what the code of a group refers to, and whether it can be changed."""
    used_qstrs: Counter[int] = Counter()
    used_constants: Counter[int] = Counter()
    for member in group.members:
        found = survey(modules[member].module)
        if found is None:
            return
        group.surveys.append(found)
        used_qstrs.update(found.qstrs)
        used_constants.update(found.constants)
    qstrs, constants = _split(used_qstrs, group.qstrs, 1), _split(used_constants, group.constants, 0)
    if qstrs[1] or constants[1]:
        # Any numbers as long as the final ones show whether the code can be moved.
        from mpytool.mpyfile.rewrite import RewriteError

        trial = [dict.fromkeys(near, 0) | dict.fromkeys(far, NEAR) for near, far in (qstrs, constants)]
        try:
            for found in group.surveys:
                renumber(found.root, *trial)
        except RewriteError:
            return
    group.qstr_numbers, group.constant_numbers = qstrs, constants


def _demand(numbers: _Numbers | None, table: Sequence[T], n_first: int) -> Demand[T]:
    """What a table must have; ``n_first`` is 1 if its first entry must stay the first."""
    if numbers is None:
        return Demand(fixed=table)
    near, far = (dict.fromkeys(table[number] for number in sorted(each)) for each in numbers)
    if not n_first:
        return Demand(list(near), list(far))
    near.pop(table[0], None)
    return Demand(list(near), list(far), table[0])


def _new_numbers(numbers: _Numbers, table: Sequence[T], window: Window[T], n_first: int) -> dict[int, int]:
    """The new number of each old one."""
    near, far = numbers
    places = window.near | {table[0]: 0} if n_first else window.near
    new = {number: places[table[number]] for number in near}
    return new | {number: window.far[table[number]] for number in far}


def _shared(
    entries: list[T], windows: list[Window[T]], added: list[int], groups: list[_Group], n_modules: int
) -> SharedTable[T]:
    starts = [0] * n_modules
    owned = [0] * n_modules
    for group, window, size in zip(groups, windows, added, strict=True):
        for member in group.members:
            starts[member] = window.start
        owned[group.members[0]] = size
    return SharedTable(entries, starts, owned)
