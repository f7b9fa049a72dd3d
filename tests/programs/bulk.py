"""Compare many seeded programs: ``python -m tests.programs.bulk --count 100000 --from 0 -j 2``.

Prints each seed that differs, and with ``--reduce`` its program without every line that does not matter. The
exit status is 1 if any differs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from collections.abc import Callable, Iterator

from tests.peers.corpus import OPTION_SETS, Comparison, Verdict, compare_source, our_compiler
from tests.peers.oracle import Oracle, scratch_folder
from tests.programs.generator import program_of_seed
from tests.programs.reduce import smallest

_CHUNK = 100


def reduce_lines(program: str, is_bad: Callable[[str], bool]) -> str:
    """The program without the lines that do not matter to the failure."""
    lines = program.splitlines(keepends=True)
    return "".join(smallest(lines, lambda fewer: is_bad("".join(fewer))))


_Outcome = tuple[Counter[Verdict], list[tuple[int, str, Comparison]]]


def _check(start: int) -> _Outcome:
    counts: Counter[Verdict] = Counter()
    bad = []
    compiler = our_compiler()
    with scratch_folder() as scratch:
        peer = Oracle(scratch)
        for seed in range(start, start + _CHUNK):
            flags = OPTION_SETS[seed % len(OPTION_SETS)]
            found = compare_source(compiler, peer.compile, program_of_seed(seed).encode(), "random.py", flags)
            counts[found.verdict] += 1
            if not found.good:
                bad.append((seed, flags, found))
    return counts, bad


def _reduced(seed: int, flags: str, verdict: Verdict) -> str:
    compiler = our_compiler()
    with scratch_folder() as scratch:
        peer = Oracle(scratch)

        def is_bad(program: str) -> bool:
            found = compare_source(compiler, peer.compile, program.encode(), "random.py", flags)
            return found.verdict is verdict

        program = reduce_lines(program_of_seed(seed), is_bad)
        found = compare_source(compiler, peer.compile, program.encode(), "random.py", flags)
        return f"{program}\n{found.detail}"


def _results(starts: range, processes: int) -> Iterator[_Outcome]:
    if processes == 1:
        yield from map(_check, starts)
        return
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=20) as pool:
        yield from pool.imap_unordered(_check, starts)


def main() -> int:
    """Compare and print. Exit status 1 if any program differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.programs.bulk", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("-j", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--reduce", action="store_true")
    parser.add_argument("--show", type=int, default=10)
    arguments = parser.parse_args()
    total: Counter[Verdict] = Counter()
    failures = 0
    for counts, bad in _results(
        range(arguments.first, arguments.first + arguments.count, _CHUNK), arguments.j
    ):
        total += counts
        for seed, flags, found in bad:
            failures += 1
            if failures <= arguments.show:
                print(f"seed {seed} [{flags}] {found.verdict.value}: {found.detail}", flush=True)
                if arguments.reduce:
                    print(_reduced(seed, flags, found.verdict), flush=True)
    print("  ".join(f"{verdict.value}: {count}" for verdict, count in total.items()))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
