"""What frozen data costs, by module and kind of data."""

from __future__ import annotations

import enum

from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SHARED = ""
"""The module of data that several modules use."""


class Category(enum.Enum):
    """Kinds of data; ``docs/freeze.md`` describes each."""

    NAMES = "module names"
    HEADS = "module heads"
    QSTR_TEXT = "text"
    QSTR_POOL = "qstr pool"
    QSTR_TABLES = "qstr tables"
    BYTECODE = "bytecode"
    NATIVE = "machine code"
    RECORDS = "function records"
    OBJECTS = "constant objects"
    OBJECT_TABLES = "constant tables"
    TEXTS = "source texts"

    __hash__ = object.__hash__  # an enumeration's own takes a call


class Extent(Record):
    """A size: so many bytes, and so many words of a pointer's size."""

    __slots__ = ("n_bytes", "n_words")

    def __init__(self, n_bytes: int = 0, n_words: int = 0) -> None:
        self.n_bytes: Final = n_bytes
        self.n_words: Final = n_words

    def total(self, word_size: int) -> int:
        """The size in bytes where pointers have ``word_size``."""
        return self.n_bytes + self.n_words * word_size


class SizeRow(Record):
    """One cell of the size table: what a module's data of one category takes. SHARED has a row of its own."""

    __slots__ = ("module", "category", "extent")

    def __init__(self, module: str, category: Category, extent: Extent) -> None:
        self.module: Final = module
        self.category: Final = category
        self.extent: Final = extent


class Account:
    """Adds sizes up while data is laid out."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, Category], tuple[int, int]] = {}

    def add(self, module: str, category: Category, n_bytes: int = 0, n_words: int = 0) -> None:
        """Count some bytes and words; nothing is a row only where something is."""
        if n_bytes or n_words:
            old_bytes, old_words = self._sums.get((module, category), (0, 0))
            self._sums[module, category] = old_bytes + n_bytes, old_words + n_words

    def rows(self) -> list[SizeRow]:
        """The cells, in the order in which they were first counted."""
        return [SizeRow(module, category, Extent(*sums)) for (module, category), sums in self._sums.items()]
