"""Items by index, without a call, of what ``kinds.py`` recognises.

All but tuples have their length and the address of their items in the same words (``py/objlist.h``,
``py/objarray.h``, ``py/objstr.h``). Items are got from there anew each time: whatever runs in between may
change the length, and move the items.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.kinds import ARRAY_HEAD, LENGTH, Recognised, recognise
from mpytool.emitters.native.expand.fast.tuples import is_surely_tuple
from mpytool.emitters.native.expand.fast.version import (
    SMALL_TAG,
    FastVersion,
    Raw,
    small_object,
)
from mpytool.emitters.native.expand.fast.word_ranges import SMALL, WORD, Range
from mpytool.emitters.native.expand.object_kinds import ARRAYS, VIEWS, Kind
from mpytool.emitters.native.expand.runtime import small_int
from mpytool.emitters.native.expand.unboxed import Conversion
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr, Mem
from mpytool.emitters.native.ssa import Instr

ITEMS = 3
TUPLE_LENGTH = 1
TUPLE_ITEMS = 2

_VIEW_OFFSET_SHIFT = 8
"""A memoryview's offset stands above its typecode."""


_WIDE = 32
"""Bits that are no immediate operand."""


@dataclass(frozen=True, slots=True)
class Element:
    """Items that are integers of ``size`` bytes."""

    size: int
    signed: bool = False

    @property
    def bits(self) -> int:
        return 8 * self.size

    @property
    def mem(self) -> Mem:
        return Mem(self.size, 0, self.size, self.signed)


_BYTE = Element(1)
_ELEMENTS: tuple[tuple[Kind, Element | None], ...] = (
    (Kind.LIST, None),
    (Kind.BYTES | Kind.BYTEARRAY, _BYTE),
    (Kind.U16, Element(2)),
    (Kind.I16, Element(2, signed=True)),
    (Kind.I32, Element(4, signed=True)),
    (Kind.U32, Element(4)),
    (Kind.I8, Element(1, signed=True)),
    (VIEWS, _BYTE),
)
"""In the order in which kinds are asked for; None is for items that are objects."""

_STORED = Kind.LIST | Kind.BYTEARRAY | ARRAYS | Kind.WRITABLE_VIEW
_READ_HERE = Kind.LIST | Kind.BYTES | Kind.BYTEARRAY | Kind.TUPLE
_STORED_HERE = Kind.LIST | Kind.BYTEARRAY
"""What is recognised where items are wanted, of an object that nobody has looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is that is in range."""

    items: LowInstr
    number: LowInstr
    offset: int = 0


def load_item(v: FastVersion, instr: Instr) -> None:
    container, index = instr.args
    b = v.builder
    value = v.word(container)
    kind = b.const(Kind.TUPLE) if is_surely_tuple(container) else b.found.kinds.get(container)
    sequence = b.found.sequences.get(container)
    _test_index(v, index)
    is_word, may_be_large = instr in b.chosen.words.loaded, instr in b.chosen.words.items
    is_wide = may_be_large or bool(b.chosen.recognised & Kind.U32)
    ranges: list[Range] = []
    join = b.new_block()
    loaded: list[LowInstr] = []

    def load(element: Element | None, place: Place) -> None:
        if is_word:
            word, found = _load_word(v, element, place, is_wide=is_wide, may_be_large=may_be_large)
            ranges.append(found)
        else:
            word = _load(v, element, place)
        loaded.append(word)
        b.jump(join)

    if kind is None:
        for found in _recognised_here(v, value, _READ_HERE & b.chosen.kinds_here(container)):
            b.start(found.block)
            if found.kind is Kind.TUPLE:
                load(None, _place_in_tuple(v, container, value, index))
            else:
                load(None if found.kind is Kind.LIST else _BYTE, _place(v, value, index))
    else:
        kinds = b.chosen.kinds_of(container)
        others = kinds & ~Kind.TUPLE
        if kinds & Kind.TUPLE:
            is_unlikely = container not in b.chosen.kinds
            is_other = _branch_to_tuple(b, kind, others, cold=is_unlikely) if others else None
            v.require(Cond.NE, kind, Kind.OTHER)
            load(None, _place_in_tuple(v, container, value, index))
            if is_other is not None:
                b.start(is_other)
        elif sequence is None:
            v.require(Cond.TNZ, kind, kinds)
        if others:
            place = _place(v, value if sequence is None else sequence, index)
            for element, one in by_element(b, kind, others):
                load(element, _moved(v, value, place) if one & VIEWS else place)
    b.start(join)
    item = loaded[0] if len(loaded) == 1 else b.phi(*loaded)
    if is_word:
        v.set_raw(instr, Raw(item, Range(min(r.least for r in ranges), max(r.most for r in ranges))))
    else:
        v.set(instr, item, small=False)


