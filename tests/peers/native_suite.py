"""MicroPython's own tests through native code: ``python -m tests.peers.native_suite --march x64 [names]``.

Each test is compiled to native code and run as the main module of a real MicroPython, as MicroPython's runner
does it with ``--via-mpy``. It must print what it prints as bytecode on the same MicroPython; tests that hold
native functions themselves must print their ``.exp`` file, and those with a ``.native.exp`` file that.
Ours has to pass whatever passes when mpy-cross made the code, and the tests in ``LIFTED``. The exit status is
1 if a required test fails or a row of
``KNOWN_FAILURES`` is not needed. Another MicroPython is tried with its own tests:
``--runtime PATH/micropython --suite PATH/tests``.
"""

from __future__ import annotations

import argparse
import enum
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.emission import (
    BYTECODE,
    COMPILERS,
    RUNTIME_OF,
    Compiler,
    Emission,
    MpyCross,
    RejectedError,
    runtime_for,
)
from tests.peers.emission import compiler_named as compiler_of
from tests.peers.native_rows import KNOWN_FAILURES, LIFTED
from tests.peers.oracle import binary
from tests.peers.places import cache_dir
from tests.peers.runtimes import Runtime, micropython_tests

FOLDERS = (
    "basics", "float", "unicode", "import", "io", "micropython", "misc", "extmod", "stress", "ports/unix",
)  # fmt: skip

MODULE = "suite_test"
"""The name of the compiled test's file, which no test has."""

SECONDS = 20.0

_RUNS = 5
"""How often a test runs as bytecode that must print the same each time."""
_NATIVE_WORDS = (b"@micropython.native", b"@micropython.viper", b"@micropython.asm")


class Verdict(enum.Enum):
    PASSED = "passed"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    REJECTED = "rejected"
    COMPILER_CRASHED = "compiler crashed"


@dataclass(frozen=True, slots=True)
class Finding:
    """How a test ended with one compiler; ``detail`` is the first line that differs, or the rejection."""

    verdict: Verdict
    detail: str = ""

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test. ``peer`` is what became of mpy-cross's code; ``why_skipped`` is empty if the test was run."""

    test: str
    why_skipped: str = ""
    peer: Finding | None = None
    ours: Finding | None = None

    def is_required(self, emit: str) -> bool:
        """With ``-X emit=viper`` the tests in ``LIFTED`` are other programs, whose locals are typed."""
        is_lifted = emit == "native" and self.test in LIFTED
        return is_lifted or (self.peer is not None and self.peer.passed)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a test printed, and how it ended: a status, a negative signal, or None for the time limit."""

    output: str
    status: int | None


def first_difference(expected: str, found: str) -> str:
    """The first line that is not as expected, in words."""
    want, have = expected.split("\n"), found.split("\n")
    for number, (a, b) in enumerate(zip(want, have, strict=False), 1):
        if a != b:
            return f"line {number}: expected {a[:90]!r}, printed {b[:90]!r}"
    return f"{len(have)} lines instead of {len(want)}"


class Bench:
    """Runs tests on one MicroPython, in a copy of the suite of its own."""

    def __init__(self, runtime: Runtime, suite: Path, folder: Path) -> None:
        self._runtime = runtime
        self._root = folder / "suite"
        for name in FOLDERS:
            shutil.copytree(suite / name, self._root / name)
        self._cache = cache_dir("native-suite", f"{runtime.name}-{runtime.version[0]}.{runtime.version[1]}")

    def run(self, test: str, data: bytes) -> Printed:
        """Run a compiled test in the folder of its source."""
        folder = (self._root / test).parent
        path = folder / f"{MODULE}.mpy"
        path.write_bytes(data)
        try:
            result = self._runtime.start(("-m", MODULE), folder, SECONDS)
        except subprocess.TimeoutExpired as error:
            return Printed((error.output or b"").decode("utf-8", "replace"), None)
        finally:
            path.unlink()
        return Printed(result.output.replace("\r\n", "\n"), result.status)

    def run_cached(self, test: str, data: bytes) -> Printed:
        """As ``run``, for code that does not change from run to run: a peer's."""
        path = self._cache / hashlib.sha256(test.encode() + b"\0" + data).hexdigest()
        if path.exists():
            output, status = json.loads(path.read_text())
            return Printed(output, status)
        printed = self.run(test, data)
        if printed.status is not None:
            with tempfile.NamedTemporaryFile("w", dir=self._cache, delete=False) as file:
                json.dump([printed.output, printed.status], file)
            os.replace(file.name, path)
        return printed


