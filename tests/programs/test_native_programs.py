"""Random programs in native code: viper functions against an exact model, others against bytecode.

``MPYC_RANDOM_NATIVE`` says how many for each target (3,000 otherwise); ``MPYC_RANDOM_SEED`` moves the seeds.
A failing seed is replayed and reduced: ``python -m tests.programs.viper_bulk --seed N --count 1 --reduce``,
or ``tests.programs.native``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import RuntimeOf
from tests.peers.emission import RUNTIME_OF, Emission, MpyCross, mpyc
from tests.programs import native, runnable, viper_bulk
from tests.programs.batch import run_batch
from tests.programs.bulk_command import CHUNK
from tests.programs.faults import FAULTS, LEFT, STARVE, starved
from tests.programs.judge import Failure, judge
from tests.programs.reduce import smallest
from tests.programs.viper import model_of, program_of_seed, text_of
from tests.programs.viper_model import DivisionError, printed

pytestmark = pytest.mark.peer

COUNT = int(os.environ.get("MPYC_RANDOM_NATIVE", "3000"))
SEED = int(os.environ.get("MPYC_RANDOM_SEED", "0"))
SHARDS = 6
MARCHES = ("x64", "armv6m", "armv7m")


def _seeds(shard: int) -> list[range]:
    """The chunks of seeds of one test."""
    count = COUNT // SHARDS
    start = SEED + shard * count
    return [range(at, min(at + CHUNK, start + count)) for at in range(start, start + count, CHUNK)]


def _report(failures: Sequence[Failure]) -> str:
    return "\n".join([f"{len(failures)} programs fail", *map(str, failures[:10])])


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("march", MARCHES)
def test_viper(march: str, shard: int, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of(RUNTIME_OF[march])
    emission = Emission(march, "bytecode", "size" if shard == 0 else None)
    found = [f for seeds in _seeds(shard) for f in viper_bulk.failures(seeds, mpyc, emission, runtime)]
    assert not found, _report(found)


@pytest.mark.parametrize("is_odd", [False, True], ids=["runnable", "odd"])
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("march", MARCHES)
def test_native(march: str, shard: int, is_odd: bool, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of(RUNTIME_OF[march])
    emission = Emission(march, "native", "size" if shard == 0 else None)
    kind = native.Kind(is_odd, beyond_peer=True)
    chunks = _seeds(shard)[:: 4 if is_odd else 1]
    found = [f for seeds in chunks for f in native.failures(seeds, mpyc, emission, runtime, kind)]
    assert not found, _report(found)


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("march", ["x64", "armv7m"])
def test_like_python(march: str, shard: int, runtime_of: RuntimeOf) -> None:
    """Programs that stay in what both define alike print as native code, as bytecode and here the same."""
    runtime, emission = (
        runtime_of(RUNTIME_OF[march]),
        Emission(march, "native", "speed" if shard == 0 else None),
    )
    kind = native.Kind(like_python=True)
    found = [f for seeds in _seeds(shard) for f in native.failures(seeds, mpyc, emission, runtime, kind)]
    assert not found, _report(found)


def test_what_python_does_otherwise_is_found(runtime_of: RuntimeOf) -> None:
    """The comparison itself: bool is a subclass of int in Python only."""
    source = "".join([runnable.PYTHON_HEAD, "print(isinstance(True, int))\n"])
    kind = native.Kind(like_python=True)
    programs = native.programs([(0, source)], "x64", MpyCross(), runtime_of("debian-amd64"), kind)
    assert [(f.kind, f.detail) for f in native.unlike_python(programs, kind)] == [
        (native.UNLIKE_PYTHON, "expected '1', printed '0'")
    ]


WORD_LOOPS = 120


@pytest.mark.parametrize("optimize", [None, "speed"])
@pytest.mark.parametrize("march", ["armv6m", "armv7m"])
def test_word_loops(march: str, optimize: str | None, runtime_of: RuntimeOf) -> None:
    """Loops on integers around 2**32, which are words where small ints have 31 bits."""
    runtime, emission = runtime_of(RUNTIME_OF[march]), Emission(march, "native", optimize)
    kind = native.Kind(is_words=True)
    found = native.failures(range(SEED, SEED + WORD_LOOPS), mpyc, emission, runtime, kind)
    assert not found, _report(found)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("march", MARCHES)
def test_faults(march: str, fault: str, runtime_of: RuntimeOf) -> None:
    """Collections at every allocation, and heaps that run out, change nothing but what they must."""
    runtime = runtime_of(RUNTIME_OF[march])
    found = FAULTS[fault](range(SEED, SEED + 30), mpyc, Emission(march), runtime, True)
    assert not found, _report(found)


@pytest.mark.parametrize("march", MARCHES)
def test_each_allocation_fails_once(march: str, runtime_of: RuntimeOf) -> None:
    """The fault itself: with one block more a program gets one step further."""
    source = f"{STARVE}\n" + "print(object())\n" * 5 + "print('end')\n"
    ran = starved(MpyCross()(source.encode(), "program.py", Emission(march)), runtime_of(RUNTIME_OF[march]))
    assert not any(r.end for r in ran)
    assert [r.output.count("<object>") for r in ran] == [min(left, 5) for left in LEFT]
    assert ["MemoryError" in r.output for r in ran] == [left < 5 for left in LEFT]


ONCE_FAILED = sorted(Path(__file__).with_name("once_failed").glob("*.py"))


@pytest.mark.parametrize("optimize", [None, "size", "speed"])
@pytest.mark.parametrize("march", MARCHES)
def test_programs_that_failed(march: str, optimize: str | None, runtime_of: RuntimeOf) -> None:
    """Random programs that found something, reduced: they print what they print as bytecode."""
    runtime, peer = runtime_of(RUNTIME_OF[march]), MpyCross()
    plain, emission = Emission(march, "bytecode"), Emission(march, "native", optimize)
    sources = [path.read_bytes() for path in ONCE_FAILED]
    expected = run_batch(runtime, [peer(source, "failed.py", plain) for source in sources])
    assert not any(ran.end or "raised" in ran.output for ran in expected)
    assert run_batch(runtime, [mpyc(source, "failed.py", emission) for source in sources]) == expected


# --- the judges themselves ----------------------------------------------------------------------------------


def test_every_program_has_a_meaning() -> None:
    """But for a few, whose divisions would trap."""
    undefined = 0
    for word_bits in (32, 64):
        for seed in range(300):
            try:
                printed(model_of(program_of_seed(seed, word_bits)), word_bits)
            except DivisionError:
                undefined += 1
    assert undefined < 30


def test_a_wrong_word_is_found(runtime_of: RuntimeOf) -> None:
    """Programs whose results are computed for the other word."""
    runtime = runtime_of("debian-amd64")
    programs = [viper_bulk.program(seed, 32) for seed in range(100)]
    assert len(judge(programs, MpyCross(), Emission("x64", "bytecode"), runtime)) > 10


CRASH = b"""
import micropython
@micropython.viper
def f() -> int:
    p = ptr8(1)
    return p[0]
