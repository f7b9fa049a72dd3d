"""``mpyc-tool``: a drop-in for ``mpy-tool.py``: its options, outputs and exit statuses."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mpytool.diagnostics import Diagnostic, Location, Severity, ToolError
from mpytool.dumper.ce_json import AsmLine
from mpytool.module import CompiledModule

_SEGMENTS = ("META", "QSTR", "OBJ", "CODE")
_META, _QSTR, _OBJ, _CODE = range(4)
_COLOURS = (
    ("", ""),
    ("\033[0;31m", "\033[0;91m"),
    ("\033[0;32m", "\033[0;92m"),
    ("\033[0;34m", "\033[0;94m"),
)
_NO_COLOUR = "\033[0m"
_BYTES_A_ROW = 16


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    data: bytes
    module: CompiledModule


@dataclass(frozen=True, slots=True)
class _Segment:
    """Bytes ``start`` to ``end`` of a file; empty for a static qstr. ``kind`` is a position in _SEGMENTS."""

    kind: int
    name: str
    start: int
    end: int


def main() -> None:
    """The console script ``mpyc-tool``."""
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("mpyc-tool", description="Work with MicroPython .mpy files.")
    add = parser.add_argument
    add("-x", "--hexdump", action="store_true", help="print an annotated hex dump")
    add("-d", "--disassemble", action="store_true", help="print the disassembled contents")
    add("-f", "--freeze", action="store_true", help="print C code to freeze the files")
    add("-j", "--json", action="store_true", help="print what -x and -d print as JSON for Compiler Explorer")
    add("--merge", action="store_true", help="merge the files into one")
    add("-e", "--extract", metavar="BASE", help="write segments into files whose names begin with BASE")
    add("--extract-only", metavar="KIND[,...]", help="only segments of these kinds (meta, qstr, obj, code)")
    add("-q", "--qstr-header", metavar="FILE", help="qstr header to freeze against (of -f)")
    add("-mlongint-impl", choices=["none", "longlong", "mpz"], default="mpz", help="of the target (of -f)")
    add("-mmpz-dig-size", type=int, choices=[8, 16, 32], default=16, help="of the target (of -f)")
    add("-march-flags", metavar="F", type=int, help="architecture flags of the merged file")
    add("-o", "--output", metavar="FILE", help="where the merged file goes, else to standard output")
    add("files", nargs="+", metavar="FILE", help=".mpy files")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run one command line, without the program's name; the exit status."""
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as end:  # argparse has said why
        return end.code if isinstance(end.code, int) else 2
    try:
        _run(given)
    except ToolError as error:
        from mpytool.render.human import render

        sys.stderr.write("\n".join(map(render, error.diagnostics)))
        return 1
    return 0


def _run(given: argparse.Namespace) -> None:
    files = [_read(path) for path in given.files]
    lines = []
    if given.hexdump:
        lines += [line for file in files for line in _hex_dump(file)]
    if given.disassemble:
        from mpytool.dumper.ce_json import disassembly

        lines += [AsmLine("")] if given.hexdump else []
        lines += disassembly((file.path, file.module, file.data[:4]) for file in files)
    if lines or not given.freeze:
        _print(lines, "stderr" if given.hexdump else "mpy", as_json=given.json)
    if given.freeze:
        _print([AsmLine(line) for line in _freeze(given, files)], "c", as_json=given.json)
    if given.merge:
        _merge(files, given.march_flags, given.output)
    if given.extract:
        _extract(files, given.extract, given.extract_only)


def _freeze(given: argparse.Namespace, files: list[_File]) -> list[str]:
    """The lines of the C file: each module is found by the name of its source."""
    from mpytool.freezer import FrozenModule, freeze
    from mpytool.manifest.header import Firmware

    firmware = Firmware(given.mlongint_impl, given.mmpz_dig_size, None, False, given.qstr_header)
    settings = firmware.settings(firmware.names())
    modules = [FrozenModule(file.module.qstrs[0], file.module) for file in files]
    return freeze(modules, [], settings).to_c().splitlines()


def _read(path: str) -> _File:
    from mpytool.cli.modules import load

    loaded = load(path)
    return _File(loaded.shown, loaded.data, loaded.module)


def _print(lines: list[AsmLine], language: str, *, as_json: bool) -> None:
    text = "".join(line.text + "\n" for line in lines)
    if as_json:
        from mpytool.dumper.ce_json import document

        # mpy-tool.py prints the plain text too, where it is not in the way.
        sys.stderr.write(_printable(text))
        sys.stdout.write(document(lines, language))
    else:
        sys.stdout.write(_printable(text))
    sys.stdout.flush()


def _printable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


# --- segments ----------------------------------------------------------------------------------------------


