"""What the page of ``mpyc dump --html`` knows: one JSON object, compact enough for large files.

The file's regions are its rows. Their columns are arrays of one number for each region; texts are numbers of
``strings``, which holds each text once. Sparse columns are flat lists of (regions since the last entry,
value) pairs.

==============  =====================================================================================
name            of the file
sourceName      of the source, as the file itself has it
facts           (label, text) pairs
source          the program's text, null if it is not at hand
bytes           the whole file, base64
kinds           names of the categories
functions       (dotted name, signature in parentheses, kind in words), in the order of the file
instructions    how many regions are instructions
strings         every text; the first ones are opcodes, then the mnemonics of native code
ops             how to show the operand of each of these: a letter, see ``_class_of``; n is native
length          bytes of each region
run             (index of kind, number of function or -1, how many regions) triples, one list
text            what the region is; for an instruction the name of its opcode
operand         of an instruction, empty text for other regions
line            sparse: where the line of the source changes; 0 is none
ref             sparse: the region that an instruction refers to: where it jumps, its name, its constant
label           sparse: what regions that are jumped to are called, as a number of ``strings``
depth           sparse: where the depth of the stack changes; -1 is unknown
==============  =====================================================================================
"""

from __future__ import annotations

import base64
import mmap
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mpytool.dumper.listing import (
    FunctionEntry,
    OperandTexts,
    bytecode_rows,
    functions,
    kind_words,
    label,
    signature,
)
from mpytool.dumper.native import NativeRow, native_rows
from mpytool.dumper.native import label as native_label
from mpytool.dumper.words import header_words
from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.mpyfile.read import read
from mpytool.mpyfile.regions import Region, regions
from mpytool.opcodes import OPS, Op, Operand
from mpytool.varint import decode_varuint

Path = tuple[int, ...]

_OPERAND_CLASSES: Mapping[Operand, str] = {
    Operand.INT: "i",
    Operand.OBJECT: "o",
    Operand.LOCAL: "p",
    Operand.JUMP: "l",
    Operand.JUMP_UNWIND: "l",
    Operand.FORWARD: "l",
}
_CLASS_OF_OP: Mapping[str, str] = {
    "LOAD_CONST_STRING": "s",
    "LOAD_CONST_SMALL_INT_MULTI": "i",
    "LOAD_FAST_MULTI": "p",
    "STORE_FAST_MULTI": "p",
}
_PLAIN = "d"
_NATIVE = "n"

_TABLE_OF_OP: Mapping[str, str] = {
    op.name: "constant" if op.operand is Operand.OBJECT else "qstr"
    for op in OPS
    if op.operand in (Operand.OBJECT, Operand.QSTR)
}
_ENTRY = re.compile(r"(qstr|constant) (\d+)\b")
"""How the regions of the two tables say which entry they are."""

_BYTECODE = "bytecode"
_NATIVE_CODE = "native code"


def _class_of(op: Op) -> str:
    return _CLASS_OF_OP.get(op.name) or _OPERAND_CLASSES.get(op.operand, _PLAIN)


class _Strings:
    """Numbers for texts."""

    def __init__(self, first: Sequence[str]) -> None:
        self.all = list(first)
        self._numbers = {text: number for number, text in enumerate(self.all)}

    def number(self, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.all)
            self.all.append(text)
        return number


class _Sparse:
    """A column most of whose entries are missing, or are what the one before is."""

    def __init__(self, value: int | None = None) -> None:
        self.flat: list[int] = []
        self._last = 0
        self._value = value

    def put(self, region: int, value: int) -> None:
        self.flat += (region - self._last, value)
        self._last = region

    def change(self, region: int, value: int) -> None:
        if value != self._value:
            self._value = value
            self.put(region, value)


