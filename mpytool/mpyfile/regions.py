"""What each byte of a ``.mpy`` file is for.

The file is read first, which checks it; then this walks over it a second time and says where everything is.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass

from mpytool.instructions import Instruction, decode_instruction
from mpytool.module import CompiledModule, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.constants import ConstantTable
from mpytool.mpyfile.describe import describe_constant, describe_relocation, describe_signature, quoted
from mpytool.mpyfile.header import (
    ARCH_FLAGS_BIT,
    COUNTED_RELOCATIONS,
    HAS_CHILDREN,
    LENGTH_SHIFT,
    RELOCATIONS_END,
    VIPER_HAS_BSS,
    VIPER_HAS_RELOCATIONS,
    VIPER_HAS_RODATA,
)
from mpytool.mpyfile.read import read, view
from mpytool.opcodes import Operand
from mpytool.options import ARCHES
from mpytool.prelude import decode_signature, decode_sizes
from mpytool.print_bytecode import format_operand
from mpytool.varint import decode_varuint

KINDS: tuple[str, ...] = (
    "header",
    "qstrs",
    "constants",
    "raw code header",
    "prelude",
    "line table",
    "cells",
    "bytecode",
    "native code",
    "native data",
    "relocations",
    "children",
)

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes ``start`` to ``end`` (exclusive) of a file, at least one.

    ``kind``      one of KINDS
    ``function``  numbers of children from the root, () for the root; None before the root begins
    ``what``      in words; text from the file is quoted and cut
    """

    start: int
    end: int
    kind: str
    function: Path | None
    what: str


def regions(buffer: bytes | bytearray | memoryview | mmap.mmap) -> list[Region]:
    """Every byte of the file, in order, without gap or overlap. Raises MpyFormatError."""
    return list(iter_regions(buffer))


def iter_regions(
    buffer: bytes | bytearray | memoryview | mmap.mmap,
    *,
    instructions: bool = True,
    module: CompiledModule | None = None,
) -> Iterator[Region]:
    """``regions`` one by one, for files whose list would be long.

    Without ``instructions`` the bytecode of a function is one region, and so are its line table and a
    stream of relocations. ``module`` is what ``read`` made of the buffer, if that was done already. Raises
    MpyFormatError before the first region.
    """
    walk = _Walk(view(buffer), read(buffer) if module is None else module, instructions)
    return walk.file()


@dataclass(slots=True)
class _Open:
    """A function whose children are on their way, or the nobody whose child the root is."""

    path: Path
    raw_code: RawCode | None
    children: Iterator[RawCode]
    n_read: int = 0


