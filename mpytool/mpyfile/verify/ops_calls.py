"""Functions: made and called."""

from __future__ import annotations

from mpytool.module import RawCode
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import Making
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.frame import Frame
from mpytool.mpyfile.verify.kinds import (
    BUILD_CLASS,
    CELL,
    DICT,
    FUN,
    INT,
    METHOD,
    NO_OBJECT,
    NULL,
    OBJ,
    QSTR,
    SELF,
    SHIFT,
    TAG,
    TUPLE,
    words,
)
from mpytool.opcodes import FLAG_DEFKWARGS, code_of

_CALL_FUNCTION_VAR_KW = code_of("CALL_FUNCTION_VAR_KW")
_CALL_METHOD = code_of("CALL_METHOD")
_CALL_METHOD_VAR_KW = code_of("CALL_METHOD_VAR_KW")


def make_function(f: Frame, pc: int, at: int) -> int:
    child, end = _child(f, pc, at)
    _check_made(f, pc, child, 0, False, 0)
    _made(f, child, (), pc)
    return end


def make_function_defargs(f: Frame, pc: int, at: int) -> int:
    child, end = _child(f, pc, at)
    f.need(2)
    n_def, has_dict = _pop_defaults(f)
    _check_made(f, pc, child, n_def, has_dict, 0)
    _made(f, child, (), pc)
    return end


def make_closure(f: Frame, pc: int, at: int) -> int:
    child, at = _child(f, pc, at)
    count = f.context.code[at]
    f.need(count)
    cells = _pop_cells(f, count)
    _check_made(f, pc, child, 0, False, count)
    _made(f, child, cells, pc)
    return at + 1


def make_closure_defargs(f: Frame, pc: int, at: int) -> int:
    child, at = _child(f, pc, at)
    count = f.context.code[at]
    f.need(count + 2)
    cells = _pop_cells(f, count)
    n_def, has_dict = _pop_defaults(f)
    _check_made(f, pc, child, n_def, has_dict, count)
    _made(f, child, cells, pc)
    return at + 1


def _child(f: Frame, pc: int, at: int) -> tuple[int, int]:
    child, end = f.context.varuint(pc, at)
    n = len(f.context.children)
    if child >= n:
        raise RejectedError(findings.OPERAND, pc, what="child", value=child, limit=f"there are {n}")
    return child, end


def _made(f: Frame, child: int, cells: tuple[int, ...], pc: int) -> None:
    f.context.learnt.makings.append(Making(child, cells, pc))
    f.push(FUN | child << SHIFT)


def _pop_defaults(f: Frame) -> tuple[int, bool]:
    """(number of positional defaults, whether there is a dict of the others)."""
    kind = f.pop()
    if kind not in (DICT, NULL):
        raise f.wrong("a dict or null", kind)
    has_dict = kind == DICT
    kind = f.pop()
    if kind == NULL:
        return 0, has_dict
    if kind & TAG != TUPLE:
        raise f.wrong("a tuple or null", kind)
    return kind >> SHIFT, has_dict


def _pop_cells(f: Frame, count: int) -> tuple[int, ...]:
    cells = []
    for _ in range(count):
        kind = f.pop()
        if kind & TAG == CELL:
            cells.append(kind >> SHIFT)
        elif f.context.lenient and not kind & NO_OBJECT:
            cells.append(-1)
        else:
            raise f.wrong("a cell", kind)
    cells.reverse()
    return tuple(cells)


def _check_made(f: Frame, pc: int, child: int, n_def: int, has_dict: bool, n_cells: int) -> None:
    raw_code: RawCode = f.context.children[child]
    prelude = raw_code.prelude
    if prelude is None:
        return  # viper and assembler functions have neither defaults nor a head that says more
    if n_cells > prelude.n_pos_args:
        raise RejectedError(
            findings.MADE_WRONG, pc, given=f"{n_cells} cells", wanted=f"at most {prelude.n_pos_args}"
        )
    if n_def != prelude.n_def_pos_args or n_def > prelude.n_pos_args - n_cells:
        raise RejectedError(
            findings.MADE_WRONG,
            pc,
            given=f"{n_def} positional defaults",
            wanted=f"{prelude.n_def_pos_args} for {prelude.n_pos_args - n_cells} arguments",
        )
    wants_dict = prelude.scope_flags & FLAG_DEFKWARGS != 0
    if wants_dict and not has_dict:
        raise RejectedError(findings.MADE_WRONG, pc, given="no keyword defaults", wanted="some")


def call(f: Frame, pc: int, at: int) -> int:
    """All four CALL_* instructions."""
    operand, end = f.context.varuint(pc, at)
    f.check_operand("the operand", operand, 0xFFFF)
    n_pos, n_kw = operand & 0xFF, operand >> 8
    is_method = f.op >= _CALL_METHOD
    is_var = f.op in (_CALL_FUNCTION_VAR_KW, _CALL_METHOD_VAR_KW)
    f.need(n_pos + 2 * n_kw + 1 + is_method + is_var)
    if is_var:
        bitmap = f.pop()
        if bitmap != INT:
            raise f.wrong("a small int", bitmap)
    for _ in range(n_kw):
        f.pop_object()
        key = f.pop()
        if key != QSTR and not (is_var and key == NULL):
            raise RejectedError(findings.KEYWORD, pc, found=words(key))
    first: int | None = None
    for _ in range(n_pos):
        first = f.pop_object()
    function = f.pop()
    if is_method:
        if function != SELF or f.pop() != METHOD:
            raise f.wrong("a method with its f", function)
    elif function == BUILD_CLASS:
        _make_class(f, pc, first)
    elif function & NO_OBJECT:
        raise f.wrong("an object", function)
    f.push(OBJ)
    return end


def _make_class(f: Frame, pc: int, body: int | None) -> None:
    if body is None or body & TAG != FUN:
        raise RejectedError(
            findings.CLASS_BODY, pc, what="the maker of classes is not called with a function"
        )
    f.context.learnt.class_bodies.append((body >> SHIFT, pc))
