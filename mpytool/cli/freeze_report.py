"""What ``mpyc freeze`` says at its end: the sizes by module and category, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mpytool.freezer import FrozenImage
from mpytool.freezer.sizes import SHARED, Category
from mpytool.manifest.frozen import Named
from mpytool.render.text import clean

SCHEMA = 1
"""Version of the JSON; it changes when a key changes its meaning or goes."""

_COLUMNS: tuple[tuple[str, frozenset[Category]], ...] = (
    ("bytecode", frozenset({Category.BYTECODE})),
    ("native", frozenset({Category.NATIVE})),
    ("qstrs", frozenset({Category.QSTR_TEXT, Category.QSTR_POOL, Category.QSTR_TABLES})),
    ("constants", frozenset({Category.OBJECTS, Category.OBJECT_TABLES})),
    ("records", frozenset({Category.RECORDS, Category.HEADS, Category.NAMES})),
    ("source", frozenset({Category.TEXTS})),
)
"""Columns of the table; one in which nothing stands is left out."""

_SHARED = "(shared)"


def report_of(output: str, found: Sequence[Named], image: FrozenImage, word_size: int) -> dict[str, object]:
    """What there is to know of a run, for JSON. Sizes in bytes."""
    sizes: dict[str, dict[str, int]] = {}
    categories: dict[str, int] = {}
    for row in image.sizes():
        size = row.extent.total(word_size)
        sizes.setdefault(row.module, {})[row.category.value] = size
        categories[row.category.value] = categories.get(row.category.value, 0) + size
    modules = [
        {
            "path": clean(named.name),
            "kind": named.entry.kind.value,
            "file": clean(named.entry.path),
            "version": named.entry.metadata.version,
            "license": named.entry.metadata.license,
            "size": sum(sizes.get(named.name, {}).values()),
            "sizes": sizes.get(named.name, {}),
        }
        for named in found
    ]
    return {
        "schema": SCHEMA,
        "output": output,
        "word_size": word_size,
        "size": image.total(word_size),
        "categories": categories,
        "shared": sizes.get(SHARED, {}),
        "modules": modules,
    }


def format_json(report: dict[str, object], *, changed: bool) -> str:
    """The JSON that is printed."""
    return json.dumps({**report, "changed": changed}, indent=2) + "\n"


def format_table(output: str, found: Sequence[Named], image: FrozenImage, word_size: int) -> str:
    """The table that is printed: a row for each module, the largest first."""
    cells: dict[str, dict[str, int]] = {named.name: {} for named in found}
    for row in image.sizes():
        column = next(title for title, categories in _COLUMNS if row.category in categories)
        sums = cells.setdefault(row.module, {})
        sums[column] = sums.get(column, 0) + row.extent.total(word_size)
    titles = [title for title, _ in _COLUMNS if any(title in sums for sums in cells.values())]
    names = sorted(cells, key=lambda name: (name == SHARED, -sum(cells[name].values()), name))
    lines = [["bytes", *titles, "module"]]
    for name in names:
        lines.append(_line(cells[name], titles, clean(name) if name != SHARED else _SHARED))
    totals = {title: sum(sums.get(title, 0) for sums in cells.values()) for title in titles}
    count = f"{len(found):,} module" if len(found) == 1 else f"{len(found):,} modules"
    lines.append(_line(totals, titles, f"total, {count}, {8 * word_size}-bit pointers"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    text = ""
    for *numbers, name in lines:
        padded = [number.rjust(width) for number, width in zip(numbers, widths, strict=True)]
        text += "  ".join([*padded, name]) + "\n"
    return f"{clean(output)}:\n\n{text}"


def _line(sums: dict[str, int], titles: list[str], name: str) -> list[str]:
    return [f"{sum(sums.values()):,}", *(f"{sums[t]:,}" if sums.get(t) else "." for t in titles), name]
