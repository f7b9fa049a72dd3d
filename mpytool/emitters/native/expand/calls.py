"""Methods, calls, functions and closures."""

from __future__ import annotations

from mpytool import errors
from mpytool.emitters.native.expand.areas import METHOD_WORDS, SUPER_WORDS
from mpytool.emitters.native.expand.builder import Builder, LimitError
from mpytool.emitters.native.expand.runtime import MAX_PACKED_COUNT, NULL, Entry
from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.ssa import Instr


def load_method(b: Builder, instr: Instr) -> None:
    base = b.use(instr.args[0])
    place = b.area(METHOD_WORDS, b.areas.offset.get(instr, 0))
    b.call(Entry.LOAD_METHOD, base, b.qstr(instr.imm[0]), place)
    b.define(instr, place)


def load_super_method(b: Builder, instr: Instr) -> None:
    own_class, instance = (b.use(arg) for arg in instr.args)
    place = b.area(SUPER_WORDS, b.areas.offset.get(instr, 0))
    b.store_all(place, [own_class, instance], 1)
    b.call(Entry.LOAD_SUPER_METHOD, b.qstr(instr.imm[0]), place)
    b.define(instr, place)


def part(b: Builder, instr: Instr) -> None:
    if instr in b.areas.parts:
        return
    many = instr.args[0]
    word = instr.imm[0]
    if many.row.name == "unpack_sequence":
        word = many.imm[0] - 1 - word
    elif many.row.name == "unpack_ex":
        word = many.imm[0] + many.imm[1] - word
    b.define(instr, b.load(b.use(many), word))


def call(b: Builder, instr: Instr) -> None:
    n_pos, n_kw = instr.imm
    if max(n_pos, n_kw) > MAX_PACKED_COUNT:
        function, *args = (b.use(arg) for arg in instr.args)
        place = b.area(len(args) + 2)
        b.store_all(place, [function, b.const(NULL), *args])
        b.define(instr, b.call(Entry.CALL_METHOD, n_pos, n_kw, place))
        return
    function, *args = (b.use(arg) for arg in instr.args)
    place = _stored(b, args)
    b.define(instr, b.call(Entry.CALL_FUNCTION, function, n_pos | n_kw << 8, place))


def _stored(b: Builder, values: list[LowInstr]) -> LowInstr:
    """The address of values in the area; null for none."""
    if not values:
        return b.const(NULL)
    place = b.area(len(values))
    b.store_all(place, values)
    return place


def _method_place(b: Builder, instr: Instr) -> LowInstr:
    """The address of method, self and what follows."""
    offset = b.areas.offset.get(instr)
    waiting = 0 if offset is None else METHOD_WORDS
    values = [b.use(arg) for arg in instr.args[waiting:]]
    place = b.area(len(instr.args), offset or 0)
    b.store_all(place, values, waiting)
    return place


def call_method(b: Builder, instr: Instr) -> None:
    n_pos, n_kw = instr.imm
    b.define(instr, b.call(Entry.CALL_METHOD, n_pos, n_kw, _method_place(b, instr)))


def _counts(instr: Instr) -> int:
    """Both counts of a call with stars in a word."""
    n_pos, n_kw = instr.imm
    if max(n_pos, n_kw) > MAX_PACKED_COUNT:
        raise LimitError(errors.STARRED_CALL, instr.token)
    return int(n_pos | n_kw << 8)


def call_var(b: Builder, instr: Instr) -> None:
    place = _stored(b, [b.use(arg) for arg in instr.args])
    b.define(instr, b.call(Entry.CALL_METHOD_VAR, 0, _counts(instr), place))


def call_method_var(b: Builder, instr: Instr) -> None:
    place = _method_place(b, instr)
    b.define(instr, b.call(Entry.CALL_METHOD_VAR, 1, _counts(instr), place))


def _made(b: Builder, child: int, defaults: list[LowInstr]) -> LowInstr:
    place = _stored(b, defaults)
    return b.call(Entry.MAKE_FUNCTION, b.child(child), b.context(), place)


def make_function(b: Builder, instr: Instr) -> None:
    """``make_function_defaults`` too."""
    b.define(instr, _made(b, instr.imm[0], [b.use(arg) for arg in instr.args]))


def _closure(b: Builder, instr: Instr, n_defaults: int) -> None:
    values = [b.use(arg) for arg in instr.args]
    function = _made(b, instr.imm[0], values[:n_defaults])
    cells = values[n_defaults:]
    place = _stored(b, cells)
    b.define(instr, b.call(Entry.NEW_CLOSURE, function, len(cells), place))


def make_closure(b: Builder, instr: Instr) -> None:
    _closure(b, instr, 0)


def make_closure_defaults(b: Builder, instr: Instr) -> None:
    _closure(b, instr, 2)
