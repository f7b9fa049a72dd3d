"""Parts of a file in words, each short however large or odd the part is."""

from __future__ import annotations

from mpytool.module import Prelude
from mpytool.mpyfile.cursor import read_varuint
from mpytool.mpyfile.header import ConstantType
from mpytool.print_bytecode import FLAG_NAMES
from mpytool.values import decode_text

LIMIT = 60
"""Characters of text from a file that are shown."""

_SINGLETONS = {
    ConstantType.FUN_TABLE: "mp_fun_table",
    ConstantType.NONE: "None",
    ConstantType.FALSE: "False",
    ConstantType.TRUE: "True",
    ConstantType.ELLIPSIS: "...",
}


def quoted(text: str, quotes: bool = True) -> str:
    """Text from a file in ASCII, as a Python literal or without quotes, cut if it is long."""
    cut = text[:LIMIT] + ("..." if len(text) > LIMIT else "")
    if cut.isidentifier() and cut.isascii():
        return f"'{cut}'" if quotes else cut
    return ascii(cut) if quotes else ascii(cut)[1:-1]


def describe_constant(data: memoryview, offset: int) -> str:
    """A constant that ``scan_constant`` has passed; its digits as the file has them."""
    shown: list[str] = []
    length = 0
    open_tuples: list[tuple[int, int]] = []  # length, and how many items are still to come
    while True:
        kind = data[offset]
        offset += 1
        text = ""
        if kind == ConstantType.TUPLE:
            count, offset = read_varuint(data, offset, "")
            open_tuples.append((count, count))
            shown.append("(")
        elif kind <= ConstantType.ELLIPSIS:
            text = _SINGLETONS[ConstantType(kind)]
        else:
            size, offset = read_varuint(data, offset, "")
            text = _text(kind, data[offset : offset + min(size, 4 * LIMIT)], size)
            offset += size + (kind <= ConstantType.BYTES)
        shown.append(text)
        length += len(text) + 2
        while open_tuples and not open_tuples[-1][1]:
            count, _ = open_tuples.pop()
            shown.append(",)" if count == 1 else ")")
        if not open_tuples:
            return "".join(shown)
        if length > LIMIT:
            return "".join(shown) + ", ..."
        count, left = open_tuples[-1]
        if left < count:
            shown.append(", ")
        open_tuples[-1] = (count, left - 1)


def _text(kind: int, text: memoryview, size: int) -> str:
    if kind == ConstantType.STR:
        return quoted(decode_text(text))
    if kind == ConstantType.BYTES:
        return repr(bytes(text[:LIMIT])) + ("..." if size > LIMIT else "")
    digits = str(text[:LIMIT], "ascii")
    return digits if size <= LIMIT else f"{digits}... ({size} digits)"


def describe_signature(prelude: Prelude) -> str:
    """The numbers of a prelude's signature."""
    p = prelude
    flags = " ".join(name for bit, name in FLAG_NAMES if p.scope_flags & bit)
    return (
        f"n_state {p.n_state}, n_exc_stack {p.n_exc_stack}, flags {flags or '-'}, positional {p.n_pos_args}, "
        f"keyword-only {p.n_kwonly_args}, defaults {p.n_def_pos_args}"
    )


_BASES = ("text", "rodata", "bss")
_SINGLES = {6: "the qstr table", 7: "the constant table", 8: "mp_fun_table"}
_FIRST_ENTRY = 9


def describe_relocation(what: int, count: int, address: int | None) -> str:
    """A relocation: the operation without its address bit, how many words, the number of the first word.

    Bit 0 of ``address`` tells text from read-only data, as in the file; None if no address was ever given.
    """
    if address is None:
        place = "(no address)"
    else:
        place = f"{'rodata' if address & 1 else 'text'} word {address >> 1}"
    words = f", {count} words" if count != 1 else ""
    if what < 6:
        added = f"the address of {_BASES[what >> 1]}"
    elif what < _FIRST_ENTRY:
        added = f"the address of {_SINGLES[what]}"
    else:
        added = f"entry {what - _FIRST_ENTRY} of mp_fun_table"
    return f"{place}{words}: add {added}"
