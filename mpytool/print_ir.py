"""The text form of the stack IR: for ``--print ir``, for tests, for reports.

    program "m.py"

    function 0 "f" function
      args "x"
      locals "x" "y"
      counts positional=1
      LINE 2 @5
      LOAD_FAST_N 0 (x) @6
      POP_JUMP_IF_FALSE L0
      CALL_FUNCTION 1 0
      BINARY_OP_MULTI +
    L0:
      RETURN_VALUE

``@5`` is the number of the token; what stands in parentheses after a local is its name, only for the reader.
Of text that ``format_program`` made, ``parse_program`` makes an equal program, but for what the tokens hold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from mpytool.grammar.tokens import Tokens
from mpytool.ir import (
    PSEUDO_OF_CODE,
    Emitter,
    Function,
    OpTuple,
    Program,
    PseudoOperand,
    ScopeKind,
    code_of,
)
from mpytool.opcodes import BINARY_CODE, BINARY_OPS, OP_OF_CODE, UNARY_CODE, UNARY_OPS, Operand

_LABEL = code_of("LABEL")
_UNWIND_JUMP = code_of("UNWIND_JUMP")
_STORE_COMP = code_of("STORE_COMP")
_UNPACK_EX = code_of("UNPACK_EX")
_UNARY = code_of("UNARY_OP_MULTI")
_BINARY = code_of("BINARY_OP_MULTI")
_COLLECTIONS = ("list", "dict", "set")

_KIND_NAMES = {kind: kind.name.lower() for kind in ScopeKind}
_KIND_OF_NAME = {name: kind for kind, name in _KIND_NAMES.items()}

_COUNTS: tuple[tuple[str, str], ...] = (
    # word in the text   field of Function
    ("positional", "n_pos_args"),
    ("keyword_only", "n_kwonly_args"),
    ("defaults", "n_def_pos_args"),
    ("flags", "flags"),
    ("free", "n_free"),
    ("labels", "n_labels"),
    ("handlers", "n_exc_stack"),
    ("token", "token"),
)


class IrTextError(ValueError):
    """A line that is no IR text; the message names it."""


# --- printing ----------------------------------------------------------------------------------------------


def format_program(program: Program) -> str:
    """The whole program; ends with a newline."""
    parts = [f"program {format_value(program.source_name)}\n"]
    parts += [format_function(function, number) for number, function in enumerate(program.functions)]
    return "\n".join(parts)


def format_function(function: Function, number: int = 0) -> str:
    """One function with its header; ends with a newline."""
    lines = [f"function {number} {format_value(function.name)} {_KIND_NAMES[function.kind]}"]
    if function.emitter is not Emitter.BYTECODE:
        lines.append(f"  emitter {function.emitter.value}")
    for word, values in (("args", function.arg_names), ("locals", function.local_names)):
        if values:
            lines.append(f"  {word} " + " ".join(map(format_value, values)))
    for word, numbers in (("cells", function.cells), ("children", function.children)):
        if numbers:
            lines.append(f"  {word} " + " ".join(map(str, numbers)))
    counts = [f"{word}={getattr(function, name)}" for word, name in _COUNTS if getattr(function, name)]
    if counts:
        lines.append("  counts " + " ".join(counts))
    lines += [f"  type {format_value(k)} {format_value(v)}" for k, v in function.arg_types.items()]
    if function.return_type:
        lines.append(f"  returns {format_value(function.return_type)}")
    lines += [format_op(op, function.local_names) for op in function.ops]
    return "\n".join(lines) + "\n"


def format_op(op: OpTuple, local_names: list[str] | None = None) -> str:
    """One line of a function's code, indented."""
    opcode, operand, token = op
    place = f" @{token}" if token else ""
    if opcode == _LABEL:
        return f"L{operand}:{place}"
    text = _format_operand(opcode, operand, local_names or [])
    return f"  {_row_name(opcode)}{' ' if text else ''}{text}{place}"


def _row_name(opcode: int) -> str:
    return PSEUDO_OF_CODE[opcode].name if opcode in PSEUDO_OF_CODE else OP_OF_CODE[opcode].name


def _format_operand(opcode: int, operand: Any, local_names: list[str]) -> str:
    pseudo = PSEUDO_OF_CODE.get(opcode)
    if pseudo is not None:
        return "" if pseudo.operand is PseudoOperand.NONE else format_value(operand)
    op = OP_OF_CODE[opcode]
    if op.name == "UNARY_OP_MULTI":
        return UNARY_OPS[opcode - _UNARY]
    if op.name == "BINARY_OP_MULTI":
        return BINARY_OPS[opcode - _BINARY]
    match op.operand:
        case Operand.NONE:
            return ""
        case Operand.JUMP | Operand.FORWARD:
            return f"L{operand}"
        case Operand.JUMP_UNWIND:
            label, handlers, from_for = operand
            return f"L{label} {handlers}" + (" for" if from_for else "")
        case Operand.CALL | Operand.CHILD_CELLS:
            return f"{operand[0]} {operand[1]}"
        case Operand.LOCAL:
            name = local_names[operand] if 0 <= operand < len(local_names) else "?"
            return f"{operand} ({name})"
    if opcode == _STORE_COMP:
        return f"{_COLLECTIONS[operand[0]]} {operand[1]}"
    if opcode == _UNPACK_EX:
        return f"{operand[0]} {operand[1]}"
    return format_value(operand)


