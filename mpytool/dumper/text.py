"""A module as text: header, tables, tree of functions, and the code of each function.

    function <module>.f
      def f(x, y=...)
      bytecode, 20 bytes: prelude 9, code 11
      n_state 4, n_exc_stack 0, scope_flags -, n_pos_args 2, n_kwonly_args 0, n_def_pos_args 1
      lines  0:2  4:3

        2 |     if x:
             0  b0           0  LOAD_FAST_MULTI  0 (x)
             1  44 42        1  POP_JUMP_IF_FALSE  -> L5

The columns: ``*`` at what is jumped to, offset, bytes, depth of the stack before, instruction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mpytool.dumper.head import prelude_lines
from mpytool.dumper.listing import (
    FunctionEntry,
    OperandTexts,
    Row,
    bytecode_rows,
    constant_text,
    functions,
    kind_words,
    label,
    shorten,
    signature,
    visible,
)
from mpytool.dumper.paint import Paint, plain
from mpytool.dumper.words import header_words
from mpytool.module import CompiledModule, FunTable, RawCodeKind
from mpytool.print_ir import format_value

_BYTES_WIDTH = 11
_CONSTANT_LIMIT = 2000


def format_text(
    module: CompiledModule,
    name: str,
    size: int | None = None,
    source: str | None = None,
    paint: Paint = plain,
) -> str:
    """The whole dump; ends with a newline. ``source`` is the text that the module was compiled from."""
    return "".join(iter_text(module, name, size, source, paint))


def iter_text(
    module: CompiledModule,
    name: str,
    size: int | None = None,
    source: str | None = None,
    paint: Paint = plain,
) -> Iterator[str]:
    """The dump piece by piece: a large file's is too large to hold."""
    source_lines = source.split("\n") if source is not None else []
    yield from _lines(_header(module, name, size, paint))
    yield from _lines(_tables(module, paint))
    yield from _lines(_tree(module, paint))
    texts = OperandTexts(module)
    for entry in functions(module):
        yield from _lines(_function(module, entry, texts, source_lines, paint))


def _lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line.rstrip() + "\n"


def _header(module: CompiledModule, name: str, size: int | None, paint: Paint) -> Iterator[str]:
    words = header_words(module)
    kind = f"with {words.arch} code" if module.arch else "bytecode only"
    in_bytes = f", {size:,} bytes" if size is not None else ""
    yield paint("heading", f"{visible(name)}: .mpy version {words.version}, {kind}{in_bytes}")
    rows = [
        ("loads on", words.loads_on),
        ("source file", format_value(module.qstrs[0])),
        ("architecture", words.arch),
        ("small ints", f"{module.small_int_bits} bits"),
    ]
    if module.arch_flags:
        rows.append(("arch flags", words.arch_flags))
    for key, value in rows:
        yield f"  {key:13} {value}"


def _tables(module: CompiledModule, paint: Paint) -> Iterator[str]:
    from mpytool.qstrs import STATIC_QSTRS

    static = {text: number for number, text in enumerate(STATIC_QSTRS, 1)}
    yield ""
    yield paint("heading", f"qstrs ({len(module.qstrs)})")
    for index, text in enumerate(module.qstrs):
        note = f"static {static[text]}" if text in static else ""
        shown = format_value(text)
        yield f"{index:6}  {shown:30}  {paint('offset', note)}" if note else f"{index:6}  {shown}"
    if len(module.constants):
        yield ""
        yield paint("heading", f"constants ({len(module.constants)})")
        for index, value in enumerate(module.constants):
            kind = "table" if isinstance(value, FunTable) else _TYPE_NAMES.get(type(value), "Ellipsis")
            yield f"{index:6}  {kind:8}  {constant_text(value, _CONSTANT_LIMIT)}"


_TYPE_NAMES: dict[type, str] = {
    type(None): "None", bool: "bool", int: "int", float: "float", complex: "complex",
    str: "str", bytes: "bytes", tuple: "tuple",
}  # fmt: skip


def _tree(module: CompiledModule, paint: Paint) -> Iterator[str]:
    entries = list(functions(module))
    yield ""
    yield paint("heading", f"functions ({len(entries)})")
    rows = [
        ("  " * min(len(e.path), 40) + shorten(signature(module, e.raw_code, e.own_name)), e.raw_code)
        for e in entries
    ]
    width = min(max(len(text) for text, _ in rows), 60)
    for text, raw_code in rows:
        yield f"  {text:{width}}  {len(raw_code.data):6,} bytes  {kind_words(raw_code)}"


# --- one function ------------------------------------------------------------------------------------------


def _function(
    module: CompiledModule,
    entry: FunctionEntry,
    texts: OperandTexts,
    source_lines: Sequence[str],
    paint: Paint,
) -> Iterator[str]:
    raw_code = entry.raw_code
    yield ""
    yield paint("heading", "function ") + paint("name", entry.name)
    head = signature(module, raw_code, entry.own_name)
    yield "  " + (head if head.startswith("<") else f"def {head}")
    if raw_code.kind is not RawCodeKind.BYTECODE:
        from mpytool.dumper.native import native_lines

        yield from native_lines(module, entry, texts, paint)
        return
    size, start = len(raw_code.data), raw_code.opcodes_offset
    yield f"  {kind_words(raw_code)}, {size:,} bytes: prelude {start}, code {size - start}"
    if raw_code.prelude is not None:
        yield from prelude_lines(module, raw_code.prelude)
    yield ""
    yield from _code(bytecode_rows(module, raw_code, texts), source_lines, paint)


def _code(rows: Iterator[Row], source_lines: Sequence[str], paint: Paint) -> Iterator[str]:
    last_line = 0
    for row in rows:
        if row.line != last_line:
            last_line = row.line
            yield from source_line(row.line, source_lines, paint)
        yield _format_row(row, paint)


def source_line(line: int, source_lines: Sequence[str], paint: Paint) -> Iterator[str]:
    """What stands before the code of a source line: its number, and its text if that is known."""
    if not line:
        return
    if 0 < line <= len(source_lines):
        yield paint("source", f"{line:5} | {_tidy(source_lines[line - 1])}")
    else:
        yield paint("source", f"{line:5} |")


def _tidy(text: str) -> str:
    from mpytool.render.text import lay_out

    return lay_out(text.rstrip("\r"), 0, 0)[0]


def _format_row(row: Row, paint: Paint) -> str:
    mark = f"{label(row.offset)}:" if row.is_target else ""
    shown = row.data[:_BYTES_SHOWN].hex(" ") + ("..." if len(row.data) > _BYTES_SHOWN else "")
    depth = "" if row.depth is None else str(row.depth)
    head = (
        f"{paint('label', f'{mark:>8}')} {paint('offset', f'{row.offset:5}')}  "
        f"{paint('bytes', f'{shown:{_BYTES_WIDTH}}')}  {paint('depth', f'{depth:>2}')}  "
    )
    if row.error:
        return head + paint("error", f"{row.error}; {len(row.data)} bytes are left")
    kind = "label" if row.target is not None else ""
    return head + paint("opcode", row.name) + (f" {paint(kind, row.operand)}" if row.operand else "")


_BYTES_SHOWN = 8
