"""The forms of jumps: the shortest with which all of them reach.

jump to 2: 2 or 5 bytes, then 100 bytes       before: sections, each of them a jump, if any, and bytes
jump to 0: 2 or 5 bytes, then 40 bytes
6 bytes

jump to 2 in 5 bytes, it starts at 0          after, for short jumps that reach 127 bytes
jump to 0 in 2 bytes, it starts at 105
starts at 147
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Form:
    """A way to encode a jump: ``size`` bytes, for targets ``low`` to ``high`` bytes from where it starts."""

    size: int
    low: int
    high: int


@dataclass(slots=True)
class Jump:
    """To the start of section ``target``; ``forms`` from short to long."""

    target: int
    forms: Sequence[Form]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """``starts``: of each section, and the end. ``forms``: the position of each jump's form."""

    starts: list[int]
    forms: list[int]


class OutOfReachError(Exception):
    """No form of a jump reaches its target: the function is too large."""


def relax(jumps: Sequence[Jump | None], sizes: Sequence[int]) -> Relaxed:
    """Choose the shortest forms; section ``n`` is the jump ``jumps[n]`` and then ``sizes[n]`` bytes.

    Starts from the shortest and lengthens what does not reach, until all do: the least solution, because
    nothing that is lengthened brings others nearer. Raises OutOfReachError.
    """
    chosen = [0] * len(sizes)
    lengths = [
        size if jump is None else size + jump.forms[0].size for jump, size in zip(jumps, sizes, strict=True)
    ]
    #: jumps that can be lengthened still, and those that cannot
    waiting: list[tuple[int, int, Sequence[Form]]] = []
    longest: list[tuple[int, int, Sequence[Form]]] = []
    for index, jump in enumerate(jumps):
        if jump is not None:
            (waiting if len(jump.forms) > 1 else longest).append((index, jump.target, jump.forms))
    changed = True
    while changed:
        starts = list(accumulate(lengths, initial=0))
        changed = False
        left = []
        for item in waiting:
            index, target, forms = item
            form = forms[chosen[index]]
            if form.low <= starts[target] - starts[index] <= form.high:
                left.append(item)
            else:
                # One form at a time: a longer one is itself in the way of a jump forwards
                chosen[index] += 1
                lengths[index] += forms[chosen[index]].size - form.size
                (left if chosen[index] + 1 < len(forms) else longest).append(item)
                changed = True
        waiting = left
    for index, target, forms in longest:
        distance = starts[target] - starts[index]
        if not forms[-1].low <= distance <= forms[-1].high:
            raise OutOfReachError(f"a jump over {distance} bytes")
    return Relaxed(starts, chosen)
