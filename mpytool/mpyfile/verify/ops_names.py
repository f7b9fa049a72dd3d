"""Names, locals, cells and attributes."""

from __future__ import annotations

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import CLASS_NAME
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.frame import Frame
from mpytool.mpyfile.verify.kinds import (
    BUILD_CLASS,
    DEREF,
    GLOBAL_CLASS,
    INT,
    METHOD,
    MODULE,
    OBJ,
    SELF,
    SHIFT,
    TAG,
)
from mpytool.opcodes import code_of

_DELETE_GLOBAL = code_of("DELETE_GLOBAL")
_DELETE_DEREF = code_of("DELETE_DEREF")


def load_super_method(f: Frame, pc: int, end: int) -> int:
    f.need(3)
    f.pop_object()
    cls = f.pop()
    if cls == GLOBAL_CLASS:
        f.context.learnt.trusts[CLASS_NAME] = pc
    elif cls & TAG == DEREF:
        f.context.learnt.super_cells.append((cls >> SHIFT, pc))
    else:
        raise RejectedError(findings.SUPER_CLASS, pc)
    f.pop_object()
    f.push(METHOD)
    f.push(SELF)
    return end


def store_global(f: Frame, pc: int, end: int) -> int:
    f.need(1)
    f.pop_object()
    f.context.bind(f.qstr(pc)[0], pc)
    return end


def store_attr(f: Frame, pc: int, end: int) -> int:
    f.need(2)
    f.pop_object()
    f.pop_value()
    return end


def delete_name(f: Frame, pc: int, end: int) -> int:
    if f.op == _DELETE_GLOBAL or f.context.is_root:
        f.context.bind(f.qstr(pc)[0], pc)
    return end


def import_name(f: Frame, pc: int, end: int) -> int:
    f.need(2)
    f.pop_object()
    level = f.pop()
    if level != INT:
        raise f.wrong("a small int", level)
    f.push(MODULE)
    return end


def import_from(f: Frame, pc: int, end: int) -> int:
    f.need(1)
    _check_module(f, f.stack[0])
    f.push(OBJ)
    return end


def import_star(f: Frame, pc: int, end: int) -> int:
    f.need(1)
    _check_module(f, f.pop())
    return end


def _check_module(f: Frame, kind: int) -> None:
    # Releases before 1.26 take its globals, and all ask a package for its name, without looking.
    if kind != MODULE:
        raise f.wrong("a module", kind)


def store_fast(f: Frame, pc: int, at: int) -> int:
    local, end = f.context.varuint(pc, at)
    f.need(1)
    f.pop_object()
    f.check_changed(local, pc)
    return end


def delete_fast(f: Frame, pc: int, at: int) -> int:
    local, end = f.context.varuint(pc, at)
    f.check_changed(local, pc)
    return end


def store_deref(f: Frame, pc: int, at: int) -> int:
    local, end = f.context.varuint(pc, at)
    f.check_local(local)
    f.context.need_cell(local, pc)
    f.context.learnt.cells_stored.add(local)
    if f.op != _DELETE_DEREF:
        f.need(1)
        f.pop_object()
    return end


def load_const_small_int(f: Frame, pc: int, at: int) -> int:
    code = f.context.code
    value = -1 if code[at] & 0x40 else 0
    limit = at + 10
    while True:
        byte = code[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
        if at == limit:
            raise RejectedError(findings.SMALL_INT, pc, value=value)
    bound = f.context.small_int_limit
    if not -bound <= value < bound:
        raise RejectedError(findings.SMALL_INT, pc, value=value)
    f.push(INT)
    return at


def load_build_class(f: Frame, pc: int, end: int) -> int:
    f.push(BUILD_CLASS)
    return end
