"""The full comparison with mpy-cross over any corpus: ``python -m tests.peers.compare``.

Without arguments every ``.py`` file of the running interpreter's standard library is compiled under four
sets of options and compared byte by byte; rejections are compared by type, message, line and scope.
The exit status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.corpus import (
    OPTION_SETS,
    Comparison,
    CorpusFile,
    Verdict,
    compare_source,
    our_compiler,
    sample,
    sources,
    standard_library,
)
from tests.peers.oracle import CachedOracle, Oracle, OracleMissingError, scratch_folder

_JOBS_A_PROCESS = 400
"""A worker is replaced after so many jobs, which bounds its memory."""


@dataclass(frozen=True, slots=True)
class Job:
    file: CorpusFile
    flags: str


@dataclass(slots=True)
class Report:
    """What a comparison found: counts by options and verdict, our time, and each failure."""

    counts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: list[tuple[float, Job]] = field(default_factory=list)
    failures: list[tuple[Job, Comparison]] = field(default_factory=list)

    def add(self, job: Job, found: Comparison) -> None:
        self.counts.setdefault(job.flags, Counter())[found.verdict] += 1
        self.seconds += found.seconds
        self.slowest = sorted([*self.slowest, (found.seconds, job)], key=lambda item: -item[0])[:5]
        if not found.good:
            self.failures.append((job, found))

    def summary(self) -> str:
        """A table: one row for each set of options, one column for each verdict that occurred."""
        seen = [v for v in Verdict if any(c[v] for c in self.counts.values())]
        rows = [
            f"{flags:28}" + "".join(f"  {v.value}: {count[v]}" for v in seen)
            for flags, count in self.counts.items()
        ]
        return "\n".join(rows)


class _Comparer:
    """What one process keeps between its jobs."""

    def __init__(self, scratch: Path, cached: bool) -> None:
        plain = Oracle(scratch)
        self._compiler = our_compiler()
        self._peer = CachedOracle(plain) if cached else plain

    def __call__(self, job: Job) -> tuple[Job, Comparison]:
        source = job.file.path.read_bytes()
        return job, compare_source(self._compiler, self._peer.compile, source, job.file.name, job.flags)


_comparer: _Comparer | None = None
"""The comparer of a worker process."""


def _start(scratch: Path, cached: bool) -> None:
    global _comparer
    _comparer = _Comparer(scratch, cached)


def _work(job: Job) -> tuple[Job, Comparison]:
    assert _comparer is not None
    return _comparer(job)


def compare(jobs: Sequence[Job], processes: int, *, cached: bool = True) -> Iterator[tuple[Job, Comparison]]:
    """Compare each job with some processes; more than one of them yield in any order."""
    with scratch_folder() as scratch:
        if processes == 1:
            yield from map(_Comparer(scratch, cached), jobs)
            return
        with multiprocessing.get_context("spawn").Pool(
            processes, initializer=_start, initargs=(scratch, cached), maxtasksperchild=_JOBS_A_PROCESS
        ) as pool:
            yield from pool.imap_unordered(_work, jobs, chunksize=4)


def _jobs(roots: Iterable[Path], flags: Sequence[str], count: int | None) -> list[Job]:
    files = [file for root in roots for file in sources(root)]
    if count is not None:
        files = sample(files, count)
    return [Job(file, f) for f in flags for file in files]


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.peers.compare", description=__doc__)
    parser.add_argument(
        "--root", action="append", type=Path, help="a folder or file (default: the standard library)"
    )
    parser.add_argument(
        "--options", action="append", help="mpy-cross's flags, one set an option: --options=-O3"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="only N files, always the same ones")
    parser.add_argument("-j", type=int, default=multiprocessing.cpu_count(), metavar="N", help="processes")
    parser.add_argument(
        "--show", type=int, default=20, metavar="N", help="how many failures to print (default 20)"
    )
    parser.add_argument("--no-cache", action="store_true", help="ask mpy-cross anew")
    parser.add_argument("--only", help="only files whose name contains this")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison and print it. Exit status: 0 nothing differs, 1 something does, 2 no oracle."""
    arguments = _arguments(argv)
    jobs = _jobs(arguments.root or [standard_library()], arguments.options or OPTION_SETS, arguments.sample)
    if arguments.only:
        jobs = [job for job in jobs if arguments.only in job.file.name]
    report = Report()
    start = time.perf_counter()
    progress = sys.stderr.isatty()
    try:
        for done, (job, found) in enumerate(compare(jobs, arguments.j, cached=not arguments.no_cache), 1):
            report.add(job, found)
            if not found.good and len(report.failures) <= arguments.show:
                print(
                    f"{job.file.name}  [{job.flags}]  {found.verdict.value}\n      {found.detail}", flush=True
                )
            if progress and done % 10 == 0:
                print(f"\r{done}/{len(jobs)}  {len(report.failures)} failures", end="\r", file=sys.stderr)
    except OracleMissingError as error:
        print(error, file=sys.stderr)
        return 2
    print(report.summary())
    for seconds, job in report.slowest:
        print(f"slowest: {seconds:6.2f} s  {job.file.name}  [{job.flags}]")
    print(
        f"{len(jobs)} comparisons, {len(report.failures)} failures;"
        f" {report.seconds:.1f} s in our compiler, {time.perf_counter() - start:.1f} s in all"
    )
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
