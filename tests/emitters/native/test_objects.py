"""Objects that inline versions are not for, on real MicroPythons (``objects.py``)."""

from __future__ import annotations

import pytest

from tests.conftest import RuntimeOf
from tests.emitters.native.objects import native_differences, viper_differences
from tests.peers.emission import RUNTIME_OF

pytestmark = pytest.mark.peer

MARCHES = ("x64", "armv6m", "armv7em")


@pytest.mark.parametrize("march", MARCHES)
def test_native(march: str, runtime_of: RuntimeOf) -> None:
    assert native_differences(runtime_of(RUNTIME_OF[march]), march) == []


@pytest.mark.parametrize("march", MARCHES)
def test_viper(march: str, runtime_of: RuntimeOf) -> None:
    assert viper_differences(runtime_of(RUNTIME_OF[march]), march) == []
