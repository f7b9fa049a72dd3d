"""MicroPython's own tests, as Debian packages their sources: the bytes of each, and a sample of them run.

A test of theirs prints something; what it prints when its source runs is what it must print when compiled.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import pytest

import mpytool
from mpytool.diagnostics import CompileError
from tests.conftest import RuntimeOf, missing
from tests.peers.corpus import OPTION_SETS, compare_source, our_compiler, sources
from tests.peers.oracle import CachedOracle
from tests.peers.runtimes import RuntimeMissingError, micropython_tests

pytestmark = pytest.mark.peer

FOLDERS = (
    "basics",
    "float",
    "unicode",
    "import",
    "micropython",
    "misc",
    "stress",
    "cmdline",
    "cpydiff",
    "extmod",
)

RUN_FOLDERS = ("basics", "float", "unicode")
SAMPLE = {"webassembly": 60, "debian-amd64": 700}
"""How many of them are run: one takes 0.3 s under node, 0.02 s natively."""

NATIVE_WORDS = (b"micropython.native", b"micropython.viper", b"micropython.asm", b"@asm_")
"""Marks of functions that are not bytecode, whose bytes need not agree."""


@functools.cache
def _found() -> Path | str:
    try:
        return micropython_tests()
    except RuntimeMissingError as error:
        return f"no sources of MicroPython's tests: {error}"


def _tests() -> Path:
    found = _found()
    if isinstance(found, str):
        missing(found)
    return found


@pytest.mark.parametrize("arch", ["armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"])
def test_assembler_bytes(arch: str, cached_peer: CachedOracle) -> None:
    files = [file for file in sources(_tests()) if b"@micropython.asm_thumb" in file.path.read_bytes()]
    assert len(files) > 10
    for file in files:
        source = file.path.read_bytes()
        found = compare_source(our_compiler(), cached_peer.compile, source, file.name, f"-march={arch}")
        assert found.good, f"{file.name} {found.verdict.value}: {found.detail}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_bytes(folder: str, cached_peer: CachedOracle) -> None:
    root = _tests() / folder
    wrong = []
    for file in sources(root):
        source = file.path.read_bytes()
        if any(word in source for word in NATIVE_WORDS):
            continue
        for flags in OPTION_SETS:
            found = compare_source(our_compiler(), cached_peer.compile, source, file.name, flags)
            if not found.good:
                wrong.append(f"{file.name} [{flags}] {found.verdict.value}: {found.detail}")
    assert not wrong, "\n".join([f"{len(wrong)} comparisons", *wrong[:5]])


@pytest.mark.parametrize("shard", range(4))
@pytest.mark.parametrize("runtime_name", sorted(SAMPLE))
def test_behaviour(runtime_name: str, shard: int, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of(runtime_name)
    root = _tests()
    files = sorted(
        (path for folder in RUN_FOLDERS for path in (root / folder).glob("*.py")),
        key=lambda path: hashlib.sha256(path.name.encode()).digest(),
    )
    wrong = []
    for path in files[: SAMPLE[runtime_name]][shard::4]:
        source = path.read_bytes()
        try:
            data = mpytool.compile_source(source, name="program.py").to_bytes()
        except CompileError:
            continue  # what mpy-cross rejects too, as test_bytes says; or native code
        expected = runtime.run({"program.py": source}, "program")
        result = runtime.run({"program.mpy": data}, "program")
        if result != expected and "0x" not in expected.output:
            wrong.append(f"{path.name}:\n{expected.output[-300:]}\n--- compiled\n{result.output[-300:]}")
    assert not wrong, "\n".join([f"{len(wrong)} programs", *wrong[:5]])
