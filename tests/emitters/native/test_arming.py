"""Generators arm their handler only where something may raise."""

from __future__ import annotations

import pytest

from mpytool.compiler import stage_text
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.low import LowBlock, LowFunction
from mpytool.emitters.native.print_low import parse_low
from mpytool.options import Options

PUSH, POP = 32, 33


def _improved(source: str) -> LowFunction:
    text = stage_text("low", source, name="t.py", options=Options("native", arch="x64"))
    function = parse_low(text)[1]
    assert check_low(function) == []
    return function


def _calls(block: LowBlock) -> list[int]:
    return [instr.imm[0] for instr in block.code if instr.name == "call_table"]


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    x = None\n    while True:\n        x = yield x\n",
        "def f(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1\n",
    ],
)
def test_warm_code_calls_nothing(source: str) -> None:
    function = _improved(source)
    for block in function.blocks:
        calls = _calls(block)
        if not block.cold:
            assert calls == []
        elif any(entry not in (PUSH, POP) for entry in calls):
            # Behind the push, and popped if it goes on
            assert block.handler is not None
            assert [PUSH in _calls(source) for source in block.predecessors] == [True]
            assert not block.successors or calls[-1] == POP
    pushes = [block for block in function.blocks if PUSH in _calls(block)]
    landings = {block.successors[1] for block in pushes}
    assert len(landings) == 1
    assert landings.pop().predecessors == pushes


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    for i in x:\n        yield i\n",
        "def f():\n    try:\n        yield 1\n    finally:\n        pass\n",
    ],
)
def test_others_arm_it_at_once(source: str) -> None:
    function = _improved(source)
    assert _calls(function.blocks[0]) == [PUSH]
