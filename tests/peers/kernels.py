"""The kernels of the benchmark on a MicroPython: ``python -m tests.peers.kernels --march x64``.

Each must give its result twice, in every mode. Prints those that do not; then the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.native.measure import KERNELS, MODES, Mode, code_bytes, kernels
from tests.peers.emission import COMPILERS, RUNTIME_OF, Compiler, compiler_named, mpyc, runtime_for
from tests.peers.runtimes import Runtime
from tests.programs.batch import Ran, run_batch

_CALL = b"\nif run(N) != CHECK or run(N) != CHECK:\n    print(run(N))\nprint('done')\n"


def kernel_results(runtime: Runtime, march: str, mode: Mode, compiler: Compiler = mpyc) -> dict[str, Ran]:
    """What each kernel printed and how it ended: ``RIGHT`` if it gave its result. They have machine code."""
    names = kernels(mode)
    sources = [(KERNELS / f"{name}{mode.suffix}.py").read_bytes() + _CALL for name in names]
    modules = [compiler(source, "kernel.py", mode.emission(march)) for source in sources]
    assert all(code_bytes(module) > 20 for module in modules)
    return dict(zip(names, run_batch(runtime, modules), strict=True))


RIGHT = Ran("done")


def main(argv: Sequence[str] | None = None) -> int:
    """Run all and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.kernels", description=__doc__)
    parser.add_argument("--march", choices=RUNTIME_OF, default="x64")
    parser.add_argument("--compiler", choices=COMPILERS, default="mpyc")
    parser.add_argument("--runtime", metavar="COMMAND", help="another MicroPython, such as 'qemu-arm PATH'")
    arguments = parser.parse_args(argv)
    runtime, compiler = runtime_for(arguments.march, arguments.runtime), compiler_named(arguments.compiler)
    wrong = 0
    for mode in MODES:
        results = kernel_results(runtime, arguments.march, mode, compiler)
        for name, ran in results.items():
            if ran != RIGHT:
                wrong += 1
                print(f"{name} {mode.name}: {ran.output!r} {ran.end}")
        print(f"[{arguments.march} {mode.name}, MicroPython {runtime.version}] {len(results)} kernels")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
