"""``mpyc-tool`` beside mpy-tool.py, and ``mpyc dump`` as a command."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpytool.cli.dump import command
from mpytool.cli.tool import run
from tests.conftest import missing
from tests.dumper.samples import NATIVE_SOURCE, PROGRAMS, compiled
from tests.peers.fetch import extract, fetched
from tests.peers.oracle import CachedOracle
from tests.peers.runtimes import RuntimeMissingError, micropython_tests

# --- the real mpy-tool.py ----------------------------------------------------------------------------------


def _unpack_tool(folder: Path) -> None:
    source = micropython_tests().parents[1] / "apt/source"
    with tarfile.open(next(source.glob("micropython_*.orig.tar.*"))) as archive:
        wanted = [m for m in archive if m.name.endswith(("/tools/mpy-tool.py", "/py/makeqstrdata.py"))]
        extract(archive, folder, wanted)


@functools.cache
def mpy_tool() -> Path:
    """mpy-tool.py of MicroPython's source as Debian packages it, or what MPY_TOOL names. Skips without."""
    given = os.environ.get("MPY_TOOL")
    if given:
        return Path(given)
    try:
        folder = fetched("micropython-trixie-mpy-tool", _unpack_tool)
    except RuntimeMissingError as error:
        missing(str(error))
    return next(folder.glob("*/tools/mpy-tool.py"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cached_peer: CachedOracle) -> Path:
    """Some files: of a program, with native code, with constants."""
    place = tmp_path_factory.mktemp("files")
    for path in PROGRAMS[:4]:
        (place / f"{path.stem}.mpy").write_bytes(compiled(path.read_bytes(), path.name))
    native = cached_peer.compile(NATIVE_SOURCE, "n.py", "-march=x64")
    assert isinstance(native, bytes)
    (place / "native.mpy").write_bytes(native)
    constants = "x = (1, b'b', 'text', (2.5, None), 1 << 70, 'é' * 1)\ny = 'another long string'\n"
    (place / "constants.mpy").write_bytes(compiled(constants, "c.py"))
    return place


def _theirs(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, str(mpy_tool()), *arguments], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("option", ["-x", "-d", "-xd"])
def test_prints_the_same(
    folder: Path, option: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(folder)
    for file in sorted(path.name for path in folder.glob("*.mpy")):
        theirs = _theirs(folder, option, file)
        assert run([option, file]) == 0
        ours = capfdbinary.readouterr().out
        if b"\narch: " not in theirs:  # a release before 1.26, which has no such line and quotes children
            ours, theirs = (re.sub(rb"(?m)^(arch|  children): .*\n", b"", text) for text in (ours, theirs))
        assert ours == theirs, file


def test_extracts(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert run(["-e", str(tmp_path / "part"), "native.mpy", "constants.mpy"]) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "part_00_n.py_QSTR_n.py.bin"
    assert "part_01_n.py_META__module_.bin" in names
    assert (tmp_path / "part_01_n.py_META__module_.bin").read_bytes() == b""
    assert (tmp_path / "part_00_n.py_QSTR_n.py.bin").read_bytes() == b"n.py\0"
    (number,) = [name for name in names if "1180591620717411303424" in name]
    assert (tmp_path / number).read_bytes() == b"1180591620717411303424"
    assert run(["-e", str(tmp_path / "code"), "--extract-only", "code", "constants.mpy"]) == 0
    assert len(list(tmp_path.glob("code_*_CODE_*.bin"))) == len(list(tmp_path.glob("code_*"))) == 1
    assert run(["-e", "x", "--extract-only", "bytes", "constants.mpy"]) == 1


# --- the program -------------------------------------------------------------------------------------------


def test_json(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    assert run(["-d", "-j", "native.mpy", "constants.mpy"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["languageId"] == "mpy"
    assert [line["text"] for line in document["asm"]] == said.err.split("\n")[:-1]
    assert run(["-x", "-j", "native.mpy"]) == 0
    assert json.loads(capsys.readouterr().out)["languageId"] == "stderr"


def test_merge(folder: Path, tmp_path: Path) -> None:
    from mpytool.mpyfile.read import read

    output = tmp_path / "merged.mpy"
    files = [str(folder / "constants.mpy"), str(folder / "native.mpy")]
    assert run(["--merge", "-o", str(output), *files]) == 0
    module = read(output.read_bytes())
    assert module.arch == 2
    assert len(module.root.children) == 2


def test_freeze(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The C of ``mpyc freeze``; a module is found by the name in it."""
    from mpytool.cli.app import run as mpyc
    from mpytool.mpyfile.read import read

    header = tmp_path / "qstrs.h"
    header.write_text("QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (2))\nQ(known)\n")
    path = folder / "constants.mpy"
    name = read(path.read_bytes()).qstrs[0]
    options = ["-q", str(header), "-mlongint-impl=mpz", "-mmpz-dig-size", "16"]
    assert run(["-f", *options, str(path)]) == 0
    text = capsys.readouterr().out
    manifest = tmp_path / "manifest.py"
    manifest.write_text(f"freeze_mpy({str(folder)!r}, 'constants.mpy')\n")
    output = tmp_path / "frozen.c"
    assert mpyc(["freeze", "-q", str(header), str(manifest), "-o", str(output), "--quiet", "--no-cache"]) == 0
    assert text == output.read_text()
    assert f'"{name}"' in text
    assert run(["-f", "-j", *options, str(path)]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["languageId"] == "c"
    assert "".join(line["text"] + "\n" for line in document["asm"]) == said.err == text


def test_freeze_refusals(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder / "constants.mpy")
    assert run(["-f", "-q", str(tmp_path / "none.h"), path]) == 1
    assert "error[E0001]" in capsys.readouterr().err
    assert run(["-f", path, path]) == 1
    assert "error[E1002]" in capsys.readouterr().err
    assert run(["-f", "-mmpz-dig-size=15", path]) == 2


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.mpy"
    bad.write_bytes(b"M\x05")
    assert run(["-d", str(bad)]) == 1
    assert "error[E0502]: at 0x1: the file has format version 5" in capsys.readouterr().err
    assert run(["-d", str(tmp_path / "none.mpy")]) == 1
    assert "error[E0001]" in capsys.readouterr().err
    assert run(["-d"]) == 2
    assert "usage: mpyc-tool" in capsys.readouterr().err


# --- mpyc dump ---------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source, its file, another build of it, and a file that is none."""
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text("\nx = 1  # a comment\n")
    Path("a.mpy").write_bytes(compiled("\nx = 1\n", "a.py"))
    Path("b.mpy").write_bytes(compiled("x = 2\n", "b.py"))
    Path("bad.mpy").write_bytes(b"no file of the kind")
    return tmp_path


def _dump(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    status = 2 if result.exception is not None else result.return_value
    return status, result.stdout, result.stderr


def test_the_source_beside_the_file(here: Path) -> None:
    assert "| x = 1  # a comment\n" in _dump("a.mpy")[1]
    assert "# a comment" not in _dump("a.mpy", "--no-source")[1]
    Path("other.py").write_text("\nsomething else\n")
    assert "| something else\n" in _dump("a.mpy", "--source", "other.py")[1]
    status, _, said = _dump("a.mpy", "--source", "none.py")
    assert (status, "cannot read 'none.py'" in said) == (1, True)


def test_all_files_are_tried(here: Path) -> None:
    status, out, said = _dump("a.mpy", "bad.mpy", "none.mpy", "b.mpy")
    assert status == 1
    assert out.count(".mpy version 6") == 2
    assert "\n\nb.mpy: .mpy version 6" in out
    assert "error[E0501]: at 0x0" in said
    assert "--> bad.mpy" in said
    assert "error[E0001]: cannot read 'none.mpy'" in said
    assert "\x1b" not in out


def test_forms(here: Path) -> None:
    assert _dump("a.mpy", "--hex")[1].startswith("a.mpy: ")
    assert json.loads(_dump("a.mpy", "--json")[1])["file"] == "a.mpy"
    assert json.loads(_dump("a.mpy", "--ce-json")[1])["languageId"] == "mpy"
    assert _dump("--diff", "a.mpy", "b.mpy")[1].endswith(
        "1 functions changed, 0 added, 0 removed, 0 the same\n"
    )
    assert _dump("a.mpy", "--html", "out.html")[0] == 0
    assert Path("out.html").read_text().lower().startswith("<!doctype html>")


def test_output_is_written_whole_or_not(here: Path) -> None:
    assert _dump("a.mpy", "b.mpy", "-o", "out.txt")[:2] == (0, "")
    assert Path("out.txt").read_text().count(".mpy version 6") == 2
    assert _dump("a.mpy", "bad.mpy", "-o", "bad.txt")[0] == 1
    assert not Path("bad.txt").exists()
    assert _dump("a.mpy", "-o", "none/out.txt")[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.mpy", "--hex", "--json"],
        ["a.mpy", "--diff"],
        ["a.mpy", "b.mpy", "--html", "x"],
        ["a.mpy", "b.mpy", "--source", "a.py"],
        [],
    ],
)
def test_wrong_command_lines(here: Path, arguments: list[str]) -> None:
    assert _dump(*arguments)[0] == 2
