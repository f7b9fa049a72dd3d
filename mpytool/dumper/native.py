"""Native code: disassembled by capstone, with names for what it reaches.

Xtensa code is shown as bytes: capstone 5 has no Xtensa.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mpytool.dumper.head import prelude_lines
from mpytool.dumper.listing import FunctionEntry, OperandTexts, kind_words
from mpytool.dumper.machines import MACHINES, Machine
from mpytool.dumper.paint import Paint
from mpytool.dumper.relocations import Place, RelocationError, relocated_places
from mpytool.dumper.trace import Tracer
from mpytool.dumper.words import arch_name
from mpytool.module import CompiledModule, NativePart, RawCode, RawCodeKind
from mpytool.opcodes import FLAG_GENERATOR

_BYTES_A_ROW = 16
_WORD_MEANINGS = ("index of the prelude in the child table", "offset of the first entry")
_ASM_STUB_SIZE = 20
_RETURN_TYPES = ("object", "bool", "int", "uint")


@dataclass(frozen=True, slots=True)
class NativeRow:
    """One instruction, or some data among them. Offsets count from the start of the function's data.

    ``text`` is empty for data that are not code; ``note`` says what it reaches; ``target`` where it may jump.
    """

    offset: int
    data: bytes
    text: str
    note: str = ""
    target: int | None = None
    is_target: bool = False


def code_range(module: CompiledModule, raw_code: RawCode) -> tuple[int, int]:
    """Where in a function's data its code begins and ends; before it are words, behind it a prelude."""
    size = len(raw_code.data)
    if raw_code.kind is not RawCodeKind.NATIVE or raw_code.prelude is None:
        return 0, size
    words = 2 if raw_code.prelude.scope_flags & FLAG_GENERATOR else 1
    end = min((raw_code.native or NativePart()).prelude_offset, size)
    return min(words * word_size(module), end), end


def label(offset: int) -> str:
    """How a place in native code that is jumped to is called: by its offset, hexadecimal."""
    return f"L{offset:x}"


def word_size(module: CompiledModule) -> int:
    """Bytes in a word of the module's machine."""
    machine = MACHINES.get(arch_name(module))
    return machine.word if machine is not None else 4


def native_rows(
    module: CompiledModule, raw_code: RawCode, texts: OperandTexts | None = None
) -> Iterator[NativeRow]:
    """The code of a native function. Bytes that are no instructions come as data; nothing is left out."""
    texts = texts or OperandTexts(module)
    start, end = code_range(module, raw_code)
    arch = arch_name(module)
    machine = MACHINES.get(arch)
    code = bytes(raw_code.data[:end])
    if machine is None:
        yield from _data_rows(code, start, end)
        return
    if arch == "armv6" and raw_code.kind is RawCodeKind.ASM:
        # Entered in Arm state, the function itself is Thumb code.
        start_of_thumb = min(_ASM_STUB_SIZE, end)
        rows = list(_disassemble(machine, code, start, start_of_thumb))
        rows += _disassemble(MACHINES["armv6m"], code, start_of_thumb, end)
    else:
        rows = list(_disassemble(machine, code, start, end))
    targets = {row.target for row in rows if row.target is not None}
    if raw_code.prelude is not None and raw_code.prelude.scope_flags & FLAG_GENERATOR:
        first_entry = int.from_bytes(code[machine.word : 2 * machine.word], "little")
        targets.add(first_entry)
        tracer = Tracer(module, raw_code, texts, machine, "code_state")
    elif raw_code.kind is RawCodeKind.ASM:
        tracer = Tracer(module, raw_code, texts, machine, "argument")
    else:
        tracer = Tracer(module, raw_code, texts, machine, "function")
    for row in rows:
        is_target = row.offset in targets
        if is_target:
            tracer.join()
        note = row.note
        if row.text:
            mnemonic, _, operands = row.text.partition(" ")
            found = tracer.note(machine.parse(mnemonic, operands))
            note = found or note
        yield replace(row, note=note, is_target=is_target)


def _data_rows(code: bytes, start: int, end: int) -> Iterator[NativeRow]:
    for offset in range(start, end, _BYTES_A_ROW):
        yield NativeRow(offset, code[offset : min(offset + _BYTES_A_ROW, end)], "")


