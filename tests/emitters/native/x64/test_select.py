"""Low text to machine text and to code, as capstone reads it: ``data/select.test``.

The first half of what is expected is the machine form before allocation.
"""

from __future__ import annotations

from pathlib import Path

import capstone
import pytest

from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.low import LOW_OPS, number_low
from mpytool.emitters.native.print_low import parse_low
from mpytool.emitters.native.print_machine import format_machine, parse_machine
from mpytool.emitters.native.x64.operations import BY_NAME, OPS
from mpytool.emitters.native.x64.target import X64
from tests.casefile import Case, read_folder

CASES = read_folder(Path(__file__).parent / "data")


def listing(code: bytes) -> str:
    engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    read = list(engine.disasm(code, 0))
    assert sum(item.size for item in read) == len(code)
    return "".join(
        f"{item.address:3x}  {item.bytes.hex():20} {item.mnemonic} {item.op_str}".rstrip() + "\n"
        for item in read
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_select(case: Case) -> None:
    (function,) = parse_low(case.source)
    number_low(function)
    assert check_low(function) == []
    machine = X64.select(function)
    text = format_machine(machine)
    assert check_machine(machine, X64, allocated=False) == []
    assert format_machine(parse_machine(text, OPS, BY_NAME)) == text
    allocate(machine, X64)
    assert check_machine(machine, X64, allocated=True) == []
    code = X64.encode(machine)
    case.check(text + "\n" + listing(code.code))


def test_every_operation_has_a_case() -> None:
    words = {word for case in CASES for word in case.source.split()}
    # ``call_table`` 32 and what belongs to it is run, not shown
    assert {row.name for row in LOW_OPS} <= words
