"""The command romfs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpytool import Options, compile_source
from mpytool.cli.app import run
from mpytool.romfs.read import read_image
from tests.manifest.trees import make_tree
from tests.romfs.trees import DOCUMENTED, plain


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src/lib").mkdir(parents=True)
    (tmp_path / "src/main.py").write_text("print('main')\n")
    (tmp_path / "src/lib/a.txt").write_text("text\n")
    (tmp_path / "doc.romfs").write_bytes(DOCUMENTED)
    (tmp_path / "broken.romfs").write_bytes(DOCUMENTED[:3] + b"\x05abc")
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_build(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["romfs", "build", "src/"]) == 0
    image = (folder / "src.romfs").read_bytes()
    said = f"src.romfs: {len(image)} bytes, 2 files, 1 compiled\n"
    assert capsys.readouterr().out == said
    assert list(plain(read_image(image, "x").root)) == ["lib", "main.mpy"]
    assert run(["romfs", "build", "src", "-o", "again", "-q"]) == 0
    assert (folder / "again").read_bytes() == image
    assert run(["romfs", "build", "src", "-o", "plain.romfs", "--no-mpy", "-q"]) == 0
    assert list(plain(read_image((folder / "plain.romfs").read_bytes(), "x").root)) == ["lib", "main.py"]
    assert capsys.readouterr().out == ""


def test_build_with_options(folder: Path) -> None:
    (folder / "src/asm.py").write_text("@micropython.asm_thumb\ndef f():\n    nop()\n")
    assert run(["romfs", "build", "src", "-q"]) == 1
    assert not (folder / "src.romfs").exists()
    assert run(["romfs", "build", "src", "-q", "--target", "rp2040", "-O2", "--relative-names"]) == 0


def test_build_from_a_manifest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(folder)
    (folder / "m.mpy").write_bytes(compile_source("M = 1\n", name="other.py").to_bytes())
    (folder / "manifest.py").write_text(
        'print("hello")\nrequire("heapq")\nmodule("a.py", opt=3)\npackage("pkg")\n'
        'freeze_as_str("sub")\nfreeze_mpy(".", "m.mpy")\n'
    )
    command = ["romfs", "build", "manifest.py", "-o", "image", "--var", "MPY_LIB_DIR=lib", "-q"]
    assert run(command) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "hello\n")
    found = plain(read_image((folder / "image").read_bytes(), "x").root)
    assert list(found) == [
        "a.mpy", "broken.py", "heapq.mpy", "m.mpy", "manifest.py", "opts.py", "pkg", "s.py", "syntax.py"
    ]  # fmt: skip
    assert found["a.mpy"] == compile_source("A = 1\n", name="a.py", options=Options(optimise=3)).to_bytes()
    heapq = compile_source("\n\n__version__ = '1.2'\n", name="heapq.py")
    assert found["heapq.mpy"] == heapq.to_bytes()
    assert found["m.mpy"] == (folder / "m.mpy").read_bytes()
    assert run([*command, "--no-mpy"]) == 0
    assert "a.py" in plain(read_image((folder / "image").read_bytes(), "x").root)


def test_wrong_manifests(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(folder)
    (folder / "manifest.py").write_text('module("a.py")\nmodule("none.py")\n')
    assert run(["romfs", "build", "manifest.py", "-o", "image"]) == 1
    assert "error[E0807]: there is no file 'none.py'\n --> manifest.py:2:1" in capsys.readouterr().err
    (folder / "manifest.py").write_text('module("a.py")\nfreeze("more", "a.py")\n')
    (folder / "more").mkdir()
    (folder / "more/a.py").write_text("")
    assert run(["romfs", "build", "manifest.py", "-o", "image"]) == 1
    assert " --> manifest.py:2:1" in capsys.readouterr().err
    assert run(["romfs", "build", "manifest.py", "-o", "image", "--exclude", "x"]) == 2
    assert run(["romfs", "build", "manifest.py", "-o", "image", "--var", "x"]) == 2
    assert not (folder / "image").exists()


def test_rejected_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "src/bad.py").write_text("x = (1\n")
    (folder / "src/worse.py").write_text("y = )\n")
    assert run(["romfs", "build", "src"]) == 1
    err = capsys.readouterr().err
    assert "src/bad.py:1:5" in err
    assert "src/worse.py:1:5" in err
    assert not (folder / "src.romfs").exists()


def test_list(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["romfs", "list", "doc.romfs"]) == 0
    assert capfd.readouterr().out == (
        "    bytes     offset  path\n"
        "        3        0xf  a.txt\n"
        "                0x12  d/\n"
        "        0       0x1c  d/e\n"
        "        8       0x1e  p\n"
        "       11             3 files in an image of 46 bytes\n"
    )
    assert run(["romfs", "list", "--json", "doc.romfs"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [entry["path"] for entry in found["entries"]] == ["a.txt", "d", "d/e", "p"]
    assert (found["size"], found["trailing"]) == (46, 0)


def test_extract(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["romfs", "extract", "doc.romfs"]) == 0
    assert capsys.readouterr().out == "doc.files: 4 files and folders\n"
    assert (folder / "doc.files/p").read_bytes() == b"shared!!"
    assert run(["romfs", "extract", "doc.romfs", "d", "-o", "some", "-q"]) == 0
    assert [path.name for path in (folder / "some").rglob("*") if path.is_file()] == ["e"]


def test_verify(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["romfs", "verify", "doc.romfs"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run(["romfs", "verify", "doc.romfs", "broken.romfs"]) == 1
    assert capsys.readouterr().err.startswith(
        "error[E0902]: at 0x3: the image ends inside its payload of 5 bytes, after 7 bytes\n"
        " --> broken.romfs\n"
    )
    assert run(["romfs", "verify", "-q", "broken.romfs"]) == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["build", "nothing"], 2),
        (["build", "nothing", "-o", "x"], 1),
        (["build", "src", "-march=z80"], 2),
        (["build", "src", "-o", "no/folder/x"], 1),
        (["list", "nothing"], 1),
        (["list", "broken.romfs"], 1),
        (["extract", "broken.romfs"], 1),
        (["extract", "doc.romfs", "nothing"], 1),
        (["extract", "-"], 2),
        (["verify", "nothing"], 1),
        (["verify"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int) -> None:
    before = sorted(folder.rglob("*"))
    assert run(["romfs", *arguments]) == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err
    assert "Traceback" not in shown.err
    assert [path for path in sorted(folder.rglob("*")) if "cache" not in path.parts] == before
