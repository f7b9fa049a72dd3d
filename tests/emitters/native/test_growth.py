"""The work of compiling a native function grows with its length, not with the square of it.

Work is what Python counts: of the whole compiler calls of functions, its own and those in C; of single
analyses lines executed. What looks at all of a function for each part of it does sixteen times the work for a
function four times as long.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import pytest

import mpytool
from mpytool import Options
from mpytool.emitters.native.allocate.ranges import Intervals
from mpytool.emitters.native.allocate.slots import share_slots
from mpytool.emitters.native.dominance import Dominators
from mpytool.emitters.native.liveness import live_values
from mpytool.emitters.native.low import LOW_OF_NAME, LowBlock, LowFunction, LowInstr, number_low
from mpytool.emitters.native.machine import VReg

if TYPE_CHECKING:
    from _typeshed import TraceFunction

_HEAD = "    s = 0\n"


def _lines(line: str, count: int) -> str:
    return "".join(f"    {line}\n".replace("#", str(number)) for number in range(count))


def _elifs(count: int) -> str:
    arms = "".join(f"    elif a == {number}:\n        s = b + {number}\n" for number in range(count))
    return f"{_HEAD}    if a:\n        s = b\n{arms}    return s\n"


def _list(count: int) -> str:
    return f"    return [{', '.join(f'a + {number}' for number in range(count))}]\n"


def _variables(count: int) -> str:
    return _lines("v# = o(a)", count) + _lines("o(v#)", count)


def _tries(count: int) -> str:
    one = "    try:\n        o(a)\n    except ValueError:\n        o(#)\n"
    return _HEAD + "".join(one.replace("#", str(number)) for number in range(count))


_SHAPES: dict[str, Callable[[int], str]] = {
    "calls": lambda count: _lines("g#(a, 'k#', b.x#)", count),
    "loops": lambda count: _HEAD + "".join("    for i in range(b):\n        s += i\n" for _ in range(count)),
    "ifs": lambda count: _HEAD + _lines("if a > #: s += b", count),
    "elifs": _elifs,
    "list": _list,
    "variables": _variables,
    "tries": _tries,
    "yields": lambda count: _HEAD + _lines("s = yield a + s", count),
}


def _work(source: str, arch: str) -> int:
    """Calls while a function is compiled."""
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        mpytool.compile_source(source.encode(), name="a.py", options=Options(arch=arch)).to_bytes()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("arch", ["x64", "armv6m"])
@pytest.mark.parametrize("shape", _SHAPES)
def test_work_grows_with_length(shape: str, arch: str) -> None:
    head = "@micropython.native\ndef f(a, b, o):\n"
    _work(head + _SHAPES[shape](5), arch)  # what is loaded and remembered once
    short, long = (_work(head + _SHAPES[shape](count), arch) for count in (30, 120))
    assert long <= 5 * short


def _lines_executed(work: Callable[[], object]) -> int:
    lines = 0

    def trace(_frame: FrameType, event: str, _arg: object) -> TraceFunction:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


def _ladder(count: int) -> list[list[int]]:
    """A fast way whose blocks all lead to a slow way beside it."""
    fast = [[number + 1, count + number] for number in range(count - 1)]
    slow = [[count + number + 1] for number in range(count - 1)]
    return [*fast, [2 * count - 1], *slow, []]


def _crossed_ladder(count: int) -> list[list[int]]:
    """The same with ways back and forth between the two, so that its cycles have several ways in."""
    return [[*targets, (number + count) % (2 * count)] for number, targets in enumerate(_ladder(count))]


def _dominators(count: int) -> Callable[[], object]:
    graph = _ladder(count)
    return lambda: Dominators(graph)


def _dominators_of_knots(count: int) -> Callable[[], object]:
    graph = _crossed_ladder(count)
    return lambda: Dominators(graph)


def _ancestors(count: int) -> Callable[[], object]:
    tree = Dominators([*([number] for number in range(1, count)), []])
    return lambda: [tree.common(count - 1, number) for number in range(count)]


def _slots(count: int) -> Callable[[], object]:
    live = {VReg(number): Intervals([number], [2 * count - number]) for number in range(count)}
    return lambda: share_slots(live, live)


def _chain(count: int) -> LowFunction:
    """Blocks in a row, each of which wants what the one before has computed, and one value that all want."""
    always = LowInstr(LOW_OF_NAME["input"], imm=(0,))
    last = LowInstr(LOW_OF_NAME["input"], imm=(1,))
    blocks = [LowBlock(code=[always, last])]
    for _ in range(count):
        last = LowInstr(LOW_OF_NAME["add"], [last, always])
        following = LowBlock(code=[last], predecessors=[blocks[-1]])
        blocks[-1].code.append(LowInstr(LOW_OF_NAME["jump"], targets=[following]))
        blocks.append(following)
    blocks[-1].code.append(LowInstr(LOW_OF_NAME["return"], [last]))
    function = LowFunction("f", 4, 2, blocks)
    number_low(function)
    return function


def _live(count: int) -> Callable[[], object]:
    function = _chain(count)
    return lambda: live_values(function)


@pytest.mark.parametrize("analysis", [_dominators, _dominators_of_knots, _ancestors, _slots, _live])
def test_lines_grow_with_length(analysis: Callable[[int], Callable[[], object]]) -> None:
    short, long = (_lines_executed(analysis(count)) for count in (100, 400))
    assert long <= 6 * short  # 400 log 400 is 5.2 times 100 log 100


def test_memory_for_what_is_live_grows_with_length() -> None:
    """In bits: a mask over all values for each block would take sixteen times as many."""
    short, long = (
        sum(mask.bit_length() for chunk in live_values(_chain(count)).chunks for mask in chunk.values())
        for count in (2000, 8000)
    )
    assert long <= 5 * short
