"""The passes of ``layout.py`` over a long function, visiting only what can change.

A function with thousands of jumps takes hundreds of passes: every jump that becomes short moves the labels
that this pass has yet to place, while jumps forward still measure to where the pass before had them. So all
of them look longer, by the bytes saved so far in this pass, the *shift*; once that is 128, none can become
short until the next pass:

    jumps    ssssssssssssssss sssSsSsSSsSsSsS LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL
    shift    0  0  0  0  0  0 0  1  24   90   128 128 128 128 128 128 128 128 128 128
                settled        S: new here              waiting

A pass over the settled and the waiting part changes nothing, so they are skipped. To know what can be
skipped, marks are cut into blocks, and of each block it is remembered between which shifts none of its
jumps would change (``tolerances.py``). What else a jump depends on is the sizes of jumps between it and its
label, and with blocks of at least ``BLOCK`` bytes these matter in few blocks only:

    * * *  block 4  * * * | * * *  block 5  * * * | * * *  block 6  * * * | * * *
              a jump that changes size in here:  ^
    next pass: jumps          next pass: jumps         this pass: jumps
    forward over it           forward over it          back over it

So a block that changed makes itself and both its neighbours forget what they tolerate. A jump over a whole
block and more is long, whatever becomes of it, unless much has grown before it (``_LEAST_SHIFT``).

Positions are relative to the start of a block: those inside it stay right while the block is skipped.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

from mpytool.emitters.bytecode.layout import LABEL, LONG, SHORT, SIGNED, Layout, Mark, next_layout
from mpytool.emitters.bytecode.tolerances import UNBOUNDED, Tolerances

BLOCK = 192
"""A block's bytes in the shortest layout, at least; more than the longest distance of a short jump."""

_LEAST_SHIFT = 128 - BLOCK
"""From this shift on, a jump forward over a whole block measures 128 bytes or more."""

# Where the label of a jump is, seen from the jump. Labels ahead still have the offsets of the pass before.
_BACK, _BACK_IN_LAST, _BACK_FAR, _AHEAD, _AHEAD_IN_NEXT, _AHEAD_FAR = range(6)

_Row = tuple[int, int, int, int]
"""(reach, kind, offset, label): a mark and where its label is."""


