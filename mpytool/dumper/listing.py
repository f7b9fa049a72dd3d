"""What all forms of a dump share: the functions of a module, and bytecode instruction by instruction.

Rows are made one at a time: a function's listing is far larger than its code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mpytool.dumper.depth import UNKNOWN, stack_depths
from mpytool.instructions import Instruction, decode_instruction
from mpytool.module import Buffer, CompiledModule, Constant, NativePart, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.names import function_names
from mpytool.opcodes import (
    FLAG_DEFKWARGS,
    FLAG_GENERATOR,
    FLAG_VARARGS,
    FLAG_VARKEYWORDS,
    OP_OF_CODE,
    Operand,
)
from mpytool.print_bytecode import JUMPS, format_constant, format_operand, iter_line_starts

OPERAND_LIMIT = 72
"""Characters of an operand that are shown: constants and names may be long, and used often."""
CLOSED_OVER = "*"
"""The name that closed-over variables have among the arguments."""

_KIND_WORDS = {
    RawCodeKind.BYTECODE: "bytecode",
    RawCodeKind.NATIVE: "native",
    RawCodeKind.VIPER: "viper",
    RawCodeKind.ASM: "inline assembler",
}


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """One function in its place.

    ``number``    in the order of the file, the module's own function is 0
    ``parent``    number of the function that makes it, -1 for the module's
    ``path``      numbers of children from the root, whose own path is ()
    ``name``      dotted, from the module's own down, unlike every other
    ``own_name``  what the function calls itself, without the functions around it
    """

    number: int
    parent: int
    path: tuple[int, ...]
    name: str
    own_name: str
    raw_code: RawCode


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction. Offsets count from the first opcode.

    ``operand``  indices resolved; a jump's names its target as ``label`` does
    ``number``   the operand as it is encoded (for a jump the target), None if there is none
    ``extra``    the byte after the operand that some opcodes have
    ``target``   offset that it may jump to, None if it is no jump
    ``depth``    of the stack before it; None where no path leads there or it cannot be told
    ``line``     of the source, 0 if the module has no line tables
    ``error``    why the rest of the code cannot be decoded; such a row is the last, with all that is left
    """

    offset: int
    data: bytes
    name: str
    operand: str
    target: int | None
    depth: int | None
    line: int
    is_target: bool
    number: int | None = None
    extra: int | None = None
    error: str = ""


def shorten(text: str, limit: int = OPERAND_LIMIT) -> str:
    """``text``, the middle left out if it is longer than ``limit``."""
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[: limit - 3 - half]}...{text[len(text) - half :]}"


def constant_text(value: Constant, limit: int = OPERAND_LIMIT) -> str:
    """An entry of the constant table as text, cut behind ``limit`` characters."""
    parts: list[str] = []
    room = limit
    # Tuples nest as deeply as the file says, so no recursion.
    pending: list[tuple[bool, Any]] = [(True, value)]
    while pending and room >= 0:
        is_value, item = pending.pop()
        if is_value and isinstance(item, tuple):
            pending.append((False, ",)" if len(item) == 1 else ")"))
            for number, inner in enumerate(reversed(item)):
                pending += [(False, ", ")] * (number > 0) + [(True, inner)]
            item, is_value = "(", False
        text = (
            format_constant(item[: limit + 1] if isinstance(item, str | bytes) else item)
            if is_value
            else item
        )
        parts.append(text)
        room -= len(text)
    text = visible("".join(parts))
    return text if len(text) <= limit and not pending else text[: limit - 3] + "..."


