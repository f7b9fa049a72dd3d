"""What code becomes of low functions: ``data/*.test``, the text of functions beside their disassembly.

Entry blocks are written without their inputs: ``v0`` to ``v3`` are the four words. A case with ``-march=…``
is made for one level, others for both.
"""

from __future__ import annotations

from pathlib import Path

import capstone
import pytest

from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.low import number_low
from mpytool.emitters.native.print_low import parse_low
from mpytool.emitters.native.thumb.target import thumb_target
from tests.casefile import Case, read_folder
from tests.emitters.native.thumb.run import compiled

CASES = read_folder(Path(__file__).with_name("data"))
HEAD = """\
function "f" word 4 inputs 4
  frame 0 "area" 4
b0:
  v0 = input 0
  v1 = input 1
  v2 = input 2
  v3 = input 3
"""
_machine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
_machine.skipdata = True


def listing(source: str, arch: str) -> str:
    (function,) = parse_low(source if source.startswith("function") else HEAD + source)
    number_low(function)
    assert check_low(function) == []
    code = compiled(function, thumb_target(arch), allocate)
    lines = [f"{arch}: {len(code)} bytes"]
    for _, size, mnemonic, operands in _machine.disasm_lite(code, 0):
        lines.append(f"  {mnemonic} {operands}".rstrip() + ("" if size == 2 else "  @4"))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_code(case: Case) -> None:
    arches = [case.flags.removeprefix("-march=")] if case.flags else ["armv6m", "armv7m"]
    case.check("".join(listing(case.source, arch) for arch in arches))
