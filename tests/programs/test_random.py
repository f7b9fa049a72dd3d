"""Random programs compile to the oracle's bytes, or are refused like there.

``MPYC_RANDOM_PROGRAMS`` says how many (2,000 otherwise); ``MPYC_RANDOM_SEED`` moves the seeded part
elsewhere. A failing one of hypothesis is shrunk; a failing seed is replayed with ``program_of_seed``.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.peers.corpus import OPTION_SETS, Comparison, compare_source, our_compiler
from tests.peers.oracle import Oracle
from tests.programs.generator import program_of_seed, programs

pytestmark = pytest.mark.peer

COUNT = int(os.environ.get("MPYC_RANDOM_PROGRAMS", "2000"))
SEED = int(os.environ.get("MPYC_RANDOM_SEED", "0"))
BATCHES = 8


def _compare(peer: Oracle, program: str, flags: str) -> Comparison:
    return compare_source(our_compiler(), peer.compile, program.encode(), "random.py", flags)


@pytest.mark.parametrize("flags", OPTION_SETS)
def test_shrinkable(peer: Oracle, flags: str) -> None:
    """A quarter of the programs come from hypothesis, which shrinks what fails."""

    @settings(
        max_examples=max(1, COUNT // 4 // len(OPTION_SETS)),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def check(program: str) -> None:
        found = _compare(peer, program, flags)
        assert found.good, f"{found.verdict.value}: {found.detail}\n[{flags}]\n{program}"

    check()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_seeded(peer: Oracle, batch: int) -> None:
    """The others come from seeds, which is much quicker."""
    count = (COUNT - COUNT // 4) // BATCHES
    failures = []
    for seed in range(SEED + batch * count, SEED + (batch + 1) * count):
        flags = OPTION_SETS[seed % len(OPTION_SETS)]
        found = _compare(peer, program_of_seed(seed), flags)
        if not found.good:
            failures.append(f"seed {seed} [{flags}] {found.verdict.value}: {found.detail}")
    assert not failures, "\n".join([f"{len(failures)} of {count} programs differ", *failures[:10]])
