"""The verifier of the stack IR: what every emitter may rely on, checked.

``check_program`` lists what is wrong, one line each (``function 1 (f), op 7 LOAD_FAST_N: ...``); a sound
program gives an empty list. It is for the makers of IR: what a user writes never gets here unsound.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpytool.ir import PSEUDO_OF_CODE, Emitter, Function, Program, PseudoOperand, code_of, effect_of
from mpytool.opcodes import COMP_DICT, COMP_LIST, COMP_SET, OP_OF_CODE, Operand

_UNRESOLVED = frozenset(
    code_of(name)
    for name in (
        "LOAD_IDENT",
        "STORE_IDENT",
        "DELETE_IDENT",
        "MAKE",
        "MAKE_DEFARGS",
        "LOAD_CLASS_CELL",
        "LOAD_SELF",
    )
)
_NOT_CANONICAL = frozenset(
    (code_of("LOAD_CONST_SMALL_INT_MULTI"), code_of("LOAD_FAST_MULTI"), code_of("STORE_FAST_MULTI"))
)
_LABEL = code_of("LABEL")
_LINE = code_of("LINE")
_ASM = code_of("ASM")
_STORE_COMP = code_of("STORE_COMP")
_UNPACK_EX = code_of("UNPACK_EX")
_DEREF = (code_of("LOAD_DEREF"), code_of("STORE_DEREF"), code_of("DELETE_DEREF"))


def check_program(program: Program) -> list[str]:
    """Everything that is wrong with a program that lowering has finished; empty if it is sound."""
    found: list[str] = []
    n = len(program.functions)
    if n == 0:
        return ["a program has at least the module's function"]
    makers = [0] * n
    for number, function in enumerate(program.functions):
        where = f"function {number} ({function.name})"
        found += [f"{where}: {problem}" for problem in _check_header(function)]
        for child in function.children:
            if not number < child < n:
                found.append(f"{where}: child {child} is not a later function")
            else:
                makers[child] += 1
        found += [f"{where}, {problem}" for problem in _check_ops(program, function)]
    found += [f"function {i} is made {count} times" for i, count in enumerate(makers) if i and count != 1]
    return found


def _check_header(function: Function) -> list[str]:
    found = []
    n_args = function.n_pos_args + function.n_kwonly_args
    # Assembler functions name no locals: their arguments are registers.
    if function.emitter is not Emitter.ASM:
        if len(function.arg_names) != n_args:
            found.append(f"{len(function.arg_names)} names for {n_args} arguments")
        if n_args > function.n_locals:
            found.append(f"{n_args} arguments but {function.n_locals} locals")
    if function.n_free > function.n_pos_args:
        found.append(f"{function.n_free} free variables but {function.n_pos_args} positional arguments")
    if function.n_def_pos_args > function.n_pos_args - function.n_free:
        found.append(f"{function.n_def_pos_args} defaults but {function.n_pos_args} positional arguments")
    if len(set(function.cells)) != len(function.cells):
        found.append("a local becomes a cell twice")
    found += [
        f"cell {cell} is not a local that can become a cell"
        for cell in function.cells
        if not function.n_free <= cell < function.n_locals
    ]
    return found


class _OpChecker:
    """The state of walking over one function's ops."""

    def __init__(self, program: Program, function: Function) -> None:
        self.function = function
        self.n_tokens = len(program.tokens.lines)
        self.cells = set(range(function.n_free)) | set(function.cells)
        self.placed: set[int] = set()
        self.aimed_at: set[int] = set()
        self.made: list[int] = []
        self.depth = 0

    def check_op(self, opcode: int, operand: Any, token: int) -> str | None:
        """What is wrong with one op, None if nothing is."""
        if opcode in _UNRESOLVED:
            return "is not resolved"
        if opcode in _NOT_CANONICAL or (opcode not in OP_OF_CODE and opcode not in PSEUDO_OF_CODE):
            return "is no opcode of the IR"
        if opcode == _ASM and self.function.emitter is not Emitter.ASM:
            return "stands outside an assembler function"
        if not 0 <= token < max(self.n_tokens, 1):
            return f"token {token} does not exist"
        problem = self.check_operand(opcode, operand)
        if problem is not None:
            return problem
        self.depth += effect_of(opcode, operand)
        if self.depth < 0:
            depth, self.depth = self.depth, 0
            return f"the stack's depth becomes {depth}"
        return None

    def check_operand(self, opcode: int, operand: Any) -> str | None:
        pseudo = PSEUDO_OF_CODE.get(opcode)
        if opcode == _LABEL:
            return self.place_label(operand)
        if pseudo is not None:
            if _FITS_PSEUDO[pseudo.operand](operand) and (opcode != _LINE or operand >= 0):
                return None
            return f"{operand!r} is no {pseudo.operand.value}"
        kind = OP_OF_CODE[opcode].operand
        if opcode in (_STORE_COMP, _UNPACK_EX):
            fits = _is_comp(operand) if opcode == _STORE_COMP else _is_pair(operand)
        else:
            fits = _FITS[kind](operand)
        if not fits:
            return f"{operand!r} is no operand of kind {kind.value}"
        match kind:
            case Operand.LOCAL:
                return self.check_local(opcode, operand)
            case Operand.JUMP | Operand.FORWARD:
                return self.aim(operand)
            case Operand.JUMP_UNWIND:
                return self.aim(operand[0])
            case Operand.CHILD:
                return self.make(operand)
            case Operand.CHILD_CELLS:
                return self.make(operand[0])
        return None

    def check_local(self, opcode: int, local: int) -> str | None:
        if local >= self.function.n_locals:
            return f"there is no local {local}"
        if opcode in _DEREF and local not in self.cells:
            return f"local {local} is no cell"
        return None

    def place_label(self, label: Any) -> str | None:
        if not _is_count(label) or label >= self.function.n_labels:
            return f"there is no label {label!r}"
        if label in self.placed:
            return f"label {label} is placed twice"
        self.placed.add(label)
        return None

    def aim(self, label: int) -> str | None:
        if label >= self.function.n_labels:
            return f"there is no label {label}"
        self.aimed_at.add(label)
        return None

    def make(self, child: int) -> str | None:
        if child >= len(self.function.children):
            return f"there is no child {child}"
        self.made.append(child)
        return None

    def finish(self) -> list[str]:
        """What only shows at the end."""
        found = [f"label {label} is aimed at but not placed" for label in sorted(self.aimed_at - self.placed)]
        if self.made != list(range(len(self.function.children))):
            found.append(f"the children are made in the order {self.made}")
        if self.depth != 0:
            found.append(f"the stack's depth is {self.depth} at the end")
        return found