def visible(text: str) -> str:
    """``text`` with escapes in place of what cannot be shown."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode-escape").decode("ascii") for c in text)


def label(offset: int) -> str:
    """How a place that is jumped to is called."""
    return f"L{offset}"


# --- functions ---------------------------------------------------------------------------------------------


def kind_words(raw_code: RawCode) -> str:
    """``bytecode``, ``native``, ``native generator``, ..."""
    words = _KIND_WORDS[raw_code.kind]
    prelude = raw_code.prelude
    if prelude is not None and prelude.scope_flags & FLAG_GENERATOR:
        return f"{words} generator"
    return words


def qstr_text(module: CompiledModule, index: int) -> str:
    """A name by its index, whatever the index is, and fit to be shown."""
    return visible(module.qstrs[index]) if 0 <= index < len(module.qstrs) else f"<qstr {index}>"


def functions(module: CompiledModule) -> Iterator[FunctionEntry]:
    """Every function, parents before children, in the order of the file."""
    around: list[int] = []  # the numbers of the functions that the present one is in
    for number, function in enumerate(function_names(module)):
        del around[len(function.path) :]
        parent = around[-1] if around else -1
        around.append(number)
        name, raw_code = visible(function.name), function.raw_code
        if raw_code.prelude is not None:
            own = shorten(qstr_text(module, raw_code.prelude.name))
        else:
            own = name.rpartition(".")[2].partition("#")[0]
        yield FunctionEntry(number, parent, function.path, name, own, raw_code)


def signature(module: CompiledModule, raw_code: RawCode, own_name: str = "<function>") -> str:
    """The head of the function as source would have it: ``f(a, b=..., *args, c, **kwargs)``.

    The file holds no names for ``*`` and ``**`` parameters, no defaults, and not which keyword-only
    parameters have one: if some have, each is written with ``=?``. Closed-over variables are left out.
    ``own_name`` is for viper and assembler functions, which have no name in the file.
    """
    prelude = raw_code.prelude
    if prelude is None:
        native = raw_code.native or NativePart()
        words = (
            ", ".join(f"r{i}" for i in range(native.n_pos_args))
            if raw_code.kind is RawCodeKind.ASM
            else "..."
        )
        return f"{own_name}({words})"
    names = [shorten(qstr_text(module, index)) for index in prelude.arg_names]
    positional, keyword_only = names[: prelude.n_pos_args], names[prelude.n_pos_args :]
    first_default = len(positional) - prelude.n_def_pos_args
    parts = [name + "=..." if i >= first_default else name for i, name in enumerate(positional)]
    parts = parts[n_closed_over(module, prelude) :]
    if prelude.scope_flags & FLAG_VARARGS:
        parts.append("*args")
    elif keyword_only:
        parts.append("*")
    some = "=?" if prelude.scope_flags & FLAG_DEFKWARGS else ""
    parts += [name + some for name in keyword_only]
    if prelude.scope_flags & FLAG_VARKEYWORDS:
        parts.append("**kwargs")
    return f"{shorten(qstr_text(module, prelude.name))}({', '.join(parts)})"


def n_closed_over(module: CompiledModule, prelude: Prelude) -> int:
    """How many of the arguments are variables of enclosing functions, which come first and have no name."""
    count = 0
    for index in prelude.arg_names[: prelude.n_pos_args]:
        if qstr_text(module, index) != CLOSED_OVER:
            break
        count += 1
    return count


def local_names(module: CompiledModule, prelude: Prelude) -> list[str]:
    """What is known of the names of the first locals: the parameters."""
    names = [shorten(qstr_text(module, index)) for index in prelude.arg_names]
    n_closed = n_closed_over(module, prelude)
    names[:n_closed] = [f"closed over {i}" for i in range(n_closed)]
    if prelude.scope_flags & FLAG_VARARGS:
        names.append("*args")
    if prelude.scope_flags & FLAG_VARKEYWORDS:
        names.append("**kwargs")
    return names


# --- bytecode ----------------------------------------------------------------------------------------------

_LOCAL_MULTI = ("LOAD_FAST_MULTI", "STORE_FAST_MULTI")


class OperandTexts:
    """Operands of one module as short text. Each long constant or name is spelled only once."""

    def __init__(self, module: CompiledModule) -> None:
        self._module = module
        self._kept: dict[tuple[str, int], str] = {}
        self._own_names: dict[int, str] = {}
        self.has_lines = False
        """Whether there are line tables. A function without one is on line 1 then, else nobody knows."""
        for entry in functions(module):
            self._own_names[id(entry.raw_code)] = entry.own_name
            prelude = entry.raw_code.prelude
            self.has_lines = self.has_lines or (prelude is not None and len(prelude.line_table) > 0)

    def of(self, raw_code: RawCode, instruction: Instruction, names: Sequence[str]) -> str:
        """The operand of an instruction of ``raw_code``, whose first locals have these names."""
        op, operand = instruction.op, instruction.operand
        if operand is None:
            return ""
        if op.operand is Operand.OBJECT and operand < len(self._module.constants):
            return self.constant(operand)
        if op.operand is Operand.QSTR:
            key = ("string" if op.name == "LOAD_CONST_STRING" else op.operand.value, operand)
            text = self._kept.get(key)
            if text is None:
                text = self._kept[key] = shorten(visible(format_operand(self._module, instruction)))
            return text
        if op.operand in JUMPS:
            return format_operand(self._module, instruction, f"-> {label(operand)}")
        text = format_operand(self._module, instruction)
        if (op.operand is Operand.LOCAL or op.name in _LOCAL_MULTI) and operand < len(names):
            return f"{text} ({names[operand]})"
        if op.operand in (Operand.CHILD, Operand.CHILD_CELLS) and operand < len(raw_code.children):
            return f"{text} ({self.name(raw_code.children[operand])})"
        return text

    def constant(self, index: int) -> str:
        """An entry of the constant table, which must have it."""
        key = (Operand.OBJECT.value, index)
        text = self._kept.get(key)
        if text is None:
            text = self._kept[key] = constant_text(self._module.constants[index])
        return text

    def name(self, raw_code: RawCode) -> str:
        """What a function of the module calls itself."""
        return self._own_names[id(raw_code)]


def bytecode_rows(module: CompiledModule, raw_code: RawCode, texts: OperandTexts) -> Iterator[Row]:
    """The instructions of a bytecode function, up to the first that cannot be decoded."""
    prelude = raw_code.prelude
    names = local_names(module, prelude) if prelude is not None else []
    lines = iter_line_starts(prelude.line_table if prelude is not None else b"")
    next_line = next(lines, None)
    code = raw_code.data[raw_code.opcodes_offset :]
    depths = stack_depths(code)
    targets = _targets(code)
    offset = 0
    line = 1 if texts.has_lines else 0
    while offset < len(code):
        while next_line is not None and next_line[0] <= offset:
            line = next_line[1]
            next_line = next(lines, None)
        depth = depths[offset] if depths[offset] != UNKNOWN else None
        is_target = bool(targets[offset])
        try:
            instruction = decode_instruction(code, offset)
        except (IndexError, ValueError):
            why = "the instruction is cut off" if code[offset] in OP_OF_CODE else "no opcode"
            yield Row(offset, bytes(code[offset:]), "?", "", None, depth, line, is_target, error=why)
            return
        target = instruction.operand if instruction.op.operand in JUMPS else None
        text = texts.of(raw_code, instruction, names)
        data = bytes(code[offset : instruction.end])
        yield Row(
            offset, data, instruction.op.name, text, target, depth, line, is_target,
            instruction.operand, instruction.extra,
        )  # fmt: skip
        offset = instruction.end


def _targets(code: Buffer) -> bytearray:
    """A byte for each offset, 1 where a jump leads."""
    targets = bytearray(len(code))
    offset = 0
    while offset < len(code):
        try:
            instruction = decode_instruction(code, offset)
        except (IndexError, ValueError):
            break
        target = instruction.operand if instruction.op.operand in JUMPS else None
        if target is not None and 0 <= target < len(code):
            targets[target] = 1
        offset = instruction.end
    return targets
