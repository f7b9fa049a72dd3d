"""Diagnostics as workflow commands, which GitHub Actions turns into annotations."""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic, Severity
from mpytool.render.text import clean

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(diagnostic: Diagnostic) -> str:
    """One line with its newline."""
    location = diagnostic.location
    properties = [("file", clean(location.file))]
    if location.line > 0:
        properties += [("line", str(location.line)), ("endLine", str(location.end_line))]
        if location.line == location.end_line:
            # Columns of a range over several lines are refused.
            properties += [("col", str(location.column)), ("endColumn", str(location.end_column))]
    properties.append(("title", f"{diagnostic.type} {diagnostic.code}".strip()))
    text = clean(diagnostic.message)
    for note in diagnostic.notes:
        where = f" (line {note.location.line})" if note.location is not None else ""
        text += f"\nnote: {clean(note.message)}{where}"
    if diagnostic.hint is not None:
        text += f"\nhint: {clean(diagnostic.hint)}"
    head = ",".join(f"{name}={_escape_property(value)}" for name, value in properties)
    return f"::{_COMMANDS[diagnostic.severity]} {head}::{_escape(text)}\n"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