# --- disassembling -----------------------------------------------------------------------------------------

_LITERAL = re.compile(r"\w+, \[pc(?:, #(-?\w+))?\]")
_HEX = re.compile(r"#?(-?0x[0-9a-f]+|-?\d+)$")
_RELATIVE_JALR = re.compile(r"(\w+), (\w+), (-?\w+)")


def _disassemble(machine: Machine, code: bytes, start: int, end: int) -> Iterator[NativeRow]:
    import capstone

    mode = 0
    for name in machine.modes:
        mode |= getattr(capstone, name)
    engine = capstone.Cs(getattr(capstone, machine.arch), mode)
    literals: set[int] = set()  # offsets of words that code loads relative to itself
    upper: tuple[str, int] | None = None  # register and value of the last auipc
    offset = start
    while offset < end:
        if offset in literals and offset + 4 <= end:
            data = code[offset : offset + 4]
            value = int.from_bytes(data, "little")
            yield NativeRow(offset, data, "", f"data {value:#x}")
            offset += 4
            continue
        stop = min((place for place in literals if place > offset), default=end)
        advanced = False
        for address, size, mnemonic, operands in engine.disasm_lite(code[offset:stop], offset):
            advanced = True
            offset = address + size
            row = _row(machine, code[address:offset], address, mnemonic, operands, upper)
            upper = _upper(address, mnemonic, operands)
            literal = _literal(machine, address, mnemonic, operands)
            if literal is not None:
                yield replace(row, note=f"loads the data at {literal:#x}")
                if offset <= literal < end and literal not in literals:
                    literals.add(literal)
                    break  # the code before it ends there
                continue
            yield row
        if not advanced:
            size = min(machine.unit, stop - offset)
            yield NativeRow(offset, code[offset : offset + size], "", "no instruction")
            offset += size


def _row(
    machine: Machine, data: bytes, address: int, mnemonic: str, operands: str, upper: tuple[str, int] | None
) -> NativeRow:
    target = _jump_target(machine, address, mnemonic, operands, upper)
    note = f"-> {label(target)}" if target is not None else ""
    return NativeRow(address, data, f"{mnemonic} {operands}".rstrip(), note, target)


def _jump_target(
    machine: Machine, address: int, mnemonic: str, operands: str, upper: tuple[str, int] | None
) -> int | None:
    """Where a direct jump or branch leads."""
    if machine.arch == "CS_ARCH_RISCV":
        name = mnemonic.removeprefix("c.")
        if name == "jalr" and upper is not None:
            found = _RELATIVE_JALR.fullmatch(operands)
            return upper[1] + int(found[3], 0) if found and found[2] == upper[0] else None
        if name not in _RISCV_BRANCHES:
            return None
        relative = _HEX.search(operands)
        return address + int(relative[1], 0) if relative else None
    name = mnemonic.removesuffix(".w")
    if machine.arch == "CS_ARCH_X86":
        is_jump = name.startswith("j") or name == "call"
    else:
        is_jump = name in _ARM_BRANCHES
    found_target = _HEX.search(operands) if is_jump and "[" not in operands else None
    return int(found_target[1], 0) if found_target else None


