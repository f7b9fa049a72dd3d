"""Diagnostics as JSON, one object a line."""

from __future__ import annotations

import json

from mpytool.diagnostics import Diagnostic, Location
from mpytool.render.text import clean


def render(diagnostic: Diagnostic) -> str:
    """One line with its newline. The fields are documented in ``docs/compile.md``."""
    peer = diagnostic.peer
    fields: dict[str, object] = {
        **_place(diagnostic.location),
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "type": diagnostic.type,
        "message": clean(diagnostic.message),
        "hint": None if diagnostic.hint is None else clean(diagnostic.hint),
        "notes": [
            {"message": clean(note.message), **({} if note.location is None else _place(note.location))}
            for note in diagnostic.notes
        ],
        "mpy_cross": None
        if peer is None
        else {
            "type": peer.type,
            "message": clean(peer.message),
            "line": peer.line,
            "scope": None if peer.scope is None else clean(peer.scope),
        },
    }
    return json.dumps(fields) + "\n"


def _place(location: Location) -> dict[str, object]:
    return {
        "file": clean(location.file),
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }
