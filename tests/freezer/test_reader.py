"""Reading back notices what is wrong: each byte counts."""

from __future__ import annotations

import io

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from mpytool.freezer import freeze
from mpytool.freezer.equivalence import difference
from mpytool.freezer.objfile import ObjectFileError
from mpytool.freezer.readback import read_back
from mpytool.module import CompiledModule
from tests.freezer.building import X64, Configuration, Headers
from tests.freezer.modules import frozen

PLAIN = Configuration()

SOURCE = """
def f(first, *, second=None):
    for item in first:
        yield item.attribute + 12345678901234567890, b"bytes", 1.5
class K:
    pass
"""


def _symbol(data: bytes, name: str) -> tuple[int, int]:
    """Where in the file an object begins, and its size."""
    elf = ELFFile(io.BytesIO(data))
    for table in elf.iter_sections():
        if isinstance(table, SymbolTableSection):
            for symbol in table.iter_symbols():
                if symbol.name == name:
                    start = elf.get_section(symbol["st_shndx"])["sh_offset"] + symbol["st_value"]
                    return start, symbol["st_size"]
    raise AssertionError(name)


def _is_noticed(data: bytes, headers: Headers, module: CompiledModule) -> bool:
    try:
        found = read_back(data, headers.firmware(PLAIN)).modules
    except (ObjectFileError, ValueError, IndexError, KeyError):
        return True
    return "m.py" not in found or difference(module, found["m.py"]) is not None


@pytest.mark.parametrize(
    "name",
    [
        "frozen_bytes",
        "frozen_qstrs",
        "frozen_digits",
        "mp_frozen_names",
        "mp_qstr_frozen_const_hashes",
        "mp_qstr_frozen_const_lengths",
    ],
)
def test_each_byte_counts(headers: Headers, name: str) -> None:
    """Any byte of these arrays changed, and the module is not what it was, or cannot be read."""
    module = frozen("m.py", SOURCE)
    data = headers.compile(freeze([module], [], headers.settings(PLAIN)).to_c(), X64, PLAIN)
    assert not _is_noticed(data, headers, module.module)
    start, size = _symbol(data, name)
    assert size
    missed = []
    for offset in range(start, start + size):
        damaged = bytearray(data)
        damaged[offset] ^= 1
        if not _is_noticed(bytes(damaged), headers, module.module):
            missed.append(offset - start)
    assert missed == []


def test_no_object_file(headers: Headers) -> None:
    firmware = headers.firmware(PLAIN)
    with pytest.raises(ObjectFileError, match="no ELF file"):
        read_back(b"M\x06\x00\x1f", firmware)