_RISCV_BRANCHES = frozenset(
    ("j", "jal", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez", "bltz", "bgtz")
)
# fmt: off
_ARM_CONDITIONS = (
    "eq", "ne", "hs", "lo", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al",
)
# fmt: on
_ARM_BRANCHES = frozenset(["b", "bl", "cbz", "cbnz", *(f"b{c}" for c in _ARM_CONDITIONS)])


def _upper(address: int, mnemonic: str, operands: str) -> tuple[str, int] | None:
    if mnemonic != "auipc":
        return None
    register, _, value = operands.partition(", ")
    return register, address + (int(value, 0) << 12)


def _literal(machine: Machine, address: int, mnemonic: str, operands: str) -> int | None:
    """The offset of the word that an Arm instruction loads relative to itself."""
    if machine.arch != "CS_ARCH_ARM" or not mnemonic.startswith("ldr"):
        return None
    found = _LITERAL.fullmatch(operands)
    if found is None:
        return None
    ahead = 8 if machine.unit == 4 else 4
    return (address + ahead & ~3) + int(found[1] or "0", 0)


# --- text --------------------------------------------------------------------------------------------------


def native_lines(
    module: CompiledModule, entry: FunctionEntry, texts: OperandTexts, paint: Paint
) -> Iterator[str]:
    """The listing of a native function below its head."""
    raw_code = entry.raw_code
    native = raw_code.native or NativePart()
    start, end = code_range(module, raw_code)
    size = len(raw_code.data)
    before = f"words {start}, " if start else ""
    behind = f", prelude {size - end}" if size > end else ""
    yield f"  {kind_words(raw_code)}, {size:,} bytes: {before}code {end - start}{behind}"
    yield from _head_lines(module, raw_code, native)
    places, problem = _places(module, native)
    if raw_code.kind is RawCodeKind.VIPER and native.scope_flags:
        yield f"  scope_flags {native.scope_flags:#x}, rodata {len(native.rodata)}, bss {native.bss_size}"
    if problem:
        yield paint("error", f"  relocations: {problem}")
    yield ""
    arch = arch_name(module)
    if arch not in MACHINES:
        yield paint("note", f"  {arch} code is shown as bytes: there is no disassembler for it here")
    for row in word_rows(module, raw_code):
        yield _format_row(row, "", paint)
    in_text = {place.offset: place.what for place in places if not place.in_rodata}
    for row in native_rows(module, raw_code, texts):
        yield _format_row(row, _relocation_note(row, in_text), paint)
    yield from _rodata_lines(native, places, paint)


def _head_lines(module: CompiledModule, raw_code: RawCode, native: NativePart) -> Iterator[str]:
    if raw_code.prelude is not None:
        yield from prelude_lines(module, raw_code.prelude)
    if raw_code.kind is RawCodeKind.ASM:
        kind = native.type_sig & 3
        yield f"  n_pos_args {native.n_pos_args}, type_sig {native.type_sig} (returns {_RETURN_TYPES[kind]})"


def word_rows(module: CompiledModule, raw_code: RawCode) -> Iterator[NativeRow]:
    """The words before the code of a native Python function."""
    start, _ = code_range(module, raw_code)
    word = word_size(module)
    for number, offset in enumerate(range(0, start, word)):
        data = bytes(raw_code.data[offset : min(offset + word, start)])
        value = int.from_bytes(data, "little")
        yield NativeRow(offset, data, "", f"{_WORD_MEANINGS[number]}: {value:#x}")


def _places(module: CompiledModule, native: NativePart) -> tuple[list[Place], str]:
    if not len(native.relocations):
        return [], ""
    try:
        return relocated_places(native, word_size(module), module.sub_version), ""
    except RelocationError as error:
        return [], str(error)


def _relocation_note(row: NativeRow, in_text: dict[int, str]) -> str:
    notes = [in_text[place] for place in range(row.offset, row.offset + len(row.data)) if place in in_text]
    return ", ".join(f"+ {note}" for note in notes)


def _rodata_lines(native: NativePart, places: list[Place], paint: Paint) -> Iterator[str]:
    if not len(native.rodata):
        return
    yield ""
    yield paint("heading", "  read-only data")
    in_rodata = {place.offset: place.what for place in places if place.in_rodata}
    for row in _data_rows(bytes(native.rodata), 0, len(native.rodata)):
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row.data)
        yield _format_row(replace(row, note=text), _relocation_note(row, in_rodata), paint)


def _format_row(row: NativeRow, relocation: str, paint: Paint) -> str:
    mark = f"{label(row.offset)}:" if row.is_target else ""
    mnemonic, _, operands = row.text.partition(" ")
    width = 23 if row.text else 47
    notes = "  ".join(filter(None, (row.note, relocation)))
    text = f"{mnemonic:7} {operands}" if row.text else ""
    return (
        f"{paint('label', f'{mark:>8}')} {paint('offset', f'{row.offset:5x}')}  "
        f"{paint('bytes', f'{row.data.hex(chr(32)):{width}}')}  "
        + (paint("opcode", f"{text:32}") if text else "")
        + (f"  {paint('note', '; ' + notes)}" if notes else "")
    )
