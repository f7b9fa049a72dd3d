"""From the text between the quotes to the value of a literal: escapes, bytes, raw strings.

Text is handled as ``values.py`` describes. mpy-cross decodes byte by byte; where that shows (a backslash
before a non-ASCII character, code points of surrogates), the functions here say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mpytool.patterns import late
from mpytool.values import decode_text, encode_text


class BadEscapeError(ValueError):
    """An escape that makes the whole literal invalid, or a ``\\N``: the exact scanner must look at it."""


_SIMPLE = {
    "\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b",
    "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
}  # fmt: skip

#: What one backslash takes with it in a str literal; in a bytes literal \u and \U mean nothing.
ESCAPE = late(r"\\(?:([0-7]{1,3}+)|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))")
_BASES = (0, 8, 16, 16, 16)
# In a run of backslashes every second one begins a pair.
_PAIR = late(r"\\([\s\S])")
_HAS_SURROGATE = late("[\ud800-\udfff]")


def canonical(text: str) -> str:
    """The one ``str`` for these bytes: pieces of a character that were joined become that character."""
    if _HAS_SURROGATE.search(text) is None:
        return text
    return decode_text(encode_text(text))


def code_point(code: int) -> str:
    """The text of an escape; a surrogate becomes the three bytes of its encoding. ValueError if too large."""
    if 0xD800 <= code <= 0xDFFF:
        return decode_text(chr(code).encode("utf-8", "surrogatepass"))
    return chr(code)


def non_ascii_escape(char: str) -> str:
    """A backslash before a non-ASCII character: its first byte is taken for a code point (``py/lexer.c``)."""
    data = encode_text(char)
    return "\\" + chr(data[0]) + decode_text(data[1:])


def _unescape_str(match: re.Match[str]) -> str:
    group = match.lastindex
    assert group is not None
    text = match[group]
    if group < 5:
        code = int(text, _BASES[group])
        if code >= 0x110000:
            raise BadEscapeError
        return code_point(code)
    simple = _SIMPLE.get(text)
    if simple is not None:
        return simple
    if text in "NxuU":
        raise BadEscapeError
    return "\\" + text if text < "\x80" else non_ascii_escape(text)


def _unescape_byte(match: re.Match[str]) -> str:
    """Text whose characters stand for bytes, decoded as Latin-1."""
    group = match.lastindex
    assert group is not None
    if group in (3, 4):
        return match[0]
    text = match[group]
    if group < 5:
        code = int(text, _BASES[group])
        if code >= 0x100:
            raise BadEscapeError
        return chr(code)
    simple = _SIMPLE.get(text)
    if simple is not None:
        return simple
    if text in "Nx":
        raise BadEscapeError
    return "\\" + text


def _unescape_raw(match: re.Match[str]) -> str:
    return match[0] if match[1] < "\x80" else non_ascii_escape(match[1])


def decode_str(body: str) -> str:
    """The value of a str literal's body. BadEscapeError."""
    return canonical(ESCAPE.sub(_unescape_str, body)) if "\\" in body else body


def decode_raw_str(body: str) -> str:
    """The value of a raw str literal's body."""
    if "\\" not in body or body.isascii():
        return body
    return canonical(_PAIR.sub(_unescape_raw, body))


def decode_bytes(body: str) -> bytes:
    """The value of a bytes literal's body. BadEscapeError."""
    data = encode_text(body)
    if b"\\" not in data:
        return data
    return ESCAPE.sub(_unescape_byte, data.decode("latin-1")).encode("latin-1")


def decode_raw_bytes(body: str) -> bytes:
    """The value of a raw bytes literal's body."""
    return encode_text(body)


DECODERS: dict[str, Callable[[str], str | bytes]] = {
    "": decode_str,
    "u": decode_str,
    "r": decode_raw_str,
    "b": decode_bytes,
    "rb": decode_raw_bytes,
    "br": decode_raw_bytes,
}
"""Per prefix; f- and t-strings are rewritten instead (``fstrings.py``)."""
