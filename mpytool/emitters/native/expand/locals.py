"""Which words of a call's state the run time fills, and the prelude that tells it so.

The state of a call holds local n in its last word but n. Native code keeps locals elsewhere: only parameters
and cells, which the run time makes, have a word there, and cells are numbered right behind the parameters::

    def f(a, b=1):          locals   a 0, b 1, x 2, c 3 (a cell)
        x = a               state    a 0, b 1,      c 2
        def g():
            return c
        c = x
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.ir import Function
from mpytool.opcodes import FLAG_VARARGS, FLAG_VARKEYWORDS


@dataclass(frozen=True, slots=True)
class StateLocals:
    """``number`` of each local in the state, for those that have one; ``cells`` as the prelude lists them."""

    number: dict[int, int]
    cells: tuple[int, ...]


def state_locals(function: Function) -> StateLocals:
    n_params = count_params(function)
    number = {local: local for local in range(n_params)}
    for local in function.cells:
        number.setdefault(local, len(number))
    return StateLocals(number, tuple(number[local] for local in function.cells))


def count_params(function: Function) -> int:
    """The locals that arguments go to, closed-over cells included."""
    starred = bool(function.flags & FLAG_VARARGS) + bool(function.flags & FLAG_VARKEYWORDS)
    return function.n_pos_args + function.n_kwonly_args + starred
