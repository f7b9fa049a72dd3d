"""Frozen modules read back from the object file that the C compiler made of them.

This reads as the run time does: from ``mp_frozen_names`` and ``mp_frozen_mpy_content`` on, through
pointers, qstr numbers and the heads of objects (``py/frozenmod.c``, ``py/emitglue.h``, ``py/obj.h``). It
knows nothing of how the C was written. How long a table is, nothing says: those of bytecode end with the last
number that its code uses, those of machine code must be told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mpytool.freezer.objfile import ObjectFile, ObjectFileError, Place
from mpytool.freezer.reached import reached_instructions
from mpytool.freezer.read_objects import Firmware, ObjectReader
from mpytool.freezer.strings import qstr_hash
from mpytool.module import CompiledModule, NativePart, Prelude, RawCode, RawCodeKind
from mpytool.opcodes import Operand
from mpytool.prelude import decode_prelude
from mpytool.values import decode_text

_FIRST_KIND = 2
"""MP_CODE_BYTECODE."""


@dataclass(slots=True)
class FrozenContent:
    """What the run time finds: modules and source texts by path; the texts of the frozen pool in order."""

    modules: dict[str, CompiledModule] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    new_qstrs: list[str] = field(default_factory=list)


_QSTR_LINE = re.compile(r'QDEF([01])\(\w+, \d+, \d+, "(.*)"\)')


def read_generated_qstrs(header: str) -> list[str]:
    """The firmware's qstrs by number, from its ``genhdr/qstrdefs.generated.h``."""
    pools: tuple[list[str], list[str]] = ([], [])
    for line in header.splitlines():
        if found := _QSTR_LINE.match(line):
            text = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes((int(m[1], 16),)), found[2].encode())
            pools[int(found[1])].append(decode_text(text))
    return pools[0] + pools[1]


def read_back(
    data: bytes, firmware: Firmware, lengths: Mapping[str, tuple[int, int]] | None = None
) -> FrozenContent:
    """Everything frozen in an object file.

    ``lengths``: (entries of the qstr table, of the constant table) of modules with machine code, by path.
    ObjectFileError where it is not as the run time demands.
    """
    return _Reader(ObjectFile(data), firmware, lengths or {}).read()