def _check_ops(program: Program, function: Function) -> list[str]:
    checker = _OpChecker(program, function)
    found = []
    for i, (opcode, operand, token) in enumerate(function.ops):
        problem = checker.check_op(opcode, operand, token)
        if problem is not None:
            found.append(f"op {i} {_name(opcode)}: {problem}")
    return found + [f"at the end: {problem}" for problem in checker.finish()]


def _name(opcode: int) -> str:
    op = PSEUDO_OF_CODE.get(opcode) or OP_OF_CODE.get(opcode)
    return op.name if op is not None else f"{opcode:#x}"


# --- what operands look like -------------------------------------------------------------------------------


def _is_int(value: Any) -> bool:
    return type(value) is int


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and _is_count(value[0]) and _is_count(value[1])


def _is_comp(value: Any) -> bool:
    return _is_pair(value) and value[0] in (COMP_LIST, COMP_DICT, COMP_SET)


def _is_unwind(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 3 and _is_pair(value[:2]) and isinstance(value[2], bool)


def _is_asm(value: Any) -> bool:
    return (
        isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and _are_operands(value[1])
    )


_FITS_ASM: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int,
    "list": lambda value: _are_operands(value),
    "set": lambda value: _are_operands(value),
    "other": lambda value: value == "",
}


def _are_operands(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(operand, tuple)
        and len(operand) == 4
        and operand[0] in _FITS_ASM
        and _FITS_ASM[operand[0]](operand[1])
        and _is_count(operand[2])
        and _is_count(operand[3])
        for operand in value
    )


def _is_constant(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_constant, value))
    return value is None or value is Ellipsis or isinstance(value, (bool, int, float, complex, str, bytes))


def _is_nothing(value: Any) -> bool:
    return value is None


def _is_str(value: Any) -> bool:
    return isinstance(value, str)


_FITS: dict[Operand, Callable[[Any], bool]] = {
    Operand.NONE: _is_nothing,
    Operand.QSTR: _is_str,
    Operand.UINT: _is_count,
    Operand.INT: _is_int,
    Operand.OBJECT: _is_constant,
    Operand.CHILD: _is_count,
    Operand.CHILD_CELLS: _is_pair,
    Operand.LOCAL: _is_count,
    Operand.CALL: _is_pair,
    Operand.JUMP: _is_count,
    Operand.JUMP_UNWIND: _is_unwind,
    Operand.FORWARD: _is_count,
}

_FITS_PSEUDO: dict[PseudoOperand, Callable[[Any], bool]] = {
    PseudoOperand.NONE: _is_nothing,
    PseudoOperand.NAME: _is_str,
    PseudoOperand.LABEL: _is_count,
    PseudoOperand.INT: _is_int,
    PseudoOperand.ASM: _is_asm,
}
