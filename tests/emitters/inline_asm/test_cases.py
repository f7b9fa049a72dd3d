"""Assembler functions beside the machine code they become, as capstone reads it."""

from __future__ import annotations

from pathlib import Path

import capstone
import pytest

from mpytool import compile_source
from mpytool.module import RawCodeKind
from tests.casefile import Case, read_cases
from tests.emitters.inline_asm.execute import code_of
from tests.peers.oracle import Oracle, parse_flags

CASES = [
    case for path in sorted((Path(__file__).parent / "cases").glob("*.test")) for case in read_cases(path)
]


ARM_STATE_STUB = 20
"""Bytes before the Thumb code on armv6, which is entered in Arm state."""


def listing(code: bytes, arch: str) -> str:
    """One line an instruction; what is none is data."""
    start = ARM_STATE_STUB if arch == "armv6" else 0
    return _part(code[:start], 0, capstone.CS_MODE_ARM) + _part(
        code[start:], start, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
    )


def _part(code: bytes, start: int, mode: int) -> str:
    machine = capstone.Cs(capstone.CS_ARCH_ARM, mode)
    machine.skipdata = True
    rows = []
    for address, size, mnemonic, operands in machine.disasm_lite(code, start):
        data = code[address - start :][:size].hex(" ")
        rows.append(f"{address:4x}  {data:11}  {mnemonic} {operands}".rstrip() + "\n")
    return "".join(rows)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_machine_code(case: Case) -> None:
    options = parse_flags(case.flags)
    case.check(listing(code_of(case.source, options), options.arch))


@pytest.mark.peer
@pytest.mark.parametrize("case", CASES, ids=str)
def test_mpy_cross_makes_the_same(case: Case, tmp_path: Path) -> None:
    module = compile_source(case.source, name="m.py", options=parse_flags(case.flags))
    assert module.to_bytes() == Oracle(tmp_path).compile(case.source.encode(), "m.py", case.flags)


def test_what_a_function_is_in_the_module() -> None:
    source = "@micropython.asm_thumb\ndef f(r0, r1) -> uint:\n    nop()\n"
    module = compile_source(source, name="m.py", options=parse_flags("-march=armv7em"))
    (child,) = module.root.children
    assert child.kind is RawCodeKind.ASM
    assert child.native is not None
    assert (child.native.n_pos_args, child.native.type_sig, child.native.scope_flags) == (2, 3, 0)
    assert (module.arch, module.sub_version) == (6, 3)
    assert module.qstrs == ["m.py", "<module>", "f"]