def store_item(v: FastVersion, instr: Instr) -> None:
    container, index, stored = instr.args
    b = v.builder
    value, kind = v.word(container), b.found.kinds.get(container)
    _test_index(v, index)
    word = v.word(stored)
    was_small = v.is_small(stored)
    join = b.new_block()

    def store(element: Element | None, place: Place) -> None:
        if element is None:
            b.emit("store_indexed", place.items, place.number, word, imm=(_word_mem(b, place),))
        else:
            _store_number(v, element, place, word, was_small=was_small)
        b.jump(join)

    if kind is None:
        for found in _recognised_here(v, value, _STORED_HERE & b.chosen.kinds_here(container)):
            b.start(found.block)
            store(None if found.kind is Kind.LIST else _BYTE, _place(v, value, index))
    else:
        kinds = b.chosen.kinds_of(container) & _STORED
        sequence = b.found.sequences.get(container)
        if sequence is None or kinds != b.chosen.kinds_of(container):
            v.require(Cond.TNZ, kind, kinds)
            sequence = value
        place = _place(v, sequence, index)
        for element, one in by_element(b, kind, kinds):
            store(element, _moved(v, value, place) if one & VIEWS else place)
    b.start(join)


def _branch_to_tuple(b: Builder, kind: LowInstr, others: Kind, *, cold: bool) -> LowBlock:
    """Go on with what is a tuple or nothing that is known; gives the block of the others."""
    is_tuple, is_other = b.new_block(cold=cold), b.new_block()
    b.branch(Cond.TNZ, kind, b.const(others), is_other, is_tuple)
    b.start(is_tuple)
    return is_other


def _recognised_here(v: FastVersion, value: LowInstr, kinds: Kind) -> list[Recognised]:
    """Branches by what an object is, those that are bytes taken together; the rest fails."""
    b = v.builder
    is_bytes = b.new_block()
    found = []
    for one in recognise(b, value, kinds, v.fail, often=True):
        if one.kind & (Kind.LIST | Kind.TUPLE):
            found.append(one)
        else:
            b.start(one.block)
            b.jump(is_bytes)
    if is_bytes.predecessors:
        found.append(Recognised(Kind.BYTES, is_bytes))
    return found


def by_element(b: Builder, kind: LowInstr, kinds: Kind) -> Iterator[tuple[Element | None, Kind]]:
    """Start a block for each kind of items; ``kind`` is one of ``kinds``."""
    ways = [(element, of_element & kinds) for of_element, element in _ELEMENTS if of_element & kinds]
    for element, asked in ways[:-1]:
        found, going_on = b.new_block(), b.new_block()
        b.branch(Cond.TNZ, kind, b.const(asked), found, going_on)
        b.start(found)
        yield element, asked
        b.start(going_on)
    yield ways[-1]


def has_one_way(kinds: Kind) -> bool:
    """Whether an object that is one of ``kinds`` has its length and its items where all others have them."""
    return not kinds & (Kind.TUPLE | Kind.RANGE | VIEWS) and count_elements(kinds) == 1


def count_elements(kinds: Kind) -> int:
    """How many kinds of items there are."""
    return sum(1 for of_element, _ in _ELEMENTS if of_element & kinds)


def _test_index(v: FastVersion, index: Instr) -> None:
    """That an index is a small int is asked where all kinds of containers come by: asked behind a branch, it
    would count as known on the other ways, too."""
    if v.known(index) is None:
        v.number(index)


def _place(v: FastVersion, container: LowInstr, index: Instr) -> Place:
    """Of the item with an index that is in range."""
    b = v.builder
    return place_at(b, container, _number_in_range(v, index, b.load_head(container, LENGTH)))


def _place_in_tuple(v: FastVersion, container: Instr, value: LowInstr, index: Instr) -> Place:
    """The same, of a tuple, which has its items in itself."""
    b = v.builder
    number = _number_in_range(v, index, length_of_tuple(b, container, value))
    return Place(value, number, TUPLE_ITEMS * b.layout.word)


def length_of_tuple(b: Builder, container: Instr, value: LowInstr) -> LowInstr:
    """It never changes."""
    if container.row.name == "build_tuple":
        return b.const(len(container.args))
    if is_surely_tuple(container):
        return b.const(len(container.imm[0]))
    return b.emit("load_fixed", value, imm=(b.word_at(TUPLE_LENGTH),))


def item_of_tuple(b: Builder, container: LowInstr, number: LowInstr) -> LowInstr:
    """An item that is known to be there."""
    place = Place(container, number, TUPLE_ITEMS * b.layout.word)
    return b.emit("load_indexed", container, number, imm=(_word_mem(b, place),))


