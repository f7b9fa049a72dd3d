"""Environments share pieces, which nobody may notice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.environment import Environment
from mpytool.emitters.native.ssa import PHI, Instr

COUNT = 200


@given(st.lists(st.tuples(st.booleans(), st.integers(0, COUNT - 1))))
def test_copies_are_copies(steps: list[tuple[bool, int]]) -> None:
    """Against lists: each step assigns a variable of the newest one, or copies it."""
    lists = [[Instr(PHI, []) for _ in range(COUNT)]]
    environments = [Environment(lists[0])]
    for copies, variable in steps:
        if copies:
            lists.append(lists[-1].copy())
            environments.append(environments[-1].copy())
        lists[-1][variable] = environments[-1][variable] = Instr(PHI, [])
    for values, environment in zip(lists, environments, strict=True):
        assert all(environment[variable] is values[variable] for variable in range(COUNT))
