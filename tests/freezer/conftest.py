"""Headers of a firmware, made once for all tests here."""

from __future__ import annotations

import shutil

import pytest

from tests.conftest import missing
from tests.freezer.building import MACHINES, Headers, Machine, make_headers
from tests.peers.runtimes import RuntimeMissingError, micropython_source


@pytest.fixture(scope="session")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Headers:
    """MicroPython's headers, with the names of ``py/``."""
    if shutil.which("gcc") is None:
        missing("gcc is not installed")
    try:
        source = micropython_source()
    except RuntimeMissingError as error:
        missing(str(error))
    return make_headers(source, tmp_path_factory.mktemp("firmware") / "build")


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> Machine:
    """Each machine whose compiler is here; x64 always must be."""
    found = MACHINES[request.param]
    if not found.is_here:
        pytest.skip(f"{found.command[0]} is not installed")
    return found
