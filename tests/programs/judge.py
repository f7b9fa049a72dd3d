"""Random programs compiled to native code, run in batches on a real MicroPython, and compared."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tests.peers.emission import Compiler, Emission, RejectedError
from tests.peers.runtimes import Runtime
from tests.programs.batch import SECONDS, run_batch


@dataclass(frozen=True, slots=True)
class Program:
    """A source and what it must print. Where ``expected`` is None, the program says nothing."""

    seed: int
    source: str
    expected: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A program that was rejected (``kind`` says how), crashed, or printed something else."""

    seed: int
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.kind}: {self.detail}"


Fault = tuple[tuple[str, ...], str]
"""Options of the MicroPython program, and a statement executed ahead of each module (``faults.py``)."""

NO_FAULT: Fault = ((), "pass")

_NOTHING: Mapping[str, str] = MappingProxyType({})

REDUCING_SECONDS = 3.0
"""The time limit while a program is reduced, when many candidates may not end."""


def judge(
    programs: Sequence[Program],
    compiler: Compiler,
    emission: Emission,
    runtime: Runtime,
    *,
    fault: Fault = NO_FAULT,
    agree: Callable[[str, str], bool] = str.__eq__,
    seconds: float = SECONDS,
    library: Mapping[str, str] = _NOTHING,
) -> list[Failure]:
    """Compile and run programs; those that fail. ``agree`` compares what is expected and what is printed.

    ``library`` are the sources of modules that they import, which are compiled as they are.
    """
    compiled_library = {
        name: compiler(text.encode(), f"{name}.py", emission) for name, text in library.items()
    }
    failures = []
    compiled: list[tuple[Program, bytes]] = []
    for program in programs:
        if program.expected is None:
            continue
        try:
            compiled.append((program, compiler(program.source.encode(), "random.py", emission)))
        except RejectedError as error:
            failures.append(Failure(program.seed, "rejected", str(error)))
        except Exception:
            failures.append(
                Failure(program.seed, "compiler crashed", traceback.format_exc(limit=-2).strip()[-400:])
            )
    run = functools.partial(
        run_batch, runtime, options=fault[0], before=fault[1], seconds=seconds, library=compiled_library
    )
    results = run([data for _, data in compiled])
    for at, ((program, data), ran) in enumerate(zip(compiled, results, strict=True)):
        assert program.expected is not None
        if ran.end:
            alone = run([data])[0]
            after = "" if alone.end else f", only after {at} other programs"
            failures.append(Failure(program.seed, "crashed", f"{ran.end}{after}"))
        elif not agree(program.expected, ran.output):
            failures.append(Failure(program.seed, "wrong", difference(program.expected, ran.output)))
    return failures


def difference(expected: str, printed: str) -> str:
    """The first line that differs."""
    for a, b in zip(expected.split("\n"), printed.split("\n"), strict=False):
        if a != b:
            return f"expected {a[:200]!r}, printed {b[:200]!r}"
    return f"expected {expected[-100:]!r} at the end, printed {printed[-100:]!r}"
