"""Compile hostile input in a process of its own, with limits on time and memory: ``python -m`` this module.

Reads the source from standard input; prints how it ended (bytes, error or crash), a detail, the
seconds that the compiler took and the peak memory in MB.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.peers.places import ROOT

MEMORY_LIMIT = 4 << 30
"""Bytes of address space."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind`` is bytes, error, crash or timeout; ``detail`` the size, the code or the traceback's end."""

    kind: str
    detail: str
    seconds: float
    megabytes: float

    @property
    def is_civil(self) -> bool:
        """Whether it ended as it must, in a result or a diagnostic."""
        return self.kind in ("bytes", "error")


def compile_limited(source: bytes, seconds: float) -> Outcome:
    """How the compilation of a source ends in a fresh process."""
    command = [sys.executable, "-m", "tests.robustness.limits"]
    try:
        done = subprocess.run(
            command, input=source, capture_output=True, timeout=seconds + 5, cwd=ROOT, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome("timeout", "", seconds, 0.0)
    lines = done.stdout.decode("utf-8", "replace").strip().rsplit("\n", 1)
    if done.returncode or not lines[-1]:
        return Outcome(
            "crash", f"status {done.returncode}: {done.stderr[-500:].decode('utf-8', 'replace')}", 0.0, 0.0
        )
    kind, detail, spent, memory = lines[-1].split("\t")
    return Outcome(kind, detail, float(spent), float(memory))


def main() -> None:
    """Compile standard input under the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    source = sys.stdin.buffer.read()
    import mpytool

    mpytool.compile_source("pass\n", name="warm.py").to_bytes()
    start = time.perf_counter()
    try:
        kind, detail = "bytes", str(len(mpytool.compile_source(source, name="hostile.py").to_bytes()))
    except mpytool.CompileError as error:
        kind, detail = "error", error.diagnostics[0].code
    except BaseException as error:
        kind, detail = "crash", f"{type(error).__name__}: {error}".replace("\n", " ").replace("\t", " ")[:300]
    spent = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(kind, detail, f"{spent:.3f}", f"{memory:.0f}", sep="\t")


if __name__ == "__main__":
    main()
