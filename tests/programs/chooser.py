"""Where a random program's decisions come from: hypothesis, which can shrink them, or a plain generator."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chooser:
    """Draws decisions. 0, or the first item, is always the simplest, so that programs shrink to it."""

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self._integer = integer

    def integer(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return self._integer(low, high)

    def one_in(self, n: int) -> bool:
        """True once in n times."""
        return self._integer(0, n - 1) == n - 1

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self._integer(0, len(items) - 1)]

    def weighted(self, items: Sequence[tuple[int, T]]) -> T:
        """One of the items, which stand behind their weights."""
        at = self._integer(0, sum(weight for weight, _ in items) - 1)
        for weight, item in items:
            at -= weight
            if at < 0:
                return item
        raise AssertionError("weights must be positive")


def from_seed(seed: int) -> Chooser:
    """Decisions that follow from a seed."""
    return Chooser(random.Random(seed).randint)


_INTEGERS: dict[tuple[int, int], st.SearchStrategy[int]] = {}


def _range(low: int, high: int) -> st.SearchStrategy[int]:
    return _INTEGERS.setdefault((low, high), st.integers(low, high))


def from_draw(draw: st.DrawFn) -> Chooser:
    """Decisions that hypothesis makes and shrinks."""
    return Chooser(lambda low, high: draw(_range(low, high)))
