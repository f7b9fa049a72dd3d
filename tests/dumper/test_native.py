"""Native code: every byte shown, and what it reaches named."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mpytool import compile_source
from mpytool.dumper.fun_table import FUN_TABLE_NAMES, entry_name
from mpytool.dumper.listing import functions
from mpytool.dumper.machines import MACHINES
from mpytool.dumper.native import code_range, native_rows
from mpytool.dumper.relocations import Place, RelocationError, relocated_places
from mpytool.dumper.text import format_text
from mpytool.module import CompiledModule, NativePart, RawCode, RawCodeKind
from mpytool.mpyfile.read import read
from mpytool.options import Options
from tests.dumper.samples import NATIVE_ARCHES, NATIVE_SOURCE
from tests.peers.oracle import CachedOracle

CALLED = {"mp_load_global", "mp_binary_op +", "mp_obj_new_list", "mp_load_method", "mp_call_method_n_kw"}
"""Some of what NATIVE_SOURCE calls; x86 passes the operator where it is not followed on every path."""

_CALLS = re.compile(r"(call|blx|jalr|c\.jalr) .*")


def _module(peer: CachedOracle, arch: str, source: bytes = NATIVE_SOURCE) -> CompiledModule:
    data = peer.compile(source, "n.py", f"-march={arch}")
    assert isinstance(data, bytes), data
    return read(data)


@pytest.mark.parametrize("arch", NATIVE_ARCHES)
def test_rows_are_the_code(cached_peer: CachedOracle, arch: str) -> None:
    module = _module(cached_peer, arch)
    for entry in functions(module):
        raw_code = entry.raw_code
        if raw_code.kind is RawCodeKind.BYTECODE:
            continue
        start, end = code_range(module, raw_code)
        rows = list(native_rows(module, raw_code))
        assert rows[0].offset == start
        assert b"".join(row.data for row in rows) == bytes(raw_code.data[start:end])
        assert "no instruction" not in [row.note for row in rows]


@pytest.mark.parametrize("arch", ["armv6", "armv6m", "armv7emdp"])
def test_assembler_functions_have_no_tables_of_the_run_time(arch: str) -> None:
    """Their first argument is no function object, and on armv6 Arm code leads to Thumb code."""
    source = "@micropython.asm_thumb\ndef f(r0):\n    ldr(r1, [r0, 4])\n    ldr(r2, [r1, 8])\n    bx(r2)\n"
    module = compile_source(source, name="m.py", options=Options(arch=arch))
    rows = list(native_rows(module, module.root.children[0]))
    stub = ["push {r4, lr}", "add lr, pc, #9", "blx lr", "pop {r4, lr}", "bx lr"] if arch == "armv6" else []
    assert [row.text for row in rows] == [
        *stub,
        "push {r1, r4, r5, r6, r7, lr}",
        "ldr r1, [r0, #4]",
        "ldr r2, [r1, #8]",
        "bx r2",
        "pop {r1, r4, r5, r6, r7, pc}",
    ]
    assert not any(row.note for row in rows)


@pytest.mark.parametrize("arch", [arch for arch in NATIVE_ARCHES if arch in MACHINES])
def test_calls_are_named(cached_peer: CachedOracle, arch: str) -> None:
    """Every call through a register in mpy-cross's code goes to the function table and is named."""
    module = _module(cached_peer, arch)
    named: Counter[str] = Counter()
    for entry in functions(module):
        if entry.raw_code.kind is RawCodeKind.BYTECODE:
            continue
        for row in native_rows(module, entry.raw_code):
            if _CALLS.fullmatch(row.text) and row.target is None:
                assert row.note.startswith("call "), (entry.name, row)
            if row.note.startswith("call "):
                named[row.note.removeprefix("call ")] += 1
    assert set(named) >= CALLED
    assert sum(named.values()) > 30


