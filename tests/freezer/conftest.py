"""Headers of a firmware, made once for all tests here, and the machines to compile for."""

from __future__ import annotations

import functools

import pytest

from tests.conftest import missing
from tests.freezer.building import MACHINES, THUMB, X64, Headers, Machine, make_headers
from tests.peers.apt import AptError, install
from tests.peers.places import in_ci
from tests.peers.runtimes import RuntimeMissingError, micropython_source


@functools.cache
def _need(machine: Machine) -> None:
    """In CI a missing compiler is installed; elsewhere it is a reason to skip."""
    if machine.is_here:
        return
    if not machine.packages or not in_ci():
        pytest.skip(f"{machine.command[0]} is not installed")
    try:
        install(*machine.packages)
    except AptError as error:
        missing(f"{machine.command[0]}: {error}")


@pytest.fixture(scope="session")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Headers:
    """MicroPython's headers, with the names of ``py/``."""
    _need(X64)
    try:
        source = micropython_source()
    except RuntimeMissingError as error:
        missing(str(error))
    return make_headers(source, tmp_path_factory.mktemp("firmware") / "build")


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> Machine:
    """Each machine whose compiler is here; x64 and one of 32 bits always must be in CI."""
    found = MACHINES[request.param]
    _need(found)
    return found


@pytest.fixture
def thumb() -> Machine:
    _need(THUMB)
    return THUMB
