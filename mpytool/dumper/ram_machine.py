"""What an import costs depends on these: the target's words, and how it gets at the file.

Sizes are those of ``py/gc.c`` (blocks of four words, every allocation rounded up) and of the structures in
``py/qstr.h``, ``py/objint.h``, ``py/objfloat.c`` and ``py/objtype.h``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from mpytool.qstrs import STATIC_QSTRS
from mpytool.values import encode_text


class Case(enum.Enum):
    """Where the file lies when it is imported."""

    FILE = "file"
    """In a file system whose contents the CPU cannot address: everything is copied to RAM."""
    IN_PLACE = "in place"
    """In addressable ROM (ROMFS): bytecode, qstr text and the data of strings stay there."""
    FROZEN = "frozen"
    """In the firmware, as C structures: only what running the body makes is in RAM."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A target.

    ``word``            bytes of a pointer and of an object
    ``small_int_bits``  of the target's own small ints, with sign
    ``float_bytes``     of a float object, of a complex object ``float_bytes + (float_bytes - word)``
    ``digit_bits``      of a digit of a long integer (``MPZ_DIG_SIZE``)
    ``type_words``      of a class without bases
    ``hash_bytes``, ``length_bytes``  of a qstr pool's entry, besides the pointer
    """

    name: str
    word: int
    small_int_bits: int
    float_bytes: int
    digit_bits: int
    type_words: int
    hash_bytes: int = 2
    length_bytes: int = 1

    @property
    def block(self) -> int:
        """The heap's unit in bytes."""
        return 4 * self.word

    def rounded(self, size: int) -> int:
        """What an allocation of so many bytes takes; 0 is no allocation."""
        return -(-size // self.block) * self.block

    def words(self, count: int) -> int:
        """What an allocation of so many words takes."""
        return self.rounded(count * self.word)


MACHINE_32 = Machine("32-bit", 4, 31, 8, 16, 15)
"""Object representation A, single floats."""

MACHINE_64 = Machine("64-bit", 8, 63, 16, 32, 13)
"""Object representation A, double floats."""

_FIRST_POOL_ENTRIES = 20
_CHUNK_BYTES = 128
_POOL_HEADER_WORDS = 6


@dataclass(slots=True)
class StringPool:
    """The interned strings of a running MicroPython (``py/qstr.c``); importing changes it.

    ``known``         every interned string, those of the firmware included
    ``entries_left``  of the current pool in RAM
    ``next_entries``  of the pool that is made when there are none left; then twice as many
    ``text_left``     bytes of the current chunk of text
    ``heap``          bytes that pools and chunks take, since the object was made
    ``names``         strings that were added since
    """

    machine: Machine
    known: set[str] = field(default_factory=lambda: set(STATIC_QSTRS))
    entries_left: int = 0
    next_entries: int = _FIRST_POOL_ENTRIES
    text_left: int = 0
    heap: int = 0
    names: int = 0
    _chunk: int = 0
    _can_grow: bool = False

    def add(self, text: str, *, copy_text: bool) -> None:
        """Intern a string. Its text is copied to a chunk, or lies where it can stay."""
        if text in self.known:
            return
        self.known.add(text)
        self.names += 1
        if copy_text:
            self._add_text(len(encode_text(text)) + 1)
        if not self.entries_left:
            self._add_pool()
        self.entries_left -= 1

    def seal(self) -> None:
        """Other things are allocated now, behind the chunk of text: it cannot grow in place any more."""
        self._can_grow = False

    def _add_pool(self) -> None:
        machine = self.machine
        entry = machine.word + machine.hash_bytes + machine.length_bytes
        header = _POOL_HEADER_WORDS * machine.word
        self.heap += machine.rounded(header + entry * self.next_entries)
        self.entries_left = self.next_entries
        self.next_entries *= 2
        self._can_grow = False

    def _add_text(self, size: int) -> None:
        rounded = self.machine.rounded
        if size > self.text_left:
            if self._can_grow:
                self.heap += rounded(self._chunk + size) - rounded(self._chunk)
                self._chunk += size
                self.text_left += size
            else:
                self.heap -= rounded(self._chunk) - rounded(self._chunk - self.text_left)
                self._chunk = self.text_left = max(size, _CHUNK_BYTES)
                self.heap += rounded(self._chunk)
                self._can_grow = True
        self.text_left -= size


_TABLE_SIZES = (
    0, 2, 4, 6, 8, 10, 12, 17, 23, 29, 37, 47, 59, 73, 97, 127, 167, 223, 293, 389, 521, 691, 919, 1223, 1627,
    2161, 3229, 4831, 7243, 10861, 16273, 24407, 36607, 54907,
)  # fmt: skip
"""The sizes a hash table grows through (``py/map.c``)."""


def table_size(entries: int, made_with: int = 0) -> int:
    """Slots of a hash table that was made with so many slots and then got so many entries."""
    size = made_with
    while size < entries:
        wanted = size + 1
        size = next((step for step in _TABLE_SIZES if step >= wanted), wanted + wanted // 2 | 1)
    return size
