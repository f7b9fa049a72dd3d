"""Damaged files: every form shows them or says where they are malformed, and nothing else happens."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from mpytool.dumper.ce_json import format_ce_json
from mpytool.dumper.diff import format_diff
from mpytool.dumper.hexdump import format_hex
from mpytool.dumper.jsonform import format_json
from mpytool.dumper.text import format_text
from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.read import read
from tests.dumper.samples import NATIVE_SOURCE, compiled
from tests.dumper.test_hex import bytes_of
from tests.peers.oracle import CachedOracle

N_MUTATIONS = 120
"""Of each file."""


def _mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                changed[place] ^= 1 << chance.randrange(8)
            case 2:
                del changed[place : place + chance.randrange(1, 4)]
            case _:
                changed[place:place] = chance.randbytes(chance.randrange(1, 4))
    return bytes(changed)


def _show(data: bytes) -> None:
    module = read(data)
    assert bytes_of(format_hex(data, "m.mpy")) == data
    forms: list[Callable[[], str]] = [
        lambda: format_text(module, "m.mpy", source="a\nb\n"),
        lambda: format_json(data, "m.mpy"),
        lambda: format_ce_json(data, "m.mpy"),
        lambda: format_diff(module, module, "a", "b"),
    ]
    for form in forms:
        assert form()


def _try_mutations(data: bytes, seed: int) -> int:
    chance = random.Random(seed)
    shown = 0
    for _ in range(N_MUTATIONS):
        mutated = _mutated(data, chance)
        try:
            _show(mutated)
            shown += 1
        except MpyFormatError:
            continue
    return shown


SOURCE = """\
import sys
class A:
    def m(self, *a, k=1):
        try:
            with open(k) as f:
                for x in f:
                    yield x, 1.5, b"bytes"
        except OSError as e:
            raise ValueError from e
        finally:
            a = [lambda: a[i] for i in range(3)]
print(A().m(k="a long string constant"), 1 << 100)
"""


def test_bytecode() -> None:
    assert _try_mutations(compiled(SOURCE), 1) > N_MUTATIONS // 10


@pytest.mark.parametrize("arch", ["x64", "armv6m", "rv32imc"])
def test_native_code(cached_peer: CachedOracle, arch: str) -> None:
    data = cached_peer.compile(NATIVE_SOURCE, "n.py", f"-march={arch}")
    assert isinstance(data, bytes)
    assert _try_mutations(data, 2) > N_MUTATIONS // 4


def _module(qstrs: list[str], constants: list[object], code: bytes) -> bytes:
    root = RawCode(RawCodeKind.BYTECODE, b"\x00\x02\x01" + code)
    return CompiledModule(qstrs, constants, root).to_bytes()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        _module(["m", "f"], ["long " * 10_000], b"\x23\x00" * 10_000),
        _module(["m", "f" * 10_000], [], b"\x12\x01" * 10_000),
        _module(["m", "f"], [tuple(range(5000))], b"\x23\x00" * 10_000),
        _module(["m", "f"], [], b"\x49\x00" * 20_000),
        _module(["m", "f"], [], b"\x57" * 40_000),
    ],
    ids=["constant", "name", "tuple", "handlers", "stack"],
)
def test_small_files_make_no_huge_dumps(data: bytes) -> None:
    """What is long is spelled in full once; the rest is some hundred characters a byte at most."""
    module = read(data)
    started = time.monotonic()
    for text in (format_text(module, "m.mpy"), format_hex(data, "m.mpy"), format_json(data, "m.mpy")):
        assert len(text) < 300 * len(data)
    assert time.monotonic() - started < 20
