"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest
from hypothesis import settings

from tests.peers.oracle import CachedOracle, Oracle, OracleMissingError, binary, scratch_folder
from tests.peers.places import in_ci
from tests.peers.runtimes import RUNTIMES, Runtime, RuntimeMissingError

# In CI the same examples each time, so that a red run means the change under test; elsewhere new ones.
# Shared machines are too uneven for deadlines.
settings.register_profile("anywhere", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("anywhere"), derandomize=True)
settings.load_profile("ci" if in_ci() else "anywhere")


def missing(reason: str) -> NoReturn:
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


RuntimeOf = Callable[[str], Runtime]
"""Gives the runtime with a name, or skips (under CI=true: fails) with the reason why there is none."""


@pytest.fixture(scope="session")
def runtime_of() -> RuntimeOf:
    """Real MicroPythons by their name in ``RUNTIMES``."""

    @functools.cache
    def have(name: str) -> Runtime | str:
        try:
            return RUNTIMES[name]()
        except RuntimeMissingError as error:
            return f"no {name} MicroPython: {error}"

    def get(name: str) -> Runtime:
        found = have(name)
        if isinstance(found, str):
            missing(found)
        return found

    return get
