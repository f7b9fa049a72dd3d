"""mpy-cross's own judgement of small viper functions: accepted or not, error, line, scope."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool import CompileError
from mpytool.compiler import stage_text
from mpytool.options import Options
from tests.emitters.native.viper_programs import DIFFERENT, programs
from tests.emitters.native.viper_random import random_function
from tests.peers.oracle import Oracle, Rejection

OPTIONS = Options(arch="x64")


def verdict(source: str) -> Rejection | None:
    """Ours, as mpy-cross would print it."""
    try:
        stage_text("typed", source, name="v.py", options=OPTIONS)
    except CompileError as error:
        peer = error.diagnostics[0].peer
        assert peer is not None
        return Rejection(peer.type, peer.message, peer.line, peer.scope)
    return None


def their_verdict(oracle: Oracle, source: str) -> Rejection | None:
    answer = oracle.compile(source.encode(), "v.py", "-march=x64")
    return answer if isinstance(answer, Rejection) else None


@pytest.mark.peer
def test_same_verdicts(tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    different = []
    n_rejected = 0
    for source in programs():
        mine, theirs = verdict(source), their_verdict(oracle, source)
        n_rejected += theirs is not None
        if theirs is not None and theirs.type == "Crash":
            continue  # by an assertion, mostly after an error: whatever we say is better
        if mine != theirs:
            different.append(f"{source}\nmpy-cross: {theirs}\nmpyc: {mine}\n")
    assert not different, "\n".join(different[:20])
    assert n_rejected > 500


@pytest.mark.peer
@pytest.mark.parametrize(("source", "message", "reason"), DIFFERENT)
def test_different_on_purpose(source: str, message: str, reason: str, tmp_path: Path) -> None:
    mine, theirs = verdict(source), their_verdict(Oracle(tmp_path), source)
    assert mine != theirs, f"no longer needed: {reason}"
    assert (mine.message if mine is not None else "") == message, reason


N_RANDOM = 400


@pytest.mark.peer
def test_same_verdicts_of_random_functions(tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    n_rejected = n_accepted = 0
    for seed in range(N_RANDOM):
        source = random_function(seed)
        mine, theirs = verdict(source), their_verdict(oracle, source)
        if theirs is not None and theirs.type == "Crash":
            continue
        assert mine == theirs, f"seed {seed}\n{source}"
        n_rejected += theirs is not None
        n_accepted += theirs is None
    assert n_rejected > N_RANDOM // 5
    assert n_accepted > N_RANDOM // 20
