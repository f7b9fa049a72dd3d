"""Values a program's constants can have, and how their text is held.

MicroPython strings are arbitrary bytes that are usually UTF-8. Here they are ``str`` made with the
``surrogateescape`` error handler, so that every byte sequence has exactly one ``str`` and the common case is
an ordinary string.
"""

from __future__ import annotations

import math
from types import EllipsisType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

ConstantValue: TypeAlias = (
    "int | float | complex | str | bytes | bool | EllipsisType | tuple[ConstantValue, ...] | None"
)
"""What may stand in a constant table: py/persistentcode.c, save_obj."""


def encode_text(text: str) -> bytes:
    """The bytes of a MicroPython string."""
    return text.encode("utf-8", "surrogateescape")


def decode_text(data: bytes | bytearray | memoryview) -> str:
    """The inverse of ``encode_text``, for any bytes."""
    return str(data, "utf-8", "surrogateescape")


def identity_key(value: ConstantValue) -> object:
    """A hashable key that is equal for two constants exactly if mpy-cross shares one table entry for them.

    Type and value must agree, also inside tuples; 0.0 and -0.0 differ (``strictly_equal`` in
    ``py/emitcommon.c``). A nan equals nothing, not even itself, so each use gets a key of its own. The key
    of a tuple is flat, however deep the tuple nests: hashing recurses in C.
    """
    if not isinstance(value, tuple):
        return _scalar_key(value)
    key: list[object] = []
    pending: list[ConstantValue] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            key.append((tuple, len(item)))
            pending.extend(item)
        else:
            key.append(_scalar_key(item))
    return tuple(key)


def _scalar_key(value: ConstantValue) -> object:
    if isinstance(value, float):
        if value != value:
            return object()
        return (float, value, math.copysign(1.0, value) if value == 0.0 else 1.0)
    return (type(value), value)
