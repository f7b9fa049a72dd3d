"""The compiled module: what emitters make, what ``.mpy`` files hold, what every tool passes on.

A module is complete when an emitter or the reader returns it; after that nobody changes it. What the reader
makes of a file equals what the emitters made before it was written.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from mpytool.record import Record
from mpytool.values import ConstantValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, TypeAlias

    from mpytool.dumper.ram import Footprint
    from mpytool.dumper.ram_machine import Case, Machine, StringPool


class RawCodeKind(enum.IntEnum):
    """Kind of a raw code record (``py/emitglue.h``, less the offset of the run time's own enumeration)."""

    BYTECODE = 0
    NATIVE = 1
    VIPER = 2
    ASM = 3


class FunTable(enum.Enum):
    """The constant-table entry that stands for the address of the run time's function table."""

    FUN_TABLE = "mp_fun_table"


Constant: TypeAlias = "ConstantValue | FunTable"
Buffer: TypeAlias = bytes | memoryview


class Prelude(Record):
    """The head of a bytecode function (``py/bc.h``); for native Python functions it stands behind the code.

    ``n_state``         slots of locals plus stack, at least 1
    ``n_exc_stack``     how deep exception handlers nest
    ``scope_flags``     FLAG_* of ``opcodes.py``
    ``n_pos_args``      positional arguments, closed-over cells first
    ``n_kwonly_args``   keyword-only arguments
    ``n_def_pos_args``  how many of the positional arguments have a default
    ``name``            qstr index of the function's name
    ``arg_names``       qstr index of each of the n_pos_args + n_kwonly_args first locals
    ``line_table``      encoded steps, bytecode.md section 4
    ``cells``           numbers of the locals that are turned into cells on entry
    """

    __slots__ = (
        "n_state",
        "n_exc_stack",
        "scope_flags",
        "n_pos_args",
        "n_kwonly_args",
        "n_def_pos_args",
        "name",
        "arg_names",
        "line_table",
        "cells",
    )

    def __init__(
        self,
        n_state: int,
        n_exc_stack: int,
        scope_flags: int,
        n_pos_args: int,
        n_kwonly_args: int,
        n_def_pos_args: int,
        name: int,
        arg_names: tuple[int, ...],
        line_table: Buffer,
        cells: tuple[int, ...],
    ) -> None:
        self.n_state: Final = n_state
        self.n_exc_stack: Final = n_exc_stack
        self.scope_flags: Final = scope_flags
        self.n_pos_args: Final = n_pos_args
        self.n_kwonly_args: Final = n_kwonly_args
        self.n_def_pos_args: Final = n_def_pos_args
        self.name: Final = name
        self.arg_names: Final = arg_names
        self.line_table: Final = line_table
        self.cells: Final = cells


class NativePart(Record):
    """What a record of kind NATIVE, VIPER or ASM holds besides its machine code.

    ``prelude_offset``  NATIVE: where the prelude begins in the data
    ``scope_flags``     VIPER, ASM: as written in the file
    ``n_pos_args``, ``type_sig``  ASM only
    ``rodata``, ``bss_size``, ``relocations``  VIPER from a linker; relocations are the encoded stream
    """

    __slots__ = (
        "prelude_offset",
        "scope_flags",
        "n_pos_args",
        "type_sig",
        "rodata",
        "bss_size",
        "relocations",
    )

    def __init__(
        self,
        prelude_offset: int = 0,
        scope_flags: int = 0,
        n_pos_args: int = 0,
        type_sig: int = 0,
        rodata: Buffer = b"",
        bss_size: int = 0,
        relocations: Buffer = b"",
    ) -> None:
        self.prelude_offset = prelude_offset
        self.scope_flags = scope_flags
        self.n_pos_args = n_pos_args
        self.type_sig = type_sig
        self.rodata = rodata
        self.bss_size = bss_size
        self.relocations = relocations


class RawCode(Record):
    """One function. ``data`` is exactly what the file holds: for bytecode the prelude and the opcodes.

    ``opcodes_offset`` is where the opcodes begin in ``data`` (bytecode only). MAKE_FUNCTION and MAKE_CLOSURE
    operands index ``children``.
    """

    __slots__ = ("kind", "data", "children", "prelude", "opcodes_offset", "native")

    def __init__(
        self,
        kind: RawCodeKind,
        data: Buffer,
        children: list[RawCode] | None = None,
        prelude: Prelude | None = None,
        opcodes_offset: int = 0,
        native: NativePart | None = None,
    ) -> None:
        self.kind = kind
        self.data = data
        self.children = [] if children is None else children
        self.prelude = prelude
        self.opcodes_offset = opcodes_offset
        self.native = native


class CompiledModule(Record):
    """A whole ``.mpy`` file.

    ``qstrs[0]`` is the name of the source file; instructions refer to ``qstrs`` and ``constants`` by index.
    ``arch`` is a number (position in ``options.ARCHES``), 0 in a file without native code; ``sub_version``
    counts only if ``arch`` is not 0.
    """

    __slots__ = ("qstrs", "constants", "root", "small_int_bits", "arch", "arch_flags", "sub_version")

    def __init__(
        self,
        qstrs: list[str],
        constants: Sequence[Constant],
        root: RawCode,
        small_int_bits: int = 31,
        arch: int = 0,
        arch_flags: int = 0,
        sub_version: int = 0,
    ) -> None:
        self.qstrs = qstrs
        self.constants = constants
        self.root = root
        self.small_int_bits = small_int_bits
        self.arch = arch
        self.arch_flags = arch_flags
        self.sub_version = sub_version

    def to_bytes(self) -> bytes:
        """The ``.mpy`` file."""
        # Upward by intent, here and in footprint(): the data must not need the file format to exist.
        from mpytool.mpyfile.write import write

        return write(self)

    def footprint(
        self, machine: Machine | None = None, case: Case | None = None, *, strings: StringPool | None = None
    ) -> Footprint:
        """What importing the module costs in RAM, item by item; ``docs/size.md`` says what is counted.

        ``machine`` is ``MACHINE_32`` if not given, ``case`` is ``Case.FILE`` (``dumper/ram_machine.py``).
        ``strings`` is what the importing MicroPython has interned: a new one if not given, and updated.
        """
        from mpytool.dumper.ram import footprint

        return footprint(self, machine, case, strings=strings)
