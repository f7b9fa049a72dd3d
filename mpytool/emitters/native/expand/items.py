"""Items of objects, collections, slices."""

from __future__ import annotations

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import NULL, SENTINEL, SUBSCR_DELETE, Entry
from mpytool.emitters.native.ssa import Instr


def load_subscr(b: Builder, instr: Instr) -> None:
    base, index = (b.use(arg) for arg in instr.args)
    b.define(instr, b.call(Entry.OBJ_SUBSCR, base, index, SENTINEL))


def store_subscr(b: Builder, instr: Instr) -> None:
    base, index, value = (b.use(arg) for arg in instr.args)
    b.call(Entry.OBJ_SUBSCR, base, index, value)


def delete_subscr(b: Builder, instr: Instr) -> None:
    base, index = (b.use(arg) for arg in instr.args)
    b.call(Entry.OBJ_SUBSCR, base, index, SUBSCR_DELETE)


_BUILD = {"build_tuple": Entry.NEW_TUPLE, "build_list": Entry.NEW_LIST, "build_set": Entry.NEW_SET}


def build(b: Builder, instr: Instr) -> None:
    values = [b.use(arg) for arg in instr.args]
    if values:
        place = b.area(len(values))
        b.store_all(place, values)
    else:
        place = b.const(NULL)
    b.define(instr, b.call(_BUILD[instr.row.name], len(values), place))


def build_map(b: Builder, instr: Instr) -> None:
    b.define(instr, b.call(Entry.NEW_DICT, instr.imm[0]))


def build_slice(b: Builder, instr: Instr) -> None:
    b.define(instr, b.call(Entry.NEW_SLICE, *(b.use(arg) for arg in instr.args)))


def store_map(b: Builder, instr: Instr) -> None:
    b.call(Entry.DICT_STORE, *(b.use(arg) for arg in instr.args))


def set_add(b: Builder, instr: Instr) -> None:
    b.call(Entry.SET_STORE, *(b.use(arg) for arg in instr.args))


def unpack_sequence(b: Builder, instr: Instr) -> None:
    count = instr.imm[0]
    value = b.use(instr.args[0])
    # Even of no items the length is checked
    place = b.area(count)
    b.call(Entry.UNPACK_SEQUENCE, value, count, place)
    b.define(instr, place)


def unpack_ex(b: Builder, instr: Instr) -> None:
    before, after = instr.imm
    value = b.use(instr.args[0])
    place = b.area(before + after + 1)
    b.call(Entry.UNPACK_EX, value, before | after << 8, place)
    b.define(instr, place)
