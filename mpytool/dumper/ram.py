"""What importing a module costs in RAM, item by item: ``docs/size.md`` says what is counted.

Three figures for every item, in bytes of heap: what the loader allocates, what running the body adds, and
what is left when the module is imported and garbage was collected. Sources: ``mp_raw_code_load`` in
``py/persistentcode.c``, ``py/builtinimport.c``, ``py/objmodule.c``; and the walk in ``ram_run.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mpytool.dumper.ram_heap import Block, reachable
from mpytool.dumper.ram_machine import MACHINE_32, Case, Machine, StringPool, table_size
from mpytool.dumper.ram_run import BodyRun
from mpytool.module import CompiledModule, Constant, RawCode, RawCodeKind
from mpytool.values import encode_text

ITEMS: tuple[tuple[str, str], ...] = (
    ("module object", "the module and its dict"),
    ("module dict", "the dict's table: a slot for each global name"),
    ("qstr table", "two bytes for each name that the code uses"),
    ("object table", "a word for each constant"),
    ("interned strings", "names that were not known yet"),
    ("strings", "str and bytes constants"),
    ("numbers", "int, float and complex constants"),
    ("tuples", "tuple constants"),
    ("bytecode", "code, preludes and line tables"),
    ("native code", "machine code and its data"),
    ("raw codes", "a record for each function in the file"),
    ("child tables", "lists of a function's inner functions"),
    ("function objects", "what def and lambda make"),
    ("closures and cells", "variables shared with inner functions"),
    ("classes", "what class makes"),
    ("class dicts", "the attributes of classes"),
    ("dicts", "dict displays of the body"),
    ("containers", "lists, tuples and sets of the body; properties"),
    ("texts of numbers", "what numbers are parsed from"),
    ("file object", "as on the unix port"),
)
"""Every item of an account, and what it is."""

_FILE_BLOCKS = {Case.FILE: 1, Case.IN_PLACE: 3}
"""Blocks that opening the file leaves as garbage."""


@dataclass(frozen=True, slots=True)
class Item:
    """``count`` things that take ``loading`` and ``running`` bytes, of which ``kept`` stay."""

    name: str
    count: int
    loading: int
    running: int
    kept: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """The account of one import. Items that cost nothing are left out."""

    machine: Machine
    case: Case
    items: tuple[Item, ...]
    new_strings: int

    @property
    def loading(self) -> int:
        """Bytes allocated when the body begins to run."""
        return sum(item.loading for item in self.items)

    @property
    def allocated(self) -> int:
        """Bytes allocated when the import is over and no garbage was collected."""
        return sum(item.loading + item.running for item in self.items)

    @property
    def kept(self) -> int:
        """Bytes that stay allocated."""
        return sum(item.kept for item in self.items)


def footprint(
    module: CompiledModule,
    machine: Machine | None = None,
    case: Case | None = None,
    *,
    strings: StringPool | None = None,
    path: str | None = None,
) -> Footprint:
    """What it costs to import a module: MACHINE_32 and Case.FILE if not said otherwise.

    ``strings`` is the state of the interned strings; it is brought up to date, so that several modules can be
    imported one after the other. By default it is that of a MicroPython just started, which knows the static
    qstrs only. ``path`` is the path that the importer finds the file by.
    """
    machine = machine or MACHINE_32
    return _Import(module, machine, case or Case.FILE, strings or StringPool(machine)).account(path)


class _Import:
    def __init__(self, module: CompiledModule, machine: Machine, case: Case, strings: StringPool) -> None:
        self._module = module
        self._machine = machine
        self._case = case
        self._strings = strings
        self._rows: dict[str, list[int]] = {name: [0, 0, 0, 0] for name, _ in ITEMS}

    def _add(self, item: str, count: int, *, loading: int = 0, running: int = 0, kept: int = 0) -> None:
        row = self._rows[item]
        for i, value in enumerate((count, loading, running, kept)):
            row[i] += value

    def account(self, path: str | None) -> Footprint:
        words = self._machine.words
        names, heap = self._strings.names, self._strings.heap
        self._add("module object", 1, loading=2 * words(4), kept=2 * words(4))
        if self._case is not Case.FROZEN:
            self._add("file object", 1, loading=words(4 * _FILE_BLOCKS[self._case]))
            self._intern(path)
            self._load_tables()
        names, heap = self._strings.names - names, self._strings.heap - heap
        self._add("interned strings", names, loading=heap, kept=heap)

        run = BodyRun(self._module, self._machine)
        run.run()
        start, end = words(2 * 2), words(2 * table_size(run.most_names, 1))
        self._add("module dict", run.most_names, loading=start, running=end - start, kept=end)
        kept = reachable(value for value in run.names.values() if isinstance(value, Block))
        for block in run.made:
            self._add(block.item, 1, running=block.size, kept=block.size if block in kept else 0)
        if self._case is not Case.FROZEN:
            self._load_code([block.code for block in kept if block.code is not None])
        items = tuple(Item(name, *row) for name, row in self._rows.items() if any(row[1:]))
        return Footprint(self._machine, self._case, items, names)

    def _intern(self, path: str | None) -> None:
        copy_text = self._case is Case.FILE
        qstrs = self._module.qstrs
        if path is None:
            path = (qstrs[0] if qstrs else "module.py").removesuffix(".py") + ".mpy"
        self._strings.add(path, copy_text=True)
        for text in qstrs:
            self._strings.add(text, copy_text=copy_text)
        self._strings.seal()

    def _load_tables(self) -> None:
        """The one allocation of both tables, shown as two items, and the constants: the module keeps them."""
        machine = self._machine
        qstrs, constants = self._module.qstrs, self._module.constants
        qstr_words = -(-2 * len(qstrs) // machine.word)
        objects = len(constants) * machine.word
        names = machine.words(qstr_words + len(constants)) - objects
        self._add("qstr table", len(qstrs), loading=names, kept=names)
        self._add("object table", len(constants), loading=objects, kept=objects)
        for constant in constants:
            self._load_constant(constant)

    def _load_constant(self, constant: Constant) -> None:
        pending: list[Constant] = [constant]
        while pending:
            value = pending.pop()
            if isinstance(value, tuple):
                size = self._machine.words(2 + len(value)) if value else 0
                self._add("tuples", 1, loading=size, kept=size)
                pending.extend(value)
            elif isinstance(value, (str, bytes)):
                self._load_string(value)
            elif isinstance(value, (int, float, complex)) and not isinstance(value, bool):
                self._load_number(value)

    def _load_string(self, value: str | bytes) -> None:
        if not value or (isinstance(value, str) and value in self._strings.known):
            return
        size = self._machine.words(4)
        if self._case is Case.FILE:
            data = encode_text(value) if isinstance(value, str) else value
            size += self._machine.rounded(len(data) + 1)
        self._add("strings", 1, loading=size, kept=size)

    def _load_number(self, value: int | float | complex) -> None:
        machine = self._machine
        if isinstance(value, int):
            # The number of decimal digits, exact or one too many: converting it would take quadratic time.
            length = value.bit_length() * 30103 // 100000 + 1
            digits = max(2, length * 8 // machine.digit_bits + 1)
            size = machine.words(4) + machine.rounded(digits * machine.digit_bits // 8)
            if -1 << machine.small_int_bits - 1 <= value < 1 << machine.small_int_bits - 1:
                size = 0
            length += value < 0
        else:
            from mpytool.mpyfile.write import constant_data

            length = len(constant_data(value)[1])
            pair = isinstance(value, complex)
            size = machine.rounded(2 * machine.float_bytes - machine.word if pair else machine.float_bytes)
        self._add("numbers", 1, loading=size, kept=size)
        if self._case is Case.FILE:
            self._add("texts of numbers", 1, loading=machine.rounded(length + 1))

    def _load_code(self, kept: Sequence[RawCode]) -> None:
        """All raw codes, given those that there are functions of at the end.

        A function keeps its data and the table of its children, and so their records, and what they keep.
        """
        pending = [self._module.root]
        self._add("raw codes", 1, loading=self._machine.words(4))
        while pending:
            code = pending.pop()
            pending.extend(code.children)
            record = len(code.children) * self._machine.words(4)
            self._add("raw codes", len(code.children), loading=record)
            for item, size in self._parts(code):
                self._add(item, 1, loading=size)
        seen: set[int] = set()
        pending = list(kept)
        while pending:
            code = pending.pop()
            if id(code) in seen:
                continue
            seen.add(id(code))
            pending.extend(code.children)
            self._add("raw codes", 0, kept=len(code.children) * self._machine.words(4))
            for item, size in self._parts(code):
                self._add(item, 0, kept=size)

    def _parts(self, code: RawCode) -> Iterator[tuple[str, int]]:
        """What the loader allocates for a raw code besides its record."""
        machine = self._machine
        if code.kind is not RawCodeKind.BYTECODE:
            yield "native code", machine.rounded(len(code.data))
            native = code.native
            if native is not None and (native.bss_size or len(native.rodata)):
                bss = -(-native.bss_size // machine.word) * machine.word
                yield "native code", machine.rounded(bss + len(native.rodata))
        elif self._case is Case.FILE:
            yield "bytecode", machine.rounded(len(code.data))
        if code.children:
            count = len(code.children) + (code.kind is RawCodeKind.NATIVE)
            yield "child tables", machine.words(count)
