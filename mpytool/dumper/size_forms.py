"""The accounts of ``mpyc size`` as text, JSON and CSV. Each form is made piece by piece."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

from mpytool.dumper.ram import ITEMS, Footprint, footprint
from mpytool.dumper.ram_machine import MACHINE_32, MACHINE_64, Case, Machine, StringPool
from mpytool.dumper.size import CATEGORIES, SizeChange, SizeRow, compare_rows, size_rows, sum_rows
from mpytool.module import CompiledModule
from mpytool.qstrs import STATIC_QSTRS
from mpytool.render.text import clean

MACHINES: tuple[Machine, ...] = (MACHINE_32, MACHINE_64)
SCHEMA = 1
"""Of the JSON form; ``docs/size.md`` describes it."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read. ``name`` is what it is called in the account."""

    name: str
    data: bytes
    module: CompiledModule

    def rows(self) -> Iterator[SizeRow]:
        """By function; ``size_rows``."""
        return size_rows(self.data, self.module)


class Imports:
    """What imports cost, alone and one after the other, for each machine and case."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = frozenset(STATIC_QSTRS).union(known)
        self._pools = {(m.name, c): self._pool(m) for m in MACHINES for c in Case}
        self._sums: dict[tuple[str, Case], list[Footprint]] = {key: [] for key in self._pools}

    def _pool(self, machine: Machine) -> StringPool:
        return StringPool(machine, set(self._known))

    def alone(self, module: CompiledModule) -> list[Footprint]:
        """Imported into a MicroPython just started."""
        return [footprint(module, m, c, strings=self._pool(m)) for m in MACHINES for c in Case]

    def next(self, module: CompiledModule) -> None:
        """Imported after those before."""
        for machine in MACHINES:
            for case in Case:
                key = machine.name, case
                self._sums[key].append(footprint(module, machine, case, strings=self._pools[key]))

    def total(self) -> list[Footprint]:
        """All that were imported with ``next``."""
        return [_add(found) for found in self._sums.values()]


def _add(footprints: Sequence[Footprint]) -> Footprint:
    from mpytool.dumper.ram import Item

    items = []
    for name, _ in ITEMS:
        same = [item for f in footprints for item in f.items if item.name == name]
        if same:
            fields = ("count", "loading", "running", "kept")
            items.append(Item(name, *(sum(getattr(item, field) for item in same) for field in fields)))
    first = footprints[0]
    return Footprint(first.machine, first.case, tuple(items), sum(f.new_strings for f in footprints))


# Text

_HEADINGS = ("header", "qstrs", "constants", "prelude", "lines", "bytecode", "native", "relocs")


def _table(titles: Sequence[Sequence[str]], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Right-aligned columns and one of names behind them, below one or more lines of titles."""
    table = [*titles, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    for row in table:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip() + "\n"


def _size_table(rows: Sequence[SizeRow], total: SizeRow, names: str) -> Iterator[str]:
    used = [i for i, size in enumerate(total.sizes) if size]
    titles = ["bytes", *(_HEADINGS[i] for i in used), names]
    cells = [
        [str(row.total), *(str(row.sizes[i]) if row.sizes[i] else "." for i in used), clean(row.name)]
        for row in (*rows, total)
    ]
    return _table([titles], cells)


def file_text(file: Input, top: int) -> Iterator[str]:
    """The table of one file: the ``top`` largest functions, what the others take, and the sums."""
    sizes = [0] * len(CATEGORIES)
    count = 0

    def counted() -> Iterator[SizeRow]:
        nonlocal count
        for row in file.rows():
            count += 1
            for i, size in enumerate(row.sizes):
                sizes[i] += size
            yield row

    largest = nlargest(top, counted(), key=lambda row: row.total)
    total = SizeRow("total", tuple(sizes))
    if count > len(largest):
        shown = sum_rows("", largest).sizes
        rest = tuple(a - b for a, b in zip(sizes, shown, strict=True))
        largest.append(SizeRow(f"({count - len(largest)} more)", rest))
    yield f"{clean(file.name)}: {len(file.data)} bytes, {count - 1} functions\n\n"
    yield from _size_table(largest, total, "function")


def files_text(rows: Sequence[SizeRow]) -> Iterator[str]:
    """The table of many files, given the sums of each."""
    yield from _size_table(rows, sum_rows("total", rows), "file")


def ram_text(footprints: Sequence[Footprint], title: str) -> Iterator[str]:
    """A table of what stays in RAM, a column for each footprint, and the sums of the other figures."""
    yield f"{title}, in bytes of heap\n\n"
    machines = [f.machine.name for f in footprints]
    groups = [name if name not in machines[:i] else "" for i, name in enumerate(machines)]
    titles = [[*groups, ""], [*(f.case.value for f in footprints), "item"]]
    rows = []
    for name, _ in ITEMS:
        kept = [sum(item.kept for item in f.items if item.name == name) for f in footprints]
        if any(kept):
            rows.append([*(str(size) if size else "." for size in kept), name])
    rows.append([*(str(f.kept) for f in footprints), "kept"])
    rows.append([*(str(f.loading) for f in footprints), "allocated when the body begins to run"])
    rows.append([*(str(f.allocated) for f in footprints), "allocated before garbage is collected"])
    rows.append([*(str(f.new_strings) for f in footprints), "(new strings)"])
    yield from _table(titles, rows)


def diff_text(old: Input, new: Input) -> Iterator[str]:
    """The functions whose size has changed, and the sums."""
    a, b = list(old.rows()), list(new.rows())
    total = SizeChange("total", sum_rows("total", a), sum_rows("total", b))
    changes = [c for c in compare_rows(a, b) if any(c.change) or c.old is None or c.new is None]
    changes.sort(key=lambda c: -abs(sum(c.change)))
    used = [i for i in range(len(CATEGORIES)) if any(c.change[i] for c in (*changes, total))]
    titles = ["old", "new", "change", *(_HEADINGS[i] for i in used), "function"]
    rows = [
        [
            *(str(row.total) if row is not None else "-" for row in (c.old, c.new)),
            f"{sum(c.change):+d}",
            *(f"{c.change[i]:+d}" if c.change[i] else "." for i in used),
            clean(c.name),
        ]
        for c in (*changes, total)
    ]
    yield f"{clean(old.name)} -> {clean(new.name)}: {len(old.data)} -> {len(new.data)} bytes\n\n"
    yield from _table([titles], rows)


# JSON


def _sizes(row: SizeRow) -> dict[str, int]:
    return {"bytes": row.total, **dict(zip(CATEGORIES, row.sizes, strict=True))}


def ram_object(footprint: Footprint) -> dict[str, object]:
    """The JSON object of an account of RAM."""
    return {
        "machine": footprint.machine.name,
        "case": footprint.case.value,
        "loading": footprint.loading,
        "allocated": footprint.allocated,
        "kept": footprint.kept,
        "new_strings": footprint.new_strings,
        "items": [
            {"item": i.name, "count": i.count, "loading": i.loading, "running": i.running, "kept": i.kept}
            for i in footprint.items
        ],
    }


def json_text(files: Sequence[Input], imports: Imports) -> Iterator[str]:
    """All files, and what importing them one after the other costs."""
    yield f'{{"schema": {SCHEMA}, "files": ['
    totals = []
    for number, file in enumerate(files):
        yield f'{"," if number else ""}\n{{"file": {json.dumps(file.name)}, "functions": ['
        sizes = [0] * len(CATEGORIES)
        for index, row in enumerate(file.rows()):
            for i, size in enumerate(row.sizes):
                sizes[i] += size
            yield ("," if index else "") + "\n  " + json.dumps({"name": row.name, **_sizes(row)})
        totals.append(SizeRow(file.name, tuple(sizes)))
        ram = [ram_object(f) for f in imports.alone(file.module)]
        yield f'], "total": {json.dumps(_sizes(totals[-1]))},\n "ram": {json.dumps(ram)}}}'
        imports.next(file.module)
    ram = [ram_object(f) for f in imports.total()] if files else []
    yield f'],\n"total": {json.dumps(_sizes(sum_rows("", totals)))},\n"ram": {json.dumps(ram)}}}\n'


def diff_json(old: Input, new: Input) -> Iterator[str]:
    """Every function of either build."""
    a, b = list(old.rows()), list(new.rows())
    changes = [*compare_rows(a, b), SizeChange("total", sum_rows("", a), sum_rows("", b))]
    objects = [
        {
            "name": c.name,
            "old": None if c.old is None else _sizes(c.old),
            "new": None if c.new is None else _sizes(c.new),
            "change": sum(c.change),
        }
        for c in changes
    ]
    value = {
        "schema": SCHEMA,
        "old": old.name,
        "new": new.name,
        "functions": objects[:-1],
        "total": objects[-1],
    }
    yield json.dumps(value, indent=1) + "\n"


# CSV


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def csv_text(files: Sequence[Input], imports: Imports) -> Iterator[str]:
    """One figure a line: of a file, of a function or item of RAM."""

    def rows() -> Iterator[Sequence[object]]:
        yield ("file", "about", "name", "column", "bytes")
        for file in files:
            for row in file.rows():
                for category, size in zip(CATEGORIES, row.sizes, strict=True):
                    if size:
                        yield (file.name, "function", row.name, category, size)
            for account in imports.alone(file.module):
                about = f"ram {account.machine.name} {account.case.value}"
                for item in account.items:
                    for column in ("loading", "running", "kept"):
                        yield (file.name, about, item.name, column, getattr(item, column))

    return _lines(rows())


def diff_csv(old: Input, new: Input) -> Iterator[str]:
    """One category of a function a line, where it has changed."""

    def rows() -> Iterator[Sequence[object]]:
        yield ("name", "column", "old", "new")
        for change in compare_rows(old.rows(), new.rows()):
            for i, category in enumerate(CATEGORIES):
                sizes = [row.sizes[i] if row is not None else 0 for row in (change.old, change.new)]
                if sizes[0] != sizes[1]:
                    yield (change.name, category, *sizes)

    return _lines(rows())
