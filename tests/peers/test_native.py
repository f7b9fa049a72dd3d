"""MicroPython's own tests through native code, on x86-64 and under qemu-user on Arm.

``python -m tests.peers.native_suite`` does the same from the command line, for any part of them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.conftest import RuntimeOf, missing
from tests.peers.emission import RUNTIME_OF, Emission, MpyCross, mpyc
from tests.peers.native_rows import KNOWN_FAILURES, LIFTED
from tests.peers.native_suite import Verdict, complaints, judged, suite_tests
from tests.peers.runtimes import RuntimeMissingError, micropython_tests

pytestmark = pytest.mark.peer

MODES = [Emission("x64"), Emission("x64", "native", "size"), Emission("armv7emdp"), Emission("armv6m")]
"""What the whole suite is run with."""

SHARDS = 4

PROGRAM = b"""
import micropython

@micropython.viper
def total(p: ptr8, n: int) -> int:
    s = 0
    for i in range(n):
        s += p[i]
    return s

def greet(name, *, end="!"):
    return "hello " + name + end

print(total(bytes(range(10)), 10), greet("world"), [x * 2 for x in range(3)])
"""


@pytest.mark.parametrize("march", RUNTIME_OF)
def test_runtime_takes_native_code(march: str, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of(RUNTIME_OF[march])
    for compiler in (MpyCross(), mpyc):
        data = compiler(PROGRAM, "program.py", Emission(march))
        result = runtime.run({"program.mpy": data}, "program")
        assert (result.output, result.status) == ("45 hello world! [0, 2, 4]\n", 0)


@pytest.mark.parametrize("march", ["x64", "armv7emdp"])
def test_runtime_refuses_foreign_code(march: str, runtime_of: RuntimeOf) -> None:
    data = MpyCross()(PROGRAM, "program.py", Emission("xtensa"))
    result = runtime_of(RUNTIME_OF[march]).run({"program.mpy": data}, "program")
    assert "incompatible .mpy" in result.output
    assert result.status == 1


def _suite() -> Path:
    try:
        return micropython_tests()
    except RuntimeMissingError as error:
        missing(f"no sources of MicroPython's tests: {error}")


def _order(test: str) -> bytes:
    return hashlib.sha256(test.encode()).digest()


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("emission", MODES, ids=str)
def test_suite(emission: Emission, shard: int, runtime_of: RuntimeOf) -> None:
    runtime_of(RUNTIME_OF[emission.march])
    tests = sorted(suite_tests(_suite(), ()), key=_order)[shard::SHARDS]
    outcomes = list(judged(tests, emission, "mpyc", processes=1))
    passed = sum(outcome.peer is not None and outcome.peer.passed for outcome in outcomes)
    assert passed > len(tests) * 0.8, "too little of the suite runs to judge anything"
    found = complaints(outcomes, emission)
    assert not found, "\n".join([f"{len(found)} complaints", *found[:20]])


def test_a_wrong_compiler_is_found(runtime_of: RuntimeOf) -> None:
    """The judge itself: what mpy-cross's native code cannot do is a failure where ours is asked for it."""
    runtime_of(RUNTIME_OF["x64"])
    outcomes = list(judged(["basics/del_local.py"], Emission("x64"), "mpy-cross", processes=1))
    assert [outcome.ours and outcome.ours.verdict for outcome in outcomes] == [Verdict.FAILED]
    assert complaints(outcomes, Emission("x64")) == [
        "basics/del_local.py: failed: line 3: expected 'NameError', printed 'None'"
    ]


def test_rows_name_tests() -> None:
    tests = set(suite_tests(_suite(), ()))
    assert tests >= LIFTED
    assert tests >= {row.test for row in KNOWN_FAILURES}
    assert {march for row in KNOWN_FAILURES for march in row.marches} <= set(RUNTIME_OF)
