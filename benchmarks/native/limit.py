"""The physical limit: kernels written in C, compiled by gcc -O2, counted as the others are."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.native.counting import Counter, CountError, Counts
from benchmarks.native.measure import KERNELS, constants, difference

SOURCES = KERNELS.with_name("kernels_c")


@dataclass(frozen=True, slots=True)
class Build:
    """A C compiler for a target, and what runs its programs."""

    compiler: str
    flags: tuple[str, ...]
    runner: tuple[str, ...]


BUILDS: dict[str, Build] = {
    "x64": Build("gcc", (), ()),
    "arm": Build("arm-linux-gnueabihf-gcc", ("-mthumb", "-march=armv7-a+fp", "-static"), ("qemu-arm",)),
}
"""By the kind of counter. Arm programs are Thumb-2, of a processor that may run under Linux."""


def limit(kernel: str, build: Build, counter: Counter) -> Counts | None:
    """What one run of a kernel costs in C; None if there is no C version or no compiler."""
    source = SOURCES / f"{kernel}.c"
    if not source.exists() or shutil.which(build.compiler) is None:
        return None
    values = constants((KERNELS / f"{kernel}.py").read_bytes())
    with tempfile.TemporaryDirectory(prefix="mpyc-limit-") as folder:
        program = Path(folder, kernel)
        command = [
            build.compiler,
            "-O2",
            *build.flags,
            str(source),
            str(SOURCES / "driver.c"),
            "-o",
            str(program),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CountError(f"{kernel}.c: {done.stderr[-300:]}")
        words = [*build.runner, str(program), str(values["N"]), str(values["CHECK"])]
        return difference(lambda turns: counter([*words, str(turns)], Path(folder)))
