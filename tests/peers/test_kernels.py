"""The kernels of the benchmark give their results as native code; counting them is repeatable."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.native.counting import Qemu
from benchmarks.native.entry import ENTRY_PATHS
from benchmarks.native.measure import KERNELS, MODES, Mode, code_bytes, kernels, measure
from tests.conftest import RuntimeOf, missing
from tests.peers.emission import JUDGED, RUNTIME_OF, Compiler, Emission, MpyCross, mpyc
from tests.programs.batch import run_batch

pytestmark = pytest.mark.peer

_CALL = b"\nif run(N) != CHECK or run(N) != CHECK:\n    print(run(N))\nprint('done')\n"


def _compiler(march: str) -> Compiler:
    return mpyc if march in JUDGED else MpyCross()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("march", ["x64", "armv6m", "armv7em"])
def test_results(march: str, mode: Mode, runtime_of: RuntimeOf) -> None:
    if mode.optimize is not None and march not in JUDGED:
        mode = Mode(mode.name, mode.emit)
    runtime, compiler = runtime_of(RUNTIME_OF[march]), _compiler(march)
    names = kernels(mode)
    assert len(names) >= (14 if mode.emit == "viper" else 30)
    sources = [(KERNELS / f"{name}{mode.suffix}.py").read_bytes() + _CALL for name in names]
    modules = [compiler(source, "kernel.py", mode.emission(march)) for source in sources]
    assert all(code_bytes(module) > 100 for module in modules)
    ran = run_batch(runtime, modules)
    assert {name: (r.output, r.end) for name, r in zip(names, ran, strict=True)} == dict.fromkeys(
        names, ("done", "")
    )


@pytest.mark.parametrize("name", ENTRY_PATHS)
def test_counts_repeat(name: str, runtime_of: RuntimeOf) -> None:
    """On Arm: emitted instructions are counted exactly, and there are some for each activation."""
    runtime = runtime_of("debian-armhf")
    if shutil.which("cc") is None:
        missing("no C compiler for the plugin that counts")
    source, counter = ENTRY_PATHS[name].source, Qemu()
    first, second = (
        measure("entry", source, MpyCross(), Emission("armv7em", "bytecode"), runtime, counter)
        for _ in range(2)
    )
    assert first.counts is not None, first.failure
    assert second.counts is not None
    assert first.counts.emitted == second.counts.emitted
    assert first.counts.total > first.counts.emitted > 500
