"""The kernels of the benchmark give their results as native code, and stay as fast and small as they were.

Speed is executed instructions, which are counted and repeat; nothing here takes a time.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from benchmarks.native.counting import CountError, Qemu
from benchmarks.native.entry import ENTRY_PATHS
from benchmarks.native.measure import KERNELS, MODES, Mode, measure
from tests.conftest import RuntimeOf, missing
from tests.peers.emission import RUNTIME_OF, Emission, MpyCross, mpyc
from tests.peers.kernels import RIGHT, kernel_results

pytestmark = pytest.mark.peer


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("march", ["x64", "armv6m", "armv7em"])
def test_results(march: str, mode: Mode, runtime_of: RuntimeOf) -> None:
    results = kernel_results(runtime_of(RUNTIME_OF[march]), march, mode)
    assert len(results) >= (14 if mode.emit == "viper" else 30)
    assert {name: ran for name, ran in results.items() if ran != RIGHT} == {}


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


@dataclass(frozen=True, slots=True)
class Bound:
    """What some kernels must reach beside mpy-cross, with some room.

    ``times_fewer``: executed instructions, for each kernel; ``bytes_ratio``: bytes of code, for all together.
    A native kernel is counted with the run time, whose work it saves; a viper kernel without, for it is
    called by bytecode.
    """

    kernels: tuple[str, ...]
    times_fewer: float
    bytes_ratio: dict[str, float]


BOUNDS: dict[str, Bound] = {
    "native": Bound(
        ("bitbang", "bytebuf", "crc16", "memview", "nested", "popcount", "sieve"),
        4.0,
        {"x64": 1.05, "armv6m": 1.2, "armv7em": 1.3},
    ),
    "viper": Bound(
        ("bytebuf", "crc16", "nested", "popcount", "sieve"), 2.5, {"x64": 0.5, "armv6m": 0.55, "armv7em": 0.6}
    ),
}
"""By the name of the mode."""


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.name in BOUNDS], ids=lambda mode: mode.name)
@pytest.mark.parametrize("march", ["x64", "armv6m", "armv7em"])
def test_bounds(march: str, mode: Mode, runtime_of: RuntimeOf) -> None:
    runtime, bound = runtime_of(RUNTIME_OF[march]), BOUNDS[mode.name]
    for program in ("cc", "qemu-x86_64"):
        if shutil.which(program) is None:
            missing(f"{program}, which counting instructions needs, is not installed")
    try:
        counter = Qemu(("qemu-x86_64",) if march == "x64" else ())
    except CountError as error:
        missing(str(error))
    emission = mode.emission(march)
    peer_compiler = MpyCross()
    slow, our_bytes, peer_bytes = [], 0, 0
    for name in bound.kernels:
        source = (KERNELS / f"{name}{mode.suffix}.py").read_bytes()
        peer = measure(name, source, peer_compiler, emission, runtime, counter)
        ours = measure(name, source, mpyc, emission, runtime, counter)
        assert peer.counts is not None, peer.failure
        assert ours.counts is not None, ours.failure
        if mode.emit == "native":
            times_fewer = peer.counts.total / ours.counts.total
        else:
            times_fewer = peer.counts.emitted / ours.counts.emitted
        if times_fewer < bound.times_fewer:
            slow.append(f"{name}: {times_fewer:.2f} times fewer instructions")
        our_bytes += ours.code_bytes
        peer_bytes += peer.code_bytes
    assert not slow
    assert our_bytes <= bound.bytes_ratio[march] * peer_bytes, f"{our_bytes} bytes, mpy-cross {peer_bytes}"
