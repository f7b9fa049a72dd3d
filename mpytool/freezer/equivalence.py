"""Whether two modules are the same but for the numbers of their names and constants.

Two functions are the same if they have the same instructions with the same names, constants and targets, and
each instruction is of the same line; what is never reached at
their ends does not count. Machine code must have the same bytes, and then the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpytool.freezer.reached import reached_instructions, without_dead_end
from mpytool.instructions import Instruction
from mpytool.module import CompiledModule, Constant, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.constants import same_constant
from mpytool.opcodes import Operand
from mpytool.prelude import decode_lines

_JUMPS = (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD)


def difference(
    expected: CompiledModule,
    found: CompiledModule,
    stored: Callable[[Constant], Constant] = lambda value: value,
) -> str | None:
    """The first thing that differs, in words; None if nothing does. ``stored`` is what a constant becomes."""
    if expected.qstrs[0] != found.qstrs[0]:
        return f"the source file {expected.qstrs[0]!r} became {found.qstrs[0]!r}"
    has_native = False
    pending = [("module", expected.root, found.root)]
    while pending:
        path, left, right = pending.pop()
        if left.kind is RawCodeKind.BYTECODE:
            left = without_dead_end(left)
        has_native = has_native or left.kind is not RawCodeKind.BYTECODE
        what = _function_difference(expected, found, left, right, stored)
        if what is not None:
            return f"{path}: {what}"
        pending += [
            (f"{path}.{number}", *pair)
            for number, pair in enumerate(zip(left.children, right.children, strict=True))
        ]
    if has_native and expected.qstrs != found.qstrs:
        return "the names of machine code have other numbers"
    if has_native and not _same(expected.constants, found.constants, stored):
        return "the constants of machine code have other numbers"
    return None


def _same(
    left: Sequence[Constant], right: Sequence[Constant], stored: Callable[[Constant], Constant]
) -> bool:
    return len(left) == len(right) and all(
        same_constant(stored(a), b) for a, b in zip(left, right, strict=True)
    )


def _function_difference(
    expected: CompiledModule,
    found: CompiledModule,
    left: RawCode,
    right: RawCode,
    stored: Callable[[Constant], Constant],
) -> str | None:
    if left.kind is not right.kind or len(left.children) != len(right.children):
        return f"{left.kind.name} with {len(left.children)} functions became {right.kind.name}"
    if left.kind is not RawCodeKind.BYTECODE:
        return None if left.data == right.data and left.native == right.native else "machine code differs"
    assert left.prelude is not None
    assert right.prelude is not None
    if _prelude(expected, left.prelude) != _prelude(found, right.prelude):
        return f"the head {_prelude(expected, left.prelude)} became {_prelude(found, right.prelude)}"
    ours, theirs = (list(reached_instructions(each.data[each.opcodes_offset :])) for each in (left, right))
    if len(ours) != len(theirs):
        return f"{len(ours)} instructions became {len(theirs)}"
    moved = [a.offset for a in ours] != [b.offset for b in theirs]
    if not moved and left.prelude.line_table != right.prelude.line_table:
        return "the line table differs, and the code has not moved"
    our_numbers, their_numbers = _numbers(ours), _numbers(theirs)
    our_lines, their_lines = _lines(left.prelude, ours), _lines(right.prelude, theirs)
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        where = f"instruction {number} ({a.op.name})"
        if (a.code, a.extra) != (b.code, b.extra):
            return f"{where} became {b.op.name}"
        if our_lines[number] != their_lines[number]:
            return f"{where} moved from line {our_lines[number]} to {their_lines[number]}"
        value, other = _value(expected, a, our_numbers), _value(found, b, their_numbers)
        if not same_constant(stored(value), other):
            return f"{where}: {value!r} became {other!r}"
    return None


def _prelude(module: CompiledModule, prelude: Prelude) -> tuple[object, ...]:
    names = [module.qstrs[index] for index in (prelude.name, *prelude.arg_names)]
    sizes = (prelude.n_state, prelude.n_exc_stack, prelude.scope_flags)
    counts = (prelude.n_pos_args, prelude.n_kwonly_args, prelude.n_def_pos_args)
    return (*sizes, *counts, names, prelude.cells)


def _numbers(instructions: list[Instruction]) -> dict[int, int]:
    """The number of the instruction at each offset; that of the end too."""
    numbers = {instruction.offset: number for number, instruction in enumerate(instructions)}
    numbers[instructions[-1].end] = len(instructions)
    return numbers


def _lines(prelude: Prelude, instructions: list[Instruction]) -> list[int]:
    """The line of each instruction, counted from the first (``mp_bytecode_get_source_line``, py/bc.h)."""
    steps = decode_lines(prelude.line_table)
    lines = []
    for instruction in instructions:
        offset, line = instruction.offset, 1
        for n_bytes, n_lines in steps:
            if offset < n_bytes:
                break
            offset -= n_bytes
            line += n_lines
        lines.append(line)
    return lines


def _value(module: CompiledModule, instruction: Instruction, numbers: dict[int, int]) -> Constant:
    """An operand without its number: a name, a constant, the number of an instruction."""
    operand = instruction.operand
    if operand is None:
        return None
    kind = instruction.op.operand
    if kind is Operand.QSTR:
        return module.qstrs[operand]
    if kind is Operand.OBJECT:
        return module.constants[operand]
    return numbers[operand] if kind in _JUMPS else operand
