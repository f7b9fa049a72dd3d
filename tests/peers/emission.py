"""Machine code in ``.mpy`` files: which MicroPython runs it, and the compilers that make it.

Every judge of native code takes its compiler from here, so that mpy-cross can stand in for ours.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mpytool.diagnostics import CompileError
from mpytool.options import Goal, Options
from tests.peers.oracle import Oracle, Rejection
from tests.peers.runtimes import RUNTIMES, Runtime, given

RUNTIME_OF: dict[str, str] = {
    "x64": "debian-amd64",
    "armv6m": "debian-armhf",
    "armv7m": "debian-armhf",
    "armv7em": "debian-armhf",
    "armv7emsp": "debian-armhf",
    "armv7emdp": "debian-armhf",
}
"""``-march`` to the runtime (``RUNTIMES``) that takes such files."""


def runtime_for(march: str, command: str | None = None) -> Runtime:
    """The MicroPython that takes an architecture's files: that of ``RUNTIME_OF``, or the one that a command
    starts (``given``). RuntimeMissingError.
    """
    return given(command) if command else RUNTIMES[RUNTIME_OF[march]]()


WORD_BITS: dict[str, int] = {march: 64 if march == "x64" else 32 for march in RUNTIME_OF}


@dataclass(frozen=True, slots=True)
class Emission:
    """How to compile: ``-march``, ``-X emit``, and ``--optimize`` (ours only; None is our default)."""

    march: str = "x64"
    emit: str = "native"
    optimize: str | None = None

    def __str__(self) -> str:
        return " ".join([self.march, self.emit, *([self.optimize] if self.optimize else [])])


BYTECODE = Emission(emit="bytecode")


class RejectedError(Exception):
    """The compiler does not take the program; the text says why."""


Compiler = Callable[[bytes, str, Emission], bytes]
"""Source, embedded name and options to the bytes of a ``.mpy`` file. RejectedError."""


def mpyc(source: bytes, name: str, emission: Emission) -> bytes:
    """Our compiler, in this process."""
    import mpytool

    goal = Goal(emission.optimize or Goal.BALANCED.value)
    options = Options(emission.emit, arch=emission.march, goal=goal)
    try:
        return mpytool.compile_source(source, name=name, options=options).to_bytes()
    except CompileError as error:
        found = error.diagnostics[0]
        raise RejectedError(f"{found.code} line {found.location.line}: {found.message}") from error


class MpyCross:
    """mpy-cross, one process a file."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mpyc-oracle-")
        self._oracle = Oracle(Path(self._folder.name))

    def __call__(self, source: bytes, name: str, emission: Emission) -> bytes:
        answer = self._oracle.compile(source, name, f"-march={emission.march} -X emit={emission.emit}")
        if isinstance(answer, Rejection):
            raise RejectedError(str(answer))
        return answer


COMPILERS = ("mpyc", "mpy-cross")


def compiler_named(name: str) -> Compiler:
    """One of COMPILERS."""
    return mpyc if name == "mpyc" else MpyCross()
