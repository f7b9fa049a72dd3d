"""Words instead of objects where small ints have 31 bits: what loops become, who has them, the ranges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.compiler import STAGES
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.expand.fast.word_ranges import RULES, Range, inverted, negative
from mpytool.emitters.native.low import LowFunction
from mpytool.emitters.native.print_low import parse_low
from mpytool.options import Goal, Options
from mpytool.source import Source
from tests.casefile import Case, read_cases

CASES = read_cases(Path(__file__).parent / "data/words.test")
KERNELS = Path(__file__).parents[3] / "benchmarks/kernels"


def _low(source: str, goal: Goal = Goal.BALANCED, arch: str = "armv7em") -> str:
    """The improved low form of the first function of a program."""
    text = STAGES["low"](Source(source.encode(), "t.py"), Options("native", arch=arch, goal=goal))
    return "function" + text.split("\nfunction")[1]


def _loop(text: str) -> str:
    """The blocks of a printed function that are in loops and not cold."""
    blocks = text.split("\nb")[1:]
    heads = (block.partition("\n")[0] for block in blocks)
    return "\n".join(
        "b" + block
        for block, head in zip(blocks, heads, strict=True)
        if "loop" in head and "cold" not in head
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    case.check(_loop(_low(case.source)))


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sound(case: Case, goal: Goal) -> None:
    (function,) = parse_low(_low(case.source, goal))
    assert check_low(function) == []


def _calls_in_loops(function: LowFunction) -> int:
    return sum(
        instr.name == "call_table"
        for block in function.blocks
        if block.loop and not block.cold
        for instr in block.code
    )


def _loop_of(*lines: str, before: str = "h = 0xFFFFFFFF") -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"def f(n, a, b):\n    {before}\n    for i in range(n):\n{body}    return h\n"


@pytest.mark.parametrize(
    "source",
    [
        _loop_of("h = (h * 33 + i) & 0xFFFFFFFF"),
        _loop_of("h = (h << 5 | h >> 27) & 0xFFFFFFFF", "h ^= i"),
        _loop_of("if h & 1:", "    h = h >> 1 ^ 0xEDB88320", "else:", "    h >>= 1"),
        _loop_of("h = (h * 1103515245 + 12345) & 0x7FFFFFFF", before="h = a"),
        _loop_of("h = (h * 69069 + 5) % 4294967296", before="h = 1"),
        _loop_of("h = ~h & 0xFFFFFFFF", "h = -h & 0xFFFFFFFF"),
        _loop_of("h ^= h >> 3", "b = h % 10 + h // 1000"),
    ],
)
def test_loops_without_calls(source: str) -> None:
    (function,) = parse_low(_low(source))
    assert _calls_in_loops(function) == 0


@pytest.mark.parametrize(
    ("source", "goal", "arch"),
    [
        (_loop_of("h = (h * 33 + i) & 0xFFFFFFFF"), Goal.SIZE, "armv7em"),
        (_loop_of("h = (h * 33 + i) & 0xFFFFFFFF"), Goal.BALANCED, "x64"),
        # More objects are wanted than would be saved
        (_loop_of("h ^= 0xFFFFFFFF", "a(h)"), Goal.BALANCED, "armv7em"),
        # Whether two are the same object
        (_loop_of("h = (h * 33 + i) & 0xFFFFFFFF", "if h is a:", "    a = h"), Goal.BALANCED, "armv7em"),
        # A run time without such integers must raise where one would be made
        (_loop_of("h = h * 33 + i", before="h = 5"), Goal.BALANCED, "armv7em"),
        (_loop_of("h = (h * 33 + i) % 65521", before="h = 5"), Goal.BALANCED, "armv7em"),
    ],
)
def test_no_words(source: str, goal: Goal, arch: str) -> None:
    assert "call_table 4 " not in _low(source, goal, arch)


@pytest.mark.parametrize(
    ("line", "tests"),
    [
        ("h = (h * 33 + i) & 0xFFFFFFFF", 0),
        ("h = (h * 33 + i) & 0xFF", 0),
        ("h = (h + 33) ^ 5", 1),
        ("h = h * 33", 1),
        ("h = (h * 33 >> 1) & 0xFFFFFFFF", 1),
        # More than 64 bits
        ("h = (h * 0x9E3779B1) & 0xFFFFFFFF", 1),
    ],
)
def test_results_that_need_not_fit(line: str, tests: int) -> None:
    text = _loop(_low(_loop_of("h = h ^ 0x80000000", line)))
    assert text.count("branch u") == tests


@pytest.mark.parametrize("name", ["crc32", "fnv1a", "xorshift", "shuffle"])
def test_kernels_have_words(name: str) -> None:
    text = STAGES["low"](
        Source((KERNELS / f"{name}.py").read_bytes(), "t.py"), Options("native", arch="armv6m")
    )
    assert "call_table 4 " in text


_BOUNDS = st.integers(-40, 40)
_COUNTS = st.integers(0, 5)
_DIVISORS = st.integers(1, 12)


def _ranges(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Range]:
    return st.tuples(numbers, numbers).map(lambda pair: Range(min(pair), max(pair)))


_EXACT: dict[str, Callable[[int, int], int]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


@given(st.data(), st.sampled_from(sorted(RULES)))
def test_results_are_in_their_range(data: st.DataObject, operator: str) -> None:
    seconds = {"<<": _COUNTS, ">>": _COUNTS, "//": _DIVISORS, "%": _DIVISORS}
    a, b = data.draw(_ranges(_BOUNDS)), data.draw(_ranges(seconds.get(operator, _BOUNDS)))
    x, y = (data.draw(st.integers(r.least, r.most)) for r in (a, b))
    found = RULES[operator](a, b)
    assert found.least <= _EXACT[operator](x, y) <= found.most


@given(st.data(), _ranges(_BOUNDS))
def test_results_of_unary_operators(data: st.DataObject, a: Range) -> None:
    x = data.draw(st.integers(a.least, a.most))
    assert inverted(a).least <= ~x <= inverted(a).most
    assert negative(a).least <= -x <= negative(a).most
