"""For each block of a function the shifts that it tolerates; finds the next block that does not.

A segment tree: a node holds what all the blocks below it tolerate together. Finding and changing take
time that grows with the logarithm of the number of blocks.
"""

from __future__ import annotations

UNBOUNDED = 1 << 30
"""No shift is as far from 0."""


class Tolerances:
    """Inclusive ranges of shifts, one for each block; at first no block tolerates any."""

    __slots__ = ("_first_leaf", "_highs", "_lows")

    def __init__(self, n_blocks: int) -> None:
        # One leaf more than blocks, so that there is a block "behind the last" to search from. Leaves
        # without a block tolerate everything.
        first_leaf = 1 << n_blocks.bit_length()
        self._first_leaf = first_leaf
        self._lows = [-UNBOUNDED] * (2 * first_leaf)
        self._highs = [UNBOUNDED] * (2 * first_leaf)
        for block in range(n_blocks):
            self.forget(block)

    def forget(self, block: int) -> None:
        """The block tolerates nothing from now on."""
        self.tolerate(block, UNBOUNDED, -UNBOUNDED)

    def tolerate(self, block: int, low: int, high: int) -> None:
        """The block tolerates the shifts from ``low`` to ``high``, and no others."""
        lows, highs = self._lows, self._highs
        node = self._first_leaf + block
        # Above a node that stays as it is, all stay as they are.
        while node and (lows[node] != low or highs[node] != high):
            lows[node], highs[node] = low, high
            node //= 2
            low = max(lows[2 * node], lows[2 * node + 1])
            high = min(highs[2 * node], highs[2 * node + 1])

    def next_strained(self, block: int, shift: int) -> int:
        """The first block from ``block`` on that does not tolerate the shift, -1 if all do.

        ``block`` may be the one behind the last.
        """
        lows, highs, first_leaf = self._lows, self._highs, self._first_leaf
        node = first_leaf + block
        while lows[node] <= shift <= highs[node]:
            # To the next subtree on the right: up from right children, then across.
            while node & 1:
                node //= 2
            if node == 0:
                return -1
            node += 1
        while node < first_leaf:
            node *= 2
            if lows[node] <= shift <= highs[node]:
                node += 1
        return node - first_leaf