class Judge:
    """Compiles and runs tests; ``compiler`` is None to try mpy-cross alone."""

    def __init__(self, bench: Bench, suite: Path, emission: Emission, compiler: Compiler | None) -> None:
        self._bench = bench
        self._suite = suite
        self._emission = emission
        self._compiler = compiler
        self._peer = MpyCross()

    def __call__(self, test: str) -> Outcome:
        source = (self._suite / test).read_bytes()
        expected = self._expected(test, source)
        if isinstance(expected, str):
            return Outcome(test, expected)
        peer = self._finding(test, source, self._peer, expected, is_peer=True)
        if self._compiler is None:
            return Outcome(test, peer=peer)
        ours = self._finding(test, source, self._compiler, expected, is_peer=False)
        if not ours.passed and peer.passed and not self._is_stable(test, source):
            return Outcome(test, "prints other things from run to run as bytecode, too")
        return Outcome(test, peer=peer, ours=ours)

    def _is_stable(self, test: str, source: bytes) -> bool:
        """Whether bytecode prints the same each time: some tests print addresses, or race with a clock."""
        data = self._peer(source, Path(test).name, Emission(self._emission.march, BYTECODE.emit))
        first = self._bench.run_cached(test, data)
        return all(self._bench.run(test, data) == first for _ in range(_RUNS))

    def _expected(self, test: str, source: bytes) -> Printed | str:
        """What the test must print, or why it says nothing here."""
        emission = Emission(self._emission.march, BYTECODE.emit)
        try:
            data = self._peer(source, Path(test).name, emission)
        except RejectedError as error:
            return f"not compiled to bytecode: {error}"
        printed = self._bench.run_cached(test, data)
        if printed.status is None:
            return "takes too long as bytecode"
        if printed.output == "SKIP\n":
            return "not for this MicroPython"
        if printed.status < 0:
            return f"dies of signal {-printed.status} as bytecode"
        if "ImportError: no module named" in printed.output[-200:]:
            return "wants a module that is not there"
        is_native = any(word in source for word in _NATIVE_WORDS)
        for wanted in (f"{test}.native.exp", *([f"{test}.exp"] if is_native else [])):
            if (self._suite / wanted).exists():
                return Printed((self._suite / wanted).read_text(errors="replace"), printed.status)
        return printed

    def _finding(
        self, test: str, source: bytes, compiler: Compiler, expected: Printed, *, is_peer: bool
    ) -> Finding:
        try:
            data = compiler(source, Path(test).name, self._emission)
        except RejectedError as error:
            return Finding(Verdict.REJECTED, str(error))
        except Exception:
            return Finding(Verdict.COMPILER_CRASHED, traceback.format_exc(limit=-1).strip()[-300:])
        run = self._bench.run_cached if is_peer else self._bench.run
        found = _judge(expected, run(test, data))
        # Some tests race with a clock: one failure in two runs is none.
        return found if found.passed or is_peer else _judge(expected, run(test, data))


def _judge(expected: Printed, printed: Printed) -> Finding:
    if printed == expected:
        return Finding(Verdict.PASSED)
    if printed.status is None:
        return Finding(Verdict.TIMED_OUT, f"after {SECONDS:.0f} s; printed {printed.output[-80:]!r}")
    if printed.status < 0:
        return Finding(Verdict.CRASHED, f"signal {-printed.status}; printed {printed.output[-80:]!r}")
    if printed.output == expected.output:
        return Finding(Verdict.FAILED, f"exit status {printed.status}, expected {expected.status}")
    return Finding(Verdict.FAILED, first_difference(expected.output, printed.output))


def suite_tests(suite: Path, names: Sequence[str]) -> list[str]:
    """The tests whose names contain one of some words; all without words."""
    found = [f"{folder}/{path.name}" for folder in FOLDERS for path in sorted((suite / folder).glob("*.py"))]
    return [test for test in found if not names or any(name in test for name in names)]


# --- many tests, in processes -------------------------------------------------------------------------------

_judge_here: Judge | None = None
"""The judge of a worker process."""
_folder_here: tempfile.TemporaryDirectory[str] | None = None


