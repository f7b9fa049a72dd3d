"""``mpyc info``: one line about each ``.mpy`` file."""

from __future__ import annotations

from typing import Any

import click

from mpytool.cli.modules import Loaded, attempt, load, write_output
from mpytool.cli.process import end_on_signals
from mpytool.cli.report import FORMATS, Reporter
from mpytool.dumper.words import RELEASES, header_words
from mpytool.module import RawCode, RawCodeKind
from mpytool.render.text import clean

Row = dict[str, Any]

_COLUMNS: tuple[tuple[str, str], ...] = (
    # title, key in a row
    ("file", "file"),
    ("format", "version"),
    ("arch", "arch"),
    ("bits", "small_int_bits"),
    ("bytes", "size"),
    ("bytecode", "bytecode_size"),
    ("native", "native_size"),
    ("qstrs", "qstrs"),
    ("constants", "constants"),
    ("functions", "functions"),
    ("source", "source_name"),
    ("MicroPython", "releases"),
)
_LEFT = ("file", "version", "arch", "source_name", "releases")


@click.command("info", short_help="Say in one line what each .mpy file is.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="A JSON list with one object for each file.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics.")
def command(files: tuple[str, ...], as_json: bool, style: str) -> int:
    """Say in one line what each .mpy file is.

    That is: format, architecture, small-int bits, size of the file, of its bytecode and of its machine
    code, numbers of qstrs, constants and functions, source name, and which releases of MicroPython import
    it. FILE - is standard input.

    Exit status: 0 if all were read, 1 if one was not, 2 for a wrong command line.
    """
    reporter = Reporter(style, len(files), quiet=True)
    rows: list[Row] = []

    def run(path: str) -> None:
        rows.append(_row(load(path)))

    def show() -> None:
        write_output("-", (_json(rows) if as_json else _table(rows)).encode("utf-8", "backslashreplace"))

    with end_on_signals(), reporter:
        try:
            for path in files:
                attempt(reporter, path, lambda path=path: run(path))  # type: ignore[misc]
            if rows or as_json:
                attempt(reporter, "-", show)
        except BrokenPipeError:  # whoever reads has seen enough
            return 1
    return reporter.exit_status


def _row(loaded: Loaded) -> Row:
    module = loaded.module
    words = header_words(module)
    functions = _functions(module.root)
    return {
        "file": loaded.shown,
        "version": words.version,
        "arch": words.arch,
        "arch_flags": module.arch_flags,
        "small_int_bits": module.small_int_bits,
        "size": len(loaded.data),
        "bytecode_size": sum(
            len(f.data) - f.opcodes_offset for f in functions if f.kind is RawCodeKind.BYTECODE
        ),
        "native_size": sum(_machine_code(f) for f in functions),
        "qstrs": len(module.qstrs),
        "constants": len(module.constants),
        "functions": len(functions),
        "source_name": clean(module.qstrs[0]),
        "releases": RELEASES[module.sub_version] if module.arch else f"{RELEASES[0]} and later",
    }


def _functions(root: RawCode) -> list[RawCode]:
    found = [root]
    for raw_code in found:  # grows on the way
        found += raw_code.children
    return found


def _machine_code(raw_code: RawCode) -> int:
    if raw_code.native is None:
        return 0
    if raw_code.kind is RawCodeKind.NATIVE:
        return raw_code.native.prelude_offset
    return len(raw_code.data)


def _json(rows: list[Row]) -> str:
    import json

    return json.dumps(rows, indent=2) + "\n"


def _table(rows: list[Row]) -> str:
    cells = [[title for title, _ in _COLUMNS]]
    cells += [[_printable(str(row[key])) for _, key in _COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        padded = [
            cell.ljust(width) if key in _LEFT else cell.rjust(width)
            for cell, width, (_, key) in zip(line, widths, _COLUMNS, strict=True)
        ]
        lines.append("  ".join(padded).rstrip() + "\n")
    return "".join(lines)


def _printable(text: str) -> str:
    """Text in which nothing can end the line or steer the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
