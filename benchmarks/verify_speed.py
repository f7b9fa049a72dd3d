"""Measure reading and verifying: ``python benchmarks/verify_speed.py`` prints a table.

The unit of the last column is the time in which mpyc compiles the same module from source, in the same run.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

STDLIB = Path(sysconfig.get_paths()["stdlib"])

FILES = (
    "argparse.py", "calendar.py", "configparser.py", "csv.py", "difflib.py", "email/message.py", "ftplib.py",
    "heapq.py", "mailbox.py", "optparse.py", "pickletools.py", "subprocess.py", "tarfile.py", "textwrap.py",
    "turtle.py", "typing.py", "zipfile.py",
)  # fmt: skip

ROUNDS = 7


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _compile(source: bytes, name: str) -> bytes:
    import mpytool

    return mpytool.compile_source(source, name=name).to_bytes()


def main() -> None:
    """Measure and print."""
    import mpytool

    print(
        "| file | source kB | .mpy kB | compile ms | read ms | verify ms | verify MB/s | verify / compile |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    totals = [0.0] * 5
    for name in FILES:
        path = STDLIB / name
        if not path.exists():
            continue
        source = path.read_bytes()
        try:
            data = _compile(source, name)
        except mpytool.CompileError:
            continue
        assert mpytool.verify(data) == []
        row = [
            len(source) / 1e3,
            len(data) / 1e3,
            _best(partial(_compile, source, name)) * 1e3,
            _best(partial(mpytool.read, data)) * 1e3,
            _best(partial(mpytool.verify, data)) * 1e3,
        ]
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        _print(f"`{name}`", row)
    _print("**all**", totals)
    print(f"\nReading alone: {totals[1] / totals[3]:.1f} MB/s. The time to verify includes it.")


def _print(name: str, row: list[float]) -> None:
    source, size, compiling, reading, verifying = row
    print(
        f"| {name} | {source:.0f} | {size:.1f} | {compiling:.1f} | {reading:.2f} | {verifying:.2f}"
        f" | {size / verifying:.1f} | {verifying / compiling:.2f} |"
    )


if __name__ == "__main__":
    main()
