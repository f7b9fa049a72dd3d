"""Methods of instances of a program's classes, without a call.

``load_method`` of the run time looks for a member of that name first, then in the dict of the class and of
what it is derived from (``py/objtype.c``). What it finds in a class, if it is a function, becomes a method:
function and self. The same is done here::

    search the members of the instance; slow if the name is one
    class = its type
    search: the dict of class; if the name is not there, class = its only base, search again; slow without one
    slow if it is no function of a program
    the area holds function and self

Only names that the program gives to members of its classes are worth it. Anything else goes the slow way:
other objects, classes with special accessors, several bases or one that no program defines.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import calls
from mpytool.emitters.native.expand.areas import METHOD_WORDS
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.attributes import (
    flags_mem,
    interned,
    require_type,
    search_map,
    value_mem,
)
from mpytool.emitters.native.expand.fast.kinds import BINDS_SELF, BUILTIN_FUN, INSTANCE_TYPE
from mpytool.emitters.native.expand.fast.version import POINTER_MASK
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr, Mem
from mpytool.emitters.native.ssa import Instr

_PARENT_SLOT, _LOCALS_SLOT = 14, 15
"""Where behind a type's first word the numbers of its slots ``parent`` and ``locals_dict`` are, from 1 on."""
_SLOTS = 16
"""Where behind a type's first word its slots are."""


def load_method(b: Builder, instr: Instr) -> None:
    """Function and self to the area, where the run time puts them."""
    name: str = instr.imm[0]
    instance = b.use(instr.args[0])
    slow, no_member, found, join = b.new_block(cold=True), b.new_block(), b.new_block(), b.new_block()
    type_ = require_type(b, instr.args[0], slow, is_plain=True)
    key = interned(b, name)
    search_map(b, instance, key, slow, no_member)
    b.start(no_member)
    dict_, number = _search_classes(b, type_, key, found, slow)
    b.start(found)
    function = b.emit("load_indexed", dict_, number, imm=(value_mem(b),))
    _require_function(b, function, slow)
    offset = b.areas.offset.get(instr, 0)
    b.store_all(b.area(METHOD_WORDS, offset), [function, instance])
    b.jump(join)
    b.start(slow)
    calls.load_method(b, instr)
    b.jump(join)
    b.start(join)
    b.define(instr, b.area(METHOD_WORDS, offset))


def _search_classes(
    b: Builder, type_: LowInstr, key: LowInstr, found: LowBlock, slow: LowBlock
) -> tuple[LowInstr, LowInstr]:
    """Search the dicts of a class and its bases, as ``search_map`` does; ends the block."""
    search, has_dict, next_, has_parent, is_type = (b.new_block() for _ in range(5))
    b.jump(search)
    b.start(search)
    class_ = b.phi(type_)
    number = b.emit("load", class_, imm=(Mem(1, b.layout.word + _LOCALS_SLOT),))
    b.branch(Cond.NE, number, 0, has_dict, slow)
    b.start(has_dict)
    place = search_map(b, _slot(b, class_, number), key, found, next_)
    b.start(next_)
    number = b.emit("load", class_, imm=(Mem(1, b.layout.word + _PARENT_SLOT),))
    b.branch(Cond.NE, number, 0, has_parent, slow)
    b.start(has_parent)
    parent = _slot(b, class_, number)
    # Several bases are a tuple; both types are instances of ``type``
    b.branch(Cond.EQ, b.load(parent, 0), b.load(type_, 0), is_type, slow)
    b.start(is_type)
    class_.args.append(parent)
    b.branch(Cond.TNZ, b.emit("load", parent, imm=(flags_mem(b),)), INSTANCE_TYPE, search, slow)
    return place


def _slot(b: Builder, type_: LowInstr, number: LowInstr) -> LowInstr:
    word = b.layout.word
    # Numbers of slots begin with 1, and the slots one word behind the type's first
    return b.emit("load_indexed", type_, number, imm=(Mem(word, _SLOTS, word),))


def _require_function(b: Builder, value: LowInstr, slow: LowBlock) -> None:
    """What a program defines and a method is made of."""
    is_pointer, is_function = b.new_block(), b.new_block()
    b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, slow)
    b.start(is_pointer)
    flags = b.emit("load", b.load(value, 0), imm=(flags_mem(b),))
    kind = b.emit("and", flags, b.const(BINDS_SELF | BUILTIN_FUN))
    b.branch(Cond.EQ, kind, BINDS_SELF, is_function, slow)
    b.start(is_function)
