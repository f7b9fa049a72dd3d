"""The constants of all modules as C: a word where one does, else a pointer to one of a few arrays of objects.

Equal constants of the same type are one object, in whichever modules they are; 0.0 and -0.0, 1 and True, a
string and bytes are not equal here. What a constant is may depend on the firmware's configuration:

====================  ===================================================================================
small int             ``MP_ROM_INT(n)``; ``FROZEN_INT_n`` for those that are small on some firmware only
known string          ``MP_ROM_QSTR(...)``
float                 ``FROZEN_FLOAT(i, c, d)``: object i, or the word of representation C or D
anything else         a pointer to an object
====================  ===================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from mpytool.freezer import errors
from mpytool.freezer.errors import FreezeError
from mpytool.freezer.model import FreezeSettings, FrozenModule
from mpytool.freezer.numbers import (
    SMALL_INT_WIDTHS,
    c_integer,
    float_word_c,
    float_word_d,
    int_bits,
    small_int_width,
)
from mpytool.freezer.strings import Qstrs
from mpytool.module import Constant, FunTable
from mpytool.values import encode_text, identity_key

_INT_LIMITS = {"none": SMALL_INT_WIDTHS[-1], "longlong": 64, "mpz": math.inf}
"""Bits of the widest integer with each MICROPY_LONGINT_IMPL."""

_WORDS: dict[object, str] = {
    (type(None), None): "MP_ROM_NONE",
    (bool, False): "MP_ROM_FALSE",
    (bool, True): "MP_ROM_TRUE",
    (type(Ellipsis), Ellipsis): "MP_ROM_PTR(&mp_const_ellipsis_obj)",
    (bytes, b""): "MP_ROM_PTR(&mp_const_empty_bytes_obj)",
    ((tuple, 0),): "MP_ROM_PTR(&mp_const_empty_tuple_obj)",
    (FunTable, FunTable.FUN_TABLE): "MP_ROM_PTR(&mp_fun_table)",
}


class Item:
    """A constant. ``number`` is its place in the array of its kind, -1 if it needs no object anywhere."""

    __slots__ = ("value", "users", "items", "number", "width")

    def __init__(
        self,
        value: Constant,
        users: set[str] | None = None,
        items: tuple[Item, ...] = (),
        number: int = -1,
        width: int = 0,
    ) -> None:
        self.value = value
        self.users = set() if users is None else users
        self.items = items
        self.number = number
        self.width = width
        """Of an integer: up to how many bits of small ints it is an object."""


class Objects:
    """The arrays of objects: ``ints`` begin with what is an object everywhere; inner tuples come first."""

    __slots__ = ("strings", "ints", "floats", "complexes", "tuples")

    def __init__(
        self,
        strings: list[Item] | None = None,
        ints: list[Item] | None = None,
        floats: list[Item] | None = None,
        complexes: list[Item] | None = None,
        tuples: list[Item] | None = None,
    ) -> None:
        self.strings = [] if strings is None else strings
        self.ints = [] if ints is None else ints
        self.floats = [] if floats is None else floats
        self.complexes = [] if complexes is None else complexes
        self.tuples = [] if tuples is None else tuples


def _key(value: Constant) -> object:
    # Constants are immutable, so that even nan may be one object.
    if isinstance(value, float) and math.isnan(value):
        return (float, "nan")
    if isinstance(value, complex):
        return (complex, _key(value.real), _key(value.imag))
    if isinstance(value, FunTable):
        return (FunTable, value)
    return identity_key(value)


class _Gatherer:
    def __init__(self, share: bool) -> None:
        self._share = share
        self._found: dict[object, Item] = {}

    def add(self, value: Constant, module: str) -> Item:
        """The item of a constant, with items for whatever is in it. Not recursive: tuples nest deeply."""
        stack: list[tuple[tuple[Constant, ...], list[Item]]] = []
        while True:
            if isinstance(value, tuple) and value:
                stack.append((value, []))
                value = value[0]
                continue
            item = self._item(_key(value), value, (), module)
            while stack:
                values, items = stack[-1]
                items.append(item)
                if len(items) < len(values):
                    value = values[len(items)]
                    break
                stack.pop()
                inner = tuple(items)
                item = self._item((tuple, *map(id, inner)), values, inner, module)  # type: ignore[arg-type]
            else:
                return item

    def _item(self, key: object, value: Constant, items: tuple[Item, ...], module: str) -> Item:
        if not self._share and key not in _WORDS:
            key = len(self._found)
        item = self._found.get(key)
        if item is None:
            item = self._found[key] = Item(value, items=items)
        item.users.add(module)
        return item

    def all(self) -> Iterator[Item]:
        """Every constant once, inner ones first."""
        return iter(self._found.values())


def gather_constants(modules: Sequence[FrozenModule], share: bool) -> tuple[list[list[Item]], list[Item]]:
    """(the table of each module, all constants with inner ones first)."""
    gatherer = _Gatherer(share)
    tables = [[gatherer.add(value, module.name) for value in module.constants] for module in modules]
    return tables, list(gatherer.all())


def strings_of(items: Iterable[Item]) -> dict[str, set[str]]:
    """The texts among some constants, to the modules that have them."""
    return {item.value: item.users for item in items if isinstance(item.value, str)}


def reachable(roots: Iterable[Item], items: list[Item]) -> list[Item]:
    """Those of ``items`` that are in some tables or in what is in them."""
    found = set()
    stack = list(roots)
    while stack:
        item = stack.pop()
        if id(item) not in found:
            found.add(id(item))
            stack += item.items
    return [item for item in items if id(item) in found]


def place_objects(items: list[Item], qstrs: Qstrs, settings: FreezeSettings) -> Objects:
    """Number the constants that are objects. FreezeError for an integer that the firmware cannot have."""
    objects = Objects()
    for item in items:
        value = item.value
        match value:
            case bool() | None | FunTable():
                continue
            case int():
                _place_int(item, value, objects, settings)
                continue
            case str():
                target = objects.strings if qstrs.c_number(value) is None else None
            case bytes():
                target = objects.strings if value else None
            case float():
                target = objects.floats
            case complex():
                target = objects.complexes
            case tuple():
                target = objects.tuples if value else None
            case _:
                continue
        if target is not None:
            item.number = len(target)
            target.append(item)
    objects.ints.sort(key=lambda item: -item.width)
    for number, item in enumerate(objects.ints):
        item.number = number
    return objects


def _place_int(item: Item, value: int, objects: Objects, settings: FreezeSettings) -> None:
    item.width = small_int_width(value)
    if item.width == SMALL_INT_WIDTHS[0]:
        return
    limit = _INT_LIMITS[settings.longint]
    if int_bits(value) > limit:
        shown = str(value) if int_bits(value) <= 128 else f"{value:#x}"[:30] + "..."
        words = {"value": shown, "bits": int_bits(value), "longint": settings.longint, "limit": limit}
        raise FreezeError(errors.NO_LONG_INT, min(item.users), **words)
    objects.ints.append(item)


def c_object(item: Item, qstrs: Qstrs) -> str:
    """The C initialiser of a word that is this constant."""
    value = item.value
    match value:
        case bool() | None | FunTable():
            return _WORDS[type(value), value]
        case str():
            number = qstrs.c_number(value)
            return f"MP_ROM_QSTR({number})" if number is not None else _pointer("strings", item)
        case int():
            return f"MP_ROM_INT({c_integer(value)})" if item.number < 0 else f"FROZEN_INT_{item.number}"
        case float():
            words = f"0x{float_word_c(value):08x}, 0x{float_word_d(value):016x}"
            return f"FROZEN_FLOAT({item.number}, {words})"
        case complex():
            return _pointer("complexes", item)
        case bytes() if value:
            return _pointer("strings", item)
        case tuple() if value:
            return f"MP_ROM_PTR(&frozen_tuple_{item.number})"
        case bytes():
            return _WORDS[bytes, value]
        case tuple():
            return _WORDS[((tuple, 0),)]
        case _:
            return _WORDS[type(value), value]


def _pointer(array: str, item: Item) -> str:
    return f"MP_ROM_PTR(&frozen_{array}[{item.number}])"


def string_data(item: Item) -> bytes:
    """The bytes of a string or bytes object."""
    value = item.value
    if isinstance(value, str):
        return encode_text(value)
    assert isinstance(value, bytes)
    return value