def _start(emission: Emission, compiler: str | None, runtime: Runtime, suite: Path) -> None:
    global _judge_here, _folder_here
    _folder_here = tempfile.TemporaryDirectory(prefix="mpyc-suite-")
    bench = Bench(runtime, suite, Path(_folder_here.name))
    _judge_here = Judge(bench, suite, emission, compiler_of(compiler) if compiler else None)


def _work(test: str) -> Outcome:
    assert _judge_here is not None
    return _judge_here(test)


def judged(
    tests: Sequence[str],
    emission: Emission,
    compiler: str | None,
    processes: int,
    *,
    runtime: Runtime | None = None,
    suite: Path | None = None,
) -> Iterator[Outcome]:
    """The outcome of each test, in any order. RuntimeMissingError and OracleMissingError come first: a
    worker that cannot start would be started again, and again.
    """
    binary()
    here = (runtime or runtime_for(emission.march), suite or micropython_tests())
    with multiprocessing.get_context("spawn").Pool(
        processes, initializer=_start, initargs=(emission, compiler, *here)
    ) as pool:
        yield from pool.imap_unordered(_work, tests, chunksize=2)
        pool.close()
        pool.join()


def complaints(outcomes: Sequence[Outcome], emission: Emission) -> list[str]:
    """One line for each required test that failed, and for each row that is not needed."""
    known = {
        row.test: row for row in KNOWN_FAILURES if emission.march in row.marches and emission.emit == "native"
    }
    lines = []
    for outcome in sorted(outcomes, key=lambda o: o.test):
        ours = outcome.ours
        if ours is None:
            continue
        if outcome.test in known:
            if ours.passed:
                lines.append(f"{outcome.test}: its row of known failures is not needed")
        elif not ours.passed and outcome.is_required(emission.emit):
            lines.append(f"{outcome.test}: {ours.verdict.value}: {ours.detail}")
    return lines


def summary(outcomes: Sequence[Outcome]) -> str:
    """Counts of verdicts, mpy-cross's and ours."""
    rows = [f"{len(outcomes)} tests, {sum(bool(o.why_skipped) for o in outcomes)} not run"]
    for label, findings in (
        ("mpy-cross", [o.peer for o in outcomes if o.peer]),
        ("compiler", [o.ours for o in outcomes if o.ours]),
    ):
        counts = Counter(finding.verdict.value for finding in findings)
        if counts:
            rows.append(f"{label:10}" + "  ".join(f"{name}: {count}" for name, count in counts.most_common()))
    return "\n".join(rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print. Exit status 1 if there is a complaint."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.native_suite", description=__doc__)
    parser.add_argument("names", nargs="*", help="only tests whose path contains one of these")
    parser.add_argument("--march", choices=RUNTIME_OF, default="x64")
    parser.add_argument("--emit", choices=("native", "viper"), default="native")
    parser.add_argument("--optimize", choices=("size", "speed"))
    parser.add_argument("--compiler", choices=COMPILERS, default="mpyc")
    parser.add_argument("--runtime", metavar="COMMAND", help="another MicroPython, such as 'qemu-arm PATH'")
    parser.add_argument("--suite", type=Path, metavar="FOLDER", help="the folder tests of its source")
    parser.add_argument("-j", type=int, default=multiprocessing.cpu_count(), metavar="N", help="processes")
    parser.add_argument("-v", action="store_true", help="also failures that may be, and what was not run")
    arguments = parser.parse_args(argv)
    emission = Emission(arguments.march, arguments.emit, arguments.optimize)
    runtime = runtime_for(emission.march, arguments.runtime)
    suite = arguments.suite or micropython_tests()
    found = judged(
        suite_tests(suite, arguments.names),
        emission,
        arguments.compiler,
        arguments.j,
        runtime=runtime,
        suite=suite,
    )
    outcomes = sorted(found, key=lambda o: o.test)
    if arguments.v:
        for outcome in outcomes:
            if outcome.why_skipped:
                print(f"not run   {outcome.test}: {outcome.why_skipped}")
            for label, finding in (("mpy-cross", outcome.peer), ("compiler ", outcome.ours)):
                if finding and not finding.passed:
                    print(f"{label} {outcome.test}: {finding.verdict.value}: {finding.detail}")
    lines = complaints(outcomes, emission)
    for line in lines:
        print(line)
    print(summary(outcomes))
    version = ".".join(map(str, runtime.version))
    print(f"[{emission}, MicroPython {version}] {len(lines)} complaints")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
