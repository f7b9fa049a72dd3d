"""Programs as native code on a real MicroPython print what they print as bytecode.

``data/run.test`` holds programs that are native as a whole, ``data/run_viper.test`` some with viper
functions.
The expected halves (MPYC_REGENERATE=1) are what bytecode prints, or mpy-cross's code with viper functions.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from mpytool import compile_source
from mpytool.options import Goal, Options
from tests.casefile import REGENERATE, Case, read_cases
from tests.conftest import missing
from tests.peers.emission import RUNTIME_OF, Emission, MpyCross
from tests.peers.runtimes import RUNTIMES, Runtime, RuntimeMissingError

DATA = Path(__file__).parent / "data"
CASES = read_cases(DATA / "run.test")
VIPER_CASES = read_cases(DATA / "run_viper.test")
BYTECODE = Options()
RUNS = [("x64", goal) for goal in Goal] + [("armv6m", Goal.BALANCED), ("armv7m", Goal.BALANCED)]
VIPER_RUNS = [
    (case, arch)
    for case in VIPER_CASES
    for arch in ("x64", "armv6m", "armv7m")
    # Some expect words of 64 bits
    if arch == "x64" or "1 << 40" not in case.source
]


@functools.cache
def _runtime(arch: str) -> Runtime:
    try:
        return RUNTIMES[RUNTIME_OF[arch]]()
    except RuntimeMissingError as error:
        missing(str(error))


def _output(data: bytes, arch: str = "x64") -> str:
    result = _runtime(arch).run({"case.mpy": data}, "case")
    return result.output + (f"status {result.status}\n" if result.status else "")


def _compiled(source: str, options: Options) -> bytes:
    return compile_source(source, name="case.py", options=options).to_bytes()


@pytest.mark.parametrize(("arch", "goal"), RUNS, ids=lambda value: getattr(value, "value", value))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native(case: Case, arch: str, goal: Goal) -> None:
    if REGENERATE:
        case.check(_output(_compiled(case.source, BYTECODE)))
    assert _output(_compiled(case.source, Options("native", arch=arch, goal=goal)), arch) == case.expected


@pytest.mark.parametrize(("case", "arch"), VIPER_RUNS, ids=str)
def test_viper(case: Case, arch: str) -> None:
    if REGENERATE:
        case.check(_output(MpyCross()(case.source.encode(), "case.py", Emission(emit="bytecode"))))
    assert _output(_compiled(case.source, Options(arch=arch)), arch) == case.expected


@pytest.mark.parametrize(("arch", "n"), [("x64", 600), ("armv6m", 150), ("armv7m", 150)])
def test_large_function(arch: str, n: int) -> None:
    """Branches reach; and behind 64 KiB of code, on x64, the run time finds the prelude."""
    lines = "".join(f"    t += x.a({i}) if x.b else len(x.c)\n" for i in range(n))
    source = f"""
class X:
    b = 1
    c = ()
    def a(self, i):
        return i
def f(x, t=0):
{lines}    return t
print(f(X()), f(t=5, x=X()))
"""
    data = _compiled(source, Options("native", arch=arch))
    assert len(data) > 0x10000 or arch != "x64"
    total = n * (n - 1) // 2
    assert _output(data, arch) == f"{total} {total + 5}\n"


@pytest.mark.parametrize("arch", ["x64", "armv7m"])
def test_very_many_arguments(arch: str) -> None:
    """Where both counts share a word they have eight bits; calls without stars do without that."""
    ones = "1, " * 300
    names = ", ".join(f"k{i}={i}" for i in range(300))
    source = f"""
def f(*args, **kwargs):
    return len(args), len(kwargs), sum(kwargs.values())
class A:
    m = f
def g(f):
    print(f({ones}), f({names}), f({ones}{names}), A().m({ones}), len(({ones})), len([{ones}]))
g(f)
"""
    expected = "(300, 0, 0) (0, 300, 44850) (300, 300, 44850) (301, 0, 0) 300 300\n"
    assert _output(_compiled(source, Options("native", arch=arch)), arch) == expected
