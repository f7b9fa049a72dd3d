"""The C of a frozen image, made or, if the cache has seen all that goes into it, recalled.

Nothing of the freezer is imported before something has to be frozen.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence

from mpytool.manifest.frozen import Freezing, Named
from mpytool.manifest.header import Firmware
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from mpytool.manifest.kept import KeptCache

_KIND = b"frozen C"


class SizeLine(Record):
    """What a module's data of one category takes, as ``freezer/sizes.py`` says it; no module: shared data."""

    __slots__ = ("module", "category", "n_bytes", "n_words")

    def __init__(self, module: str, category: str, n_bytes: int, n_words: int) -> None:
        self.module: Final = module
        self.category: Final = category
        self.n_bytes: Final = n_bytes
        self.n_words: Final = n_words

    def total(self, word_size: int) -> int:
        """The size in bytes where pointers have ``word_size``."""
        return self.n_bytes + self.n_words * word_size


class FrozenC(Record):
    """The file, and what the data in it takes of flash."""

    __slots__ = ("text", "sizes")

    def __init__(self, text: bytes, sizes: tuple[SizeLine, ...]) -> None:
        self.text: Final = text
        self.sizes: Final = sizes

    def total(self, word_size: int) -> int:
        """The size of everything in bytes."""
        return sum(line.total(word_size) for line in self.sizes)


def frozen_c(freezing: Freezing, firmware: Firmware, cache: KeptCache | None) -> FrozenC:
    """The C of what was compiled. Raises ToolError."""
    names = firmware.names()
    if cache is None:
        return _make(freezing, firmware, names, None)
    known = firmware.header is not None
    facts = (firmware.longint, firmware.mpz_dig_size, firmware.arch, firmware.allow_empty, known)
    key = cache.key_of([_KIND, repr(facts).encode(), names, *_parts(freezing.found)])
    stored = cache.get(key)
    if stored is not None:
        found = _load(stored)
        if found is not None:
            return found
    made = _make(freezing, firmware, names, cache)
    cache.put(key, _dump(made))
    return made


def _parts(found: Sequence[Named]) -> list[bytes]:
    parts = []
    for named in found:
        parts += [named.name.encode("utf-8", "surrogateescape"), named.entry.kind.value.encode(), named.data]
    return parts


def _make(freezing: Freezing, firmware: Firmware, names: bytes, cache: KeptCache | None) -> FrozenC:
    image = freezing.image(firmware.settings(names), cache)
    sizes = tuple(
        SizeLine(row.module, row.category.value, row.extent.n_bytes, row.extent.n_words)
        for row in image.sizes()
    )
    return FrozenC(image.to_c().encode("utf-8", "surrogateescape"), sizes)


def _dump(made: FrozenC) -> bytes:
    rows = [(line.module, line.category, line.n_bytes, line.n_words) for line in made.sizes]
    return marshal.dumps((rows, made.text))


def _load(stored: bytes) -> FrozenC | None:
    try:
        rows, text = marshal.loads(stored)
        return FrozenC(text, tuple([SizeLine(*row) for row in rows]))
    except (EOFError, ValueError, TypeError):
        return None