def format_value(value: Any) -> str:
    """A constant or a name as text that ``parse_value`` reads; strings in double quotes, ASCII only."""
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(format_value, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, complex):
        return f"complex({value.real!r}, {value.imag!r})"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1000:
        return hex(value)  # decimal text of huge ints is slow, and limited by Python
    if value is Ellipsis:
        return "..."
    return repr(value)


def _quote(text: str) -> str:
    # The leading ' makes ascii() choose double quotes around a piece, which has none itself.
    return '"' + '\\"'.join([ascii("'" + piece)[2:-1] for piece in text.split('"')]) + '"'


# --- parsing -----------------------------------------------------------------------------------------------


def parse_value(text: str) -> Any:
    """The inverse of ``format_value``. IrTextError for other text."""
    try:
        return _value_of_node(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError) as error:
        raise IrTextError(f"no value: {text}") from error


def _value_of_node(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=items):
            return tuple(map(_value_of_node, items))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value_of_node(inner)
        case ast.Name(id="inf" | "nan" as name):
            return float(name)
        case ast.Call(func=ast.Name(id="complex"), args=[real, imag]):
            return complex(_value_of_node(real), _value_of_node(imag))
    raise ValueError("not a constant")


def parse_program(text: str) -> Program:
    """A program from its text form. IrTextError names the first bad line."""
    program = Program("", Tokens(""))
    for number, line in enumerate(text.split("\n"), 1):
        try:
            _parse_line(program, line.strip())
        except (IrTextError, ValueError, KeyError, IndexError) as error:
            raise IrTextError(f"line {number}: {line.strip()}: {error}") from error
    _fill_tokens(program)
    return program


_TOKEN_SUFFIX = re.compile(r"(.*?)(?: @(\d+))?")


def _parse_line(program: Program, line: str) -> None:
    if not line or line.startswith("#"):
        return
    word, _, rest = line.partition(" ")
    if word == "program":
        program.source_name = parse_value(rest)
    elif word == "function":
        _, name_and_kind = rest.split(" ", 1)
        name, kind = name_and_kind.rsplit(" ", 1)
        program.functions.append(
            Function(parse_value(name), _KIND_OF_NAME[kind], Emitter.BYTECODE, 0),
        )
    elif word.islower():
        _parse_header(program.functions[-1], word, rest)
    else:
        program.functions[-1].ops.append(parse_op(line))


def _parse_header(function: Function, word: str, rest: str) -> None:
    match word:
        case "emitter":
            function.emitter = Emitter(rest)
        case "args":
            function.arg_names = _parse_names(rest)
        case "locals":
            function.local_names = _parse_names(rest)
        case "cells":
            function.cells = list(map(int, rest.split()))
        case "children":
            function.children = list(map(int, rest.split()))
        case "counts":
            fields = dict(_COUNTS)
            for item in rest.split():
                key, value = item.split("=")
                setattr(function, fields[key], int(value))
        case "type":
            name, value = _parse_names(rest)
            function.arg_types[name] = value
        case "returns":
            function.return_type = parse_value(rest)
        case _:
            raise IrTextError("unknown word")


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _parse_names(text: str) -> list[str]:
    return [parse_value(name) for name in _STRING.findall(text)]


def parse_op(line: str) -> OpTuple:
    """One line of a function's code."""
    matched = _TOKEN_SUFFIX.fullmatch(line.strip())
    assert matched is not None  # the pattern takes everything
    body, token = matched[1], int(matched[2] or 0)
    if re.fullmatch(r"L\d+:", body):
        return _LABEL, int(body[1:-1]), token
    name, _, text = body.partition(" ")
    if name == "UNARY_OP_MULTI":
        return UNARY_CODE[text], None, token
    if name == "BINARY_OP_MULTI":
        return BINARY_CODE[text], None, token
    opcode = code_of(name)
    return opcode, _parse_operand(opcode, text), token


def _parse_operand(opcode: int, text: str) -> Any:
    pseudo = PSEUDO_OF_CODE.get(opcode)
    if pseudo is not None:
        return None if pseudo.operand is PseudoOperand.NONE else parse_value(text)
    match OP_OF_CODE[opcode].operand:
        case Operand.NONE:
            return None
        case Operand.JUMP | Operand.FORWARD:
            return _parse_label(text)
        case Operand.JUMP_UNWIND:
            label, handlers, *from_for = text.split()
            return _parse_label(label), int(handlers), from_for == ["for"]
        case Operand.CALL | Operand.CHILD_CELLS:
            return _parse_pair(text.split())
        case Operand.LOCAL:
            return int(text.split()[0])
    if opcode == _STORE_COMP:
        kind, position = text.split()
        return _COLLECTIONS.index(kind), int(position)
    if opcode == _UNPACK_EX:
        return _parse_pair(text.split())
    return parse_value(text)


def _parse_label(text: str) -> int:
    if not text.startswith("L"):
        raise IrTextError("a label is L and a number")
    return int(text[1:])


def _parse_pair(words: Iterable[str]) -> tuple[int, int]:
    first, second = map(int, words)
    return first, second


def _fill_tokens(program: Program) -> None:
    """Tokens without data, as many as the program names, so that its numbers are valid."""
    last = 0
    for function in program.functions:
        last = max(last, function.token, *(op[2] for op in function.ops), 0)
    tokens = program.tokens
    for _ in range(last + 1):
        tokens.kinds.append(0)
        tokens.values.append(None)
        tokens.lines.append(0)
        tokens.starts.append(0)
        tokens.ends.append(0)
