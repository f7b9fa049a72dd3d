"""Measure native code beside mpy-cross's: ``python benchmarks/native_code.py --march x64 --modes native``.

Kernels (``benchmarks/kernels/``) are compiled by both, run on real MicroPythons, which must give the right
results, and counted: executed instructions and bytes. ``--write`` makes ``docs/native-speed.md`` of all
architectures and modes. The exit status is 1 if a kernel fails.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.native.counting import Callgrind, Counter, CountError, Counts, Qemu  # noqa: E402
from benchmarks.native.entry import ENTRY_PATHS, TURNS  # noqa: E402
from benchmarks.native.limit import BUILDS, limit  # noqa: E402
from benchmarks.native.measure import KERNELS, MODES, Mode, kernels, measure  # noqa: E402
from benchmarks.native.report import Results, Row, as_json, page  # noqa: E402
from tests.peers.emission import COMPILERS, RUNTIME_OF, Compiler, Emission, compiler_named  # noqa: E402
from tests.peers.oracle import OracleMissingError  # noqa: E402
from tests.peers.runtimes import RUNTIMES, Runtime, RuntimeMissingError  # noqa: E402

MARCHES = ("x64", "armv7em", "armv6m")


@dataclass(frozen=True, slots=True)
class Bench:
    """What kernels of one architecture are measured with."""

    march: str
    runtime: Runtime
    counter: Counter
    compiler: Compiler
    peer: Compiler

    def row(self, kernel: str, mode: Mode) -> Row:
        source = (KERNELS / f"{kernel}{mode.suffix}.py").read_bytes()
        emission = mode.emission(self.march)
        theirs = Emission(self.march, emission.emit)
        peer = measure(kernel, source, self.peer, theirs, self.runtime, self.counter)
        ours = measure(kernel, source, self.compiler, emission, self.runtime, self.counter)
        return Row(kernel, peer, ours, self._limit(kernel))

    def _limit(self, kernel: str) -> Counts | None:
        return limit(kernel, BUILDS["x64" if self.march == "x64" else "arm"], self.counter)

    def entry(self, name: str) -> Row:
        emission, source = Emission(self.march, "bytecode"), ENTRY_PATHS[name].source
        peer, ours = (
            measure(f"entry_{name}", source, compiler, emission, self.runtime, self.counter)
            for compiler in (self.peer, self.compiler)
        )
        return Row(name, peer, ours)


def _counter(march: str, name: str) -> Counter:
    if march != "x64":
        return Qemu()
    return Callgrind() if name == "callgrind" else Qemu(("qemu-x86_64",))


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks/native_code.py", description=__doc__)
    parser.add_argument("--march", default=",".join(MARCHES), help=f"some of {', '.join(RUNTIME_OF)}")
    parser.add_argument("--modes", default=",".join(m.name for m in MODES), help="default: all of them")
    parser.add_argument("--only", default="", help="names of kernels, with commas between them")
    parser.add_argument("--compiler", choices=COMPILERS, default="mpyc")
    parser.add_argument(
        "--counter",
        choices=("callgrind", "qemu"),
        default="callgrind",
        help="for x64; qemu counts nearly the same in a tenth of the time",
    )
    parser.add_argument("--json", type=Path, help="write all numbers there")
    parser.add_argument("--write", action="store_true", help="write docs/native-speed.md")
    parser.add_argument("-j", type=int, default=multiprocessing.cpu_count(), metavar="N", help="at once")
    return parser.parse_args()


def measured(arguments: argparse.Namespace) -> Results:
    """All that was asked for. CountError, OracleMissingError, RuntimeMissingError."""
    results = Results()
    modes = [mode for mode in MODES if mode.name in _words(arguments.modes)]
    with ThreadPoolExecutor(arguments.j) as pool:
        for march in _words(arguments.march):
            bench = Bench(
                march,
                RUNTIMES[RUNTIME_OF[march]](),
                _counter(march, arguments.counter),
                compiler_named(arguments.compiler),
                compiler_named("mpy-cross"),
            )
            for mode in modes:
                measure_one: Callable[[str], Row] = lambda kernel, b=bench, m=mode: b.row(kernel, m)  # type: ignore[misc] # noqa: E731
                names = kernels(mode, _words(arguments.only))
                results.tables[march, mode.name] = list(pool.map(measure_one, names))
            titles = [ENTRY_PATHS[name].title for name in ENTRY_PATHS]
            for title, row in zip(titles, pool.map(bench.entry, ENTRY_PATHS), strict=True):
                results.entries[march, title] = row
    return results


def main() -> int:
    """Measure and print."""
    arguments = _arguments()
    try:
        results = measured(arguments)
    except (CountError, OracleMissingError, RuntimeMissingError) as error:
        print(error, file=sys.stderr)
        return 2
    text = page(results, "python benchmarks/native_code.py --write", TURNS)
    print(text)
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(results), indent=1) + "\n")
    if arguments.write:
        (ROOT / "docs/native-speed.md").write_text(text)
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
