"""Damaged sources and garbage end in a result or a diagnostic, the one that mpy-cross gives too."""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mpytool
from tests.peers.corpus import CorpusFile, compare_source, our_compiler, sample, sources, standard_library
from tests.peers.oracle import Oracle

SECONDS = 10.0
FILES = 40
SNIPPET = 4_000
"""Bytes of a source that are kept before it is damaged, so that thousands of mutants fit."""

TOKENS = (
    b"(", b")", b"[", b"]", b"{", b"}", b":", b";", b",", b"'", b"\"", b"\"\"\"", b"\\", b"\n", b"\t",
    b"    ", b"#", b"=", b":=", b"*", b"**", b"@", b".", b"...", b"->", b"!", b"$", b"?", b"0x", b"1e",
    b"1_", b"f'", b"rb\"", b"t'{", b"{", b"lambda", b"yield", b"async ", b"await ", b"if ", b"else", b"for ",
    b"in ", b"not ", b"is ", b"def ", b"class ", b"global x", b"nonlocal x", b"return", b"del ", b"with ",
    b"as ", b"except", b"import ", b"from ", b"\xff", b"\x00", b"\xc3", b"\xef\xbb\xbf", b"\f", b"\r",
    b"\r\n", b"\xe2\x80\xa8",
)  # fmt: skip


def _files() -> list[CorpusFile]:
    return sample(sources(standard_library()), FILES, salt="robustness")


def _snippet(path: Path) -> bytes:
    return path.read_bytes()[:SNIPPET].rpartition(b"\n")[0] + b"\n"


def mutant(source: bytes, rng: random.Random) -> bytes:
    """A source after one to three mutations of bytes."""
    data = bytearray(source)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at:at] = rng.choice(TOKENS)
            case 1:
                del data[at : at + rng.choice((1, 1, 2, 10))]
            case 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                data[at : at + rng.randint(1, 8)] = rng.choice(TOKENS)
            case _:
                end = min(len(data), at + rng.randint(1, 200))
                data[at:at] = data[at:end]
    return bytes(data)


def _check(peer: Oracle, source: bytes, what: str) -> str | None:
    start = time.perf_counter()
    found = compare_source(our_compiler(), peer.compile, source, "damaged.py", "")
    spent = time.perf_counter() - start
    if spent > SECONDS:
        return f"{what}: {spent:.1f} s"
    return None if found.good else f"{what}: {found.verdict.value}: {found.detail}"


@pytest.mark.peer
@pytest.mark.parametrize("shard", range(4))
def test_truncated(peer: Oracle, shard: int) -> None:
    """Cut anywhere: what mpy-cross says."""
    rng = random.Random(shard)
    wrong = []
    for file in _files()[shard::4]:
        source = file.path.read_bytes()
        for _ in range(12):
            end = rng.randrange(min(len(source), 20_000) + 1)
            wrong.append(_check(peer, source[:end], f"{file.name}[:{end}]"))
    failures = [w for w in wrong if w]
    assert not failures, "\n".join([f"{len(failures)} of {len(wrong)}", *failures[:8]])


@pytest.mark.peer
@pytest.mark.parametrize("shard", range(4))
def test_mutated(peer: Oracle, shard: int) -> None:
    """One to three bytes or tokens changed: what mpy-cross says."""
    wrong = []
    for file in _files()[shard::4]:
        source = _snippet(file.path)
        for seed in range(30):
            data = mutant(source, random.Random(f"{file.name} {seed}"))
            wrong.append(_check(peer, data, f"{file.name} seed {seed}"))
    failures = [w for w in wrong if w]
    assert not failures, "\n".join([f"{len(failures)} of {len(wrong)}", *failures[:8]])


@pytest.mark.peer
def test_garbage(peer: Oracle) -> None:
    """Bytes without any meaning."""
    rng = random.Random(1)
    wrong = []
    for size in (1, 2, 3, 10, 100, 1000, 10_000) * 20:
        wrong.append(_check(peer, rng.randbytes(size), f"{size} random bytes"))
        soup = b"".join(rng.choice(TOKENS) for _ in range(size // 4 + 1))
        wrong.append(_check(peer, soup, f"token soup {soup[:80]!r}"))
    failures = [w for w in wrong if w]
    assert not failures, "\n".join([f"{len(failures)} of {len(wrong)}", *failures[:8]])


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(TOKENS), max_size=12).map(b"".join)))
def test_civil(source: bytes) -> None:
    """No other exception than CompileError, whatever the bytes are."""
    with contextlib.suppress(mpytool.CompileError):
        mpytool.compile_source(source, name="garbage.py").to_bytes()
