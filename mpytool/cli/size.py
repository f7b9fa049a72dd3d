"""``mpyc size``: where the bytes of ``.mpy`` files go, and what importing them costs in RAM."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import click

from mpytool.cli.modules import attempt, load, write_output
from mpytool.cli.process import end_on_signals
from mpytool.cli.report import FORMATS, Reporter
from mpytool.diagnostics import ToolError
from mpytool.dumper import size_forms as forms
from mpytool.dumper.size import SizeRow, sum_rows
from mpytool.dumper.size_forms import Imports, Input
from mpytool.errors import READ_FAILED
from mpytool.files import file_diagnostic, read_file
from mpytool.values import decode_text

TOP = 30
"""How many functions of a file a table shows if nothing else is asked for."""


@click.command("size", short_help="Say where the bytes of .mpy files go, and the RAM of an import.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--functions", is_flag=True, help="The functions of each file, also if there are many files.")
@click.option("--top", type=click.IntRange(min=1), default=TOP, show_default=True, metavar="N",
              help="How many functions of a file a table shows, the largest ones.")  # fmt: skip
@click.option("--no-ram", is_flag=True, help="No table of the RAM that an import costs.")
@click.option("--known", metavar="NAMES", help="A file with names that the firmware has: one a line, or its "
              "genhdr/qstrdefs.generated.h.")  # fmt: skip
@click.option("--json", "json", is_flag=True, help="JSON, of the schema in docs/size.md.")
@click.option("--csv", "csv", is_flag=True, help="CSV, one figure a line.")
@click.option("--diff", is_flag=True, help="Compare two FILEs, the old and the new build.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Write there, not to standard output.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics.")
def command(**given: Any) -> int:
    """Say where the bytes of .mpy files go, by function and category, and what an import costs in RAM.

    FILE is a .mpy file, - for standard input, or a .py file, which is compiled first.

    Exit status: 0 if all were read, 1 if one was not, 2 for a wrong command line.
    """
    files: tuple[str, ...] = given["files"]
    if given["json"] and given["csv"]:
        raise click.UsageError("--json and --csv exclude each other")
    if given["diff"] and len(files) != 2:
        raise click.UsageError(f"--diff compares two files, and there are {len(files)}")
    reporter = Reporter(given["style"], len(files), quiet=True)
    inputs: list[Input] = []
    known: list[str] = []
    with end_on_signals(), reporter:
        try:
            if given["known"] is not None:
                attempt(reporter, given["known"], lambda: known.extend(_known(given["known"])))
            for path in files:
                attempt(reporter, path, lambda path=path: inputs.append(_input(path)))  # type: ignore[misc]
            if inputs and not (given["diff"] and len(inputs) < 2):

                def show() -> None:
                    text = "".join(_text(given, inputs, Imports(known)))
                    write_output(given["output"], text.encode("utf-8", "backslashreplace"))

                attempt(reporter, given["output"], show)
        except BrokenPipeError:  # whoever reads has seen enough
            return 1
    return reporter.exit_status


def _input(path: str) -> Input:
    """A file to account for. ToolError if it cannot be read, compiled or is malformed."""
    if not path.endswith(".py"):
        loaded = load(path)
        return Input(loaded.shown, loaded.data, loaded.module)
    from mpytool.compiler import compile_source
    from mpytool.mpyfile.read import read

    try:
        source = read_file(path)
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, path, error)]) from None
    data = compile_source(source, name=path, path=path).to_bytes()
    return Input(path, data, read(data))


_QDEF = re.compile(r'^\s*QDEF\d?\(.*,\s*"(.*)"\s*\)\s*$')
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def _known(path: str) -> list[str]:
    """The names in a list, or in a header of MicroPython's build. ToolError if it cannot be read."""
    try:
        text = decode_text(read_file(path))
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, path, error)]) from None
    found = [_QDEF.match(line) for line in text.splitlines()]
    if any(found):
        return [_ESCAPE.sub(_unescaped, match[1]) for match in found if match is not None]
    return text.splitlines()


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)


def _text(given: dict[str, Any], inputs: list[Input], imports: Imports) -> Iterator[str]:
    if given["diff"]:
        old, new = inputs
        if given["json"]:
            return forms.diff_json(old, new)
        return forms.diff_csv(old, new) if given["csv"] else forms.diff_text(old, new)
    if given["json"]:
        return forms.json_text(inputs, imports)
    if given["csv"]:
        return forms.csv_text(inputs, imports)
    return _tables(given, inputs, imports)


def _tables(given: dict[str, Any], inputs: list[Input], imports: Imports) -> Iterator[str]:
    pieces: list[Iterator[str]] = []
    many = len(given["files"]) > 1
    if given["functions"] or not many:
        for number, file in enumerate(inputs):
            pieces += [iter("\n" * (number > 0)), forms.file_text(file, given["top"])]
    if many:
        rows: list[SizeRow] = [sum_rows(file.name, file.rows()) for file in inputs]
        pieces += [iter("\n" * bool(pieces)), forms.files_text(rows)]
    if not given["no_ram"]:
        for file in inputs:
            imports.next(file.module)
        title = "RAM of importing all of them, one after the other" if many else "RAM of an import"
        pieces += [iter("\n"), forms.ram_text(imports.total(), title)]
    return chain.from_iterable(pieces)
