"""What ``mpyc freeze`` says at its end: the sizes by module and category, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.manifest.frozen import Named
from mpytool.manifest.frozen_c import FrozenC
from mpytool.render.text import clean

SCHEMA = 1
"""Version of the JSON; it changes when a key changes its meaning or goes."""

COLUMNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("bytecode", frozenset({"bytecode"})),
    ("native", frozenset({"machine code"})),
    ("qstrs", frozenset({"text", "qstr pool", "qstr tables"})),
    ("constants", frozenset({"constant objects", "constant tables"})),
    ("records", frozenset({"function records", "module heads", "module names"})),
    ("source", frozenset({"source texts"})),
)
"""Columns of the table, with categories of ``freezer/sizes.py``; one in which nothing stands is left out."""

_NO_MODULE = ""
_SHARED = "(shared)"


def format_json(output: str, found: Sequence[Named], made: FrozenC, word_size: int, *, changed: bool) -> str:
    """The JSON that is printed: what there is to know of a run. Sizes in bytes."""
    import json

    sizes: dict[str, dict[str, int]] = {}
    categories: dict[str, int] = {}
    for line in made.sizes:
        size = line.total(word_size)
        sizes.setdefault(line.module, {})[line.category] = size
        categories[line.category] = categories.get(line.category, 0) + size
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
    report = {
        "schema": SCHEMA,
        "output": output,
        "word_size": word_size,
        "size": made.total(word_size),
        "categories": categories,
        "shared": sizes.get(_NO_MODULE, {}),
        "modules": modules,
        "changed": changed,
    }
    return json.dumps(report, indent=2) + "\n"


def format_table(output: str, found: Sequence[Named], made: FrozenC, word_size: int) -> str:
    """The table that is printed: a row for each module, the largest first."""
    columns = {category: title for title, categories in COLUMNS for category in categories}
    cells: dict[str, dict[str, int]] = {named.name: {} for named in found}
    for size in made.sizes:
        column = columns[size.category]
        sums = cells.setdefault(size.module, {})
        sums[column] = sums.get(column, 0) + size.total(word_size)
    titles = [title for title, _ in COLUMNS if any(title in sums for sums in cells.values())]
    names = sorted(cells, key=lambda name: (name == _NO_MODULE, -sum(cells[name].values()), name))
    lines = [["bytes", *titles, "module"]]
    for name in names:
        lines.append(_line(cells[name], titles, clean(name) or _SHARED))
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