def page_data(
    buffer: bytes | bytearray | memoryview | mmap.mmap, source: str | None, name: str
) -> dict[str, Any]:
    """The object that the page reads. MpyFormatError if the file is not well-formed."""
    module = read(buffer)
    entries = list(functions(module))
    numbers = _paths(entries)
    parts: list[Region] = []
    native: dict[int, NativeRow] = {}
    disassembled: set[int] = set()
    for region in regions(buffer):
        if region.kind == _NATIVE_CODE and region.function is not None:
            number = numbers[region.function]
            if number not in disassembled:
                disassembled.add(number)
                _disassemble(module, entries[number].raw_code, region, parts, native)
                continue
        parts.append(region)
    return {
        "name": name,
        "sourceName": module.qstrs[0] if module.qstrs else "",
        "facts": _facts(module, len(buffer)),
        "source": source,
        "bytes": base64.b64encode(buffer).decode("ascii"),
        "functions": [_function(module, entry) for entry in entries],
        **_Columns(module, parts, native, entries, _has_lines(module, entries, source)).build(numbers),
    }


def _disassemble(
    module: CompiledModule,
    raw_code: RawCode,
    region: Region,
    parts: list[Region],
    native: dict[int, NativeRow],
) -> None:
    """Put the instructions of a function's native code in the place of the region that they are.

    The region begins where the function's data do. ``native`` gets the row of each new region.
    """
    offset = region.start
    for row in native_rows(module, raw_code):
        start = region.start + row.offset
        end = start + len(row.data)
        if start < offset or end > region.end or not row.data:
            continue
        if start > offset:
            parts.append(replace(region, start=offset, end=start, what="words before the code"))
        if row.text:
            native[len(parts)] = row
        parts.append(replace(region, start=start, end=end, what=f"data {row.note}".rstrip()))
        offset = end
    if offset < region.end:
        parts.append(replace(region, start=offset))


def _facts(module: CompiledModule, size: int) -> list[tuple[str, str]]:
    words = header_words(module)
    facts = [
        ("Format", f".mpy {words.version}"),
        ("Native code", words.arch),
        ("Small ints", f"{module.small_int_bits} bits"),
        ("Size", f"{size:,} bytes"),
        ("Names", f"{len(module.qstrs):,}"),
        ("Constants", f"{len(module.constants):,}"),
        ("Loads on", words.loads_on.partition(", small")[0]),
    ]
    if module.arch_flags:
        facts.insert(2, ("Extensions", words.arch_flags))
    return facts


def _function(module: CompiledModule, entry: FunctionEntry) -> tuple[str, str, str]:
    head = signature(module, entry.raw_code)
    return entry.name, head[head.rfind("(", 0, head.find(")") + 1) :], kind_words(entry.raw_code)


def _has_lines(module: CompiledModule, entries: Sequence[FunctionEntry], source: str | None) -> bool:
    """Whether lines are known. Without any line table all code is said to be on line 1: rarely true."""
    tables = any(e.raw_code.prelude is not None and e.raw_code.prelude.line_table for e in entries)
    return tables or (source is not None and len(source.splitlines()) == 1)


def _paths(entries: Sequence[FunctionEntry]) -> dict[Path, int]:
    """The number of the function at each path of child indices."""
    paths: list[Path] = []
    n_children = [0] * len(entries)
    for entry in entries:
        if entry.parent < 0:
            paths.append(())
        else:
            paths.append((*paths[entry.parent], n_children[entry.parent]))
            n_children[entry.parent] += 1
    return {path: number for number, path in enumerate(paths)}