print("before")
f()
"""


def test_a_crash_is_found_among_others(runtime_of: RuntimeOf) -> None:
    runtime = runtime_of("debian-amd64")
    good, bad = b"print('good')\n", MpyCross()(CRASH, "crash.py", Emission("x64", "bytecode"))
    ran = run_batch(runtime, [good, bad, good, b"raise KeyError\n"])
    assert [(r.output.strip(), r.end) for r in ran] == [
        ("good", ""), ("before", "signal 11"), ("good", ""), ("raised KeyError", ""),
    ]  # fmt: skip


def test_a_module_without_end_is_found(runtime_of: RuntimeOf) -> None:
    ran = run_batch(runtime_of("debian-amd64"), [b"while 1: pass\n", b"print(1)\n"], seconds=1)
    assert [(r.output.strip(), r.end) for r in ran] == [("", "no end within 1 s"), ("1", "")]


def test_reduction() -> None:
    lines = program_of_seed(11, 64)
    wanted = next(line for line in lines if " & " in line.viper)
    small = smallest(lines, lambda some: wanted in some)
    assert small == [wanted]


def test_both_texts_have_the_same_lines() -> None:
    for seed in range(50):
        lines = program_of_seed(seed, 64)
        assert text_of(lines).count("\n") == len(model_of(lines))
