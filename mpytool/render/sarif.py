"""Diagnostics as one SARIF 2.1.0 document."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from urllib.parse import quote

from mpytool.diagnostics import Diagnostic, Location, Severity
from mpytool.render.text import clean
from mpytool.version import VERSION

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def document(diagnostics: Iterable[Diagnostic]) -> str:
    """The whole document, with its newline."""
    results: list[dict[str, object]] = []
    rules: dict[str, int] = {}
    for diagnostic in diagnostics:
        index = rules.setdefault(diagnostic.code, len(rules))
        results.append(_result(diagnostic, index))
    driver = {"name": "mpyc", "version": VERSION, "rules": [{"id": code} for code in rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, object]:
    text = f"{diagnostic.type}: {clean(diagnostic.message)}"
    if diagnostic.hint is not None:
        text += f"\nhint: {clean(diagnostic.hint)}"
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": _physical(diagnostic.location)}],
    }
    if diagnostic.notes:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": clean(note.message)},
                **({} if note.location is None else {"physicalLocation": _physical(note.location)}),
            }
            for number, note in enumerate(diagnostic.notes, 1)
        ]
    return result


def _physical(location: Location) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": _uri(location.file)}}
    if location.line > 0:
        place["region"] = {
            "startLine": location.line,
            "startColumn": location.column,
            "endLine": location.end_line,
            "endColumn": location.end_column,
        }
    return place


def _uri(path: str) -> str:
    text = quote(os.fsencode(path).replace(os.sep.encode(), b"/"))
    return "file://" + text if os.path.isabs(path) else text