def _number_in_range(v: FastVersion, index: Instr, length: LowInstr) -> LowInstr:
    """The number of the item, of a container with so many; what is out of range fails."""
    constant = v.known(index)
    if constant is not None and constant >= 0:
        v.require(Cond.UGT, length, constant)
        return v.const(constant)
    if constant is not None:
        v.require(Cond.UGE, length, -constant)
        return v.op("add", length, constant)
    number = v.op("sar", v.number(index), 1)
    if not _may_be_negative(index):
        # A negative number is a large one
        v.require(Cond.ULT, number, length)
        return number
    b = v.builder
    inside, negative = b.new_block(), b.new_block(cold=True)
    b.branch(Cond.ULT, number, length, inside, negative)
    b.start(negative)
    from_end = v.op("add", number, length)
    b.branch(Cond.ULT, from_end, length, inside, v.fail)
    b.start(inside)
    return b.phi(number, from_end)


def _may_be_negative(index: Instr) -> bool:
    """Whether an index is a difference, as in ``line[x - 1]``."""
    return index.row.name == "binary_op" and index.imm[0] in ("-", "-=")


def place_at(b: Builder, container: LowInstr, number: LowInstr) -> Place:
    """Of an item that is known to be there."""
    return Place(b.load_head(container, ITEMS), number)


def each_item(
    v: FastVersion, kind: LowInstr, kinds: Kind, container: LowInstr, number: LowInstr
) -> Iterator[LowInstr]:
    """Start a block for each kind of items, as ``by_element`` does; gives the item with a number that is in
    range."""
    place = place_at(v.builder, container, number)
    for element, of_element in by_element(v.builder, kind, kinds):
        yield _load(v, element, _moved(v, container, place) if of_element & VIEWS else place)


def _moved(v: FastVersion, view: LowInstr, place: Place) -> Place:
    """The place of a memoryview's item in what it is a view of."""
    offset = v.op("shr", v.builder.load(view, ARRAY_HEAD), _VIEW_OFFSET_SHIFT)
    return Place(place.items, v.op("add", place.number, offset))


def _word_mem(b: Builder, place: Place) -> Mem:
    return Mem(b.layout.word, place.offset, b.layout.word)


def _load(v: FastVersion, element: Element | None, place: Place) -> LowInstr:
    if element is not None:
        return _load_number(v, element, place)
    return v.builder.emit("load_indexed", place.items, place.number, imm=(_word_mem(v.builder, place),))


def _load_word(
    v: FastVersion, element: Element | None, place: Place, *, is_wide: bool, may_be_large: bool
) -> tuple[LowInstr, Range]:
    """An item that is an integer, as a word, and its range. If ``is_wide``, words from 2**31 on are numbers,
    so there are no negative ones."""
    if element is None:
        item = _load(v, None, place)
        if may_be_large:
            return v.unbox(item), WORD
        if is_wide:
            return v.unbox(item, Conversion.SMALL), WORD
        v.require(Cond.TNZ, item, SMALL_TAG)
        return v.op("sar", item, 1), SMALL
    number = v.builder.emit("load_indexed", place.items, place.number, imm=(element.mem,))
    if not element.signed:
        return number, Range(0, (1 << element.bits) - 1)
    most = (1 << element.bits - 1) - 1
    if is_wide or element.bits == v.bits:
        v.require(Cond.GE, number, 0)
        return number, Range(0, most)
    return number, Range(~most, most)


def _load_number(v: FastVersion, element: Element, place: Place) -> LowInstr:
    """The small int; an integer as wide as a word may be none."""
    number = v.builder.emit("load_indexed", place.items, place.number, imm=(element.mem,))
    if element.bits < v.bits:
        return small_object(v.builder, number)
    if not element.signed:
        v.require(Cond.GE, number, 0)
    return v.op("or", v.checked("add_checked", number, number), SMALL_TAG)


def _store_number(v: FastVersion, element: Element, place: Place, word: LowInstr, *, was_small: bool) -> None:
    """Store a small int that is in the range of the items."""
    if not was_small:
        v.require(Cond.TNZ, word, SMALL_TAG)
    number = v.op("sar", word, 1)
    if element.bits == v.bits and not element.signed:
        v.require(Cond.GE, word, 0)
    elif element.bits < _WIDE and not element.signed:
        v.require(Cond.ULE, word, small_int((1 << element.bits) - 1))
    elif element.bits < v.bits:
        extend = "sign_extend" if element.signed else "zero_extend"
        v.require(Cond.EQ, v.builder.emit(extend, number, imm=(element.bits,)), number)
    v.builder.emit("store_indexed", place.items, place.number, number, imm=(element.mem,))
