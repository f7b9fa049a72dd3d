"""The example's manifest is frozen. (The tests of the firmware build it in, and run it.)"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpytool.cli.app import run
from tests.peers.places import ROOT


def test_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path))
    manifest = str(ROOT / "examples/firmware/manifest.py")
    assert run(["freeze", manifest, "-o", str(tmp_path / "out.c"), "--format", "json"]) == 0
    modules = json.loads(capsys.readouterr().out)["modules"]
    assert [(module["path"], module["kind"], module["version"]) for module in modules] == [
        ("drivers/__init__.py", "source", "1.0.2"),
        ("drivers/bme280.py", "source", "1.0.2"),
        ("station.py", "source", "1.0.2"),
        ("station_settings.py", "text", "1.0.2"),
        ("demo.py", "source", "1.0.2"),
    ]
    assert all(module["license"] == "MIT" and module["size"] > 0 for module in modules)
