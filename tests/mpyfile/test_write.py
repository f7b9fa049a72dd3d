"""The writer against its slow twin in ``layout.py``, and both against files that mpy-cross wrote."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings

from mpytool.emitters.module import emit
from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.mpyfile.layout import Module
from mpytool.mpyfile.write import write
from mpytool.options import Options
from mpytool.print_ir import parse_program
from mpytool.source import Source
from tests.mpyfile.modules import modules
from tests.peers.oracle import Oracle

EMPTY = bytes((0x00, 0x02, 0x01, 0x51, 0x63))


@given(modules())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_writer_and_its_twin_agree(module: CompiledModule) -> None:
    data = write(module)
    assert data == Module.build(module)
    assert write(Module.parse(data)) == data


@given(modules())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_is_what_was_written(module: CompiledModule) -> None:
    read = Module.parse(write(module))
    for raw_code in walk(read.root):
        raw_code.prelude = None
    assert read == module


def walk(root: RawCode) -> list[RawCode]:
    return [root, *(each for child in root.children for each in walk(child))]


HEADERS = [
    # (arch, sub-version, arch flags, small int bits), bytes of the header
    ((0, 0, 0, 31), "4d 06 00 1f"),
    ((0, 3, 0, 31), "4d 06 00 1f"),
    ((1, 3, 0, 31), "4d 06 07 1f"),
    ((2, 3, 0, 63), "4d 06 0b 3f"),
    ((6, 3, 0, 31), "4d 06 1b 1f"),
    ((11, 3, 0, 31), "4d 06 2f 1f"),
    ((13, 3, 0, 31), "4d 06 37 1f"),
    ((0, 0, 1, 31), "4d 06 40 1f 01"),
    ((11, 3, 3, 31), "4d 06 6f 1f 03"),
]


@pytest.mark.parametrize(("numbers", "expected"), HEADERS)
def test_header(numbers: tuple[int, int, int, int], expected: str) -> None:
    arch, sub_version, arch_flags, bits = numbers
    root = RawCode(RawCodeKind.BYTECODE, EMPTY)
    module = CompiledModule(["m.py", "<module>"], [], root, bits, arch, arch_flags, sub_version)
    assert write(module).hex(" ") == expected + " 02 00 08 6d 2e 70 79 00 0f 28 00 02 01 51 63"
    assert Module.build(module) == write(module)


CONSTANTS = [
    (Ellipsis, "04"),
    (None, "01"),
    (False, "02"),
    (True, "03"),
    ("a string that is long", "05 15 " + b"a string that is long\0".hex(" ")),
    (b"by", "06 02 62 79 00"),
    (b"", "06 00 00"),
    (1099511627776, "07 0d " + b"1099511627776".hex(" ")),
    (-1, "07 02 2d 31"),
    (1.5, "08 03 31 2e 35"),
    (1j, "09 02 31 6a"),
    ((1, None), "0a 02 07 01 31 01"),
]


@pytest.mark.parametrize(("constant", "expected"), CONSTANTS)
def test_constants(constant: object, expected: str) -> None:
    module = CompiledModule(["m.py"], [constant], RawCode(RawCodeKind.BYTECODE, EMPTY))  # type: ignore[list-item]
    assert write(module).hex(" ") == f"4d 06 00 1f 01 01 08 6d 2e 70 79 00 {expected} 28 00 02 01 51 63"


def test_an_unknown_constant_is_refused() -> None:
    module = CompiledModule(["m.py"], [[]], RawCode(RawCodeKind.BYTECODE, EMPTY))  # type: ignore[list-item]
    with pytest.raises(TypeError, match="list"):
        write(module)


def test_deeply_nested_functions() -> None:
    root = RawCode(RawCodeKind.BYTECODE, EMPTY)
    for _ in range(5000):
        root = RawCode(RawCodeKind.BYTECODE, EMPTY, [root])
    assert write(CompiledModule(["m.py"], [], root)).endswith(b"\x01" + b"\x28" + EMPTY)


THE_EXAMPLE = """
program "m.py"
function 0 "<module>" module
  children 1 2
  LINE 1
  LOAD_CONST_SMALL_INT 0
  LOAD_CONST_NONE
  IMPORT_NAME "os"
  STORE_NAME "os"
  LINE 2
  MAKE_FUNCTION 0
  STORE_NAME "f"
  LINE 5
  LOAD_BUILD_CLASS
  MAKE_FUNCTION 1
  LOAD_CONST_STRING "K"
  CALL_FUNCTION 2 0
  STORE_NAME "K"
  LINE 7
  LOAD_NAME "K"
  LOAD_METHOD "meth"
  LOAD_CONST_STRING "s1"
  CALL_METHOD 1 0
  POP_TOP
  LINE 8
  LOAD_NAME "print"
  LOAD_NAME "f"
  CALL_FUNCTION 1 0
  POP_TOP
  LOAD_CONST_NONE
  RETURN_VALUE
