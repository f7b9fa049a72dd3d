"""Where everything lies: bytes, tables and lists packed, each with its place, and what each costs.

What is packed first can hold what comes later. The names of the modules and the source texts are given,
since the run time walks over them: they hold text that is used elsewhere, and nothing is put into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mpytool.freezer.functions import Function, Functions, ListEntry, Sort
from mpytool.freezer.model import FreezeSettings, FrozenModule, FrozenText
from mpytool.freezer.numbers import digits
from mpytool.freezer.objects import Objects, string_data
from mpytool.freezer.packing import Packed, pack
from mpytool.freezer.sizes import SHARED, Account, Category
from mpytool.freezer.strings import Qstrs
from mpytool.freezer.tables import Tables
from mpytool.module import RawCodeKind
from mpytool.values import encode_text

Place = tuple[int, int]
"""(array, offset in items): array 0 is the packed one, 1 and above those that were given."""

_TOKEN = 4
"""Bytes of the number that stands for an entry of a table while it is packed."""


class Table:
    """Packed lists of functions: the array's entries, and where each table begins."""

    __slots__ = ("entries", "offsets", "owned")

    def __init__(
        self,
        entries: list[ListEntry] | None = None,
        offsets: list[int] | None = None,
        owned: list[tuple[int, int]] | None = None,
    ) -> None:
        self.entries = [] if entries is None else entries
        self.offsets = [] if offsets is None else offsets
        self.owned = [] if owned is None else owned
        """(table, how many entries it adds to the array)."""


def pack_lists(tables: Sequence[Sequence[ListEntry]], share: bool) -> Table:
    """Lists of functions, packed as bytes are."""
    numbers: dict[ListEntry, bytes] = {}

    def encoded(table: Sequence[ListEntry]) -> bytes:
        return b"".join([numbers.setdefault(x, len(numbers).to_bytes(_TOKEN, "big")) for x in table])

    packed = pack([encoded(t) for t in tables], (), _TOKEN, share)
    result = Table(offsets=packed.offsets)
    for piece, shared in packed.order:
        result.entries += tables[piece][shared:]
        result.owned.append((piece, len(tables[piece]) - shared))
    return result


class Piece:
    """Some bytes of the array of bytes, with what a reader of the C is told about them."""

    __slots__ = ("data", "about", "category", "users")

    def __init__(self, data: bytes, about: str, category: Category, users: set[str]) -> None:
        self.data = data
        self.about = about
        self.category = category
        self.users = users


class Bytes:
    """The array of bytes: bytecode, preludes of native functions, text. ``place`` finds any of them.

    A place is in array 0, the packed one, 1, the names of the modules, or 2, the source texts.
    """

    __slots__ = ("pieces", "packed", "numbers")

    def __init__(self, pieces: list[Piece], packed: Packed, numbers: dict[bytes, int]) -> None:
        self.pieces = pieces
        self.packed = packed
        self.numbers = numbers

    def place(self, data: bytes) -> Place:
        number = self.numbers[data]
        return self.packed.homes[number], self.packed.offsets[number]


