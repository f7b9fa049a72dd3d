"""The order of blocks, by executing it on the toy; forms of jumps against growing one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.layout import layout
from mpytool.emitters.native.print_machine import format_machine, parse_machine
from mpytool.emitters.native.relaxing import Form, Jump, OutOfReachError, relax
from mpytool.emitters.native.tails import merge_tails
from tests.casefile import Case, read_cases
from tests.emitters.native.toy.chance import function_by_chance
from tests.emitters.native.toy.machine import Machine
from tests.emitters.native.toy.target import BY_NAME, OPS, TOY

DATA = Path(__file__).parent / "data"
FORMS = (
    (Form(2, -6, 8), Form(4, -20, 25), Form(6, -9999, 9999)),
    (Form(0, 0, 0), Form(2, 2, 16), Form(5, -9999, 9999)),
    (Form(2, -9999, 9999),),
)


@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_layout_does_the_same(seed: int, size: int) -> None:
    function = function_by_chance(seed, size)
    allocate(function, TOY)
    expected = Machine(function, 20_000).run(3, 5)
    layout(function, TOY)
    assert check_machine(function, TOY, allocated=True) == []
    found = Machine(function, 20_000).run(3, 5)
    if ("long",) in (expected[-1], found[-1]):
        length = min(len(expected), len(found)) - 1
        assert found[:length] == expected[:length]
    else:
        assert found == expected
    cold = [block.cold for block in function.blocks]
    assert cold == sorted(cold)


@pytest.mark.parametrize("case", read_cases(DATA / "tails.test"), ids=str)
def test_tails(case: Case) -> None:
    function = parse_machine(f'function "f"\n{case.source}', OPS, BY_NAME)
    merge_tails(function, TOY, in_loops=case.flags == "--optimize=size")
    case.check(format_machine(function).partition("\n")[2])


def _order(text: str) -> list[int]:
    function = parse_machine('function "f"\n' + text, OPS, BY_NAME)
    starts = {block: block.number for block in function.blocks}
    for block in function.blocks:
        for target in block.successors:
            target.predecessors.append(block)
    layout(function, TOY)
    return [starts[block] for block in function.blocks]


def test_loop_is_rotated() -> None:
    assert _order(
        """
        b0:
          jump -> b1
        b1: loop 1
          branch lt r0 r1 -> b2 b3
        b2: loop 1
          addi r0 1
          jump -> b1
        b3:
          ret r0
        """
    ) == [0, 2, 1, 3]


def test_blocks_that_only_jump_go() -> None:
    assert _order(
        """
        b0:
          branch lt r0 r1 -> b1 b2
        b1:
          jump -> b3
        b2:
          jump -> b3
        b3:
          ret r0
        """
    ) == [0, 3]


_Section: TypeAlias = tuple[Jump | None, int]


@st.composite
def _sections(draw: st.DrawFn) -> list[_Section]:
    count = draw(st.integers(1, 24))
    jump = st.builds(Jump, st.integers(0, count - 1), st.sampled_from(FORMS))
    section = st.tuples(st.one_of(st.none(), jump), st.integers(0, 12))
    return draw(st.lists(section, min_size=count, max_size=count))


def _slow(sections: Sequence[_Section]) -> list[int]:
    """Lengthen the first jump that does not reach, by one form, and begin anew."""
    chosen = [0 for _ in sections]

    def size(index: int) -> int:
        jump, fixed = sections[index]
        return fixed if jump is None else jump.forms[chosen[index]].size + fixed

    def start(index: int) -> int:
        return sum(map(size, range(index)))

    def first_too_short() -> int | None:
        for index, (jump, _) in enumerate(sections):
            if jump is not None:
                form = jump.forms[chosen[index]]
                if not form.low <= start(jump.target) - start(index) <= form.high:
                    return index
        return None

    while (found := first_too_short()) is not None:
        chosen[found] += 1
    return chosen


@given(_sections())
def test_relaxed_as_one_at_a_time(sections: list[_Section]) -> None:
    jumps, sizes = zip(*sections, strict=True)
    relaxed = relax(jumps, sizes)
    assert relaxed.forms == _slow(sections)
    lengths = [end - start for start, end in pairwise(relaxed.starts)]
    for (jump, size), form, length in zip(sections, relaxed.forms, lengths, strict=True):
        assert length == size + (0 if jump is None else jump.forms[form].size)


def test_nothing_reaches() -> None:
    with pytest.raises(OutOfReachError):
        relax([Jump(1, (Form(2, 0, 10),)), None], [20, 0])
