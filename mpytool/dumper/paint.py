"""Colour for terminals: what a piece of text is decides how it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Paint = Callable[[str, str], str]
"""(kind of text, text) to the text as it is shown."""

_COLOURS: Mapping[str, str] = {
    "heading": "\x1b[1m",
    "name": "\x1b[1;36m",
    "offset": "\x1b[2m",
    "bytes": "\x1b[2m",
    "depth": "\x1b[2m",
    "opcode": "\x1b[34m",
    "label": "\x1b[33m",
    "source": "\x1b[32m",
    "note": "\x1b[35m",
    "error": "\x1b[1;31m",
    "added": "\x1b[32m",
    "removed": "\x1b[31m",
}
_RESET = "\x1b[0m"


def plain(kind: str, text: str) -> str:
    """No colour."""
    return text


def ansi(kind: str, text: str) -> str:
    """ANSI sequences around the text, if its kind has a colour."""
    colour = _COLOURS.get(kind)
    return f"{colour}{text}{_RESET}" if colour and text else text