class Layout:
    """Everything that the C says."""

    __slots__ = (
        "tables",
        "texts",
        "settings",
        "functions",
        "objects",
        "qstrs",
        "data",
        "children",
        "digits",
        "digit_places",
        "account",
    )

    def __init__(
        self,
        tables: Tables,
        texts: Sequence[FrozenText],
        settings: FreezeSettings,
        functions: Functions,
        objects: Objects,
        qstrs: Qstrs,
        data: Bytes,
        children: Table,
        digits: list[tuple[int, int]],
        digit_places: list[int],
        account: Account,
    ) -> None:
        self.tables = tables
        self.texts = texts
        self.settings = settings
        self.functions = functions
        self.objects = objects
        self.qstrs = qstrs
        self.data = data
        self.children = children
        """Lists of inner functions; a native function's ends with its prelude, which here is its bytes."""
        self.digits = digits
        """(digit, width of the integers that it is for), widest first."""
        self.digit_places = digit_places
        """Of the integers in ``objects.ints``."""
        self.account = account

    @property
    def modules(self) -> Sequence[FrozenModule]:
        return self.tables.modules

    def children_of(self, function: Function) -> int | None:
        """The list of a function's children, None if it has none."""
        number = self.functions.lists.get(id(function))
        return None if number is None else self.children.offsets[number]

    def c_code(self, function: Function, c_bytes: Callable[[Place], str]) -> str:
        """The C expression of a function's code."""
        if function.raw.kind is RawCodeKind.BYTECODE:
            return c_bytes(self.data.place(function.code))
        return f"frozen_native_{function.native_number}"

    def c_function(self, function: Function, c_bytes: Callable[[Place], str]) -> str:
        """The C expression of a pointer to a function: to its record, or its bytecode alone."""
        if function.sort is Sort.LEAF:
            return f"FROZEN_LEAF({function.number}, {self.c_code(function, c_bytes)})"
        return f"&frozen_{'asm' if function.sort is Sort.ASM else 'code'}[{function.number}]"


def path_names(modules: Sequence[FrozenModule], texts: Sequence[FrozenText]) -> list[str]:
    """The paths in the order that the run time demands: texts first."""
    return [*(text.name for text in texts), *(module.name for module in modules)]


def file_names(modules: Sequence[FrozenModule], texts: Sequence[FrozenText]) -> bytes:
    """The names as the run time walks over them: each with its NUL, and an empty one (``py/frozenmod.c``)."""
    return b"".join([encode_text(name) + b"\0" for name in path_names(modules, texts)]) + b"\0"


def text_content(text: FrozenText) -> bytes:
    """What is stored of a source text. An empty one would end the table of sizes: it is made a line."""
    return text.data or b"\n"


def lay_out(
    tables: Tables,
    texts: Sequence[FrozenText],
    settings: FreezeSettings,
    functions: Functions,
    objects: Objects,
    qstrs: Qstrs,
) -> Layout:
    """Pack everything."""
    share = settings.share
    account = Account()
    all_bytes = _pack_bytes(tables.modules, texts, functions, objects, qstrs, share)
    digit_list, digit_places = _pack_digits(objects, settings)
    layout = Layout(
        tables,
        texts,
        settings,
        functions,
        objects,
        qstrs,
        all_bytes,
        pack_lists(functions.child_lists(), share),
        digit_list,
        digit_places,
        account,
    )
    _count(layout)
    return layout


def _pack_bytes(
    modules: Sequence[FrozenModule],
    texts: Sequence[FrozenText],
    functions: Functions,
    objects: Objects,
    qstrs: Qstrs,
    share: bool,
) -> Bytes:
    pieces: dict[bytes | int, Piece] = {}

    def add(data: bytes, about: str, category: Category, users: Iterable[str]) -> None:
        key = data if share else len(pieces)
        pieces.setdefault(key, Piece(data, about, category, set())).users.update(users)

    for function in functions.all:
        if function.raw.kind is RawCodeKind.BYTECODE:
            add(function.code, f"bytecode of {function.name}", Category.BYTECODE, function.users)
        elif function.prelude:
            add(function.prelude, f"prelude of {function.name}", Category.NATIVE, function.users)
    for text in qstrs.new:
        add(text + b"\0", _shown(text), Category.QSTR_TEXT, qstrs.users[text])
    for item in objects.strings:
        data = string_data(item)
        add(data + b"\0", _shown(data), Category.QSTR_TEXT, item.users)
    given = (file_names(modules, texts), b"".join([text_content(text) + b"\0" for text in texts]))
    in_order = list(pieces.values())
    packed = pack([piece.data for piece in in_order], given, share=share)
    numbers: dict[bytes, int] = {}
    for number, piece in enumerate(in_order):
        numbers.setdefault(piece.data, number)
    return Bytes(in_order, packed, numbers)


