"""What assembler functions do on a processor. Needs unicorn, which is part of the test extra."""

from __future__ import annotations

import struct

import pytest

from mpytool.options import Options
from tests.emitters.inline_asm.execute import MEMORY, Processor, code_of
from tests.emitters.inline_asm.programs import ARCHES
from tests.emitters.inline_asm.test_cases import CASES

pytest.importorskip("unicorn", reason="unicorn is not installed: pip install unicorn")

SOURCES = {case.name: case.source for case in CASES}
V7M = ("armv7m", "armv7em", "armv7emsp", "armv7emdp")


def run(name: str, arch: str, *arguments: int, memory: bytes = b"") -> tuple[int, bytes]:
    """The result of one of the cases as a signed number, and the memory afterwards."""
    outcome = Processor(arch).call(code_of(SOURCES[name], Options(arch=arch)), arguments, memory)
    return outcome.result - (outcome.result >> 31 << 32), outcome.memory


@pytest.mark.parametrize("arch", ARCHES)
def test_sum(arch: str) -> None:
    memory = struct.pack("<5i", 3, -10, 1000, 70000, 4)
    assert run("the sum of an array", arch, MEMORY, 5, memory=memory)[0] == 70997
    assert run("the sum of an array", arch, MEMORY, 0)[0] == 0


@pytest.mark.parametrize("arch", ARCHES)
def test_arguments_and_results(arch: str) -> None:
    assert run("called from Arm state", arch, 21)[0] == 42
    assert run("called from Arm state", arch, -5)[0] == -10
    assert run("nothing at all", arch, 7)[0] == 7


@pytest.mark.parametrize("arch", ARCHES[1:])
def test_calls(arch: str) -> None:
    assert run("a call to a routine of its own", arch, 3, 4)[0] == 25


@pytest.mark.parametrize("arch", ARCHES)
def test_memory(arch: str) -> None:
    memory = bytearray(range(128))
    memory[62:64] = b"\xcd\xab"
    _, after = run("halves of words and bytes", arch, MEMORY, memory=bytes(memory))
    assert after[:8] == bytes([0xCD, 1, 31, 0]) + bytes(memory[124:128])
    assert after[8:] == memory[8:]


@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize(("index", "value"), [(0, 1), (3, 8), (4, 0x34), (11, 0x80)])
def test_data(arch: str, index: int, value: int) -> None:
    assert run("a table behind the code", arch, index)[0] == value


@pytest.mark.parametrize("arch", V7M)
@pytest.mark.parametrize(("value", "result"), [(5, 5), (1000, 100), (-3, 0)])
def test_conditions(arch: str, value: int, result: int) -> None:
    assert run("an IT block", arch, value)[0] == result


@pytest.mark.parametrize("arch", V7M)
def test_wide_branches_and_exclusive_access(arch: str) -> None:
    assert run("branches of both widths", arch, 1000)[0] == 1000
    memory = struct.pack("<ii", 1, 41)
    assert run("exclusive access", arch, MEMORY, memory=memory) == (42, struct.pack("<ii", 1, 42))


@pytest.mark.parametrize("arch", ["armv7emsp", "armv7emdp"])
def test_floating_point(arch: str) -> None:
    result, after = run("floating point", arch, MEMORY, memory=struct.pack("<3f", 3, 4, 0))
    assert result == -5
    assert struct.unpack("<3f", after) == (3.0, 4.0, -5.0)
