"""Native code under faults: collections at every allocation, and memory that runs out.

What the unix port allows from outside is used:

* ``gc.threshold(1)`` collects at every allocation, so an object to which no word of a register or of the
  stack points any more, but for one into its middle, is gone, and its memory is used again.
* ``-X heapsize=`` with ``gc.disable()`` makes the n-th allocation fail, and all behind it, for another n with
  each size. Where that is depends on what the code allocates, so the outputs need only agree up to the first
  MemoryError; no process may crash.
* ``micropython.heap_lock()`` makes every allocation fail: a viper function on words and pointers must not
  notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.peers.emission import BYTECODE, Compiler, Emission, MpyCross, RejectedError
from tests.peers.runtimes import Runtime
from tests.programs import native, viper_bulk
from tests.programs.batch import run_batch
from tests.programs.judge import Failure, Fault

COLLECT_ALWAYS: Fault = ((), "import gc; gc.threshold(1)")

HEAP_SIZES = tuple(range(4_500, 11_000, 350))
"""Bytes, on 32-bit words; twice as many on 64. The first is too little for any program, the last enough."""

NEVER_COLLECT = "import gc; gc.collect(); gc.disable()"

STARVED = 8
"""How many programs are run with all the heap sizes."""

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


def starving(
    seeds: Sequence[int], compiler: Compiler, emission: Emission, runtime: Runtime, beyond_peer: bool
) -> list[Failure]:
    """No program crashes in a heap that is too small, or prints something wrong before it notices that."""
    factor = 2 if emission.march == "x64" else 1
    kind, peer = native.Kind(beyond_peer=beyond_peer), MpyCross()
    library = {
        name: compiler(source.encode(), f"{name}.py", emission) for name, source in kind.library.items()
    }
    failures = []
    for seed in seeds[:STARVED]:
        prelude, lines = kind.split(seed)
        text = (prelude + "\n".join(lines) + "\n").encode()
        expected = native.programs([(seed, text.decode())], emission.march, peer, runtime, kind)[0].expected
        try:
            data = compiler(text, "random.py", emission)
        except RejectedError as error:
            failures.append(Failure(seed, "rejected", str(error)))
            continue
        for size in HEAP_SIZES:
            options = ("-X", f"heapsize={size * factor}")
            ran = run_batch(runtime, [data], options=options, before=NEVER_COLLECT, library=library)[0]
            if ran.end.startswith(("signal", "no end")):
                failures.append(Failure(seed, "crashed", f"{ran.end} with a heap of {size * factor} bytes"))
            elif expected is not None and not _agree_until_starved(expected, ran.output):
                failures.append(
                    Failure(seed, "wrong", f"with a heap of {size * factor} bytes: {ran.output!r}")
                )
    return failures


def _agree_until_starved(expected: str, printed: str) -> bool:
    """Whether the lines agree as far as there is no sign of too little memory, which may come late."""
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
