"""Small pieces of C: comments, strings, lists of bytes."""

from __future__ import annotations

from collections.abc import Iterator

_PER_LINE = 20
_NEXT_LINE = "\n"
_BETWEEN = ",\n    0x"

_CHARACTERS = tuple(
    chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}" for byte in range(256)
)


def comment(text: str) -> str:
    """A C comment, whatever the text is; long ones are cut."""
    shown = ascii(text[:80])[1:-1]
    if "*" in shown:
        shown = shown.replace("*/", "*\\/").replace("/*", "/\\*")
    return f"/* {shown}{'...' if len(text) > 80 else ''} */"


def literal(data: bytes) -> str:
    """A C string literal; its bytes are in octal where they are no plain characters, which ends by itself."""
    return '"' + "".join([_CHARACTERS[byte] for byte in data]) + '"'


def literal_lines(data: bytes) -> Iterator[str]:
    """A C string literal, a line of the text in each line of the C."""
    for line in data.splitlines(keepends=True) or [b""]:
        yield f"    {literal(line)}\n"


def hex_lines(data: bytes) -> str:
    """The bytes of an initialiser."""
    if len(data) <= _PER_LINE:
        return f"    0x{data.hex(',').replace(',', ',0x')},\n" if data else ""
    parts = [data[start : start + _PER_LINE].hex(",") for start in range(0, len(data), _PER_LINE)]
    return f"    0x{_NEXT_LINE.join(parts).replace(',', ',0x').replace(_NEXT_LINE, _BETWEEN)},\n"
