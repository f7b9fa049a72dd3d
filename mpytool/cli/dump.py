"""``mpyc dump``: what is in ``.mpy`` files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import click

from mpytool.cli.modules import Loaded, attempt, load, write_output
from mpytool.cli.process import end_on_signals
from mpytool.cli.report import FORMATS, Reporter
from mpytool.diagnostics import ToolError
from mpytool.dumper.paint import ansi, plain
from mpytool.errors import READ_FAILED
from mpytool.files import STDIN, file_diagnostic, read_file
from mpytool.mpyfile.errors import MpyFormatError

_FORMS = ("hex", "json", "ce_json", "html", "diff")

_PIECE = 1 << 16
"""Bytes that are written at once."""


@click.command("dump", short_help="Show what is in .mpy files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--source", metavar="FILE.py", help="The source, to show its lines. [default: FILE.py beside FILE.mpy]"
)
@click.option("--no-source", is_flag=True, help="Show no source lines.")
@click.option("--hex", "hex", is_flag=True, help="Every byte, with what it is.")
@click.option("--json", "json", is_flag=True, help="JSON, of the schema in docs/dump.md.")
@click.option(
    "--ce-json", "ce_json", is_flag=True, help="JSON as Compiler Explorer reads it ('mpy-tool.py -d -j')."
)
@click.option("--html", metavar="OUT", help="One page to look at in a browser.")
@click.option("--diff", is_flag=True, help="Compare two FILEs, function by function.")
@click.option("-o", "--output", metavar="FILE", help="Write there instead of to standard output.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics.")
def command(**given: Any) -> int:
    """Show what is in .mpy files: header, tables, functions and their code.

    FILE - is standard input. Exit status: 0 if all was shown, 1 if a file could not be read, 2 for a wrong
    command line; with --diff 0 also if there are differences.
    """
    files: tuple[str, ...] = given["files"]
    forms = [form for form in _FORMS if given[form]]
    if len(forms) > 1:
        raise click.UsageError("--" + " and --".join(forms).replace("_", "-") + " exclude each other")
    form = forms[0] if forms else "text"
    if form == "diff" and len(files) != 2:
        raise click.UsageError(f"--diff compares two files, and there are {len(files)}")
    if form == "html" and len(files) != 1:
        raise click.UsageError(f"--html shows one file, and there are {len(files)}")
    if given["source"] is not None and len(files) != 1:
        raise click.UsageError("--source belongs to one file")
    reporter = Reporter(given["style"], len(files), quiet=True)
    with end_on_signals(), reporter:
        try:
            _Run(given, form, reporter).run(files)
        except BrokenPipeError:  # whoever reads has seen enough
            return 1
    return reporter.exit_status


class _Run:
    """One run of the command; what fails goes to the reporter."""

    def __init__(self, given: dict[str, Any], form: str, reporter: Reporter) -> None:
        self._given = given
        self._form = form
        self._reporter = reporter
        self._output: str | None = given["html"] if form == "html" else given["output"]
        if self._output == STDIN:
            self._output = None
        to_terminal = self._output is None and sys.stdout.isatty()
        colour = to_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._paint = ansi if colour else plain

    def run(self, files: tuple[str, ...]) -> None:
        """Show each file that can be read."""
        groups = [files] if self._form == "diff" else [(file,) for file in files]
        kept = bytearray()
        for number, group in enumerate(groups):
            title = "\n" if number and self._form == "text" else ""
            attempt(self._reporter, group[0], partial(self._show, group, title, kept))
        output = self._output
        if output is not None and not self._reporter.exit_status:
            attempt(self._reporter, output, lambda: write_output(output, bytes(kept)))

    def _show(self, files: tuple[str, ...], title: str, kept: bytearray) -> None:
        """Make the dump of a file, or the difference of two; write it, or keep it for the output."""
        loaded = [load(file) for file in files]
        try:
            for piece in _pieces(chain([title], self._text(loaded))):
                if self._output is not None:
                    kept += piece
                else:
                    write_output(STDIN, piece)
        except MpyFormatError as error:  # in a part that is only read when it is shown
            raise ToolError([error.in_file(loaded[0].shown)]) from None

    def _text(self, loaded: list[Loaded]) -> Iterator[str]:
        first = loaded[0]
        name, buffer = first.shown, first.data
        match self._form:
            case "hex":
                from mpytool.dumper.hexdump import iter_hex

                return iter_hex(buffer, name, self._paint)
            case "json":
                from mpytool.dumper.jsonform import iter_json

                return iter_json(buffer, name)
            case "ce_json":
                from mpytool.dumper.ce_json import format_ce_json

                return iter([format_ce_json(buffer, name) + "\n"])
            case "html":
                from mpytool.dumper.html import format_html

                return iter([format_html(buffer, self._source(name), name)])
            case "diff":
                from mpytool.dumper.diff import iter_diff

                second = loaded[1]
                return iter_diff(first.module, second.module, name, second.shown, self._paint)
        from mpytool.dumper.text import iter_text

        return iter_text(first.module, name, len(buffer), self._source(name), self._paint)

    def _source(self, path: str) -> str | None:
        """The text of the source, None if there is none to show. ToolError if a given one cannot be read."""
        given: str | None = self._given["source"]
        if self._given["no_source"] or (given is None and not path.endswith(".mpy")):
            return None
        place = given if given is not None else path.removesuffix(".mpy") + ".py"
        try:
            return read_file(place).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        except OSError as error:
            if given is None:
                return None
            raise ToolError([file_diagnostic(READ_FAILED, place, error)]) from None


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """The text as bytes, in pieces of some size."""
    piece = bytearray()
    for text in texts:
        piece += text.encode("utf-8", "backslashreplace")
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
