"""The order of blocks, by executing it on the toy; forms of jumps against growing one at a time."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.layout import Form, Jump, OutOfReachError, layout, relax
from mpytool.emitters.native.print_machine import format_machine, parse_machine
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


@st.composite
def _sections(draw: st.DrawFn) -> list[list[int | Jump]]:
    count = draw(st.integers(1, 8))
    jump = st.builds(Jump, st.integers(0, count - 1), st.sampled_from(FORMS))
    return draw(
        st.lists(st.lists(st.one_of(st.integers(0, 12), jump), max_size=5), min_size=count, max_size=count)
    )


def _slow(sections: Sequence[Sequence[int | Jump]]) -> list[list[int]]:
    """Lengthen the first jump that does not reach, by one form, and begin anew."""
    chosen = [[0 for _ in section] for section in sections]

    def size(section: int, piece: int) -> int:
        item = sections[section][piece]
        return item.forms[chosen[section][piece]].size if isinstance(item, Jump) else item

    def start(section: int, piece: int = 0) -> int:
        whole = sum(size(s, p) for s in range(section) for p in range(len(sections[s])))
        return whole + sum(size(section, p) for p in range(piece))

    def first_too_short() -> tuple[int, int] | None:
        for s, section in enumerate(sections):
            for p, item in enumerate(section):
                if isinstance(item, Jump):
                    form = item.forms[chosen[s][p]]
                    if not form.low <= start(item.target) - start(s, p) <= form.high:
                        return s, p
        return None

    while (found := first_too_short()) is not None:
        chosen[found[0]][found[1]] += 1
    return [
        [form for form, item in zip(forms, section, strict=True) if isinstance(item, Jump)]
        for forms, section in zip(chosen, sections, strict=True)
    ]


@given(_sections())
def test_relaxed_as_one_at_a_time(sections: list[list[int | Jump]]) -> None:
    assert relax(sections).forms == _slow(copy.deepcopy(sections))


def test_nothing_reaches() -> None:
    with pytest.raises(OutOfReachError):
        relax([[Jump(1, (Form(2, 0, 10),)), 20], []])
