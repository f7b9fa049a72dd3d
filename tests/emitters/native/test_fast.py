"""Fast versions: what some functions become, how long their loops are, what is recognised for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool.compiler import STAGES
from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.expand.fast.kinds import recognised_kinds
from mpytool.emitters.native.expand.object_kinds import ARRAYS, VIEWS, Kind
from mpytool.emitters.native.low import LOW_PHI, LowFunction
from mpytool.emitters.native.print_low import parse_low
from mpytool.grammar.frontend import parse
from mpytool.lowering import lower
from mpytool.options import Goal, Options
from mpytool.source import Source
from tests.casefile import Case, read_cases

CASES = read_cases(Path(__file__).parent / "data/fast.test")


def _low(source: str, goal: Goal, arch: str = "x64") -> str:
    """The improved low form of the first function of a program."""
    text = STAGES["low"](Source(source.encode(), "t.py"), Options("native", arch=arch, goal=goal))
    return "function" + text.split("\nfunction")[1]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    case.check(_low(case.source, Goal.BALANCED).rstrip("\n"))


@pytest.mark.parametrize("arch", ["x64", "armv6m"])
@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sound(case: Case, goal: Goal, arch: str) -> None:
    (function,) = parse_low(_low(case.source, goal, arch))
    assert check_low(function) == []


def _calls(function: LowFunction) -> int:
    return sum(instr.name == "call_table" for block in function.blocks for instr in block.code)


def _hot(function: LowFunction) -> int:
    """Instructions of the innermost loops, without phis and cold blocks."""
    depth = max(block.loop for block in function.blocks)
    inside = [block for block in function.blocks if block.loop == depth and not block.cold]
    assert not any(instr.name == "call_table" for block in inside for instr in block.code)
    return sum(instr.row is not LOW_PHI and instr.name != "jump" for block in inside for instr in block.code)


_SUM = "def f(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n"
_ITEMS = (
    "def f(a, n):\n    s = 0\n    i = 0\n    while i < n:\n        s += a[i]\n        i += 1\n    return s\n"
)
_STORE = "def f(a, n):\n    i = 0\n    while i < n:\n        a[i] = i & 255\n        i += 1\n"


@pytest.mark.parametrize(("source", "most"), [(_SUM, 10), (_ITEMS, 22), (_STORE, 24)])
def test_length_of_loops(source: str, most: int) -> None:
    (function,) = parse_low(_low(source, Goal.BALANCED))
    assert _hot(function) <= most


def test_size_has_calls_only() -> None:
    (small,) = parse_low(_low(_ITEMS, Goal.SIZE))
    assert len(small.blocks) < len(parse_low(_low(_ITEMS, Goal.BALANCED))[0].blocks)
    assert _calls(small) == _calls(parse_low(_low(_ITEMS, Goal.BALANCED))[0])


def test_module_has_calls_only() -> None:
    fast = "x = a[0] + 1\n"
    text = STAGES["low"](Source(fast.encode(), "t.py"), Options("native", arch="x64", goal=Goal.SPEED))
    assert "add_checked" not in text


@pytest.mark.parametrize(
    ("function", "inline_loops"),
    [
        ("def f(a):\n    s = 0\n    for x in a:\n        s += x\n", 1),
        ("def f(a, b):\n    for x in a:\n        b.append(x)\n", 1),
        ("def f(a, b):\n    for x in a:\n        b += a.pop()\n", 1),
        ("def f(a):\n    for x in a:\n        print(x)\n", 0),
        ("def f(a):\n    for x in a:\n        for y in x:\n            a += y\n", 1),
        ("def f():\n    for x in (1, 2, 3):\n        print(x)\n", 1),
        ("f = lambda a: [x for x in a]\n", 1),
        ("f = lambda a: [x for x in range(a)]\n", 0),
        ("f = [x for x in a]\n", 0),
    ],
)
def test_loops_over_lists_where_calls_are_short(function: str, inline_loops: int) -> None:
    text = STAGES["low"](Source(function.encode(), "t.py"), Options("native", arch="armv6m"))
    assert text.count("load_indexed") == inline_loops


@pytest.mark.parametrize(
    ("source", "goal", "some", "none"),
    [
        ("x = []", Goal.SPEED, Kind.LIST | Kind.TUPLE, ARRAYS | VIEWS),
        ("import array", Goal.SPEED, ARRAYS, VIEWS),
        ("import array\nx = 'h'", Goal.SPEED, Kind.I16, Kind.U16 | VIEWS),
        ("def f():\n    return memoryview", Goal.SPEED, VIEWS, ARRAYS),
        ("x = bytearray(3)", Goal.BALANCED, Kind.LIST | Kind.BYTEARRAY, ARRAYS | VIEWS | Kind.TUPLE),
        ("from array import array", Goal.BALANCED, Kind.U16 | Kind.I16 | Kind.I32, Kind.U32 | VIEWS),
    ],
)
def test_recognised(source: str, goal: Goal, some: Kind, none: Kind) -> None:
    file = Source(source.encode(), "t.py")
    program = lower(parse(file, Options("native")), file, Options("native"))
    numbering = Numbering("t.py")
    numbering.note_names(program.functions)
    kinds = recognised_kinds(goal, numbering, is_tight=False)
    assert kinds & some == some
    assert not kinds & none
