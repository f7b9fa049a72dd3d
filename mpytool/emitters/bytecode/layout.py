"""How long each jump is: one byte of distance or two.

mpy-cross starts from the longest form and repeats until nothing changes. Each pass measures jumps forward
against the layout of the pass before and jumps backward against its own, so some jumps stay long that
would fit: the passes themselves are part of the format's identity (``emit_write_bytecode_byte_label`` and
``mp_emit_bc_end_pass`` in ``py/emitbc.c``).
"""

from __future__ import annotations

from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Passes(Protocol):
        """The passes over one function's marks. Whoever makes them makes the first and the second."""

        @property
        def total(self) -> int:
            """The sum of the jumps' sizes after the last pass."""

        def advance(self) -> bool:
            """One more pass; whether it changed the size of any jump."""

        def recent_sizes(self) -> list[list[int]]:
            """The sizes in the last passes, three of them after ``advance``; the last pass comes last."""

        def layout(self) -> Layout:
            """What the last pass found."""


LABEL = 0
SIGNED = 1
UNSIGNED = 2

Mark = tuple[int, int, int]
"""(kind, offset, label): a label placed (LABEL) or a jump to one (SIGNED, UNSIGNED).

The offset counts the bytes before it without any jumps' opcodes and distances.
"""

SHORT = 2
LONG = 3
"""Sizes of a jump with its opcode, in bytes."""


class Layout(Record):
    """What one pass found: for each jump its size and distance, and the sum of the sizes."""

    __slots__ = ("sizes", "distances", "total")

    def __init__(self, sizes: list[int], distances: list[int] | None = None, total: int = 0) -> None:
        self.sizes = sizes
        self.distances = [] if distances is None else distances
        self.total = total


def first_layout(marks: list[Mark], label_offsets: list[int]) -> Layout:
    """All jumps long; fills ``label_offsets``."""
    before = 0
    for kind, offset, label in marks:
        if kind == LABEL:
            label_offsets[label] = offset + before
        else:
            before += LONG
    return Layout([LONG] * (before // LONG), [], before)


def next_layout(marks: list[Mark], label_offsets: list[int]) -> Layout:
    """One pass; ``label_offsets`` come from the pass before and go to the next.

    Distances count from the end of the jump as it is sized here.
    """
    sizes: list[int] = []
    distances: list[int] = []
    before = 0
    for kind, offset, label in marks:
        if kind == LABEL:
            label_offsets[label] = offset + before
            continue
        distance = label_offsets[label] - offset - before - SHORT
        if (-64 <= distance <= 63) if kind == SIGNED else (0 <= distance <= 127):
            sizes.append(SHORT)
            distances.append(distance)
            before += SHORT
        else:
            sizes.append(LONG)
            distances.append(distance - 1)
            before += LONG
    return Layout(sizes, distances, before)


class WholePasses:
    """The passes as they are defined, each over all marks."""

    __slots__ = ("_label_offsets", "_marks", "_recent", "total")

    def __init__(self, marks: list[Mark], n_labels: int) -> None:
        self._marks = marks
        self._label_offsets = [0] * n_labels
        first = first_layout(marks, self._label_offsets)
        second = next_layout(marks, self._label_offsets)
        self._recent = [first, second]
        self.total = second.total

    def advance(self) -> bool:
        layout = next_layout(self._marks, self._label_offsets)
        last = self._recent[-1]
        self._recent = [*self._recent[-2:], layout]
        self.total = layout.total
        return layout.sizes != last.sizes

    def recent_sizes(self) -> list[list[int]]:
        return [layout.sizes for layout in self._recent]

    def layout(self) -> Layout:
        return self._recent[-1]


def encode_jump(opcode: int, signed: bool, size: int, distance: int) -> bytes:
    """A jump's opcode and distance. ValueError if the 15 bits of a long one cannot hold the distance."""
    if size == SHORT:
        return bytes((opcode, distance + 0x40 if signed else distance))
    if signed:
        distance += 0x4000
    if not 0 <= distance <= 0x7FFF:
        raise ValueError("jump too long")
    return bytes((opcode, 0x80 | distance & 0x7F, distance >> 7))
