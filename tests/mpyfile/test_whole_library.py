"""Every file of the standard library, compiled: it is read, written back, explained and verified.

``tests/peers/test_corpus.py`` shows that these bytes are mpy-cross's own.
"""

from __future__ import annotations

import pytest

from mpytool import CompileError, compile_source, read, verify
from mpytool.mpyfile.regions import iter_regions
from tests.mpyfile.verify.test_peers import is_utf8
from tests.peers.corpus import sources, standard_library

PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_each_file(part: int) -> None:
    n_files = 0
    for source in list(sources(standard_library()))[part::PARTS]:
        text = source.path.read_bytes()
        try:
            data = compile_source(text, name=source.path.name).to_bytes()
        except CompileError:  # it is written for another Python
            continue
        module = read(data)
        assert module.to_bytes() == data, source.path
        end = 0
        for region in iter_regions(data, module=module, instructions=False):
            assert region.start == end, source.path
            end = region.end
        assert end == len(data), source.path
        if is_utf8(text):
            assert verify(data) == [], source.path
        n_files += 1
    assert n_files > 100
