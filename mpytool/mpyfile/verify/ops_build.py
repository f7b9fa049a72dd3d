"""Containers: built, filled and unpacked."""

from __future__ import annotations

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.frame import CHEAP, Frame
from mpytool.mpyfile.verify.kinds import DICT, FIN, LIST, OBJ, SET, SHIFT, TAG, TUPLE, words
from mpytool.opcodes import COMP_DICT, COMP_SET, code_of

_BUILD_LIST = code_of("BUILD_LIST")


def build_tuple(f: Frame, pc: int, at: int) -> int:
    count, end = f.context.varuint(pc, at)
    f.need(count)
    f.pop_objects(count)
    f.push(TUPLE | count << SHIFT)
    return end


def build_list_or_set(f: Frame, pc: int, at: int) -> int:
    count, end = f.context.varuint(pc, at)
    f.need(count)
    f.pop_objects(count)
    f.push(LIST if f.op == _BUILD_LIST else SET)
    return end


def build_map(f: Frame, pc: int, at: int) -> int:
    count, end = f.context.varuint(pc, at)
    f.check_operand("the size", count, len(f.context.code))
    f.push(DICT)
    return end


def store_map(f: Frame, pc: int, end: int) -> int:
    f.need(3)
    f.pop_objects(2)
    if f.stack[0] != DICT:
        raise f.wrong("a dict", f.stack[0])
    return end


def build_slice(f: Frame, pc: int, at: int) -> int:
    count = f.context.code[at]  # one byte, whatever it is
    if count not in (2, 3):
        raise RejectedError(findings.OPERAND, pc, what="the number of parts", value=count, limit="2 or 3")
    f.need(count)
    f.pop_objects(count)
    f.push(OBJ)
    return at + 1


def store_comp(f: Frame, pc: int, at: int) -> int:
    operand, end = f.context.varuint(pc, at)
    which = operand & 3
    distance = operand >> 2
    n = 2 if which == COMP_DICT else 1
    if which > COMP_SET or distance < n:
        raise RejectedError(
            findings.OPERAND, pc, what="the operand", value=operand, limit="as STORE_COMP's are"
        )
    f.need(distance + 1)
    below = f.stack
    for _ in range(distance):
        kind, below = below
        if kind & TAG == FIN or not below:
            raise f.wrong("one slot", kind)
    f.pop_objects(n)
    wanted = (LIST, DICT, SET)[which]
    if below[0] != wanted:
        raise f.wrong(words(wanted), below[0])
    return end


def unpack_sequence(f: Frame, pc: int, at: int) -> int:
    count, end = f.context.varuint(pc, at)
    f.check_operand("the number of values", count, f.context.n_state)
    _unpack(f, count)
    return end


def unpack_ex(f: Frame, pc: int, at: int) -> int:
    operand, end = f.context.varuint(pc, at)
    f.check_operand("the operand", operand, 0xFFFF)
    _unpack(f, (operand & 0xFF) + (operand >> 8) + 1)
    return end


def _unpack(f: Frame, count: int) -> None:
    f.need(1)
    f.pop_object()
    f.reach(f.depth + 1)
    if count > CHEAP:
        f.states.burn(count)
    f.deeper(f.depth + count)
    for _ in range(count):
        f.push(OBJ)


def store_subscr(f: Frame, pc: int, end: int) -> int:
    f.need(3)
    f.pop_objects(2)
    f.pop_value()
    return end
