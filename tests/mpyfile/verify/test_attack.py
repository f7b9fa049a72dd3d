"""The verifier against Debian's MicroPython, and against files made to annoy it."""

from __future__ import annotations

import os
import random
import time
import tracemalloc

import pytest

import mpytool
from mpytool.mpyfile.verify import verify
from tests.conftest import RuntimeOf
from tests.mpyfile.verify.assemble import F, module
from tests.mpyfile.verify.attack import attack
from tests.mpyfile.verify.seeds import SEEDS

COUNT = int(os.environ.get("MPYC_ATTACK_COUNT", "5000"))


@pytest.mark.parametrize("name", SEEDS)
def test_seeds_are_accepted(name: str) -> None:
    assert verify(mpytool.compile_source(SEEDS[name], name="a.py").to_bytes()) == []


@pytest.mark.peer
def test_what_is_accepted_does_not_crash(runtime_of: RuntimeOf) -> None:
    """``python -m tests.mpyfile.verify.attack --count 100000`` does more of the same."""
    tally = attack(runtime_of("debian-amd64"), iter(range(COUNT)))
    assert tally.crashed == []
    assert tally.accepted > COUNT / 10
    assert tally.endless + tally.ended < COUNT / 100 + 10
    assert len(tally.codes) > 20


END = "LOAD_CONST_NONE; RETURN_VALUE"
ANNOYING = {
    "pushes": lambda: F("LOAD_CONST_NONE; " * 300_000 + END, n_state=65_000),
    "pushes and pops": lambda: F("LOAD_CONST_NONE; POP_TOP; " * 150_000 + END),
    "deep joins": lambda: F(
        "LOAD_NAME 2; " * 30_000 + "L:; DUP_TOP; POP_JUMP_IF_TRUE L; " * 20_000 + END, n_state=60_000
    ),
    "loops that widen": lambda: F(
        "LOAD_CONST_NONE; " * 60 + "L:; LOAD_NAME 2; ROT_THREE; ROT_THREE; POP_TOP;"
        + "LOAD_NAME 2; POP_JUMP_IF_TRUE L; "
        + END,
        n_state=100,
    ),
    "unpacking": lambda: F(
        "LOAD_NAME 2; " + "UNPACK_SEQUENCE 60000; BUILD_TUPLE 60000; " * 4000 + END, n_state=65_000
    ),
    "handlers": lambda: F("SETUP_FINALLY H; " * 8000 + END + "; H:; END_FINALLY; " + END, n_exc=8000),
    "unwindings": lambda: F(
        "SETUP_FINALLY H; "
        + "".join(f"LOAD_NAME 2; POP_JUMP_IF_TRUE J{i}; UNWIND_JUMP J{i} 1; J{i}:; " for i in range(2000))
        + "LOAD_CONST_NONE; H:; END_FINALLY; " + END,
        n_exc=1,
    ),
    "returns": lambda: F(
        "SETUP_FINALLY H; H:; " * 200 + "LOAD_NAME 2; " * 900 + "RETURN_VALUE", n_exc=200, n_state=5000
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANNOYING)
def test_time_and_memory_are_bounded(name: str) -> None:
    data = module(ANNOYING[name]())
    assert len(data) < 1 << 20
    begun = time.process_time()
    verify(data)
    assert time.process_time() - begun < 20
    tracemalloc.start()
    verify(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_nothing_is_raised() -> None:
    """Whatever the bytes are."""
    rng = random.Random(1)
    files = [mpytool.compile_source(text, name="a.py").to_bytes() for text in SEEDS.values()]
    for _ in range(2000):
        data = bytearray(rng.choice(files))
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(4, len(data))] = rng.randrange(256)
        verify(data[: rng.choice((len(data), rng.randrange(len(data))))])
