"""Measuring kernels: compile one, run it, check its result, count its instructions and its bytes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import mpytool
from benchmarks.native.counting import Counter, CountError, Counts
from mpytool.module import RawCode, RawCodeKind
from tests.peers.emission import Compiler, Emission, RejectedError
from tests.peers.runtimes import Runtime

KERNELS = Path(__file__).resolve().parents[1] / "kernels"

FEW, MANY = 2, 4
"""How often a kernel runs; the difference leaves out the start of the program and of the module."""

_GUEST = """\
import {name} as k
for _ in range({turns}):
    found = k.run(k.N)
    if found != k.CHECK:
        print("returns %r, must return %r" % (found, k.CHECK))
        raise SystemExit(1)
print("OK")
"""


@dataclass(frozen=True, slots=True)
class Mode:
    """How kernels are compiled: ``emit`` is native or viper (the kernel's twin with decorators)."""

    name: str
    emit: str
    optimize: str | None = None

    @property
    def suffix(self) -> str:
        return "_viper" if self.emit == "viper" else ""

    def emission(self, march: str) -> Emission:
        # The decorators say which functions of a twin are viper; what calls them stays bytecode.
        return Emission(march, "bytecode" if self.emit == "viper" else self.emit, self.optimize)


MODES = (
    Mode("native", "native"),
    Mode("native speed", "native", "speed"),
    Mode("native size", "native", "size"),
    Mode("viper", "viper"),
    Mode("viper speed", "viper", "speed"),
    Mode("viper size", "viper", "size"),
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run of a kernel executes, and how many bytes of machine code its file has; or why not."""

    counts: Counts | None = None
    code_bytes: int = 0
    file_bytes: int = 0
    failure: str = ""


def kernels(mode: Mode, only: Sequence[str] = ()) -> list[str]:
    """The names of the kernels that a mode has a source of."""
    names = sorted(path.stem for path in KERNELS.glob("*.py") if not path.stem.endswith("_viper"))
    return [
        name
        for name in names
        if (KERNELS / f"{name}{mode.suffix}.py").exists() and (not only or name in only)
    ]


def code_bytes(data: bytes) -> int:
    """Bytes of machine code in a ``.mpy`` file, without preludes."""

    def functions(code: RawCode) -> Iterator[RawCode]:
        yield code
        for child in code.children:
            yield from functions(child)

    total = 0
    for code in functions(mpytool.read(data).root):
        if code.kind is RawCodeKind.NATIVE and code.native is not None:
            total += code.native.prelude_offset
        elif code.kind is not RawCodeKind.BYTECODE:
            total += len(code.data)
    return total


def measure(
    name: str, source: bytes, compiler: Compiler, emission: Emission, runtime: Runtime, counter: Counter
) -> Measurement:
    """Compile and count one module, which has ``run``, ``N`` and ``CHECK``."""
    try:
        data = compiler(source, f"{name}.py", emission)
    except RejectedError as error:
        return Measurement(failure=f"rejected: {error}")
    sizes = (code_bytes(data), len(data))
    with tempfile.TemporaryDirectory(prefix="mpyc-kernel-") as folder:
        Path(folder, f"{name}.mpy").write_bytes(data)
        try:
            counts = difference(
                lambda turns: counter(
                    [*runtime.program, *runtime.run_text, _GUEST.format(name=name, turns=turns)], Path(folder)
                )
            )
        except CountError as error:
            return Measurement(None, *sizes, failure=str(error))
    return Measurement(counts, *sizes)


def difference(count: Callable[[int], Counts]) -> Counts:
    """What one turn costs."""
    return count(MANY).per(count(FEW), MANY - FEW)


def constants(source: bytes) -> dict[str, int]:
    """``N`` and ``CHECK`` of a kernel."""
    return {m[1].decode(): int(m[2]) for m in re.finditer(rb"(?m)^(N|CHECK) = (-?\d+)$", source)}
