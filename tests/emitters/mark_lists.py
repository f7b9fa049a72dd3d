"""Lists of marks to lay out: random ones with jumps near their limits, and chosen ones that grow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from mpytool.emitters.bytecode.layout import LABEL, LONG, SHORT, SIGNED, UNSIGNED, Mark

LIMITS = (-64, 63, 127)


@dataclass(slots=True)
class MarkList:
    """Marks under construction."""

    marks: list[Mark] = field(default_factory=list)
    n_labels: int = 0
    offset: int = 0

    def new_label(self) -> int:
        self.n_labels += 1
        return self.n_labels - 1

    def place(self, label: int) -> None:
        self.marks.append((LABEL, self.offset, label))

    def jump(self, label: int, kind: int = SIGNED) -> None:
        self.marks.append((kind, self.offset, label))

    def skip(self, n_bytes: int) -> None:
        self.offset += n_bytes


def random_marks(random: Random, n_marks: int) -> MarkList:
    """Labels and jumps in random order; most jumps measure about as much as a short one can."""
    gaps = random.choice([(0, 1), (0, 1, 2, 3, 5, 9), (0, 3, 20), (0, 1, 30, 62, 126), (0, 0, 4, 190, 400)])
    label_share = random.choice([0.1, 0.3, 0.5, 0.8])
    nudge = random.choice([0, 1, 3, 12])
    stray = random.choice([0.0, 0.01, 0.1])
    places = MarkList()
    for _ in range(n_marks):
        places.skip(random.choice(gaps))
        if random.random() < label_share:
            places.place(places.new_label())
        else:
            places.jump(-1, random.choice((SIGNED, UNSIGNED)))
    places.place(places.new_label())
    places.marks = _aimed(random, places.marks, nudge, stray)
    return places


def _aimed(random: Random, marks: list[Mark], nudge: int, stray: float) -> list[Mark]:
    """The marks with a label for every jump: near a limit, measured with all jumps short, or all long."""
    all_positions = [_positions(marks, size) for size in (SHORT, LONG)]
    labels_at = [
        [at for at, (kind, _, _) in zip(positions, marks, strict=True) if kind == LABEL]
        for positions in all_positions
    ]
    n_labels = len(labels_at[0])
    aimed = []
    n_placed = 0
    for i, (kind, offset, label) in enumerate(marks):
        if kind == LABEL:
            n_placed += 1
            aimed.append((kind, offset, label))
            continue
        which = random.randrange(2)
        distance = random.choice(LIMITS[2:] if kind == UNSIGNED else LIMITS) + random.randint(-nudge, nudge)
        target = bisect_left(labels_at[which], all_positions[which][i] + SHORT + distance)
        if random.random() < stray:
            target = random.randrange(n_labels)
        lowest = n_placed if kind == UNSIGNED else 0
        aimed.append((kind, offset, max(lowest, min(target, n_labels - 1))))
    return aimed


def _positions(marks: list[Mark], size: int) -> list[int]:
    positions = []
    before = 0
    for kind, offset, _ in marks:
        positions.append(offset + before)
        if kind != LABEL:
            before += size
    return positions


def growing_marks(random: Random, delay: int, n_back: int, n_ahead: int) -> MarkList:
    """In pass ``delay`` + 3, ``n_back`` jumps grow at once, and jumps over some hundred bytes become short.

    A row of jumps ahead, each over the next, becomes short from the last to the first, one in a pass. With
    the first, twelve jumps back over it become short, and what follows measures too far. So the rest of the
    row grows, and the jump over which the last of it goes if ``delay`` is at most 8; and each of a chain of
    jumps back, the first over that one, each other over the one before it. All that follows starts later
    than in the pass before, so jumps ahead measure too little.
    """
    made = MarkList()
    starts = [made.new_label() for _ in range(12)]
    row = [made.new_label() for _ in range(delay + 1)]
    outer, last = made.new_label(), made.new_label()
    for start in starts:
        made.place(start)
        made.skip(2)
    made.skip(6)
    made.jump(row[0], UNSIGNED)
    made.skip(30)
    for start in starts:
        made.jump(start)
    made.skip(124 - 30 - 12 * LONG)
    for label, next_label in pairwise(row):
        made.jump(next_label, UNSIGNED)
        made.place(label)
        made.skip(124)
    made.place(last)
    made.jump(outer, UNSIGNED)
    made.place(row[-1])
    for i in range(n_back):
        made.skip(60)
        before, last = last, made.new_label()
        made.place(last)
        made.jump(before)
        if i == 1:
            made.place(outer)
    gaps = random.choice([range(1), range(4), range(60)])
    reach = random.choice((1, 40, 150))
    nearest = random.choice((0, reach // 2))
    labels = [made.new_label() for _ in range(n_ahead)]
    for i, label in enumerate(labels):
        made.skip(random.choice(gaps))
        target = labels[min(i + random.choice((nearest, random.randrange(nearest, reach))), n_ahead - 1)]
        made.jump(target, random.choice((SIGNED, UNSIGNED)))
        made.skip(random.choice(gaps))
        made.place(label)
    return made


def structured_marks(random: Random, n_statements: int) -> MarkList:
    """What compiled branches, loops and handlers look like, in chains and nests."""
    made = MarkList()
    spaces = random.choice([range(1, 6), range(30), range(20, 70), [2, 57, 58, 59, 60, 61, 62, 122, 124]])
    forms = random.sample(range(4), random.randrange(1, 5))
    nesting = random.choice([0.0, 0.15, 0.3])
    for _ in range(n_statements):
        _statement(made, random, forms, spaces, nesting, 0)
    return made


def _statement(
    made: MarkList, random: Random, forms: Sequence[int], spaces: Sequence[int], nesting: float, depth: int
) -> None:
    def body() -> None:
        made.skip(random.choice(spaces))
        while depth < 12 and random.random() < nesting:
            _statement(made, random, forms, spaces, nesting, depth + 1)

    form = random.choice(forms)
    start, middle, end = made.new_label(), made.new_label(), made.new_label()
    if form == 0:  # if … else
        made.jump(middle)
        body()
        made.jump(end)
        made.place(middle)
        body()
    elif form == 1:  # while, with continue and break
        made.jump(middle)
        made.place(start)
        body()
        made.jump(random.choice((middle, end)))
        body()
        made.place(middle)
        made.skip(random.choice(spaces))
        made.jump(start)
    elif form == 2:  # for
        made.place(start)
        made.jump(end, UNSIGNED)
        body()
        made.jump(random.choice((start, end)))
        body()
        made.jump(start)
    else:  # try … except
        made.jump(middle, UNSIGNED)
        body()
        made.jump(end, UNSIGNED)
        made.place(middle)
        body()
        made.jump(end, UNSIGNED)
        made.skip(1)
    made.place(end)