def _segments(file: _File) -> Iterator[_Segment]:
    """Qstrs, constants and functions of a file, in the order of ``mpy-tool.py``; texts without lengths."""
    from mpytool.mpyfile.names import function_names
    from mpytool.mpyfile.regions import iter_regions
    from mpytool.varint import decode_varuint

    module, data = file.module, file.data
    raw_codes = {function.path: function.raw_code for function in function_names(module)}
    n_qstrs = n_constants = 0
    seen: set[tuple[int, ...]] = set()
    for region in iter_regions(data, instructions=False):
        if region.kind == "qstrs":
            text = module.qstrs[n_qstrs]
            n_qstrs += 1
            head, start = decode_varuint(data, region.start)
            if head & 1:
                yield _Segment(_META, text, region.start, region.start)
            else:
                yield _Segment(_QSTR, text, start, region.end)
        elif region.kind == "constants":
            yield from _constant_segments(data, region.start, module.constants[n_constants])
            n_constants += 1
        elif region.kind == "raw code header" and region.function is not None and region.function not in seen:
            seen.add(region.function)
            raw_code = raw_codes[region.function]
            name = module.qstrs[raw_code.prelude.name if raw_code.prelude is not None else 0]
            yield _Segment(_CODE, name, region.end, region.end + len(raw_code.data))


def _constant_segments(data: bytes, start: int, value: object) -> Iterator[_Segment]:
    """The parts of one constant that have text; a tuple is given by its items."""
    from mpytool.mpyfile.header import ConstantType
    from mpytool.varint import decode_varuint

    pending = [value]
    while pending:
        item = pending.pop()
        kind = data[start]
        start += 1
        if kind == ConstantType.TUPLE and isinstance(item, tuple):
            _, start = decode_varuint(data, start)
            pending += reversed(item)
        elif kind > ConstantType.ELLIPSIS:
            size, start = decode_varuint(data, start)
            end = start + size + (kind in (ConstantType.STR, ConstantType.BYTES))
            yield _Segment(_OBJ, _text_of(item), start, end)
            start = end


def _text_of(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an int too long for Python's own text
        return hex(value) if isinstance(value, int) else ""


def _hex_dump(file: _File) -> Iterator[AsmLine]:
    """Rows of 16 bytes; what begins in a row is named behind it, each segment in a colour of its own."""
    segments = list(_segments(file))
    colour, shade, number = "", 0, 0
    for offset in range(0, len(file.data), _BYTES_A_ROW):
        row = file.data[offset : offset + _BYTES_A_ROW]
        digits = signs = colour
        names = ""
        for i, byte in enumerate(row):
            while number < len(segments):
                segment = segments[number]
                if offset + i == segment.start:
                    colour = _COLOURS[segment.kind][shade]
                    shade = 1 - shade
                    digits += colour
                    signs += colour
                    names += f" {colour}{segment.name}{_NO_COLOUR}"
                if offset + i != segment.end:
                    break
                colour = ""
                digits += _NO_COLOUR
                signs += _NO_COLOUR
                number += 1
            digits += (" " if i % 2 == 0 else "") + f"{byte:02x}"
            signs += chr(byte) if 0x20 <= byte <= 0x7E else "."
        if colour:
            digits += _NO_COLOUR
            signs += _NO_COLOUR
        padding = " " * ((_BYTES_A_ROW - len(row)) * 5 // 2)
        yield AsmLine(f"{offset:08x}:{digits}{padding}  {signs} {names}")


# --- writing -----------------------------------------------------------------------------------------------


def _merge(files: list[_File], arch_flags: int | None, output: str | None) -> None:
    from mpytool.cli.modules import write_output
    from mpytool.mpyfile.merge import Part, merge

    if len(files) == 1:
        data = files[0].data
    else:
        data = merge([Part(file.path, file.module) for file in files], arch_flags=arch_flags).to_bytes()
    write_output(output or "-", data)


_UNSAFE = re.compile("[^a-zA-Z0-9_.-]")


def _extract(files: list[_File], base: str, only: str | None) -> None:
    from mpytool.cli.modules import write_output

    kinds = {kind.strip() for kind in (only or "").upper().split(",")} - {""}
    unknown = sorted(kinds - set(_SEGMENTS))
    if unknown:
        raise ToolError([_problem(f"--extract-only: there are no segments of kind '{unknown[0].lower()}'")])
    found = [
        (file, segment)
        for file in files
        for segment in _segments(file)
        if not kinds or _SEGMENTS[segment.kind] in kinds
    ]
    width = len(str(len(found)))
    for number, (file, segment) in enumerate(found):
        source, name = (_UNSAFE.sub("_", text) for text in (file.module.qstrs[0], segment.name))
        path = f"{base}_{number:>0{width}}_{source}_{_SEGMENTS[segment.kind]}_{name}.bin"
        write_output(path, file.data[segment.start : segment.end])


def _problem(message: str) -> Diagnostic:
    return Diagnostic(Severity.ERROR, "", "ValueError", message, Location("mpyc-tool", 0, 0, 0, 0))
