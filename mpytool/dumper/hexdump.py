r"""Every byte of a file with what it is.

    00000000  4d                                                header           'M'
    00000001  06                                                header           format version 6

A region that is longer than a row goes on in rows that have bytes only.
"""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.dumper.listing import FunctionEntry, OperandTexts, functions, kind_words, visible
from mpytool.dumper.native import native_rows, word_rows
from mpytool.dumper.paint import Paint, plain
from mpytool.module import CompiledModule
from mpytool.mpyfile.read import read
from mpytool.mpyfile.regions import Path, Region, iter_regions

_BYTES_A_ROW = 16
_WIDTH = 3 * _BYTES_A_ROW - 1
_MACHINE_CODE = "native code"


def format_hex(buffer: bytes | memoryview, name: str, paint: Paint = plain) -> str:
    """The whole dump; ends with a newline. MpyFormatError if the file cannot be read."""
    return "".join(iter_hex(buffer, name, paint))


def iter_hex(buffer: bytes | memoryview, name: str, paint: Paint = plain) -> Iterator[str]:
    """The dump line by line, each with its newline."""
    module = read(buffer)
    entries = {entry.path: entry for entry in functions(module)}
    texts = OperandTexts(module)
    yield paint("heading", f"{visible(name)}: {len(buffer):,} bytes") + "\n"
    function: Path | None = None
    for region in iter_regions(buffer):
        if region.function is not None and region.function != function:
            function = region.function
            entry = entries[function]
            title = f"{paint('name', entry.name)}, {kind_words(entry.raw_code)}"
            yield f"{paint('heading', 'function ')}{title}\n"
        for start, end, what in _parts(module, entries, texts, region):
            yield from _rows(buffer, start, end, region.kind, what, paint)


def _parts(
    module: CompiledModule, entries: dict[Path, FunctionEntry], texts: OperandTexts, region: Region
) -> Iterator[tuple[int, int, str]]:
    """(start, end, what) of what a region is made of: machine code is given by instructions."""
    if region.kind != _MACHINE_CODE or region.function is None or region.what != "machine code":
        yield region.start, region.end, region.what
        return
    raw_code = entries[region.function].raw_code
    done = region.start
    for rows in (word_rows(module, raw_code), native_rows(module, raw_code, texts)):
        for row in rows:
            done = region.start + row.offset + len(row.data)
            note = f"; {row.note}" if row.note else ""
            yield region.start + row.offset, done, (row.text + note) if row.text else row.note or region.what
    if done < region.end:
        yield done, region.end, region.what


def _rows(
    buffer: bytes | memoryview, start: int, end: int, kind: str, what: str, paint: Paint
) -> Iterator[str]:
    for offset in range(start, end, _BYTES_A_ROW):
        data = bytes(buffer[offset : min(offset + _BYTES_A_ROW, end)])
        words = f"{paint('label', f'{kind:15}')}  {visible(what)}" if offset == start else ""
        line = (
            f"{paint('offset', f'{offset:08x}')}  {paint('bytes', f'{data.hex(chr(32)):{_WIDTH}}')}  {words}"
        )
        yield line.rstrip() + "\n"
