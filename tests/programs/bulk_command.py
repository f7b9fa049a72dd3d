"""What the commands that judge many random programs in native code share."""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Sequence

from tests.peers.emission import COMPILERS, RUNTIME_OF, Compiler, Emission, compiler_named
from tests.peers.runtimes import Runtime
from tests.programs.judge import Failure

CHUNK = 50
"""How many programs one start of a MicroPython runs."""


def bulk_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """The options of both commands."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=description)
    parser.add_argument("--march", choices=RUNTIME_OF, default="x64")
    parser.add_argument("--optimize", choices=("size", "speed"))
    parser.add_argument("--compiler", choices=COMPILERS, default="mpyc")
    parser.add_argument("--runtime", metavar="COMMAND", help="another MicroPython, such as 'qemu-arm PATH'")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed")
    parser.add_argument("-j", type=int, default=multiprocessing.cpu_count(), metavar="N", help="processes")
    parser.add_argument("--show", type=int, default=10, metavar="N", help="how many failures to print")
    parser.add_argument("--reduce", action="store_true", help="print the failing programs, reduced")
    return parser


def run_bulk(
    arguments: argparse.Namespace,
    emission: Emission,
    runtime: Runtime,
    start: tuple[Callable[..., None], tuple[object, ...]],
    work: Callable[[Sequence[int]], list[Failure]],
    reduce: Callable[[Failure, Compiler, Emission, Runtime], str],
) -> int:
    """Judge the seeds with some processes, each of which is begun with a call, and print what fails."""
    end = arguments.seed + arguments.count
    chunks = [range(at, min(at + CHUNK, end)) for at in range(arguments.seed, end, CHUNK)]
    count = 0
    with multiprocessing.get_context("spawn").Pool(arguments.j, *start) as pool:
        for found in pool.imap_unordered(work, chunks):
            for failure in found:
                count += 1
                if count <= arguments.show:
                    print(failure, flush=True)
                    if arguments.reduce:
                        compiler = compiler_named(arguments.compiler)
                        print(reduce(failure, compiler, emission, runtime), flush=True)
    print(f"[{emission}, {arguments.compiler}] {arguments.count} programs, {count} failures")
    return 1 if count else 0