@pytest.mark.parametrize("arch", [arch for arch in NATIVE_ARCHES if arch in MACHINES])
def test_names_and_objects(cached_peer: CachedOracle, arch: str) -> None:
    text = format_text(_module(cached_peer, arch), "n.mpy")
    assert re.search(r"; qstr \d+ print\n", text)
    assert re.search(r"; qstr \d+ append\n", text)
    assert '"long string constant here"' in text[text.index("function ") :]
    assert "; mp_fun_table\n" in text
    assert "child 0 (<lambda>)" in text
    assert "offset of the first entry: 0x" in text
    assert "def nat(a, b)\n" in text
    assert "vip(...)\n" in text


def test_xtensa_is_shown_as_bytes(cached_peer: CachedOracle) -> None:
    text = format_text(_module(cached_peer, "xtensawin"), "n.mpy")
    assert "xtensawin code is shown as bytes" in text


def test_literals_are_data(cached_peer: CachedOracle) -> None:
    """The word that armv6m code loads relative to itself is no instruction."""
    module = _module(cached_peer, "armv6m")
    rows = [row for entry in functions(module) for row in _rows(module, entry.raw_code)]
    loads = [row for row in rows if row.note.startswith("loads the data at ")]
    data = [row for row in rows if row.note.startswith("data 0x")]
    assert len(loads) == len(data) > 0
    assert "data 0x12345" in [row.note for row in data]


def _rows(module: CompiledModule, raw_code: RawCode):  # type: ignore[no-untyped-def]
    return [] if raw_code.kind is RawCodeKind.BYTECODE else list(native_rows(module, raw_code))


def _viper(code: bytes, arch: int = 2, **native: object) -> CompiledModule:
    part = NativePart(**native)  # type: ignore[arg-type]
    root = RawCode(RawCodeKind.VIPER, code, native=part)
    return CompiledModule(["m.py"], [], root, arch=arch, sub_version=3)


@pytest.mark.parametrize("arch", range(1, 16))
def test_bytes_that_are_no_code(arch: int) -> None:
    """Whatever the bytes are, all of them are shown, and nothing else."""
    for data in (b"\xff" * 33, b"\x00", b"", bytes(range(256))):
        module = _viper(data, arch)
        assert b"".join(row.data for row in native_rows(module, module.root)) == data
        assert format_text(module, "m.mpy")


# --- relocations -------------------------------------------------------------------------------------------


def test_relocated_places() -> None:
    stream = bytes((2 * 9 | 1, 3 << 1, 2 * 3 | 1, 1 << 1 | 1, 2, 2 * 8, 2 * (9 + 18), 0xFF))
    assert relocated_places(NativePart(relocations=stream), 8) == [
        Place(24, False, "mp_const_none"),
        Place(8, True, "rodata"),
        Place(16, True, "rodata"),
        Place(24, True, "mp_fun_table"),
        Place(32, True, "mp_binary_op"),
    ]


@pytest.mark.parametrize("stream", [b"\x13", b"\x03\x02\xff\xff\xff\x7f\xff", b""])
def test_bad_relocations(stream: bytes) -> None:
    part = NativePart(relocations=stream)
    with pytest.raises(RelocationError):
        relocated_places(part, 4)


def test_relocations_in_the_listing() -> None:
    stream = bytes((2 * 9 | 1, 0, 2 * 4 | 1, 1, 0xFF))
    module = _viper(b"\x90" * 8, scope_flags=0x70, rodata=b"text\0\0\0\0", bss_size=4, relocations=stream)
    text = format_text(module, "m.mpy")
    assert "scope_flags 0x70, rodata 8, bss 4\n" in text
    assert re.search(r"90 +nop +; \+ mp_const_none\n", text)
    assert re.search(r"74 65 78 74 00 00 00 00 +; text\.\.\.\.  \+ bss\n", text)


def test_fun_table() -> None:
    assert len(FUN_TABLE_NAMES) == 87
    assert [entry_name(i) for i in (0, 18, 32, 50, 64, 86)] == [
        "mp_const_none", "mp_binary_op", "nlr_push", "memset", "mp_load_method_maybe",
        "mp_stream_write_obj",
    ]  # fmt: skip
    assert entry_name(90) == "mp_fun_table[90]"
    assert entry_name(18, sub_version=2) == "mp_fun_table[18]"
