"""``mpyc dump``: what is in ``.mpy`` files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import click

from mpytool.batch import Outcome, guarded
from mpytool.cli.process import end_on_signals, write_stdout
from mpytool.cli.report import FORMATS, Reporter
from mpytool.diagnostics import Diagnostic, ToolError
from mpytool.dumper.paint import ansi, plain
from mpytool.errors import READ_FAILED, WRITE_FAILED
from mpytool.files import (
    STDIN,
    STDIN_NAME,
    Job,
    file_diagnostic,
    read_file,
    write_whole,
)
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
        kept = bytearray()
        for number, group in enumerate([files] if self._form == "diff" else [(file,) for file in files]):
            title = f"{chr(10) * (number > 0)}" if self._form == "text" else ""
            result = guarded(lambda group=group, title=title: self._put(kept, title, group), group[0])  # type: ignore[misc]
            if isinstance(result, tuple):
                self._fail(group[0], result)
        if self._output is not None and not self._reporter.exit_status:
            try:
                write_whole(self._output, bytes(kept))
            except OSError as error:
                self._fail(self._output, (file_diagnostic(WRITE_FAILED, self._output, error),))

    def _fail(self, path: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        self._reporter.add(Outcome(Job(path, path, "-"), diagnostics))

    def _put(self, kept: bytearray, title: str, files: tuple[str, ...]) -> bytes:
        """Make the dump of a file, or the difference of two, and write or keep it."""
        shown = STDIN_NAME if files[0] == STDIN else files[0]
        buffers = []
        for file in files:
            try:
                buffers.append(read_file(file))
            except OSError as error:
                raise ToolError([file_diagnostic(READ_FAILED, file, error)]) from None
        try:
            for piece in _pieces(chain([title], self._text(files, buffers))):
                if self._output is not None:
                    kept += piece
                    continue
                try:
                    write_stdout(piece)
                except BrokenPipeError:
                    raise
                except OSError as error:
                    raise ToolError([file_diagnostic(WRITE_FAILED, "<stdout>", error)]) from None
        except MpyFormatError as error:
            raise ToolError([error.in_file(shown)]) from None
        return b""

    def _text(self, files: tuple[str, ...], buffers: list[bytes]) -> Iterator[str]:
        name, buffer = files[0], buffers[0]
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
                return self._diff(files, buffers)
        from mpytool.dumper.text import iter_text
        from mpytool.mpyfile.read import read

        return iter_text(read(buffer), name, len(buffer), self._source(name), self._paint)

    def _diff(self, files: tuple[str, ...], buffers: list[bytes]) -> Iterator[str]:
        from mpytool.dumper.diff import iter_diff
        from mpytool.mpyfile.read import read

        modules = []
        for file, buffer in zip(files, buffers, strict=True):
            try:
                modules.append(read(buffer))
            except MpyFormatError as error:
                raise ToolError([error.in_file(file)]) from None
        return iter_diff(modules[0], modules[1], files[0], files[1], self._paint)

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
