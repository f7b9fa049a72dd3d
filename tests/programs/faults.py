"""Native code under faults: collections at every allocation, and memory that runs out.

What the unix port allows from outside is used:

* ``gc.threshold(1)`` collects at every allocation, so an object to which no word of a register or of the
  stack points any more, but for one into its middle, is gone, and its memory is used again.
* A heap that is full but for n blocks, with ``gc.disable()``, makes the first allocation fail that they are
  not enough for, for each n from 0 on. Where that is depends on what the code allocates, so the outputs need
  only agree up to the first MemoryError; no process may crash.
* ``micropython.heap_lock()`` makes every allocation fail: a viper function on words and pointers must not
  notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

from tests.peers.emission import BYTECODE, Compiler, Emission, MpyCross, RejectedError
from tests.peers.runtimes import Runtime
from tests.programs import native, viper_bulk
from tests.programs.batch import Library, Ran, run_batch
from tests.programs.judge import Failure, Fault

COLLECT_ALWAYS: Fault = ((), "import gc; gc.threshold(1)")

LEFT = (*range(40), *(40 + i * i for i in range(2, 26, 2)))
"""Numbers of blocks (of four words) that programs find; the last ones are enough for nearly all."""

_STARVE = """
import gc
turn = 0
held = None
def release():
    global held
    held = None
    gc.enable()
    gc.collect()
def starve():
    global held, turn
    left = LEFT[turn]
    turn += 1
    gc.collect()
    held = [None, [object() for _ in range(left)]]
    gc.disable()
    size = 1 << 18
    while size:
        try:
            held[0] = (held[0], bytearray(size))
        except MemoryError:
            size >>= 1
    gc.collect()
    try:
        while True:
            held[0] = (held[0],)
    except MemoryError:
        pass
    held[1].clear()
    gc.collect()
"""
"""A module that fills the heap, but for a number of blocks: objects that it made for that are collected."""

Judge = Callable[[Sequence[int], Compiler, Emission, Runtime, bool], list[Failure]]
"""Seeds, compiler, emission, runtime, and whether programs may hold what mpy-cross's code cannot do."""


def collecting(
    seeds: Sequence[int], compiler: Compiler, emission: Emission, runtime: Runtime, beyond_peer: bool
) -> list[Failure]:
    """Native and viper programs with a collection at each allocation print what they always print."""
    kind = native.Kind(beyond_peer=beyond_peer)
    found = native.failures(seeds, compiler, emission, runtime, kind, fault=COLLECT_ALWAYS)
    plain = Emission(emission.march, BYTECODE.emit, emission.optimize)
    return found + viper_bulk.failures(seeds, compiler, plain, runtime, fault=COLLECT_ALWAYS)


STARVE = "import starving\nstarving.starve()"
"""What programs begin with that are to be starved."""


def starved(data: bytes, runtime: Runtime, library: Library = MappingProxyType({})) -> list[Ran]:
    """What a program does with each number of blocks of ``LEFT``."""
    return run_batch(
        runtime,
        [data] * len(LEFT),
        before="import starving; e = name = None",  # no memory is wanted for names later
        after="starving.release()",
        library=library,
        kept={"starving": f"LEFT = {LEFT}{_STARVE}".encode()},
    )


def starving(
    seeds: Sequence[int], compiler: Compiler, emission: Emission, runtime: Runtime, beyond_peer: bool
) -> list[Failure]:
    """No program crashes where memory runs out, or prints something wrong before it notices that."""
    kind, peer = native.Kind(beyond_peer=beyond_peer), MpyCross()
    library = {
        name: compiler(source.encode(), f"{name}.py", emission) for name, source in kind.library.items()
    }
    failures = []
    for seed in seeds:
        prelude, lines = kind.split(seed)
        plain = prelude + "\n".join(lines) + "\n"
        expected = native.programs([(seed, plain)], emission.march, peer, runtime, kind)[0].expected
        text = "\n".join([prelude + STARVE, *lines, ""])
        goal = emission.optimize or (None, "size", "speed")[seed % 3]
        try:
            data = compiler(text.encode(), "random.py", replace(emission, optimize=goal))
        except RejectedError as error:
            failures.append(Failure(seed, "rejected", str(error)))
            continue
        for left, ran in zip(LEFT, starved(data, runtime, library), strict=True):
            if ran.end:
                failures.append(Failure(seed, "crashed", f"{ran.end} with {left} blocks"))
            elif expected is not None and not _agree_until_starved(expected, ran.output, text):
                failures.append(Failure(seed, "wrong", f"with {left} blocks: {ran.output!r}"))
    return failures


_SILENT = re.compile(r"except \w+:|except \(.*\):|finally:|with |yield from")
"""What may swallow a MemoryError and say nothing."""


def _agree_until_starved(expected: str, printed: str, text: str) -> bool:
    """Whether the lines agree as far as there is no sign of too little memory, which may come late."""
    if _SILENT.search(text):
        return True
    for a, b in zip(expected.split("\n"), printed.split("\n"), strict=False):
        if a != b:
            return "MemoryError" in printed or "memory" in printed
    return True


_LOCKED = """
import micropython
{source}
buffer = bytearray(64)
words = bytearray(range(64))
def check():
    micropython.heap_lock()
    try:
        result = work(buffer, words, 20)
    finally:
        micropython.heap_unlock()
    print(result, bytes(buffer))
check()
"""

_LOCKED_WORK = """
@micropython.viper
def work(p: ptr8, q: ptr32, n: int) -> int:
    total = 0
    high = uint(1)
    for i in range(n):
        w = q[i & 15]
        p[i] = w >> 3
        high = (high << 5) ^ uint(w)
        if int(high) < 0 or w % 7 == 3:
            total += (w // 5) & 255
        else:
            total -= i * 3
    p[40] = int(high) & 255
    return total & 0xFFFF
"""


def locked(
    seeds: Sequence[int], compiler: Compiler, emission: Emission, runtime: Runtime, beyond_peer: bool
) -> list[Failure]:
    """A viper function on words and pointers runs while the heap is locked."""
    source = _LOCKED.format(source=_LOCKED_WORK).encode()
    plain = Emission(emission.march, BYTECODE.emit, emission.optimize)
    unlocked = source.replace(b"micropython.heap_lock()", b"pass").replace(
        b"micropython.heap_unlock()", b"pass"
    )
    ran = run_batch(runtime, [compiler(text, "locked.py", plain) for text in (unlocked, source)])
    if ran[0] == ran[1] and not ran[0].end and ran[0].output.strip()[:1].isdigit():
        return []
    return [Failure(0, "wrong", f"unlocked {ran[0]}, locked {ran[1]}")]


FAULTS: dict[str, Judge] = {"collecting": collecting, "starving": starving, "locked": locked}
