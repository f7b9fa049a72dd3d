"""The qstr tables and constant tables of all modules in two arrays, and the modules with numbers to fit.

Modules with the same tables are one group: they get the same numbers, so that equal functions stay equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mpytool.freezer.model import FreezeSettings, FrozenModule
from mpytool.freezer.objects import Item
from mpytool.freezer.renumber import renumber
from mpytool.freezer.survey import Survey
from mpytool.freezer.windows import NEAR, Demand, Window, Windows, overlap_tables
from mpytool.module import CompiledModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")


class Places:
    """Where the table of each module begins in an array, and how many entries each module added to it."""

    __slots__ = ("starts", "added")

    def __init__(self, starts: list[int], added: list[int]) -> None:
        self.starts = starts
        self.added = added


class Tables:
    """The two arrays, ``qstrs`` and ``objects``. ``modules`` have the numbers that their tables have here."""

    __slots__ = ("modules", "qstrs", "objects", "qstr_places", "object_places")

    def __init__(
        self,
        modules: list[FrozenModule],
        qstrs: list[str],
        objects: list[Item],
        qstr_places: Places,
        object_places: Places,
    ) -> None:
        self.modules = modules
        self.qstrs = qstrs
        self.objects = objects
        self.qstr_places = qstr_places
        self.object_places = object_places


_Numbers = tuple[set[int], set[int]]
"""(those that are to take one byte, those that are to take two)."""


class _Group:
    """Modules with the same tables. Without ``qstr_numbers`` their code must stay as it is.

    The entries of the tables are numbers themselves, one for each text and each constant.
    """

    __slots__ = ("qstrs", "constants", "members", "surveys", "qstr_numbers", "constant_numbers")

    def __init__(
        self,
        qstrs: list[int],
        constants: list[int],
    ) -> None:
        self.qstrs = qstrs
        self.constants = constants
        self.members: list[int] = []
        self.surveys: list[Survey] = []
        """Of the members, in their order; of all, if the numbers are there."""
        self.qstr_numbers: _Numbers | None = None
        self.constant_numbers: _Numbers | None = None


def share_tables(
    modules: Sequence[FrozenModule], constants: Sequence[list[Item]], settings: FreezeSettings
) -> Tables:
    """The tables of some modules, and the modules changed to use them."""
    texts = _numbered([text for module in modules for text in module.qstrs])
    items = _numbered([item for table in constants for item in table])
    groups = _group(
        [[texts[text] for text in module.qstrs] for module in modules],
        [[items[item] for item in table] for table in constants],
        settings.share,
    )
    if settings.share and settings.renumber:
        for group in groups:
            _use(group, modules)
    share = settings.share
    qstrs = overlap_tables([_demand(group.qstr_numbers, group.qstrs, 1) for group in groups], share)
    objects = overlap_tables([_demand(group.constant_numbers, group.constants, 0) for group in groups], share)
    changed = list(modules)
    qstr_entries = _chosen(list(texts), qstrs.entries)
    object_entries = _chosen(list(items), objects.entries)
    for group, qstr_window, object_window in zip(groups, qstrs.windows, objects.windows, strict=True):
        if group.qstr_numbers is None or group.constant_numbers is None:
            continue
        qstr_map = _new_numbers(group.qstr_numbers, group.qstrs, qstr_window, 1)
        object_map = _new_numbers(group.constant_numbers, group.constants, object_window, 0)
        names = qstr_entries[qstr_window.start : qstr_window.start + max(qstr_map.values()) + 1]
        n_constants = max(object_map.values(), default=-1) + 1
        values = [item.value for item in object_entries[object_window.start :][:n_constants]]
        for member, found in zip(group.members, group.surveys, strict=True):
            old = modules[member]
            root = renumber(found.root, qstr_map, object_map)
            new = CompiledModule(names, values, root, arch=old.arch)
            changed[member] = FrozenModule(old.name, new)
    return Tables(
        changed,
        qstr_entries,
        object_entries,
        _places(qstrs, groups, len(modules)),
        _places(objects, groups, len(modules)),
    )


def _numbered(entries: list[_T]) -> dict[_T, int]:
    """Each entry once, with its number."""
    return {entry: number for number, entry in enumerate(dict.fromkeys(entries))}


def _chosen(entries: list[_T], numbers: list[int]) -> list[_T]:
    return [entries[number] for number in numbers]


def _group(qstrs: list[list[int]], constants: list[list[int]], share: bool) -> list[_Group]:
    groups: dict[object, _Group] = {}
    for number, tables in enumerate(zip(qstrs, constants, strict=True)):
        key: object = tuple(map(tuple, tables)) if share else number
        groups.setdefault(key, _Group(*tables)).members.append(number)
    return list(groups.values())


def _split(used: Counter[int], table: list[int], n_first: int) -> tuple[set[int], set[int]]:
    """(numbers that take one byte, numbers that take two): the first entry, then those used most."""
    if len(used) <= NEAR:
        return set(used), set()
    by_use = sorted(used, key=lambda number: (number >= n_first, -used[number], number))
    near: dict[int, None] = {}
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
        found = modules[member].survey()
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


def _demand(numbers: _Numbers | None, table: list[int], n_first: int) -> Demand:
    """What a table must have; ``n_first`` is 1 if its first entry must stay the first."""
    if numbers is None:
        return Demand(fixed=table)
    near, far = (dict.fromkeys(table[number] for number in sorted(each)) for each in numbers)
    if not n_first:
        return Demand(list(near), list(far))
    near.pop(table[0], None)
    return Demand(list(near), list(far), table[0])


def _new_numbers(numbers: _Numbers, table: list[int], window: Window, n_first: int) -> dict[int, int]:
    """The new number of each old one."""
    near, far = numbers
    places = window.near | {table[0]: 0} if n_first else window.near
    new = {number: places[table[number]] for number in near}
    return new | {number: window.far[table[number]] for number in far}


def _places(found: Windows, groups: list[_Group], n_modules: int) -> Places:
    starts = [0] * n_modules
    owned = [0] * n_modules
    for group, window, size in zip(groups, found.windows, found.added, strict=True):
        for member in group.members:
            starts[member] = window.start
        owned[group.members[0]] = size
    return Places(starts, owned)
