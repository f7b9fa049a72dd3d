"""For loops and iterators."""

from __future__ import annotations

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.low import Cond
from mpytool.emitters.native.ssa import Instr


def iter_buffer(b: Builder, instr: Instr) -> None:
    b.define(instr, b.iter_buffer(instr.imm[0]))


def open_iter(b: Builder, instr: Instr) -> None:
    buffer, iterable = (b.use(arg) for arg in instr.args)
    b.call(Entry.GETITER, iterable, buffer)


def set_iter(b: Builder, instr: Instr) -> None:
    """No type, then the iterator: what ``getiter`` leaves for one that is not in the buffer itself."""
    buffer, iterator = (b.use(arg) for arg in instr.args)
    b.store_all(buffer, [b.const(NULL), iterator])


def get_iter(b: Builder, instr: Instr) -> None:
    b.define(instr, b.call(Entry.GETITER, b.use(instr.args[0]), NULL))


def for_iter(b: Builder, instr: Instr) -> None:
    item = b.call(Entry.ITERNEXT, b.use(instr.args[0]))
    found = b.new_block()
    b.branch(Cond.NE, item, NULL, found, b.of_block[instr.targets[1]])
    b.start(found)
    b.define(instr, item)
    b.jump(b.of_block[instr.targets[0]])
