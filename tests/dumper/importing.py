"""What an import costs on a real MicroPython: ``gc.mem_alloc()`` around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mpytool.dumper.ram_machine import Case, Machine, StringPool
from mpytool.qstrs import STATIC_QSTRS
from mpytool.varint import encode_varuint
from tests.peers.runtimes import Runtime

# Few and short names: their text must fit in the first chunk, whose filling is then known.
_SCRIPT = """\
import gc, sys
import micropython as p
def r():
    import vfs
    vfs.mount(vfs.VfsRom(open("i", "rb").read()), "/rom")
    sys.path.append("/rom")
if {rom}:
    r()
def f(n, m):
    if n:
        f(n - 1, m)
    elif m:
        __import__(m)
def g(m):
    # Deeper than the collection, whose search of the stack must not find what the import left there.
    f(45, m)
for i in range(3):
    sys.modules["a%d" % i] = i
for i in range(3):
    del sys.modules["a%d" % i]
keep = [bytearray(8) for i in range({shift})]
gc.collect()
gc.collect()
p.qstr_info(1)
gc.disable()
a = b = c = 0
a = gc.mem_alloc()
g("m")
b = gc.mem_alloc()
g(None)
gc.collect()
gc.collect()
c = gc.mem_alloc()
print("measured", b - a, c - a)
p.qstr_info(1)
"""

_INFO = re.compile(r"qstr pool: n_pool=(\d+), n_qstr=(\d+), n_str_data_bytes=(\d+)")
_NAME = re.compile(r"^Q\((.*)\)\r?$", re.MULTILINE)
_CHUNK = 128
_SHIFTS = (0, 1, 5)


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes at once after an import, and after collecting garbage; the strings it began with."""

    allocated: int
    kept: int
    strings: StringPool


def measure_import(
    runtime: Runtime,
    machine: Machine,
    module: bytes,
    qstrs: list[str],
    case: Case,
    shifts: tuple[int, ...] = _SHIFTS,
) -> Measured:
    """Import a file as module ``m``, in a MicroPython just started. ``qstrs`` is its qstr table.

    The collector is a conservative one: what looks like an address keeps what is there. So the import is
    measured with the heap in several layouts, and what is left in the best case counts.
    """
    return min((_measure(runtime, machine, module, qstrs, case, n) for n in shifts), key=lambda m: m.kept)


def _measure(
    runtime: Runtime, machine: Machine, module: bytes, qstrs: list[str], case: Case, shift: int
) -> Measured:
    script = _SCRIPT.format(rom=case is Case.IN_PLACE, shift=shift)
    files = {"t.py": script.encode()}
    files |= {"i": rom_image("m.mpy", module)} if case is Case.IN_PLACE else {"m.mpy": module}
    result = runtime.run(files, "t")
    output = result.output
    found = re.search(r"^measured (-?\d+) (-?\d+)$", output, re.MULTILINE)
    assert result.status == 0, output
    assert found is not None, output
    before = _INFO.search(output)
    assert before is not None, output
    pools, names, text = map(int, before.groups())
    assert text <= _CHUNK, "the script's names are too long"
    there, later = (set(_NAME.findall(part)) for part in (output[: found.start()], output[found.end() :]))
    # Of the names in the firmware only those show that the module uses.
    known = (set(STATIC_QSTRS) | set(qstrs) | there) - (later - there)
    strings = StringPool(
        machine, known, 20 * (2**pools - 1) - names, 20 * 2**pools, _CHUNK - text if text else 0
    )
    return Measured(int(found[1]), int(found[2]), strings)


def rom_image(name: str, data: bytes) -> bytes:
    """A ROMFS image of one file."""
    contents = b"\x02" + encode_varuint(len(data)) + data
    label = encode_varuint(len(name)) + name.encode()
    record = b"\x05" + encode_varuint(len(label) + len(contents)) + label + contents
    length = encode_varuint(len(record))
    if (3 + len(length) + len(record)) % 2:
        length = b"\x80" + length
    return b"\xd2\xcd\x31" + length + record
