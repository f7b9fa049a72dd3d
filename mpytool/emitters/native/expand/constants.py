"""Constants, locals in memory, cells."""

from __future__ import annotations

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import CELL_VALUE, NULL, Entry, small_int
from mpytool.emitters.native.ssa import Instr, Type


def none(b: Builder, instr: Instr) -> None:
    b.define(instr, b.table(Entry.NONE))


def true(b: Builder, instr: Instr) -> None:
    b.define(instr, b.const(1) if instr.type is Type.BOOL else b.table(Entry.TRUE))


def false(b: Builder, instr: Instr) -> None:
    b.define(instr, b.const(0) if instr.type is Type.BOOL else b.table(Entry.FALSE))


def integer(b: Builder, instr: Instr) -> None:
    value = instr.imm[0]
    b.define(instr, b.const(small_int(value) if instr.type in (Type.SMALL, Type.OBJ) else value))


def string(b: Builder, instr: Instr) -> None:
    # Loaded before the objects, so that the object is interned: names of keyword arguments must be
    b.tables.qstr(instr.imm[0])
    b.define(instr, b.object(instr.imm[0]))


def constant(b: Builder, instr: Instr) -> None:
    b.define(instr, b.object(instr.imm[0]))


def null(b: Builder, instr: Instr) -> None:
    b.define(instr, b.const(NULL))


def way(b: Builder, instr: Instr) -> None:
    b.define(instr, b.const(small_int(instr.imm[0])))


def check_bound(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[0])
    b.raise_if_null(value)
    b.define(instr, value)


def load_slot(b: Builder, instr: Instr) -> None:
    base, word = b.slot(instr.imm[0])
    b.define(instr, b.load(base, word))


def store_slot(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[0])
    base, word = b.slot(instr.imm[0])
    b.store(base, word, value)


def keep_slot(b: Builder, instr: Instr) -> None:
    """No object is made of a word only to be kept."""
    base, word = b.slot(instr.imm[0])
    b.store(base, word, b.object_of(instr.args[0]))


def load_deref(b: Builder, instr: Instr) -> None:
    value = b.load(b.use(instr.args[0]), CELL_VALUE)
    b.raise_if_null(value)
    b.define(instr, value)


def store_deref(b: Builder, instr: Instr) -> None:
    b.store(b.use(instr.args[0]), CELL_VALUE, b.use(instr.args[1]))


def delete_deref(b: Builder, instr: Instr) -> None:
    cell = b.use(instr.args[0])
    b.raise_if_null(b.load(cell, CELL_VALUE))
    b.store(cell, CELL_VALUE, b.const(NULL))
