"""Which texts become names of the firmware (qstrs), and in which order.

A qstr costs a pointer, its length and its hash; a string object costs four words. So every string constant
becomes a qstr that may, and what the firmware has already costs nothing. The new ones are a pool of their
own, sorted by bytes: the run time bisects it (``py/qstr.c``, ``qstr_find_strn``).
"""

from __future__ import annotations

from collections.abc import Mapping

from mpytool.freezer import errors
from mpytool.freezer.errors import FreezeError
from mpytool.freezer.firmware import STATIC_NAMES
from mpytool.freezer.model import FreezeSettings
from mpytool.values import decode_text, encode_text

MAX_QSTRS = 0xFFFF
"""Tables of frozen code hold 16-bit numbers."""


class Qstrs:
    """``new`` are the texts of the frozen pool in its order; ``known`` those of the firmware, to C names."""

    __slots__ = ("new", "known", "numbers", "is_sorted", "users")

    def __init__(
        self,
        new: list[bytes],
        known: Mapping[str, str],
        numbers: dict[str, int],
        is_sorted: bool,
        users: dict[bytes, set[str]],
    ) -> None:
        self.new = new
        self.known = known
        self.numbers = numbers
        self.is_sorted = is_sorted
        self.users = users
        """The modules that have each new text."""

    def number(self, text: str) -> str:
        """The C expression of the number of a text that is a qstr."""
        number = self.c_number(text)
        assert number is not None
        return number

    def c_number(self, text: str) -> str | None:
        """The C expression of a text's number, None if it is no qstr."""
        number = self.numbers.get(text)
        if number is not None:
            return f"Q({number})"
        name = STATIC_NAMES.get(text)
        if name is None:
            name = self.known.get(text)
        return None if name is None else f"MP_QSTR_{name}"


def qstr_hash(data: bytes, n_bytes: int) -> int:
    """The hash of a text where MICROPY_QSTR_BYTES_IN_HASH is ``n_bytes`` (``py/qstr.c``); never 0."""
    value = 5381
    for byte in data:
        value = value * 33 & 0xFFFF ^ byte
    return value & (1 << 8 * (n_bytes or 2)) - 1 or 1


def choose_qstrs(
    needed: Mapping[str, set[str]], wanted: Mapping[str, set[str]], settings: FreezeSettings
) -> Qstrs:
    """The pool for ``needed`` texts (to the modules that have them), and as many ``wanted`` ones as may be.

    FreezeError if a needed one is too long, or if there are too many.
    """
    limit = (1 << 8 * settings.qstr_bytes_in_len) - 1
    has = {*STATIC_NAMES, *settings.known_qstrs}
    texts = {}
    for text, modules in needed.items():
        if text in has:
            continue
        data = encode_text(text)
        if len(data) > limit:
            start = decode_text(data[:20])
            raise FreezeError(errors.LONG_QSTR, min(modules), start=start, size=len(data), limit=limit)
        texts[text] = data
    firmware = len(has) + 1  # number 0 is no name
    if firmware + len(texts) > MAX_QSTRS:
        count = firmware + len(texts)
        raise FreezeError(errors.MANY_QSTRS, count=count, limit=MAX_QSTRS)
    for text in wanted:
        if firmware + len(texts) >= MAX_QSTRS:
            break
        data = encode_text(text)
        # Bisection compares up to a NUL: such a text is better an object, unless it must be a name.
        if text not in has and text not in texts and len(data) <= limit and 0 not in data:
            texts[text] = data
    ordered = sorted(texts.items(), key=lambda item: item[1])
    new = [data for _, data in ordered]
    numbers = {text: number for number, (text, _) in enumerate(ordered)}
    users = {data: needed.get(text, set()) | wanted.get(text, set()) for text, data in ordered}
    return Qstrs(new, settings.known_qstrs, numbers, _found_by_bisection(new), users)


def _found_by_bisection(pool: list[bytes]) -> bool:
    """Whether the run time finds each text of a sorted pool; not all of those with a NUL in them are."""
    if not pool:
        return False  # it takes the last of no entries to be the greatest number there is
    if not any(0 in text for text in pool):
        return True
    shown = [text.split(b"\0")[0] for text in pool]
    for number, text in enumerate(pool):
        low, high = 0, len(pool) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if shown[number] <= shown[middle][: len(text)]:
                high = middle
            else:
                low = middle
        if not low <= number <= high:
            return False
    return True
