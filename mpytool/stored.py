"""Diagnostics as bytes and back, for the compile cache: a rejected program is not compiled again either."""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic, Location, Note, Peer, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OPENING = b"["
"""What stored diagnostics begin with; a ``.mpy`` file begins with ``M``."""


def dump_result(result: bytes | tuple[Diagnostic, ...]) -> bytes:
    """The result of one compilation: a file as it is, diagnostics as a JSON list."""
    if isinstance(result, bytes):
        return result
    rows = [
        [
            d.severity.value,
            d.code,
            d.type,
            d.message,
            _dump_location(d.location),
            d.hint,
            [[note.message, _dump_location(note.location)] for note in d.notes],
            None if d.peer is None else [d.peer.type, d.peer.message, d.peer.line, d.peer.scope],
            d.source_lines,
        ]
        for d in result
    ]
    import json

    # Pure ASCII: lone surrogates, which stand for odd bytes of the source, survive as escapes.
    return json.dumps(rows).encode("ascii")


def load_result(data: bytes) -> bytes | tuple[Diagnostic, ...]:
    """The inverse of ``dump_result``. ValueError for what it never makes."""
    if data[:1] != _OPENING:
        return data
    import json

    try:
        return tuple(_load_diagnostic(*row) for row in json.loads(data))
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(str(error)) from None


def _dump_location(location: Location | None) -> list[object] | None:
    if location is None:
        return None
    return [location.file, location.line, location.column, location.end_line, location.end_column]


def _load_diagnostic(
    severity: str,
    code: str,
    kind: str,
    message: str,
    location: list[Any],
    hint: str | None,
    notes: list[Any],
    peer: list[Any] | None,
    source_lines: list[Any],
) -> Diagnostic:
    return Diagnostic(
        Severity(severity),
        code,
        kind,
        message,
        Location(*location),
        hint,
        tuple(Note(text, None if place is None else Location(*place)) for text, place in notes),
        None if peer is None else Peer(*peer),
        tuple((number, text) for number, text in source_lines),
    )
