"""Two builds of a module, function by function.

Functions belong together by their dotted names. Code is compared by what it says, not by its bytes: indices
are resolved, and jump targets are numbered in the order of the code, so that an instruction more shifts
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from mpytool.dumper.listing import (
    FunctionEntry,
    OperandTexts,
    bytecode_rows,
    constant_text,
    functions,
    kind_words,
    signature,
    visible,
)
from mpytool.dumper.native import native_rows
from mpytool.dumper.paint import Paint, plain
from mpytool.dumper.words import header_words
from mpytool.module import CompiledModule, RawCodeKind

_CONTEXT = 3
_CAREFUL = 4000
"""Lines of a function up to which the shortest difference is looked for; beyond, only both ends are cut."""


def format_diff(
    old: CompiledModule, new: CompiledModule, old_name: str, new_name: str, paint: Paint = plain
) -> str:
    """The whole comparison; ends with a newline."""
    return "".join(iter_diff(old, new, old_name, new_name, paint))


def iter_diff(
    old: CompiledModule, new: CompiledModule, old_name: str, new_name: str, paint: Paint = plain
) -> Iterator[str]:
    """The comparison piece by piece."""
    yield paint("removed", f"--- {visible(old_name)}") + "\n"
    yield paint("added", f"+++ {visible(new_name)}") + "\n"
    differences = 0
    for title, before, after in (
        ("header", _header(old), _header(new)),
        ("qstrs, sorted", sorted(map(visible, old.qstrs)), sorted(map(visible, new.qstrs))),
        ("constants, sorted", _constants(old), _constants(new)),
    ):
        if before != after:
            differences += 1
            yield f"\n{paint('heading', title)}\n"
            yield from _changes(before, after, paint, context=0)
    comparison = _Comparison(old, new)
    yield from comparison.functions(paint)
    yield "\n" + comparison.summary(differences) + "\n"


def _header(module: CompiledModule) -> list[str]:
    words = header_words(module)
    return [
        f"version {words.version}",
        f"architecture {words.arch}",
        f"arch flags {words.arch_flags}",
        f"small ints {module.small_int_bits} bits",
        f"source file {visible(module.qstrs[0])}",
    ]


def _constants(module: CompiledModule) -> list[str]:
    return sorted(constant_text(value) for value in module.constants)


@dataclass(slots=True)
class _Side:
    """One of the two modules."""

    module: CompiledModule
    texts: OperandTexts
    entries: dict[str, FunctionEntry]

    def lines(self, name: str) -> list[str]:
        """What a function says: head and code, without what only depends on where it stands."""
        entry = self.entries[name]
        return [*self._head(entry), *self._code(entry)]

    def _head(self, entry: FunctionEntry) -> Iterator[str]:
        prelude = entry.raw_code.prelude
        yield f"{kind_words(entry.raw_code)} {signature(self.module, entry.raw_code, entry.own_name)}"
        if prelude is not None:
            yield (
                f"n_state {prelude.n_state}, n_exc_stack {prelude.n_exc_stack}, "
                f"scope_flags {prelude.scope_flags:#x}, cells {' '.join(map(str, prelude.cells)) or '-'}"
            )

    def _code(self, entry: FunctionEntry) -> Iterator[str]:
        if entry.raw_code.kind is RawCodeKind.BYTECODE:
            return self._bytecode(entry)
        return self._machine_code(entry)

    def _machine_code(self, entry: FunctionEntry) -> Iterator[str]:
        for row in native_rows(self.module, entry.raw_code, self.texts):
            if row.is_target:
                yield " L:"
            # Targets of jumps depend on where the code is.
            text = row.text.rpartition(" ")[0] if row.target is not None else row.text
            note = f"  ; {row.note}" if row.note and row.target is None else ""
            yield f"  {text or row.data.hex()}{note}"

    def _bytecode(self, entry: FunctionEntry) -> Iterator[str]:
        rows = list(bytecode_rows(self.module, entry.raw_code, self.texts))
        targets = [row.offset for row in rows if row.is_target]
        numbers = {offset: number for number, offset in enumerate(targets)}
        for row in rows:
            if row.is_target:
                yield f" L{numbers[row.offset]}:"
            operand = row.operand
            if row.target is not None:
                goal = f"L{numbers[row.target]}" if row.target in numbers else "outside"
                _, comma, rest = operand.partition(", ")
                operand = f"-> {goal}{comma}{rest}"
            if row.error:
                yield f"  {row.error}: {row.data[:64].hex(' ')}"
            else:
                yield f"  {row.name} {operand}".rstrip()


def _side(module: CompiledModule) -> _Side:
    return _Side(module, OperandTexts(module), {entry.name: entry for entry in functions(module)})


class _Comparison:
    def __init__(self, old: CompiledModule, new: CompiledModule) -> None:
        self._old = _side(old)
        self._new = _side(new)
        self._same = self._changed = self._moved = self._added = self._removed = 0

    def functions(self, paint: Paint) -> Iterator[str]:
        """What differs in the functions of both, then those that only one has."""
        for name, entry in self._old.entries.items():
            other = self._new.entries.get(name)
            if other is None:
                self._removed += 1
                yield f"\n{paint('removed', '- function ' + name)}, {len(entry.raw_code.data):,} bytes\n"
                continue
            before, after = self._old.lines(name), self._new.lines(name)
            if before == after:
                self._same += 1
                self._moved += _lines_of(entry) != _lines_of(other)
                continue
            self._changed += 1
            sizes = f"{len(entry.raw_code.data):,} -> {len(other.raw_code.data):,} bytes"
            yield f"\n{paint('heading', 'function ')}{paint('name', name)}, {sizes}\n"
            yield from _changes(before, after, paint)
        for name, entry in self._new.entries.items():
            if name not in self._old.entries:
                self._added += 1
                yield f"\n{paint('added', '+ function ' + name)}, {len(entry.raw_code.data):,} bytes\n"
                yield from (f"{paint('added', '+' + line)}\n" for line in self._new.lines(name))

    def summary(self, other_differences: int) -> str:
        """The counts in one line."""
        if not (self._changed or self._added or self._removed or self._moved or other_differences):
            return f"no difference in {self._same} functions"
        parts = [
            f"{self._changed} functions changed",
            f"{self._added} added",
            f"{self._removed} removed",
            f"{self._same} the same" + (f" ({self._moved} with other line numbers)" if self._moved else ""),
        ]
        return ", ".join(parts)


def _lines_of(entry: FunctionEntry) -> bytes:
    prelude = entry.raw_code.prelude
    return bytes(prelude.line_table) if prelude is not None else b""


def _changes(
    before: Sequence[str], after: Sequence[str], paint: Paint, context: int = _CONTEXT
) -> Iterator[str]:
    if len(before) + len(after) > _CAREFUL:
        yield from _rough_changes(before, after, paint)
        return
    for number, line in enumerate(unified_diff(before, after, n=context, lineterm="")):
        if number < 2:  # the names of the files
            continue
        if line.startswith("@@"):
            if context:
                yield paint("offset", " ...") + "\n"
            continue
        kind = {"+": "added", "-": "removed"}.get(line[:1], "")
        yield paint(kind, line.rstrip()) + "\n"


def _rough_changes(before: Sequence[str], after: Sequence[str], paint: Paint) -> Iterator[str]:
    """For long functions, where the best difference takes too long: cut the common ends."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    yield paint("offset", f" {start} lines the same") + "\n"
    yield from (paint("removed", "-" + line) + "\n" for line in before[start : len(before) - end])
    yield from (paint("added", "+" + line) + "\n" for line in after[start : len(after) - end])
    yield paint("offset", f" {end} lines the same") + "\n"
