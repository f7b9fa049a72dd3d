"""Dominators and liveness on random graphs, against the definitions taken literally."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native import liveness
from mpytool.emitters.native.dominance import (
    Dominators,
    dominance_frontiers,
    predecessors_of,
)
from mpytool.emitters.native.liveness import live_across, live_values, solve_liveness
from mpytool.emitters.native.loops import loops_around, loops_of
from mpytool.emitters.native.print_ssa import parse_ssa
from tests.emitters.native.random_low import RandomFunction


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    n = draw(st.integers(1, 9))
    return [draw(st.lists(st.integers(0, n - 1), max_size=3)) for _ in range(n)]


def _reached(graph: list[list[int]], without: int = -1) -> set[int]:
    found: set[int] = set()
    waiting = [0]
    while waiting:
        block = waiting.pop()
        if block != without and block not in found:
            found.add(block)
            waiting += graph[block]
    return found


def _dominates(graph: list[list[int]], a: int, b: int) -> bool:
    return b in _reached(graph) and (a == b or b not in _reached(graph, a))


@given(graphs())
def test_dominators(graph: list[list[int]]) -> None:
    tree = Dominators(graph)
    intervals = tree.spans()
    reached = _reached(graph)
    for block in range(len(graph)):
        strict = [a for a in range(len(graph)) if a != block and _dominates(graph, a, block)]
        closest = [a for a in strict if all(_dominates(graph, other, a) for other in strict)]
        assert tree.parent[block] == (closest[0] if closest else -1)
        for a in reached if block in reached else ():
            inside = intervals[a][0] <= intervals[block][0] and intervals[block][1] <= intervals[a][1]
            assert inside == tree.dominates(a, block) == _dominates(graph, a, block)


@given(graphs())
def test_common_ancestors(graph: list[list[int]]) -> None:
    tree = Dominators(graph)
    reached = _reached(graph)
    for one in reached:
        for other in reached:
            both = [a for a in reached if _dominates(graph, a, one) and _dominates(graph, a, other)]
            assert tree.common(one, other) == max(both, key=tree.depth.__getitem__)


@given(graphs())
def test_loops(graph: list[list[int]]) -> None:
    """The loop of a header: what leads to an edge back to it without going through it."""
    loops: dict[int, set[int]] = {}
    predecessors = predecessors_of(graph)
    for latch, targets in enumerate(graph):
        for head in targets:
            if not _dominates(graph, head, latch):
                continue
            waiting = [latch]
            loop = loops.setdefault(head, {head})
            while waiting:
                block = waiting.pop()
                if block not in loop:
                    loop.add(block)
                    waiting += [other for other in predecessors[block] if other in _reached(graph)]
    assert loops_of(loops_around(graph)) == loops
    around = [{head for head, loop in loops.items() if block in loop} for block in range(len(graph))]
    assert loops_around(graph) == around


@given(graphs())
def test_frontiers(graph: list[list[int]]) -> None:
    frontiers = dominance_frontiers(graph, Dominators(graph).parent)
    predecessors = predecessors_of(graph)
    for a in _reached(graph):
        expected = {
            b
            for b in _reached(graph)
            if any(_dominates(graph, a, p) for p in predecessors[b])
            and (a == b or not _dominates(graph, a, b))
        }
        assert set(frontiers[a]) == expected


@given(graphs(), st.data())
def test_liveness(graph: list[list[int]], data: st.DataObject) -> None:
    n = len(graph)
    flags = st.lists(st.booleans(), min_size=n, max_size=n)
    uses, definitions, at_exit = data.draw(flags), data.draw(flags), data.draw(flags)
    handlers = data.draw(st.lists(st.integers(-1, n - 1), min_size=n, max_size=n))
    live = solve_liveness(
        graph, handlers, list(map(int, uses)), list(map(int, definitions)), list(map(int, at_exit))
    )

    def is_live(start: int) -> bool:
        """Some path from the start of the block reads the variable before it is assigned."""
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            block = waiting.pop()
            if block in seen:
                continue
            seen.add(block)
            if uses[block]:
                return True
            if handlers[block] >= 0:
                waiting.append(handlers[block])
            if not definitions[block]:
                if at_exit[block]:
                    return True
                waiting += graph[block]
        return False

    with_handlers = [[*t, h] if h >= 0 else t for t, h in zip(graph, handlers, strict=True)]
    for block in _reached(with_handlers):
        assert live[block] == is_live(block)


def test_what_lives_across_a_yield() -> None:
    """The state of a generator: what is used later, but neither the yield's own result nor what it takes."""
    (function,) = parse_ssa(
        """function "f" native
  generator
  region 0 except b2
b0:
  v0:obj = param 0 "x"
  v1:obj = none
  v2:obj = true
  setup 0 -> b1 b2
b1: from b0; armed 0
  v3:obj = yield v2
  v4:obj = binary_op "+" v3 v1
  disarm 0
  return v4
b2: from b0
  v5:obj = catch
  return v0
"""
    )
    live_in = live_values(function)
    assert [list(live_in.numbers(block)) for block in range(3)] == [[], [0, 1, 2], [0]]
    assert [live_in.has(2, number) for number in range(3)] == [True, False, False]
    # v0 is wanted by the landing only
    assert live_across(function.blocks[1], [0], live_in) == [{0, 1}]


@given(st.integers(0, 1 << 32), st.integers(1, 60))
def test_values_are_looked_at_in_chunks(seed: int, size: int) -> None:
    """One chunk and many find the same, and the two ways to ask agree."""
    function = RandomFunction(Random(seed), 4, size).make()

    def found() -> list[list[int]]:
        live = live_values(function)
        end = liveness.WIDTH * len(live.chunks)
        listed = [list(live.numbers(block)) for block in range(len(function.blocks))]
        assert listed == [
            [n for n in range(end + 1) if live.has(block, n)] for block in range(len(function.blocks))
        ]
        return listed

    whole = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(liveness, "WIDTH", 3)
        assert found() == whole
