"""The qstr tables and constant tables of all modules in two arrays, and the modules with numbers to fit.

Modules with the same tables are one group: they get the same numbers, so that equal functions stay equal.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from mpytool.freezer.model import FreezeSettings, FrozenModule
from mpytool.freezer.objects import Item
from mpytool.freezer.renumber import References, find_references, renumber
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


@dataclass(slots=True)
class _Group:
    """Modules with the same tables. ``used`` is what their code refers to, None if it must stay as it is."""

    qstrs: list[str]
    constants: list[Item]
    members: list[int] = field(default_factory=list)
    used: References | None = None


def share_tables(
    modules: Sequence[FrozenModule], constants: Sequence[list[Item]], settings: FreezeSettings
) -> Tables:
    """The tables of some modules, and the modules changed to use them."""
    groups = _group(modules, constants, settings.share)
    if settings.share and settings.renumber:
        for group in groups:
            group.used = _used(group, modules)
    qstrs = overlap_tables(
        [_demand(group.used.qstrs if group.used else None, group.qstrs, 1) for group in groups],
        settings.share,
    )
    objects = overlap_tables(
        [_demand(group.used.constants if group.used else None, group.constants, 0) for group in groups],
        settings.share,
    )
    changed = list(modules)
    for group, qstr_window, object_window in zip(groups, qstrs.windows, objects.windows, strict=True):
        if group.used is None:
            continue
        qstr_map = _numbers(group.used.qstrs, group.qstrs, qstr_window, 1)
        object_map = _numbers(group.used.constants, group.constants, object_window, 0)
        for member in group.members:
            old = modules[member]
            root = renumber(old.module.root, qstr_map, object_map)
            end = qstr_window.start + max(qstr_map.values()) + 1
            names = qstrs.entries[qstr_window.start : end]
            changed[member] = FrozenModule(old.name, replace(old.module, root=root, qstrs=names))
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


def _used(group: _Group, modules: Sequence[FrozenModule]) -> References | None:
    used = References()
    for member in group.members:
        found = find_references(modules[member].module)
        if found is None:
            return None
        used.qstrs |= found.qstrs
        used.constants |= found.constants
    return used


def _demand(used: set[int] | None, table: Sequence[T], n_first: int) -> Demand[T]:
    """What a table must have; ``n_first`` is 1 if its first entry must stay the first."""
    if used is None:
        return Demand(fixed=table)
    near = _texts(used, table, n_first, NEAR)
    far = _texts(used, table, NEAR, len(table))
    return Demand(near, far, table[0] if n_first else None)


def _texts(used: Iterable[int], table: Sequence[T], start: int, end: int) -> list[T]:
    return list(dict.fromkeys(table[number] for number in sorted(used) if start <= number < end))


def _numbers(used: set[int], table: Sequence[T], window: Window[T], n_first: int) -> dict[int, int]:
    """The new number of each old one."""
    return {
        number: 0 if number < n_first else (window.near if number < NEAR else window.far)[table[number]]
        for number in used
    }


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
