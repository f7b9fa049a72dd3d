"""What each byte is for, and what functions are called."""

from __future__ import annotations

import pytest

from mpytool import CompiledModule, MpyFormatError, RawCode, compile_source, read
from mpytool.module import NativePart, RawCodeKind
from mpytool.mpyfile.names import function_names
from mpytool.mpyfile.regions import KINDS, Region, iter_regions, regions
from mpytool.mpyfile.write import write
from mpytool.prelude import encode_names, encode_signature, encode_sizes
from tests.peers.oracle import Oracle

SOURCE = """
import os
def f(x, long_enough=1.5):
    for i in x:
        print("a string that is a constant", i, x)
class A:
    def f(self): pass
    def f(self): return lambda: self
"""

EXPECTED = """
0    'M'
1    format version 6
2    features: architecture none, sub-version 0
3    small ints have up to 31 bits
4    14 qstrs
5    2 constants
6    qstr 0 'm.py'
12   qstr 1 '<module>' (static 7)
13   qstr 2 'os'
17   qstr 3 'A'
20   qstr 4 'f'
23   qstr 5 '<lambda>'
33   qstr 6 'x'
36   qstr 7 'long_enough'
49   qstr 8 'print' (static 123)
51   qstr 9 '__name__' (static 23)
52   qstr 10 '__module__' (static 22)
53   qstr 11 '__qualname__' (static 26)
54   qstr 12 'self' (static 137)
56   qstr 13 '*' (static 5)
57   constant 0 1.5
62   constant 1 'a string that is a constant'
92   bytecode function with children, 32 bytes
"""


def shown(found: list[Region]) -> list[str]:
    return [f"{region.start:<4} {region.what}" for region in found]


def test_the_tables() -> None:
    data = compile_source(SOURCE, name="m.py").to_bytes()
    lines = EXPECTED.strip().splitlines()
    assert shown(regions(data))[: len(lines)] == lines


def of_function(data: bytes, path: tuple[int, ...]) -> list[tuple[str, str]]:
    return [(region.kind, region.what) for region in regions(data) if region.function == path]


def test_a_function() -> None:
    data = compile_source(SOURCE, name="m.py").to_bytes()
    assert of_function(data, (0,)) == [
        ("raw code header", "bytecode function, 26 bytes"),
        ("prelude", "n_state 11, n_exc_stack 0, flags -, positional 2, keyword-only 0, defaults 1"),
        ("prelude", "5 bytes of info, 0 cells"),
        ("prelude", "name: qstr 4 'f'"),
        ("prelude", "argument 0: qstr 6 'x'"),
        ("prelude", "argument 1: qstr 7 'long_enough'"),
        ("line table", "bytes +0, lines +3: line 4 from 0"),
        ("line table", "bytes +5, lines +1: line 5 from 5"),
        ("bytecode", "LOAD_FAST 0 (x)"),
        ("bytecode", "GET_ITER_STACK"),
        ("bytecode", "FOR_ITER -> 16"),
        ("bytecode", "STORE_FAST 2"),
        ("bytecode", "LOAD_GLOBAL 8 ('print')"),
        ("bytecode", "LOAD_CONST_OBJ 1 ('a string that is a constant')"),
        ("bytecode", "LOAD_FAST 2"),
        ("bytecode", "LOAD_FAST 0 (x)"),
        ("bytecode", "CALL_FUNCTION positional 3, keyword 0"),
        ("bytecode", "POP_TOP"),
        ("bytecode", "JUMP -> 2"),
        ("bytecode", "LOAD_CONST_NONE"),
        ("bytecode", "RETURN_VALUE"),
    ]
    assert ("cells", "local 0 is a cell") in of_function(data, (1, 1))
    assert ("children", "1 children") in of_function(data, (1, 1))


def test_coarse_regions_cover_the_same_bytes() -> None:
    data = compile_source(SOURCE, name="m.py").to_bytes()
    fine: dict[tuple[str, object], int] = {}
    coarse: dict[tuple[str, object], int] = {}
    for sums, found in ((fine, regions(data)), (coarse, list(iter_regions(data, instructions=False)))):
        for region in found:
            key = (region.kind, region.function)
            sums[key] = sums.get(key, 0) + region.end - region.start
    assert fine == coarse
    assert sum(fine.values()) == len(data)
    assert {kind for kind, _ in fine} <= set(KINDS)


def code_of_function(code: bytes) -> bytes:
    head = encode_signature(1, 0, 0, 0, 0, 0) + encode_sizes(1, 0) + b"\0"
    return write(CompiledModule(["m.py"], [1.5], RawCode(RawCodeKind.BYTECODE, head + code)))


ODD_CODE = {
    "51 00 51": ["LOAD_CONST_NONE", "bytes that are no instruction"],
    "51 12 81": ["LOAD_CONST_NONE", "an instruction that is cut off"],
    "12 05": ["LOAD_GLOBAL 5 (not in the table)"],
    "23 05": ["LOAD_CONST_OBJ 5 (not in the table)"],
    "23 00": ["LOAD_CONST_OBJ 0 (1.5)"],
    "24 81 00": ["LOAD_FAST 128"],
    "22 ff 40": ["LOAD_CONST_SMALL_INT -64"],
    "10 00": ["LOAD_CONST_STRING 0 ('m.py')"],
    "42 41 d2": ["JUMP -> 3", "UNARY_OP ~"],
    "40 41 81": ["UNWIND_JUMP -> 3, handlers 1, from for"],
    "20 01 02": ["MAKE_CLOSURE child 1, 2 cells"],
}


