"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.oracle import CachedOracle, Oracle, OracleMissingError, binary, scratch_folder
from tests.peers.places import in_ci


def missing(reason: str) -> None:
    """A peer is missing: fails under CI=true, skips elsewhere."""
    if in_ci():
        pytest.fail(f"a peer is missing: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def peer() -> Iterator[Oracle]:
    """mpy-cross, asked anew for each source."""
    try:
        binary()
    except OracleMissingError as error:
        missing(str(error))
    with scratch_folder() as scratch:
        yield Oracle(scratch)


@pytest.fixture(scope="session")
def cached_peer(peer: Oracle) -> CachedOracle:
    """mpy-cross, with its answers kept between test runs."""
    return CachedOracle(peer)
