"""Where the bytes of a ``.mpy`` file go: by function and by category.

The sums are the size of the file exactly.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mpytool.module import CompiledModule
from mpytool.mpyfile.names import function_names
from mpytool.mpyfile.read import read
from mpytool.mpyfile.regions import iter_regions

CATEGORIES: tuple[str, ...] = (
    "header",
    "qstrs",
    "constants",
    "prelude",
    "line table",
    "bytecode",
    "native code",
    "relocations",
)

_CATEGORY: Mapping[str, int] = {
    kind: CATEGORIES.index(category)
    for kind, category in (
        *((category, category) for category in CATEGORIES),
        ("raw code header", "header"),
        ("children", "header"),
        ("cells", "prelude"),
        ("native data", "native code"),
    )
}
"""Region kind to the index of its category."""

TABLES = "(file)"
"""What stands for the function in the row of header, qstrs and constants, which belong to none."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Bytes of one function, inner functions not included, by the index of the category."""

    name: str
    sizes: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.sizes)


def size_rows(
    buffer: bytes | bytearray | memoryview | mmap.mmap, module: CompiledModule | None = None
) -> Iterator[SizeRow]:
    """A row for header and tables, then one for each function; inner functions stand before outer ones.

    ``module`` is what ``read`` made of the buffer, if that was done already. Raises MpyFormatError.
    """
    if module is None:
        module = read(buffer)
    names = function_names(module)
    tables = [0] * len(CATEGORIES)
    open_rows: list[tuple[tuple[int, ...], str, list[int]]] = []
    for region in iter_regions(buffer, instructions=False, module=module):
        path = region.function
        if path is None:
            tables[_CATEGORY[region.kind]] += region.end - region.start
            continue
        if not open_rows:
            yield SizeRow(TABLES, tuple(tables))
        # Relocations come behind the children: a function's row is open until something outside it begins.
        while open_rows and path[: len(open_rows[-1][0])] != open_rows[-1][0]:
            _, name, sizes = open_rows.pop()
            yield SizeRow(name, tuple(sizes))
        if not open_rows or open_rows[-1][0] != path:
            open_rows.append((path, next(names).name, [0] * len(CATEGORIES)))
        open_rows[-1][2][_CATEGORY[region.kind]] += region.end - region.start
    for _, name, sizes in reversed(open_rows):
        yield SizeRow(name, tuple(sizes))


def sum_rows(name: str, rows: Iterable[SizeRow]) -> SizeRow:
    """One row with the sums of others."""
    totals = [0] * len(CATEGORIES)
    for row in rows:
        for i, size in enumerate(row.sizes):
            totals[i] += size
    return SizeRow(name, tuple(totals))


@dataclass(frozen=True, slots=True)
class SizeChange:
    """A function, or a file, in two builds; None where it does not exist."""

    name: str
    old: SizeRow | None
    new: SizeRow | None

    @property
    def change(self) -> tuple[int, ...]:
        """New less old, by the index of the category."""
        nothing = (0,) * len(CATEGORIES)
        old = self.old.sizes if self.old is not None else nothing
        new = self.new.sizes if self.new is not None else nothing
        return tuple(b - a for a, b in zip(old, new, strict=True))


def compare_rows(old: Iterable[SizeRow], new: Iterable[SizeRow]) -> Iterator[SizeChange]:
    """Functions by name: those of the old build in its order, then those that only the new one has."""
    rest = {row.name: row for row in new}
    for row in old:
        yield SizeChange(row.name, row, rest.pop(row.name, None))
    for name, row in rest.items():
        yield SizeChange(name, None, row)
