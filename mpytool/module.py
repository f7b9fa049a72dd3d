"""The compiled module: what emitters make, what ``.mpy`` files hold, what every tool passes on.

A module is complete when an emitter or the reader returns it; after that nobody changes it. What the reader
makes of a file equals what the emitters made before it was written.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from mpytool.values import ConstantValue

if TYPE_CHECKING:
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


@dataclass(slots=True, frozen=True)
class Prelude:
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

    n_state: int
    n_exc_stack: int
    scope_flags: int
    n_pos_args: int
    n_kwonly_args: int
    n_def_pos_args: int
    name: int
    arg_names: tuple[int, ...]
    line_table: Buffer
    cells: tuple[int, ...]


@dataclass(slots=True)
class NativePart:
    """What a record of kind NATIVE, VIPER or ASM holds besides its machine code.

    ``prelude_offset``  NATIVE: where the prelude begins in the data
    ``scope_flags``     VIPER, ASM: as written in the file
    ``n_pos_args``, ``type_sig``  ASM only
    ``rodata``, ``bss_size``, ``relocations``  VIPER from a linker; relocations are the encoded stream
    """

    prelude_offset: int = 0
    scope_flags: int = 0
    n_pos_args: int = 0
    type_sig: int = 0
    rodata: Buffer = b""
    bss_size: int = 0
    relocations: Buffer = b""


@dataclass(slots=True)
class RawCode:
    """One function. ``data`` is exactly what the file holds: for bytecode the prelude and the opcodes.

    ``opcodes_offset`` is where the opcodes begin in ``data`` (bytecode only). MAKE_FUNCTION and MAKE_CLOSURE
    operands index ``children``.
    """

    kind: RawCodeKind
    data: Buffer
    children: list[RawCode] = field(default_factory=list)
    prelude: Prelude | None = None
    opcodes_offset: int = 0
    native: NativePart | None = None


@dataclass(slots=True)
class CompiledModule:
    """A whole ``.mpy`` file.

    ``qstrs[0]`` is the name of the source file; instructions refer to ``qstrs`` and ``constants`` by index.
    ``arch`` is a number (position in ``options.ARCHES``), 0 in a file without native code; ``sub_version``
    counts only if ``arch`` is not 0.
    """

    qstrs: list[str]
    constants: Sequence[Constant]
    root: RawCode
    small_int_bits: int = 31
    arch: int = 0
    arch_flags: int = 0
    sub_version: int = 0

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
