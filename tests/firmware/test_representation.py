"""Native code on object representation C: floats, strings and None are words there that look otherwise."""

from __future__ import annotations

import hashlib

import pytest

from benchmarks.native.measure import MODES, Mode
from tests.conftest import missing
from tests.emitters.native.objects import native_differences, viper_differences
from tests.firmware.representation import CONFIGURATION, representation_c
from tests.peers.emission import Emission
from tests.peers.kernels import RIGHT, kernel_results
from tests.peers.native_suite import complaints, judged, suite_tests
from tests.peers.runtimes import Runtime, RuntimeMissingError, micropython_source
from tests.programs.batch import run_batch

pytestmark = pytest.mark.peer

MARCHES = ("armv6m", "armv7em")

EMISSIONS = [Emission("armv6m", "native", "speed"), Emission("armv7emdp")]
SUITE_STEP = 16
"""One in so many of MicroPython's tests is run."""


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    try:
        return representation_c()
    except RuntimeMissingError as error:
        missing(f"no MicroPython {CONFIGURATION.name}: {error}")


def test_representation(runtime: Runtime) -> None:
    """A float is a word that ends in 10, and lacks two bits of the number."""
    source = b"print(id(1.5) & 3, id(1.5) == id(3 / 2), 1 + 2 ** -22 == 1, id(None) & 15)"
    assert [ran.output for ran in run_batch(runtime, [source])] == ["2 True True 14"]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("march", MARCHES)
def test_kernels(march: str, mode: Mode, runtime: Runtime) -> None:
    results = kernel_results(runtime, march, mode)
    assert len(results) >= (14 if mode.emit == "viper" else 30)
    assert {name: ran for name, ran in results.items() if ran != RIGHT} == {}


@pytest.mark.parametrize("march", MARCHES)
def test_objects(march: str, runtime: Runtime) -> None:
    assert native_differences(runtime, march) == []
    assert viper_differences(runtime, march) == []


@pytest.mark.parametrize("emission", EMISSIONS, ids=str)
def test_suite(emission: Emission, runtime: Runtime) -> None:
    """Some of MicroPython's own tests."""
    suite = micropython_source() / "tests"
    every = sorted(suite_tests(suite, ()), key=lambda test: hashlib.sha256(test.encode()).digest())
    outcomes = list(judged(every[::SUITE_STEP], emission, "mpyc", 1, runtime=runtime, suite=suite))
    assert sum(outcome.peer is not None and outcome.peer.passed for outcome in outcomes) >= 40
    assert complaints(outcomes, emission) == []