class _Columns:
    """The columns, filled in one walk over the regions; references are resolved at the end."""

    def __init__(
        self,
        module: CompiledModule,
        parts: Sequence[Region],
        native: Mapping[int, NativeRow],
        entries: Sequence[FunctionEntry],
        has_lines: bool,
    ) -> None:
        self._module = module
        self._parts = parts
        self._native = native
        self._entries = entries
        self._has_lines = has_lines
        mnemonics = sorted({row.text.partition(" ")[0] for row in native.values()})
        self._strings = _Strings([*(op.name for op in OPS), *mnemonics])
        self._ops = [*(_class_of(op) for op in OPS), *(_NATIVE for _ in mnemonics)]
        self._texts = OperandTexts(module)
        self._region_at = {region.start: number for number, region in enumerate(parts)}
        self._table_entries = self._find_table_entries()
        none = self._strings.number("")
        self._text = [none] * len(parts)
        self._operand = [none] * len(parts)
        self._line = _Sparse(0)
        self._depth = _Sparse(-1)
        self._ref = _Sparse()
        self._label = _Sparse()
        self._n_instructions = 0

    def _find_table_entries(self) -> dict[tuple[str, int], int]:
        found = {}
        for number, region in enumerate(self._parts):
            if region.function is None and (match := _ENTRY.match(region.what)):
                found[match[1], int(match[2])] = number
        return found

    def build(self, numbers: Mapping[Path, int]) -> dict[str, Any]:
        """The columns; ``numbers`` are the functions' by path."""
        kinds: dict[str, int] = {}
        runs: list[int] = []
        last: tuple[int, int] | None = None
        number = 0
        while number < len(self._parts):
            region = self._parts[number]
            function = numbers[region.function] if region.function is not None else -1
            key = (kinds.setdefault(region.kind, len(kinds)), function)
            n_regions = self._put_code(number, function) if region.kind == _BYTECODE else 0
            if not n_regions:
                self._put(number, region.what)
                if number in self._native:
                    self._put_native(number, self._native[number])
                n_regions = 1
            if key != last:
                runs += (*key, 0)
                last = key
            runs[-1] += n_regions
            number += n_regions
        return {
            "kinds": list(kinds),
            "instructions": self._n_instructions,
            "strings": self._strings.all,
            "ops": self._ops,
            "length": [region.end - region.start for region in self._parts],
            "run": runs,
            "text": self._text,
            "operand": self._operand,
            "line": self._line.flat,
            "ref": self._ref.flat,
            "label": self._label.flat,
            "depth": self._depth.flat,
        }

    def _put(self, number: int, text: str) -> None:
        self._text[number] = self._strings.number(text)
        self._line.change(number, 0)
        self._depth.change(number, -1)

    def _put_native(self, number: int, row: NativeRow) -> None:
        mnemonic, _, operands = row.text.partition(" ")
        self._text[number] = self._strings.number(mnemonic)
        self._operand[number] = self._strings.number("  ; ".join(filter(None, (operands.strip(), row.note))))
        if row.is_target:
            self._label.put(number, self._strings.number(native_label(row.offset)))
        if row.target is not None:
            target = self._region_at.get(self._parts[number].start - row.offset + row.target)
            if target is not None:
                self._ref.put(number, target)
        self._n_instructions += 1

    def _put_code(self, number: int, function: int) -> int:
        """The instructions of a function, whose first is a region; how many regions they are.

        0 if the regions do not begin where the instructions do.
        """
        raw_code = self._entries[function].raw_code
        if raw_code.kind is not RawCodeKind.BYTECODE:
            return 0
        start = self._parts[number].start
        first = number
        for row in bytecode_rows(self._module, raw_code, self._texts):
            if row.error or number >= len(self._parts) or self._parts[number].start != start + row.offset:
                break
            self._text[number] = self._strings.number(row.name)
            self._operand[number] = self._strings.number(row.operand)
            self._line.change(number, row.line or 1 if self._has_lines else 0)
            self._depth.change(number, -1 if row.depth is None else row.depth)
            if row.is_target:
                self._label.put(number, self._strings.number(label(row.offset)))
            target = (
                self._table_entry(row.name, row.data)
                if row.target is None
                else self._region_at.get(start + row.target)
            )
            if target is not None:
                self._ref.put(number, target)
            number += 1
        self._n_instructions += number - first
        return number - first

    def _table_entry(self, name: str, data: bytes) -> int | None:
        """The region of the qstr or constant that an instruction's operand is, if it is one."""
        table = _TABLE_OF_OP.get(name)
        return None if table is None else self._table_entries.get((table, decode_varuint(data, 1)[0]))