class BlockPasses:
    """The passes over one function's marks, from the second on (the first has all jumps long).

    ``sizes``  of each jump after the last pass
    ``total``  their sum

    Each label must be placed once.
    """

    __slots__ = (
        "_blocks",
        "_changed",
        "_changed_before",
        "_first_jumps",
        "_home",
        "_jump_bytes",
        "_label_offsets",
        "_marks",
        "_tolerances",
        "sizes",
        "total",
    )

    def __init__(self, marks: list[Mark], n_labels: int) -> None:
        self._marks = marks
        starts = _cut(marks)
        self._home = _homes(marks, starts, n_labels)
        self._blocks = _rows(marks, starts, self._home)
        n_jumps = [sum(1 for _, kind, _, _ in block if kind != LABEL) for block in self._blocks]
        self._first_jumps = list(accumulate(n_jumps, initial=0))
        # The first pass, as it is left behind.
        self.sizes = [LONG] * self._first_jumps[-1]
        self.total = LONG * self._first_jumps[-1]
        self._jump_bytes = [LONG * n for n in n_jumps]
        self._label_offsets = [0] * n_labels  # counted from the block's start: without jumps before that
        for block in self._blocks:
            before = 0
            for _, kind, offset, label in block:
                if kind == LABEL:
                    self._label_offsets[label] = offset + before
                else:
                    before += LONG
        self._tolerances = Tolerances(len(self._blocks))
        self._changed: list[int] = []  # the jumps whose sizes the last pass changed
        self._changed_before: list[int] = []  # those that the pass before the last changed
        self.advance()

    def advance(self) -> bool:
        """One more pass; whether it changed the size of any jump."""
        self._changed_before = self._changed
        self._changed = []
        tolerances = self._tolerances
        shift = 0
        block = tolerances.next_strained(0, shift)
        while block >= 0:
            shift = self._walk(block, shift)
            block = tolerances.next_strained(block + 1, shift)
        self.total -= shift
        return bool(self._changed)

    def recent_sizes(self) -> list[list[int]]:
        """The sizes of the last three passes, the last of them last."""
        before = _undone(self.sizes, self._changed)
        return [_undone(before, self._changed_before), before, self.sizes]

    def layout(self) -> Layout:
        """What the last pass found."""
        label_offsets = [0] * len(self._label_offsets)
        sizes = iter(_undone(self.sizes, self._changed))
        before = 0
        for kind, offset, label in self._marks:
            if kind == LABEL:
                label_offsets[label] = offset + before
            else:
                before += next(sizes)
        return next_layout(self._marks, label_offsets)

    def _walk(self, number: int, start_shift: int) -> int:
        """Size the jumps of a block that starts ``start_shift`` bytes earlier than in the pass before.

        The shift of what follows the block.
        """
        # Hot: one turn per mark.
        label_offsets, sizes, jump_bytes = self._label_offsets, self.sizes, self._jump_bytes
        # By reach, what takes the offset of a label to where this block counts from, in this pass.
        corrections = (0, -jump_bytes[number - 1], 0, start_shift, start_shift + jump_bytes[number], 0)
        changed = []
        jump = self._first_jumps[number]
        before = 0
        shift = start_shift
        # While the block's start shifts between these, no jump in it changes.
        least, most = _LEAST_SHIFT, UNBOUNDED
        for reach, kind, offset, label in self._blocks[number]:
            if kind == LABEL:
                label_offsets[label] = offset + before
                continue
            if reach == _BACK_FAR or (reach == _AHEAD_FAR and shift >= _LEAST_SHIFT):
                size = LONG
            else:
                distance = label_offsets[label] + corrections[reach] - offset - before - SHORT
                if reach == _AHEAD_FAR:
                    distance += start_shift + sum(jump_bytes[number : self._home[label]])
                low, high = (-64, 63) if kind == SIGNED else (0, 127)
                at_low = start_shift - distance + low  # the shift at which the distance would be ``low``
                at_high = at_low - low + high
                if distance > high:
                    size = LONG
                    if reach >= _AHEAD and least <= at_high:
                        least = at_high + 1
                elif distance < low:
                    size = LONG
                    if reach >= _AHEAD and most >= at_low:
                        most = at_low - 1
                else:
                    size = SHORT
                    if reach >= _AHEAD:
                        if least < at_low:
                            least = at_low
                        if most > at_high:
                            most = at_high
            if size != sizes[jump]:
                shift += sizes[jump] - size
                sizes[jump] = size
                changed.append(jump)
            jump += 1
            before += size
        jump_bytes[number] = before
        if changed:
            self._changed += changed
            for near in range(max(number - 1, 0), min(number + 2, len(self._blocks))):
                self._tolerances.forget(near)
        elif start_shift < _LEAST_SHIFT:
            self._tolerances.forget(number)
        else:
            self._tolerances.tolerate(number, least, most)
        return shift


def _cut(marks: list[Mark]) -> list[int]:
    """The indices of the marks that start blocks, and the end."""
    starts = [0]
    jump_bytes = 0
    block_end = marks[0][1] + BLOCK
    for i, (kind, offset, _) in enumerate(marks):
        if offset + jump_bytes >= block_end:
            starts.append(i)
            block_end = offset + jump_bytes + BLOCK
        if kind != LABEL:
            jump_bytes += SHORT
    return [*starts, len(marks)]


def _homes(marks: list[Mark], starts: list[int], n_labels: int) -> list[int]:
    """The block of each label."""
    homes = [0] * n_labels
    for number, (start, end) in enumerate(pairwise(starts)):
        for kind, _, label in marks[start:end]:
            if kind == LABEL:
                homes[label] = number
    return homes


def _rows(marks: list[Mark], starts: list[int], homes: list[int]) -> list[list[_Row]]:
    """The marks of each block with their reaches."""
    placed = [False] * len(homes)
    blocks: list[list[_Row]] = []
    for number, (start, end) in enumerate(pairwise(starts)):
        rows: list[_Row] = []
        for kind, offset, label in marks[start:end]:
            if kind == LABEL:
                placed[label] = True
            reach = _reach(homes[label] - number, placed[label])
            rows.append((reach, kind, offset, label))
        blocks.append(rows)
    return blocks


def _reach(n_blocks: int, is_back: bool) -> int:
    """The reach of a jump over ``n_blocks`` ends of blocks, negative if back."""
    if is_back:
        return (_BACK, _BACK_IN_LAST, _BACK_FAR)[min(-n_blocks, 2)]
    return (_AHEAD, _AHEAD_IN_NEXT, _AHEAD_FAR)[min(n_blocks, 2)]


def _undone(sizes: list[int], changed: list[int]) -> list[int]:
    """The sizes as they were before those of these jumps changed."""
    sizes = sizes.copy()
    for jump in changed:
        sizes[jump] = SHORT + LONG - sizes[jump]
    return sizes
