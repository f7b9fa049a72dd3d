"""The running interpreter's standard library compiles to mpy-cross's bytes: every file, every set of options.

``MPYC_CORPUS_SAMPLE=N`` takes only N files, always the same. ``python -m tests.peers.compare`` says more.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import pytest

from tests.peers.corpus import (
    OPTION_SETS,
    CorpusFile,
    compare_source,
    our_compiler,
    sample,
    sources,
    standard_library,
)
from tests.peers.oracle import CachedOracle

pytestmark = pytest.mark.peer

SHARDS = 8
"""Into how many tests a set of options is cut, so that processes share the work."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A file that may differ, why, and since when. One that is not needed any more fails."""

    file: str
    flags: str
    reason: str
    since: str


EXEMPTIONS: tuple[Exemption, ...] = ()


@functools.cache
def _files() -> list[CorpusFile]:
    every = list(sources(standard_library()))
    count = os.environ.get("MPYC_CORPUS_SAMPLE")
    return sample(every, int(count) if count else len(every))


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("flags", OPTION_SETS)
def test_standard_library(flags: str, shard: int, cached_peer: CachedOracle) -> None:
    exempt = {e.file for e in EXEMPTIONS if e.flags == flags}
    compiler = our_compiler()
    wrong = []
    for file in _files()[shard::SHARDS]:
        found = compare_source(compiler, cached_peer.compile, file.path.read_bytes(), file.name, flags)
        if found.good and file.name in exempt:
            wrong.append(f"{file.name}: the exemption is not needed any more")
        elif not found.good and file.name not in exempt:
            wrong.append(f"{file.name}: {found.verdict.value}: {found.detail}")
    assert not wrong, "\n".join([f"{len(wrong)} files under {flags}", *wrong[:5]])


def test_corpus_is_whole() -> None:
    """A standard library without its sources, or packaged without tests, would compare next to nothing."""
    assert len(_files()) >= int(os.environ.get("MPYC_CORPUS_SAMPLE", "500"))
