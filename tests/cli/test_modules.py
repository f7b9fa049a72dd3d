"""The commands merge, info and extract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpytool import compile_source, read
from mpytool.cli.app import run
from mpytool.mpyfile.regions import regions

A = b"x = 1.5\ndef f(a):\n    return a\n"
B = b"print('b')\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("a", A), ("b", B)):
        (tmp_path / f"{name}.mpy").write_bytes(compile_source(text, name=f"{name}.py").to_bytes())
    (tmp_path / "broken.mpy").write_bytes(b"M\x06\x00\x1f\x02")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_merge(folder: Path) -> None:
    assert run(["merge", "a.mpy", "b.mpy", "-o", "ab.mpy"]) == 0
    merged = read((folder / "ab.mpy").read_bytes())
    assert len(merged.root.children) == 2
    assert run(["merge", "a.mpy", "-o", "copy.mpy"]) == 0
    assert (folder / "copy.mpy").read_bytes() == (folder / "a.mpy").read_bytes()


def test_merge_to_standard_output(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["merge", "a.mpy", "b.mpy", "-o", "-"]) == 0
    assert len(read(capfdbinary.readouterr().out).root.children) == 2


BROKEN = "error[E0506]: at 0x4: the number of qstrs is 2, but only 0 bytes follow\n --> broken.mpy"
MESSAGES = {
    (
        "merge",
        "a.mpy",
        "broken.mpy",
        "-o",
        "out.mpy",
    ): BROKEN,
    ("merge", "a.mpy", "none.mpy", "-o", "out.mpy"): "error[E0001]: cannot read 'none.mpy': No such file",
    ("merge", "a.mpy", "b.mpy", "-o", "no/out.mpy"): "error[E0002]: cannot write 'no/out.mpy': No such file",
    ("info", "broken.mpy"): BROKEN,
    ("extract", "broken.mpy"): BROKEN,
}


@pytest.mark.parametrize(("arguments", "message"), MESSAGES.items(), ids=" ".join)
def test_errors(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    before = sorted(folder.iterdir())
    assert run(arguments) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith(message)
    assert shown.out == ""
    assert sorted(folder.iterdir()) == before


def test_wrong_command_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["merge", "a.mpy"], ["merge", "-o", "x.mpy"], ["info"], ["extract", "-"]):
        assert run(arguments) == 2
        assert "Error:" in capsys.readouterr().err


INFO = """\
file   format  arch  bits  bytes  bytecode  native  qstrs  constants  functions  source  MicroPython
a.mpy  6       none    31     51        12       0      5          1          2  a.py    1.19 and later
b.mpy  6       none    31     31         9       0      4          0          1  b.py    1.19 and later
"""


def test_info(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "a.mpy", "broken.mpy", "b.mpy"]) == 1
    shown = capfd.readouterr()
    assert shown.out == INFO
    assert "E0506" in shown.err


def test_info_of_odd_names(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "odd.mpy").write_bytes(compile_source(b"", name="a\n\x1b[31m\udcff.py").to_bytes())
    assert run(["info", "odd.mpy"]) == 0
    assert r"a\n\x1b[31m\xff.py" in capfd.readouterr().out


def test_info_as_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "--json", "a.mpy"]) == 0
    assert json.loads(capfd.readouterr().out) == [
        {
            "file": "a.mpy",
            "version": "6",
            "arch": "none",
            "arch_flags": 0,
            "small_int_bits": 31,
            "size": 51,
            "bytecode_size": 12,
            "native_size": 0,
            "qstrs": 5,
            "constants": 1,
            "functions": 2,
            "source_name": "a.py",
            "releases": "1.19 and later",
        }
    ]


def test_extract(folder: Path) -> None:
    assert run(["extract", "a.mpy"]) == 0
    parts = folder / "a.parts"
    data = (folder / "a.mpy").read_bytes()
    index = json.loads((parts / "index.json").read_text())
    assert (index["schema"], index["of"], index["size"]) == (1, "a.mpy", len(data))
    assert index["qstrs"] == ["a.py", "<module>", "f", "x", "a"]
    assert index["constants"] == ["1.5"]
    names = [segment["file"] for segment in index["segments"]]
    assert names == [
        "header.bin",
        "qstrs.bin",
        "constants.bin",
        "0-_module_.bytecode.bin",
        "1-_module_.f.bytecode.bin",
    ]
    assert sorted(path.name for path in parts.iterdir()) == sorted([*names, "index.json"])
    for segment in index["segments"]:
        assert (parts / segment["file"]).read_bytes() == data[segment["start"] : segment["end"]]
    assert index["segments"][4]["function"] == "<module>.f"
    assert index["segments"][4]["path"] == [0]
    # Only the numbers between the parts are nowhere.
    covered = {byte for segment in index["segments"] for byte in range(segment["start"], segment["end"])}
    assert {region.kind for region in regions(data) if region.start not in covered} == {
        "raw code header",
        "children",
    }
