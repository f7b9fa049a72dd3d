"""Programs as native code on a real MicroPython print what they print as bytecode.

``data/run.test`` holds programs that are native as a whole, ``data/run_viper.test`` some with viper
functions.
The expected halves (MPYC_REGENERATE=1) are what bytecode prints, or mpy-cross's code with viper functions.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mpytool import compile_source
from mpytool.options import Goal, Options
from tests.casefile import REGENERATE, Case, read_cases
from tests.peers.emission import Emission, MpyCross
from tests.peers.runtimes import Runtime, RuntimeMissingError, debian

DATA = Path(__file__).parent / "data"
CASES = read_cases(DATA / "run.test")
VIPER_CASES = read_cases(DATA / "run_viper.test")
BYTECODE = Options()
NATIVE = Options(emit="native", arch="x64")
MIXED = Options(arch="x64")
GOALS = list(Goal)


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    try:
        return debian("amd64")
    except RuntimeMissingError as error:
        pytest.skip(str(error))


def _output(runtime: Runtime, data: bytes) -> str:
    result = runtime.run({"case.mpy": data}, "case")
    return result.output + (f"status {result.status}\n" if result.status else "")


def _compiled(case: Case, options: Options) -> bytes:
    return compile_source(case.source, name="case.py", options=options).to_bytes()


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.value)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native(case: Case, goal: Goal, runtime: Runtime) -> None:
    if REGENERATE:
        case.check(_output(runtime, _compiled(case, BYTECODE)))
    assert _output(runtime, _compiled(case, replace(NATIVE, goal=goal))) == case.expected


@pytest.mark.parametrize("case", VIPER_CASES, ids=str)
def test_viper(case: Case, runtime: Runtime) -> None:
    if REGENERATE:
        case.check(_output(runtime, MpyCross()(case.source.encode(), "case.py", Emission(emit="bytecode"))))
    assert _output(runtime, _compiled(case, MIXED)) == case.expected