function 1 "f" function
  args "x"
  locals "x" "y"
  counts positional=1
  LINE 3
  LOAD_FAST_N 0
  LOAD_ATTR "alpha"
  STORE_FAST_N 1
  LINE 4
  LOAD_CONST_STRING "hi"
  LOAD_GLOBAL "gname"
  BINARY_OP_MULTI +
  RETURN_VALUE
  LOAD_CONST_NONE
  RETURN_VALUE
function 2 "K" class
  LOAD_NAME "__name__"
  STORE_NAME "__module__"
  LOAD_CONST_STRING "K"
  STORE_NAME "__qualname__"
  LINE 6
  LOAD_CONST_SMALL_INT 3
  STORE_NAME "z"
  LOAD_CONST_NONE
  RETURN_VALUE
"""

THE_SOURCE = b"""import os
def f(x):
    y = x.alpha
    return "hi" + gname
class K:
    z = 3
K.meth("s1")
print(f)
"""

THE_FILE = """
4d 06 00 1f  10 00
08 6d 2e 70 79 00   0f   04 6f 73 00   02 4b 00
08 6d 65 74 68 00   04 73 31 00   02 66 00   0a 61 6c 70 68 61 00   04 68 69 00
81 77   02 78 00   0a 67 6e 61 6d 65 00   2f 2d 35   02 7a 00
82 64
10 0a 01 26 64 49 29
80 51 1b 02 16 02 32 00 16 06 54 32 01 10 03 34 02 16 03 11 03 14 04 10 05 36 01 59 11 09 11 06 34 01 59 51 63
02
81 00
19 08 06 0a 40 24 b0 13 07 c1 10 08 12 0b f2 63
81 10
00 06 03 68 40 11 0c 16 0d 10 03 16 0e 83 16 0f 51 63
"""


def emitted_example() -> CompiledModule:
    return emit(parse_program(THE_EXAMPLE), Source(THE_SOURCE, "m.py"), Options())


def test_a_whole_file() -> None:
    module = emitted_example()
    assert module.to_bytes() == bytes.fromhex(THE_FILE)
    assert Module.build(module) == bytes.fromhex(THE_FILE)
    assert Module.parse(bytes.fromhex(THE_FILE)) == module


@pytest.mark.peer
def test_the_whole_file_is_the_peers(peer: Oracle) -> None:
    assert peer.compile(THE_SOURCE, "m.py") == bytes.fromhex(THE_FILE)


NATIVE = b"""
import micropython
LONG = 'a string that is a constant object'
@micropython.native
def f(a, b=1, *, c=2):
    def g(x):
        return x + a
    return g, 1.5, 1 << 70, b'bytes', (1, (2.5, 'x'), None, ...)
@micropython.viper
def v(a: int) -> int:
    return a + 1
def plain():
    yield 3
"""


@pytest.mark.peer
@pytest.mark.parametrize("flags", ["-march=x64", "-march=armv7m", "-march=xtensawin", "-march=rv32imc"])
def test_files_of_the_peer_come_back(peer: Oracle, flags: str) -> None:
    data = peer.compile(NATIVE, "native.py", flags)
    assert isinstance(data, bytes)
    module = Module.parse(data)
    assert write(module) == data
    assert Module.build(module) == data


def test_the_writer_does_not_import_construct() -> None:
    code = "import sys, mpytool.mpyfile.write; sys.exit('construct' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
