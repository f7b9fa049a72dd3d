"""The annotated bytes: nothing left over, nothing twice."""

from __future__ import annotations

import re

import pytest

from mpytool.dumper.hexdump import format_hex
from mpytool.mpyfile.errors import MpyFormatError
from tests.dumper.samples import NATIVE_ARCHES, NATIVE_SOURCE, PROGRAMS, compiled, program_files
from tests.peers.oracle import CachedOracle

_ROW = re.compile(r"([0-9a-f]{8})  ((?:[0-9a-f]{2} )*[0-9a-f]{2}) *(?:  (.*))?")


def bytes_of(text: str) -> bytes:
    """The bytes in a dump, whose rows must follow each other."""
    data = bytearray()
    for line in text.splitlines()[1:]:
        if line.startswith("function "):
            continue
        row = _ROW.fullmatch(line)
        assert row is not None, line
        assert int(row[1], 16) == len(data), line
        data += bytes.fromhex(row[2])
    return bytes(data)


@pytest.mark.parametrize("data", program_files(), ids=[path.stem for path in PROGRAMS])
def test_every_byte(data: bytes) -> None:
    text = format_hex(data, "m.mpy")
    assert bytes_of(text) == data
    assert text.splitlines()[0] == f"m.mpy: {len(data):,} bytes"


@pytest.mark.parametrize("arch", NATIVE_ARCHES)
def test_every_byte_of_native_code(cached_peer: CachedOracle, arch: str) -> None:
    data = cached_peer.compile(NATIVE_SOURCE, "n.py", f"-march={arch}")
    assert isinstance(data, bytes)
    assert bytes_of(format_hex(data, "n.mpy")) == data


HEAD = [
    (b"M", "header", "'M'"),
    (b"\x06", "header", "format version 6"),
    (b"\x00", "header", "features: architecture none, sub-version 0"),
    (b"\x1f", "header", "small ints have up to 31 bits"),
    (b"\x03", "header", "3 qstrs"),
    (b"\x01", "header", "1 constants"),
    (b"\x08m.py\0", "qstrs", "qstr 0 'm.py'"),
    (b"\x0f", "qstrs", "qstr 1 '<module>' (static 7)"),
    (b"\x02x\0", "qstrs", "qstr 2 'x'"),
]


def test_rows() -> None:
    text = format_hex(compiled("x = b'0123456789'\n"), "m.mpy")
    offset = 0
    expected = []
    for data, kind, what in HEAD:
        expected.append(f"{offset:08x}  {data.hex(' '):47}  {kind:15}  {what}")
        offset += len(data)
    assert text.splitlines()[1 : 1 + len(HEAD)] == expected
    assert "function <module>, bytecode\n" in text
    assert re.search(r"  23 00 +bytecode +LOAD_CONST_OBJ 0 \(b'0123456789'\)\n", text)


def test_long_regions_go_on_in_further_rows() -> None:
    text = format_hex(compiled(f"x = b'{'z' * 40}'\n"), "m.mpy")
    rows = text[text.index("constant 0") :].splitlines()
    assert rows[1].endswith("7a 7a")
    assert rows[2].endswith("7a 00")


def test_bad_file() -> None:
    with pytest.raises(MpyFormatError, match="at 0x0"):
        format_hex(b"x", "m.mpy")
