"""Diagnostics in the words of mpy-cross (``mp_obj_print_exception`` in ``py/obj.c``)."""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic


def render(diagnostic: Diagnostic, *, path: str, name: str) -> str:
    """What mpy-cross prints for the same failure.

    Its lexer and parser call the file ``path``, its compiler by the embedded ``name``.
    """
    peer = diagnostic.peer
    if peer is None:
        return f"{diagnostic.type}: {diagnostic.message}\n"
    last = f"{peer.type}: {peer.message}\n"
    if peer.line <= 0:
        return last
    file, scope = (path, "") if peer.scope is None else (name, f", in {peer.scope}")
    return f'Traceback (most recent call last):\n  File "{file}", line {peer.line}{scope}\n{last}'


def os_error(number: int, path: str | None = None) -> str:
    """An ``OSError``, with or without the name of what could not be opened."""
    if path is None:
        return f"OSError: {number}\n"
    message = f"can't open {path}"
    # The quoting rule of a str's repr in both MicroPython and here, without escapes for other characters.
    quote = "'" if '"' in message else '"'
    text = message.replace("\\", "\\\\")
    if quote == "'":
        text = text.replace("'", "\\'")
    return f"OSError: ({number}, {quote}{text}{quote})\n"
