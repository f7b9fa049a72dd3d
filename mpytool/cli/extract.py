"""``mpyc extract``: the parts of a ``.mpy`` file as files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import click

from mpytool.cli.modules import Loaded, attempt, load, write_output
from mpytool.cli.process import end_on_signals
from mpytool.cli.report import FORMATS, Reporter
from mpytool.mpyfile.constants import ConstantTable
from mpytool.mpyfile.describe import describe_constant
from mpytool.mpyfile.names import function_names
from mpytool.mpyfile.regions import iter_regions
from mpytool.render.text import clean

SCHEMA = 1
"""Version of the index; it changes when a key changes its meaning or goes."""

INDEX = "index.json"

_SEGMENT_OF_KIND = {
    "header": "header",
    "qstrs": "qstrs",
    "constants": "constants",
    "prelude": "code",
    "line table": "code",
    "cells": "code",
    "bytecode": "code",
    "native code": "code",
    "native data": "rodata",
    "relocations": "relocations",
}
"""Kinds of regions to segments; the numbers between the parts are in none."""

_LONGEST_NAME = 80


@dataclass(slots=True)
class _Segment:
    """Bytes ``start`` to ``end`` of the file."""

    kind: str
    function: tuple[int, ...] | None
    start: int
    end: int


@click.command("extract", short_help="Write the parts of a .mpy file to files.")
@click.argument("file", metavar="FILE")
@click.option("-o", "--out-dir", metavar="DIR", help="Where to. [default: FILE without .mpy, and .parts]")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics.")
def command(file: str, out_dir: str | None, style: str) -> int:
    """Write the parts of a .mpy file to files.

    These are the header, the qstr table, the constant table, and each function's code (with its prelude),
    read-only data and relocations. index.json says which part is where in FILE.

    Exit status: 0 if all was written, 1 if not, 2 for a wrong command line.
    """
    reporter = Reporter(style, 1, quiet=True)
    if out_dir is None:
        if file == "-":
            raise click.UsageError("standard input needs -o DIR")
        out_dir = file.removesuffix(".mpy") + ".parts"
    with end_on_signals(), reporter:
        attempt(reporter, file, lambda: _extract(load(file), out_dir))
    return reporter.exit_status


def _extract(loaded: Loaded, folder: str) -> None:
    module = loaded.module
    functions = {function.path: function for function in function_names(module)}
    numbers = {path: number for number, path in enumerate(functions)}
    digits = len(str(len(functions) - 1))
    rows = []
    for segment in _segments(loaded.data):
        row: dict[str, object] = {"kind": segment.kind, "start": segment.start, "end": segment.end}
        name = f"{segment.kind}.bin"
        if segment.function is not None:
            function = functions[segment.function]
            kind = function.raw_code.kind.name.lower()
            part = kind if segment.kind == "code" else segment.kind
            shown = re.sub(r"[^A-Za-z0-9_.-]", "_", function.name)[:_LONGEST_NAME]
            name = f"{numbers[segment.function]:0{digits}}-{shown}.{part}.bin"
            row |= {"function": clean(function.name), "path": list(function.path), "function_kind": kind}
        write_output(os.path.join(folder, name), loaded.data[segment.start : segment.end], make_folders=True)
        rows.append({"file": name, **row})
    constants = module.constants
    assert isinstance(constants, ConstantTable)
    index = {
        "schema": SCHEMA,
        "of": loaded.shown,
        "size": len(loaded.data),
        "qstrs": [clean(text) for text in module.qstrs],
        "constants": [describe_constant(constants.encoded, start) for start, _ in constants.spans()],
        "segments": rows,
    }
    text = json.dumps(index, indent=2) + "\n"
    write_output(os.path.join(folder, INDEX), text.encode("utf-8", "backslashreplace"), make_folders=True)


def _segments(data: bytes) -> Iterator[_Segment]:
    segment: _Segment | None = None
    for region in iter_regions(data, instructions=False):
        kind = _SEGMENT_OF_KIND.get(region.kind)
        if segment is not None and (segment.kind, segment.function, segment.end) == (
            kind,
            region.function,
            region.start,
        ):
            segment.end = region.end
            continue
        if segment is not None:
            yield segment
        segment = None if kind is None else _Segment(kind, region.function, region.start, region.end)
    if segment is not None:
        yield segment
