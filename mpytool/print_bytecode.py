"""The text form of a compiled module's bytecode, for ``--print bytecode``.

A listing of the tables, then one block for each function, parents before children::

    function 0.1 "f"
      n_state 3, exception stack 0, flags -, positional 1, keyword-only 0, defaults 0
      arguments x
      lines 0:2 3:3
       0  b0        LOAD_FAST_MULTI 0
       1  44 42     POP_JUMP_IF_FALSE -> 5
       3  51        LOAD_CONST_NONE
       4  63        RETURN_VALUE
    L  5  12 07     LOAD_GLOBAL print

``lines`` lists offset:line pairs; ``L`` marks what a jump aims at. Functions are named by the path of child
numbers from the module, which is ``0``. Code that is no bytecode shows as its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mpytool.instructions import Instruction, decode_instructions
from mpytool.module import Buffer, CompiledModule, FunTable, Prelude, RawCode
from mpytool.opcodes import (
    BINARY_OPS,
    FLAG_DEFKWARGS,
    FLAG_GENERATOR,
    FLAG_VARARGS,
    FLAG_VARKEYWORDS,
    UNARY_OPS,
    UNWIND_FROM_FOR,
    Operand,
)
from mpytool.options import ARCHES
from mpytool.prelude import decode_lines
from mpytool.print_ir import format_value

FLAG_NAMES: tuple[tuple[int, str], ...] = (
    (FLAG_GENERATOR, "generator"),
    (FLAG_VARKEYWORDS, "varkeywords"),
    (FLAG_VARARGS, "varargs"),
    (FLAG_DEFKWARGS, "defkwargs"),
)

JUMPS = (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD)
_BYTES_WIDTH = 12


def format_module(module: CompiledModule) -> str:
    """The whole listing; ends with a newline. ValueError if some bytecode cannot be decoded."""
    arch = ARCHES[module.arch] if module.arch < len(ARCHES) else str(module.arch)
    lines = [f"module arch {arch}, small ints of {module.small_int_bits} bits"]
    if module.arch_flags:
        lines[0] += f", arch flags {module.arch_flags:#x}"
    lines += ["", f"qstrs ({len(module.qstrs)})"]
    lines += [f"{index:4}  {format_value(text)}" for index, text in enumerate(module.qstrs)]
    if module.constants:
        lines += ["", f"constants ({len(module.constants)})"]
        lines += [f"{index:4}  {format_constant(value)}" for index, value in enumerate(module.constants)]
    # Without recursion: functions nest as deeply as the source does.
    stack: list[tuple[str, RawCode]] = [("0", module.root)]
    while stack:
        path, raw_code = stack.pop()
        lines.append("")
        lines += _format_function(module, path, raw_code)
        stack += reversed([(f"{path}.{i}", child) for i, child in enumerate(raw_code.children)])
    return "\n".join(lines) + "\n"


def format_constant(value: object) -> str:
    """An entry of the constant table as text."""
    return value.value if isinstance(value, FunTable) else format_value(value)


def _format_function(module: CompiledModule, path: str, raw_code: RawCode) -> Iterable[str]:
    prelude = raw_code.prelude
    if prelude is None:
        return [f"function {path}, {raw_code.kind.name.lower()}", f"  {len(raw_code.data)} bytes of code"]
    lines = [f"function {path} {format_value(module.qstrs[prelude.name])}"]
    lines += _format_prelude(module, prelude)
    if raw_code.opcodes_offset == 0:  # no bytecode: a prelude always has a size
        return [*lines, f"  {raw_code.kind.name.lower()}, {len(raw_code.data)} bytes with the prelude"]
    instructions = list(decode_instructions(raw_code.data, raw_code.opcodes_offset))
    targets = {each.operand for each in instructions if each.op.operand in JUMPS}
    opcodes = bytes(raw_code.data[raw_code.opcodes_offset :])
    for each in instructions:
        mark = "L" if each.offset in targets else " "
        data = opcodes[each.offset : each.end].hex(" ").ljust(_BYTES_WIDTH)
        lines.append(f"{mark}{each.offset:5}  {data}  {_format_instruction(module, each)}".rstrip())
    return lines


def _format_prelude(module: CompiledModule, prelude: Prelude) -> Iterable[str]:
    flags = [name for bit, name in FLAG_NAMES if prelude.scope_flags & bit]
    yield (
        f"  n_state {prelude.n_state}, exception stack {prelude.n_exc_stack}, "
        f"flags {' '.join(flags) or '-'}, positional {prelude.n_pos_args}, "
        f"keyword-only {prelude.n_kwonly_args}, defaults {prelude.n_def_pos_args}"
    )
    if prelude.arg_names:
        yield "  arguments " + " ".join(module.qstrs[index] for index in prelude.arg_names)
    if prelude.cells:
        yield "  cells " + " ".join(map(str, prelude.cells))
    if prelude.line_table:
        yield "  lines " + " ".join(f"{offset}:{line}" for offset, line in line_starts(prelude.line_table))


def line_starts(table: Buffer) -> list[tuple[int, int]]:
    """(offset, line) where a line's code begins, ascending; code before the first pair is line 1."""
    return list(iter_line_starts(table))


def iter_line_starts(table: Buffer) -> Iterator[tuple[int, int]]:
    """The same, one by one."""
    offset, line = 0, 1
    pending = False
    for n_bytes, n_lines in decode_lines(table):
        if n_bytes and pending:
            yield offset, line
            pending = False
        offset += n_bytes
        line += n_lines
        pending = pending or n_lines > 0
    if pending:
        yield offset, line


def _format_instruction(module: CompiledModule, instruction: Instruction) -> str:
    text = format_operand(module, instruction, f"-> {instruction.operand}")
    return f"{instruction.op.name} {text}".rstrip()


def format_operand(module: CompiledModule, instruction: Instruction, target: str = "") -> str:
    """The operand as text, indices resolved; ``target`` is what to write for where a jump goes.

    An index outside its table is shown as it is.
    """
    op, operand, extra = instruction.op, instruction.operand, instruction.extra
    if operand is None:
        return ""
    if op.name == "UNARY_OP_MULTI":
        return UNARY_OPS[operand]
    if op.name == "BINARY_OP_MULTI":
        return BINARY_OPS[operand]
    match op.operand:
        case Operand.QSTR:
            if operand >= len(module.qstrs):
                return f"qstr {operand} (not in the table)"
            text = module.qstrs[operand]
            return format_value(text) if op.name == "LOAD_CONST_STRING" else text
        case Operand.OBJECT:
            if operand >= len(module.constants):
                return f"constant {operand} (not in the table)"
            return format_constant(module.constants[operand])
        case Operand.CALL:
            return f"positional {operand & 0xFF}, keyword {operand >> 8}"
        case Operand.CHILD:
            return f"child {operand}"
        case Operand.CHILD_CELLS:
            return f"child {operand}, {extra} cells"
        case Operand.JUMP | Operand.FORWARD:
            return target
        case Operand.JUMP_UNWIND:
            assert extra is not None
            from_for = ", from for" if extra & UNWIND_FROM_FOR else ""
            return f"{target}, handlers {extra & ~UNWIND_FROM_FOR}{from_for}"
    return str(operand)
