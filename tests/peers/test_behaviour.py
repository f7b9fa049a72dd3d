"""Compiled programs do on real MicroPythons what their sources do there.

``tests/data/programs/NAME.py`` is beside ``NAME.out``, which was first made by running the source on CPython,
or on MicroPython 1.29 where only that has the feature. A first line ``# needs: 1.29`` is the least version.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mpytool
from mpytool.options import Options
from tests.conftest import RuntimeOf
from tests.peers.oracle import parse_flags
from tests.peers.places import ROOT

pytestmark = pytest.mark.peer

PROGRAMS = sorted((ROOT / "tests/data/programs").glob("*.py"))
FLAGS = ("-O0", "-O3")


def compiled(source: bytes, options: Options) -> bytes:
    """The program under the name that the runtime gives its source, so that tracebacks agree."""
    return mpytool.compile_source(source, name="program.py", options=options).to_bytes()


def least_version(source: str) -> tuple[int, int]:
    """The MicroPython version that a program's first line asks for."""
    match = re.match(r"# needs: (\d+)\.(\d+)\n", source)
    return (int(match[1]), int(match[2])) if match else (0, 0)


RUNTIMES = {"webassembly": (1, 29), "debian-amd64": (1, 25)}
"""The runtimes and their versions."""

RUNS = [
    pytest.param(path, name, id=f"{path.stem}-{name}")
    for path in PROGRAMS
    for name, version in RUNTIMES.items()
    if least_version(path.read_text()) <= version
]


@pytest.mark.parametrize(("path", "runtime_name"), RUNS)
def test_program(path: Path, runtime_name: str, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of(runtime_name)
    assert runtime.version == RUNTIMES[runtime_name]
    source = path.read_bytes()
    expected = path.with_suffix(".out").read_text()
    assert runtime.run({"program.py": source}, "program").output == expected, "the source itself"
    for flags in FLAGS:
        if flags == "-O3" and ("assert " in source.decode() or "__debug__" in source.decode()):
            continue
        result = runtime.run({"program.mpy": compiled(source, parse_flags(flags))}, "program")
        assert result.output == expected, flags


@pytest.mark.parametrize("runtime_name", RUNTIMES)
def test_traceback_lines(runtime_name: str, runtime_of: RuntimeOf) -> None:
    """The line table leads to the same traceback as the source."""
    runtime = runtime_of(runtime_name)
    source = (
        b"def f(x):\n    if x:\n\n\n        return f(\n            x - 1\n        )\n"
        b"    raise ValueError(x)\n\n\nf(2)\n"
    )
    from_source = runtime.run({"program.py": source}, "program")
    assert from_source.output.count("program.py") == 4
    assert runtime.run({"program.mpy": compiled(source, Options())}, "program") == from_source
