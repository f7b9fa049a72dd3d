"""Measurements as tables: kernels beside mpy-cross's, with geometric means over those that both compile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.native.counting import Counts
from benchmarks.native.measure import Measurement


@dataclass(frozen=True, slots=True)
class Row:
    """One kernel: mpy-cross, the compiler that is measured, and C."""

    kernel: str
    peer: Measurement
    ours: Measurement
    limit: Counts | None = None

    @property
    def instructions(self) -> float | None:
        """How many times as many instructions mpy-cross's code needs."""
        if self.peer.counts is None or self.ours.counts is None:
            return None
        return self.peer.counts.total / self.ours.counts.total

    @property
    def bytes(self) -> float | None:
        """The size of our machine code in parts of mpy-cross's."""
        if not self.peer.code_bytes or not self.ours.code_bytes or self.instructions is None:
            return None
        return self.ours.code_bytes / self.peer.code_bytes

    @property
    def over_limit(self) -> float | None:
        """How many times as many instructions as C our code needs."""
        if self.limit is None or self.ours.counts is None:
            return None
        return self.ours.counts.total / self.limit.total

    @property
    def code_over_limit(self) -> float | None:
        """The same of our machine code alone, without MicroPython."""
        if self.limit is None or self.ours.counts is None:
            return None
        return self.ours.counts.emitted / self.limit.total


@dataclass(slots=True)
class Results:
    """Rows by architecture and mode, and of activations by architecture and entry path."""

    tables: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    entries: dict[tuple[str, str], Row] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """What our compiler did not compile or what did not give the right result."""
        return [
            f"{march}, {mode}: {row.kernel}: {row.ours.failure}"
            for (march, mode), rows in self.tables.items()
            for row in rows
            if row.ours.failure
        ]


def geometric_mean(values: Sequence[float]) -> float | None:
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def means(rows: Sequence[Row]) -> dict[str, float | None]:
    """Geometric means of the ratios of some rows."""
    return {
        name: geometric_mean([value for row in rows if (value := getattr(row, name)) is not None])
        for name in ("instructions", "bytes", "over_limit", "code_over_limit")
    }


def _number(value: float | None, form: str = ",.0f") -> str:
    return "-" if value is None else format(value, form)


_COLUMNS = (
    "kernel", "mpy-cross", "mpyc", "times fewer", "mpy-cross bytes", "mpyc bytes", "part", "of C",
    "code of C",
)  # fmt: skip


def table(rows: Sequence[Row]) -> Iterator[str]:
    """A Markdown table of a mode."""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|---|{'---:|' * (len(_COLUMNS) - 1)}"
    for row in rows:
        cells = [
            f"`{row.kernel}`",
            _number(row.peer.counts.total if row.peer.counts else None),
            _number(row.ours.counts.total if row.ours.counts else None),
            _number(row.instructions, ".2f"),
            _number(row.peer.code_bytes or None),
            _number(row.ours.code_bytes or None),
            _number(row.bytes, ".2f"),
            _number(row.over_limit, ".2f"),
            _number(row.code_over_limit, ".2f"),
        ]
        yield f"| {' | '.join(cells)} |"
    mean = means(rows)
    cells = ["**geometric mean**", "", "", f"**{_number(mean['instructions'], '.2f')}**", "", ""]
    cells += [f"**{_number(mean[name], '.2f')}**" for name in ("bytes", "over_limit", "code_over_limit")]
    yield f"| {' | '.join(cells)} |"


def entry_table(entries: Mapping[tuple[str, str], Row], turns: int) -> Iterator[str]:
    """A Markdown table of the entry paths."""
    yield "| activation | architecture | mpy-cross | mpyc |"
    yield "|---|---|---:|---:|"
    for (march, title), row in entries.items():
        parts = [m.counts.emitted / turns if m.counts else None for m in (row.peer, row.ours)]
        yield f"| {title} | {march} | {' | '.join(_number(part, '.1f') for part in parts)} |"


def page(results: Results, made_by: str, turns: int) -> str:
    """The text of ``docs/native-speed.md``."""
    parts = [
        "# Speed of native code\n",
        f"Made by `{made_by}`; nothing here is written by hand.",
        "Counted are the instructions that one run of a kernel executes, with all that it calls in",
        "MicroPython, and the bytes of machine code in its file. `of C` is their number in parts of that of",
        "the same kernel in C (`gcc -O2`, on Arm Thumb-2), `code of C` without what runs in MicroPython: of",
        "viper kernels `run` is bytecode.\n",
        "## Means\n",
        "| architecture | mode | kernels | times fewer instructions | part of the bytes |",
        "|---|---|---:|---:|---:|",
    ]
    for (march, mode), rows in results.tables.items():
        mean, count = means(rows), sum(row.instructions is not None for row in rows)
        numbers = f"{_number(mean['instructions'], '.2f')} | {_number(mean['bytes'], '.2f')}"
        parts.append(f"| {march} | {mode} | {count} of {len(rows)} | {numbers} |")
    for (march, mode), rows in results.tables.items():
        parts += [f"\n## {march}, {mode}\n", *table(rows)]
    parts += [
        "\n## Getting in and out\n",
        "Emitted instructions for one activation, the caller is bytecode.\n",
    ]
    parts += entry_table(results.entries, turns)
    if results.failures:
        parts += ["\n## Failures\n", *(f"* {line}" for line in results.failures)]
    return "\n".join(parts) + "\n"


def as_json(results: Results) -> dict[str, object]:
    """All numbers, for other programs."""

    def one(found: Measurement) -> dict[str, object]:
        counts = found.counts
        return {
            "instructions": counts and counts.total,
            "emitted": counts and counts.emitted,
            "code_bytes": found.code_bytes,
            "file_bytes": found.file_bytes,
            "failure": found.failure,
        }

    def row(found: Row) -> dict[str, object]:
        return {
            "kernel": found.kernel,
            "mpy-cross": one(found.peer),
            "mpyc": one(found.ours),
            "c_instructions": found.limit and found.limit.total,
        }

    return {
        "tables": [
            {"march": march, "mode": mode, "means": means(rows), "kernels": [row(r) for r in rows]}
            for (march, mode), rows in results.tables.items()
        ],
        "entries": [
            {"march": march, "activation": title, **row(found)}
            for (march, title), found in results.entries.items()
        ],
    }