class _Reader:
    def __init__(self, file: ObjectFile, firmware: Firmware, lengths: Mapping[str, tuple[int, int]]) -> None:
        self.file = file
        self.firmware = firmware
        self.lengths = lengths
        self.qstrs = list(firmware.qstrs)

    def read(self) -> FrozenContent:
        """Texts come first among the names; their number is that of the sizes before a 0."""
        content = FrozenContent(new_qstrs=self._read_pool())
        self.qstrs += content.new_qstrs
        names = self._names()
        sizes = self._text_sizes()
        if sizes:
            at = self.file.symbols["mp_frozen_str_content"]
            for name, size in zip(names, sizes, strict=False):
                content.texts[name] = self.file.read(at, size)
                if self.file.read(at + size, 1) != b"\0":
                    raise ObjectFileError(f"the text of {name} does not end in a NUL")
                at += size + 1
        modules = self.file.symbols["mp_frozen_mpy_content"]
        for number, name in enumerate(names[len(sizes) :]):
            content.modules[name] = self._read_module(name, self.file.place(modules, number))
        return content

    def _names(self) -> list[str]:
        names = []
        at = self.file.symbols["mp_frozen_names"]
        while name := self.file.text(at):
            names.append(decode_text(name))
            at += len(name) + 1
        return names

    def _text_sizes(self) -> list[int]:
        at = self.file.symbols.get("mp_frozen_str_sizes")
        sizes: list[int] = []
        while at is not None and (size := self.file.number(at, 4)):
            sizes.append(size)
            at += 4
        return sizes

    def _read_pool(self) -> list[str]:
        """The texts of the frozen pool; lengths, hashes, NULs and order must be right (``py/qstr.c``)."""
        file, firmware = self.file, self.firmware
        pool = file.symbols["mp_qstr_frozen_const_pool"]
        bits = 8 * file.word_size - 1
        before, is_sorted = file.word(pool, 1) & (1 << bits) - 1, file.word(pool, 1) >> bits
        alloc, size = file.word(pool, 2), file.word(pool, 3)
        if file.pointer(pool) != "mp_qstr_const_pool" or before != len(firmware.qstrs) or alloc > size:
            raise ObjectFileError(f"the head of the pool: {before} names before it, {alloc} of {size}")
        n_hash, n_len = firmware.qstr_bytes_in_hash, firmware.qstr_bytes_in_len
        at = pool + (5 + bool(n_hash)) * file.word_size
        found = []
        for number in range(size):
            text = file.place(at, number)
            length = file.number(file.place(pool, 4 + bool(n_hash)) + number * n_len, n_len)
            data = file.read(text, length)
            if file.read(text + length, 1) != b"\0":
                raise ObjectFileError(f"the name {data!r} does not end in a NUL")
            if n_hash and file.number(file.place(pool, 4) + number * n_hash, n_hash) != qstr_hash(
                data, n_hash
            ):
                raise ObjectFileError(f"the hash of {data!r} is wrong")
            found.append(data)
        if is_sorted and (not found or found != sorted(found)):
            raise ObjectFileError("the pool is not sorted")
        texts = [decode_text(data) for data in found]
        if len({*texts}) != len(texts) or not {*texts}.isdisjoint(firmware.qstrs):
            raise ObjectFileError("a name has two numbers")
        return texts

    def _read_module(self, name: str, head: Place) -> CompiledModule:
        functions = _FunctionReader(self.file, self.firmware)
        root = functions.read(self.file.place(head, 2))
        n_qstrs, n_constants = functions.n_qstrs, functions.n_constants
        if functions.has_native:
            n_qstrs, n_constants = self.lengths[name]
        table = self.file.place(head)
        numbers = [self.file.number(table + 2 * i, 2) for i in range(n_qstrs)]
        objects = ObjectReader(self.file, self.firmware, self.qstrs)
        constants = [objects.read_entry(self.file.place(head, 1), i) for i in range(n_constants)]
        return CompiledModule([self.qstrs[number] for number in numbers], constants, root)


