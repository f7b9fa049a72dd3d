"""The command verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpytool import compile_source
from mpytool.cli.app import run
from mpytool.mpyfile.merge import Part, merge
from mpytool.mpyfile.verify import verify
from tests.mpyfile.verify.assemble import F, module
from tests.mpyfile.verify.seeds import SEEDS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good.mpy").write_bytes(
        compile_source("def f(x):\n    return x\n", name="good.py").to_bytes()
    )
    (tmp_path / "bad.mpy").write_bytes(module(F("POP_TOP; LOAD_CONST_NONE; RETURN_VALUE")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_verify(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "good.mpy"]) == 0
    assert capfd.readouterr() == ("", "")
    assert run(["verify", "good.mpy", "bad.mpy", "none.mpy"]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert "error[V206]: at 0x" in said.err
    assert "the instruction needs 1 more slots" in said.err
    assert "--> bad.mpy" in said.err
    assert "in f, at offset 0 of its code" in said.err
    assert "cannot read 'none.mpy'" in said.err


def test_quiet(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "-q", "bad.mpy"]) == 1
    assert capfd.readouterr() == ("", "")


def test_policies(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--max-state", "2", "--deny", "native", "--arch", "armv6m", "good.mpy"]) == 0
    assert run(["verify", "--max-state", "1", "--format", "json", "good.mpy"]) == 1
    assert {json.loads(line)["code"] for line in capfd.readouterr().err.splitlines()} == {"V302"}
    assert run(["verify", "--deny", "nothing", "good.mpy"]) == 2


def test_merged_files() -> None:
    parts = [Part(f"{name}.mpy", compile_source(text, name=name)) for name, text in SEEDS.items()]
    assert verify(merge(parts).to_bytes()) == []