class _Walk:
    def __init__(self, data: memoryview, module: CompiledModule, instructions: bool) -> None:
        self._data = data
        self._module = module
        self._instructions = instructions

    def file(self) -> Iterator[Region]:
        offset = 0
        for region in self._head():
            offset = region.end
            yield region
        for region in self._qstrs(offset):
            offset = region.end
            yield region
        for region in self._constants(offset):
            offset = region.end
            yield region
        yield from self._functions(offset)

    def _head(self) -> Iterator[Region]:
        data, module = self._data, self._module
        yield Region(0, 1, "header", None, "'M'")
        yield Region(1, 2, "header", None, f"format version {data[1]}")
        arch = ARCHES[module.arch] if module.arch < len(ARCHES) else f"number {module.arch}"
        flags = ", architecture flags follow" if data[2] & ARCH_FLAGS_BIT else ""
        yield Region(
            2, 3, "header", None, f"features: architecture {arch}, sub-version {module.sub_version}{flags}"
        )
        yield Region(3, 4, "header", None, f"small ints have up to {data[3]} bits")
        offset = 4
        rows = [f"{len(module.qstrs)} qstrs", f"{len(module.constants)} constants"]
        if flags:
            rows.insert(0, f"architecture flags {module.arch_flags:#x}")
        for row in rows:
            _, end = decode_varuint(data, offset)
            yield Region(offset, end, "header", None, row)
            offset = end

    def _qstrs(self, offset: int) -> Iterator[Region]:
        for i, text in enumerate(self._module.qstrs):
            head, end = decode_varuint(self._data, offset)
            static = f" (static {head >> 1})" if head & 1 else ""
            if not head & 1:
                end += (head >> 1) + 1
            yield Region(offset, end, "qstrs", None, f"qstr {i} {quoted(text)}{static}")
            offset = end

    def _constants(self, offset: int) -> Iterator[Region]:
        constants = self._module.constants
        assert isinstance(constants, ConstantTable)
        for i, (start, end) in enumerate(constants.spans()):
            yield Region(
                offset + start, offset + end, "constants", None, f"constant {i} {self._constant_text(i)}"
            )

    def _constant_text(self, index: int) -> str:
        constants = self._module.constants
        assert isinstance(constants, ConstantTable)
        return describe_constant(constants.encoded, constants.offset(index))

    def _functions(self, offset: int) -> Iterator[Region]:
        # The functions whose children are on their way; the root is the only child of nobody.
        stack = [_Open((), None, iter([self._module.root]))]
        while stack:
            parent = stack[-1]
            raw_code = next(parent.children, None)
            if raw_code is None:
                stack.pop()
                if parent.raw_code is not None and _has_relocations(parent.raw_code):
                    for region in self._relocations(offset, parent.path):
                        offset = region.end
                        yield region
                continue
            path = parent.path if parent.raw_code is None else (*parent.path, parent.n_read)
            parent.n_read += 1
            for region in self._function(offset, path, raw_code):
                offset = region.end
                yield region
            stack.append(_Open(path, raw_code, iter(raw_code.children)))

    def _function(self, offset: int, path: Path, raw_code: RawCode) -> Iterator[Region]:
        data = self._data
        head, end = decode_varuint(data, offset)
        with_children = " with children" if head & HAS_CHILDREN else ""
        what = f"{raw_code.kind.name.lower()} function{with_children}, {head >> LENGTH_SHIFT} bytes"
        yield Region(offset, end, "raw code header", path, what)
        begin = end
        end = begin + len(raw_code.data)
        prelude = raw_code.prelude
        if raw_code.kind is RawCodeKind.BYTECODE:
            assert prelude is not None
            yield from self._prelude(begin, path, prelude)
            yield from self._bytecode(begin + raw_code.opcodes_offset, end, path, prelude)
        elif raw_code.kind is RawCodeKind.NATIVE:
            assert prelude is not None
            assert raw_code.native is not None
            middle = begin + raw_code.native.prelude_offset
            yield from _some(begin, middle, "native code", path, "machine code")
            for region in self._prelude(middle, path, prelude):
                middle = region.end
                yield region
            yield from _some(middle, end, "native code", path, "bytes behind the prelude")
        else:
            yield from _some(begin, end, "native code", path, "machine code")
        yield from self._behind_data(end, path, raw_code, head & HAS_CHILDREN != 0)

    def _behind_data(
        self, offset: int, path: Path, raw_code: RawCode, has_children: bool
    ) -> Iterator[Region]:
        """What follows a function's data, up to its children."""
        native = raw_code.native
        rows: list[str] = []
        if native is not None:
            if raw_code.kind is RawCodeKind.NATIVE:
                rows.append(f"the prelude is at {native.prelude_offset:#x}")
            else:
                rows.append(f"flags {native.scope_flags:#x}")
            if raw_code.kind is RawCodeKind.ASM:
                rows += [f"{native.n_pos_args} arguments", f"type {native.type_sig}"]
            if raw_code.kind is RawCodeKind.VIPER and native.scope_flags & VIPER_HAS_RODATA:
                rows.append(f"{len(native.rodata)} bytes of read-only data")
            if raw_code.kind is RawCodeKind.VIPER and native.scope_flags & VIPER_HAS_BSS:
                rows.append(f"{native.bss_size} bytes of bss")
        for row in rows:
            _, end = decode_varuint(self._data, offset)
            yield Region(offset, end, "raw code header", path, row)
            offset = end
        if native is not None:
            end = offset + len(native.rodata)
            yield from _some(offset, end, "native data", path, "read-only data")
            offset = end
        if has_children:
            _, end = decode_varuint(self._data, offset)
            yield Region(offset, end, "children", path, f"{len(raw_code.children)} children")

    def _prelude(self, offset: int, path: Path, prelude: Prelude) -> Iterator[Region]:
        data, qstrs = self._data, self._module.qstrs
        _, end = decode_signature(data, offset)
        yield Region(offset, end, "prelude", path, describe_signature(prelude))
        offset = end
        n_info, n_cell, end = decode_sizes(data, offset)
        yield Region(offset, end, "prelude", path, f"{n_info} bytes of info, {n_cell} cells")
        offset = end
        for i, index in enumerate((prelude.name, *prelude.arg_names)):
            _, end = decode_varuint(data, offset)
            label = f"argument {i - 1}" if i else "name"
            yield Region(offset, end, "prelude", path, f"{label}: qstr {index} {quoted(qstrs[index])}")
            offset = end
        yield from self._lines(offset, offset + len(prelude.line_table), path)
        offset += len(prelude.line_table)
        for i, cell in enumerate(prelude.cells):
            yield Region(offset + i, offset + i + 1, "cells", path, f"local {cell} is a cell")

    def _lines(self, offset: int, end: int, path: Path) -> Iterator[Region]:
        if not self._instructions:
            yield from _some(offset, end, "line table", path, "line table")
            return
        data = self._data
        code, line = 0, 1
        while offset < end:
            byte = data[offset]
            if byte < 0x80:
                size, n_bytes, n_lines = 1, byte & 31, byte >> 5
            else:
                size, n_bytes, n_lines = 2, byte & 15, (byte & 0x70) << 4 | data[offset + 1]
            code += n_bytes
            line += n_lines
            what = f"bytes +{n_bytes}, lines +{n_lines}: line {line} from {code}"
            yield Region(offset, offset + size, "line table", path, what)
            offset += size

    def _bytecode(self, offset: int, end: int, path: Path, prelude: Prelude) -> Iterator[Region]:
        if not self._instructions:
            yield from _some(offset, end, "bytecode", path, "bytecode")
            return
        base = offset
        code = self._data[base:end]
        while offset < end:
            try:
                instruction = decode_instruction(code, offset - base)
            except IndexError:
                yield Region(offset, end, "bytecode", path, "an instruction that is cut off")
                return
            except ValueError:
                yield Region(offset, end, "bytecode", path, "bytes that are no instruction")
                return
            yield Region(
                offset, base + instruction.end, "bytecode", path, self._instruction(instruction, prelude)
            )
            offset = base + instruction.end

    def _instruction(self, instruction: Instruction, prelude: Prelude) -> str:
        op, operand = instruction.op, instruction.operand
        name = op.name.removesuffix("_MULTI").removesuffix("_N")
        if operand is None:
            return name
        if op.operand is Operand.OBJECT:
            known = operand < len(self._module.constants)
            return f"{name} {operand} ({self._constant_text(operand) if known else 'not in the table'})"
        if op.operand is Operand.QSTR:
            known = operand < len(self._module.qstrs)
            return (
                f"{name} {operand} ({quoted(self._module.qstrs[operand]) if known else 'not in the table'})"
            )
        if op.operand is Operand.LOCAL or op.name in ("LOAD_FAST_MULTI", "STORE_FAST_MULTI"):
            names = prelude.arg_names
            index = names[operand] if operand < len(names) else None
            return f"{name} {operand}" + (
                f" ({quoted(self._module.qstrs[index], False)})" if index is not None else ""
            )
        return f"{name} {format_operand(self._module, instruction, f'-> {operand}')}"

    def _relocations(self, offset: int, path: Path) -> Iterator[Region]:
        data = self._data
        start = offset
        address: int | None = None
        while data[offset] != RELOCATIONS_END:
            begin = offset
            operation = data[offset]
            offset += 1
            count = 1
            if operation & 1:
                address, offset = decode_varuint(data, offset)
            if operation >> 1 in COUNTED_RELOCATIONS:
                count, offset = decode_varuint(data, offset)
            if self._instructions:
                what = describe_relocation(operation >> 1, count, address)
                yield Region(begin, offset, "relocations", path, what)
            if address is not None:
                address += count << 1
        if self._instructions:
            yield Region(offset, offset + 1, "relocations", path, "end of the relocations")
        else:
            yield Region(start, offset + 1, "relocations", path, "relocations")


def _has_relocations(raw_code: RawCode) -> bool:
    return (
        raw_code.kind is RawCodeKind.VIPER
        and raw_code.native is not None
        and raw_code.native.scope_flags & VIPER_HAS_RELOCATIONS != 0
    )


def _some(start: int, end: int, kind: str, path: Path, what: str) -> Iterator[Region]:
    """A region, unless it is empty."""
    if start < end:
        yield Region(start, end, kind, path, what)