class _FunctionReader:
    """The functions of one module, and how far its code reaches into the tables."""

    def __init__(self, file: ObjectFile, firmware: Firmware) -> None:
        self._file = file
        self._firmware = firmware
        self._saves_code = firmware.saves_code
        self.n_qstrs = 1
        self.n_constants = 0
        self.has_native = False

    def read(self, place: Place) -> RawCode:
        """A function by what a pointer to it aims at: bytecode, or a record, which begins with two zeros."""
        file = self._file
        head = file.read(place, 2)
        if head != bytes(2):
            if self._saves_code:
                raise ObjectFileError(f"a function without a record at {place}")
            return self._read_bytecode(place, None, None)
        kind = RawCodeKind(file.number(place + 2, 1) - _FIRST_KIND)
        fields = place + max(4, file.word_size)
        data = file.place(fields)
        children = file.pointer(fields, 1)
        if children is not None and not isinstance(children, Place):
            raise ObjectFileError(f"the children of the record at {place} are {children!r}")
        if kind is RawCodeKind.BYTECODE:
            return self._read_bytecode(data, children, fields)
        self.has_native = True
        return self._read_native(kind, data, children, fields, bool(file.number(place + 3, 1)))

    def _read_bytecode(self, place: Place, children: Place | None, fields: Place | None) -> RawCode:
        data = self._file.rest(place)
        prelude, start = decode_prelude(data, 0)
        used = [prelude.name, *prelude.arg_names]
        n_children = 0
        end = start
        for instruction in reached_instructions(data[start:]):
            end = start + instruction.end
            operand = instruction.operand
            match instruction.op.operand:
                case Operand.QSTR if operand is not None:
                    used.append(operand)
                case Operand.OBJECT if operand is not None:
                    self.n_constants = max(self.n_constants, operand + 1)
                case Operand.CHILD | Operand.CHILD_CELLS if operand is not None:
                    n_children = max(n_children, operand + 1)
        self.n_qstrs = max(self.n_qstrs, max(used) + 1)
        if self._saves_code and fields is not None:
            end, n_children = self._check_saved(fields, end, n_children)
            if self._firmware.traces:
                self._check_decoded(fields, place, prelude, start)
        inner = self._read_children(children, n_children)
        return RawCode(RawCodeKind.BYTECODE, data[:end], inner, decode_prelude(data[:end], 0)[0], start)

    def _check_saved(self, fields: Place, size: int, n_children: int) -> tuple[int, int]:
        saved = self._file.number(fields + 2 * self._file.word_size, 4)
        n_saved = self._file.number(fields + 2 * self._file.word_size + 4, 2)
        if saved < size or n_saved < n_children:
            raise ObjectFileError(f"{size} bytes and {n_children} children, saved as {saved} and {n_saved}")
        return saved, n_saved

    def _check_decoded(self, fields: Place, code: Place, prelude: Prelude, start: int) -> None:
        """The decoded head in the record (``mp_bytecode_prelude_t``) must say what the code's head says."""
        file = self._file
        at = fields + self._signature_offset() + -(6 * 4 + 4 * file.word_size)
        numbers = [file.number(at + 4 * i, 4) for i in range(6)]
        sizes = [prelude.n_state, prelude.n_exc_stack, prelude.scope_flags]
        sizes += [prelude.n_pos_args, prelude.n_kwonly_args, prelude.n_def_pos_args]
        lines_end = start - len(prelude.cells)
        offsets = [lines_end - len(prelude.line_table), lines_end, start]
        places = [file.place(at + 24, 1 + i) for i in range(3)]
        if (numbers, file.word(at + 24)) != (sizes, prelude.name) or places != [code + n for n in offsets]:
            raise ObjectFileError(f"the head {prelude} is decoded as {numbers}, {places}")

    def _read_children(self, children: Place | None, count: int) -> list[RawCode]:
        if not count:
            return []
        if children is None:
            raise ObjectFileError(f"{count} functions within one, and no list of them")
        return [self.read(self._file.place(children, number)) for number in range(count)]

    def _signature_offset(self) -> int:
        """Where in an assembler function's record its arguments are, from ``fun_data`` on."""
        word = self._file.word_size
        offset = 2 * word
        if self._firmware.saves_code:
            offset += 8  # fun_data_len, n_children, prelude_offset
        if self._firmware.traces:  # line_of_definition, and mp_bytecode_prelude_t
            offset = (offset + 4 + word - 1) // word * word + 6 * 4 + 4 * word
        return offset

    def _read_native(
        self, kind: RawCodeKind, place: Place, children: Place | None, fields: Place, is_generator: bool
    ) -> RawCode:
        """Machine code ends where its symbol does; the prelude of native Python lies elsewhere."""
        file = self._file
        code = file.read(place, file.extents[place])
        if kind is not RawCodeKind.NATIVE:
            native = NativePart(scope_flags=int(is_generator))
            if kind is RawCodeKind.ASM:
                signature = file.number(fields + self._signature_offset(), 4)
                native.n_pos_args, native.type_sig = signature & 0xFF, signature >> 8
            n_children = file.number(fields + 2 * file.word_size + 4, 2) if self._saves_code else 0
            return RawCode(kind, code, self._read_children(children, n_children), None, 0, native)
        n_children = int.from_bytes(code[: file.word_size], "little")
        if children is None:
            raise ObjectFileError(f"a native function without a prelude at {place}")
        prelude_place = file.place(children, n_children) if n_children else children
        found = file.rest(prelude_place)
        prelude, size = decode_prelude(found, 0)
        if self._saves_code:
            code = code[:-size]
        inner = self._read_children(children, n_children)
        return RawCode(kind, code + found[:size], inner, prelude, 0, NativePart(prelude_offset=len(code)))