@pytest.mark.parametrize(("code", "expected"), ODD_CODE.items())
def test_code(code: str, expected: list[str]) -> None:
    found = [
        what for kind, what in of_function(code_of_function(bytes.fromhex(code)), ()) if kind == "bytecode"
    ]
    assert found == expected


def constant_text(constant: object) -> str:
    root = RawCode(RawCodeKind.BYTECODE, bytes((0x00, 0x02, 0x00, 0x51, 0x63)))
    data = write(CompiledModule(["m.py"], [constant], root))  # type: ignore[list-item]
    return next(region.what for region in regions(data) if region.kind == "constants")


CONSTANTS: list[tuple[object, str]] = [
    (None, "None"),
    (..., "..."),
    ((), "()"),
    ((1,), "(1,)"),
    ((True, (False, b"\xff"), 2.5), "(True, (False, b'\\xff'), 2.5)"),
    ("x" * 61, repr("x" * 60 + "...")),
    (b"x" * 61, repr(b"x" * 60) + "..."),
    (10**70, "1" + "0" * 59 + "... (71 digits)"),
    ("ä\n\udcff", r"'\xe4\n\udcff'"),
    (tuple(range(99)), "(" + ", ".join(map(str, range(18))) + ", ..."),
]


@pytest.mark.parametrize(("constant", "text"), CONSTANTS)
def test_constants(constant: object, text: str) -> None:
    assert constant_text(constant) == f"constant 0 {text}"


def test_a_linked_module() -> None:
    part = NativePart(
        scope_flags=0x70, rodata=b"abc", bss_size=300, relocations=bytes.fromhex("03020c050d0c12ff")
    )
    native = RawCode(RawCodeKind.VIPER, b"\x90\xc3", native=part)
    data = write(CompiledModule(["m.py"], [], native, arch=2, sub_version=3))
    assert of_function(data, ()) == [
        ("raw code header", "viper function, 2 bytes"),
        ("native code", "machine code"),
        ("raw code header", "flags 0x70"),
        ("raw code header", "3 bytes of read-only data"),
        ("raw code header", "300 bytes of bss"),
        ("native data", "read-only data"),
        ("relocations", "text word 1, 12 words: add the address of text"),
        ("relocations", "rodata word 6: add the address of rodata"),
        ("relocations", "rodata word 7: add the address of the qstr table"),
        ("relocations", "rodata word 8: add entry 0 of mp_fun_table"),
        ("relocations", "end of the relocations"),
    ]


def test_a_malformed_file_has_no_regions() -> None:
    with pytest.raises(MpyFormatError, match=r"^at 0x4: the file ends inside the number of qstrs$"):
        iter_regions(b"M\x06\x00\x1f")


# --- names -------------------------------------------------------------------------------------------------


def names(module: CompiledModule) -> list[tuple[tuple[int, ...], str]]:
    return [(function.path, function.name) for function in function_names(module)]


def test_names() -> None:
    expected = [
        ((), "<module>"),
        ((0,), "<module>.f"),
        ((1,), "<module>.A"),
        ((1, 0), "<module>.A.f"),
        ((1, 1), "<module>.A.f#2"),
        ((1, 1, 0), "<module>.A.f#2.<lambda>"),
    ]
    made = compile_source(SOURCE, name="m.py")
    assert names(made) == expected
    assert names(read(made.to_bytes())) == expected


NATIVE = b"""
@micropython.viper
def v(a: int) -> int: return a
@micropython.asm_thumb
def a(r0): add(r0, r0, 1)
@decorated
@micropython.viper
def d(): pass
class C:
    @micropython.viper
    def m(self): pass
call(1, micropython)
def outer():
    @micropython.viper
    def hidden(): pass
    @micropython.viper
    def hidden(): pass
"""


@pytest.mark.peer
def test_names_of_what_has_none(peer: Oracle) -> None:
    data = peer.compile(NATIVE, "m.py", "-march=armv7m")
    assert isinstance(data, bytes)
    assert [name for _, name in names(read(data))] == [
        "<module>",
        "<module>.v",
        "<module>.a",
        "<module>.d",
        "<module>.C",
        "<module>.C.m",
        "<module>.outer",
        "<module>.outer.<viper>",
        "<module>.outer.<viper>#2",
    ]


def test_long_names_stay_short() -> None:
    head = encode_signature(1, 0, 0, 0, 0, 0) + encode_sizes(1, 0) + encode_names([1])
    root = RawCode(RawCodeKind.BYTECODE, head + b"\x51\x63")
    for _ in range(5):
        root = RawCode(RawCodeKind.BYTECODE, head + b"\x51\x63", [root])
    found = names(read(write(CompiledModule(["m.py", "n" * 255], [], root))))
    name = "n" * 77 + "..."
    assert [text for _, text in found[:3]] == [name, f"{name}.{name}", f"#1.{name}"]
    assert len({text for _, text in found}) == 6
    assert max(len(text) for _, text in found) < 250