def _shown(text: bytes) -> str:
    """A text in a C comment."""
    shown = ascii(text[:60])[1:]
    return shown.replace("*/", "*\\/").replace("/*", "/\\*") if "*" in shown else shown


def _pack_digits(objects: Objects, settings: FreezeSettings) -> tuple[list[tuple[int, int]], list[int]]:
    """(digits with the widths of their integers, where the digits of each integer begin).

    Integers that are small on more kinds of firmware come last: there the array is shorter. So digits are
    shared with those before only, which exist wherever they do.
    """
    entries: list[tuple[int, int]] = []
    places: list[int] = []
    if settings.longint != "mpz":
        return entries, places
    size = settings.mpz_dig_size // 8
    laid = bytearray()
    for item in objects.ints:
        assert isinstance(item.value, int)
        own = digits(item.value, settings.mpz_dig_size)
        data = b"".join([digit.to_bytes(size, "little") for digit in own])
        at = laid.find(data) if settings.share else -1
        while at > 0 and at % size:
            at = laid.find(data, at + 1)
        if at < 0:
            at = len(laid)
            laid += data
            entries += [(digit, item.width) for digit in own]
        places.append(at // size)
    return entries, places


def _owner(users: set[str]) -> str:
    return next(iter(users)) if len(users) == 1 else SHARED


def _count(layout: Layout) -> None:
    """The account: bytes where the configuration is the usual one (representation A, no saving of code)."""
    add = layout.account.add
    settings = layout.settings
    for module in layout.modules:
        add(module.name, Category.NAMES, len(encode_text(module.name)) + 1)
        add(module.name, Category.HEADS, n_words=4)
    for text in layout.texts:
        add(text.name, Category.NAMES, len(encode_text(text.name)) + 1)
        add(text.name, Category.TEXTS, len(text_content(text)) + 1 + 4)
    add(SHARED, Category.NAMES, 1)
    if layout.texts:
        add(SHARED, Category.TEXTS, 4)
    for number, shared in layout.data.packed.order:
        piece = layout.data.pieces[number]
        add(_owner(piece.users), piece.category, len(piece.data) - shared)
    per_qstr = settings.qstr_bytes_in_len + settings.qstr_bytes_in_hash
    add(SHARED, Category.QSTR_POOL, n_words=5 + bool(settings.qstr_bytes_in_hash))
    for data in layout.qstrs.new:
        add(_owner(layout.qstrs.users[data]), Category.QSTR_POOL, per_qstr, 1)
    _count_tables(layout, add)
    for item in (*layout.objects.strings, *layout.objects.ints):
        add(_owner(item.users), Category.OBJECTS, n_words=4)
    for item in layout.objects.floats:
        add(_owner(item.users), Category.OBJECTS, n_words=2)
    for item in layout.objects.complexes:
        add(_owner(item.users), Category.OBJECTS, n_words=3)
    for item in layout.objects.tuples:
        add(_owner(item.users), Category.OBJECTS, n_words=2 + len(item.items))
    add(SHARED, Category.OBJECTS, len(layout.digits) * settings.mpz_dig_size // 8)


def _count_tables(layout: Layout, add: Callable[..., None]) -> None:
    names = [module.name for module in layout.modules]
    for number, name in enumerate(names):
        add(name, Category.QSTR_TABLES, 2 * layout.tables.qstr_places.added[number])
        add(name, Category.OBJECT_TABLES, n_words=layout.tables.object_places.added[number])
    lists = layout.functions.list_owners()
    for number, size in layout.children.owned:
        add(_owner(lists[number].users), Category.RECORDS, n_words=size)
    for function in layout.functions.all:
        owner = _owner(function.users)
        if not function.is_leaf:
            add(owner, Category.RECORDS, 4 * (function.raw.kind is RawCodeKind.ASM), 3)
        if function.raw.kind is not RawCodeKind.BYTECODE:
            add(owner, Category.NATIVE, len(function.code))
