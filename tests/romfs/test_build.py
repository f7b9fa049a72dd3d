"""Images from folders: what enters, under which names, and what cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mpytool import compile_source
from mpytool.options import Options
from mpytool.romfs import errors
from mpytool.romfs.build import Build
from mpytool.romfs.check import check_image
from mpytool.romfs.collect import collect_folder
from mpytool.romfs.errors import RomfsError
from mpytool.romfs.extract import extract, select
from mpytool.romfs.image import File, Folder
from mpytool.romfs.read import read_image
from mpytool.romfs.write import write_image
from tests.romfs.trees import plain

SOURCE = b"def f():\n    return 'a string of more than ten bytes'\n"


def _module(name: str) -> bytes:
    return compile_source(SOURCE, name=name).to_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {
        "main.py": SOURCE,
        "lib/both.py": SOURCE,
        "lib/both.mpy": _module("older.py"),
        "lib/a.txt": b"text\n",
        ".hidden": b"",
        "größe.bin": b"\xff",
    }
    for name, data in files.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "src/empty").mkdir()
    return tmp_path / "src"


def _built(source: str, **settings: object) -> dict[str, object]:
    build = Build(collect_folder(source, **settings))  # type: ignore[arg-type]
    assert not any(outcome.diagnostics for outcome in build.contents(Options(), cache=None, processes=1))
    return plain(read_image(build.image(), "x").root)


EXPECTED = {
    ".hidden": b"",
    "empty": {},
    "größe.bin": b"\xff",
    "lib": {"a.txt": b"text\n", "both.mpy": _module("older.py"), "both.py": SOURCE},
    "main.mpy": _module("src/main.py"),
}


def test_build(folder: Path) -> None:
    found = _built("src")
    assert found == EXPECTED
    assert list(found) == sorted([*EXPECTED], key=lambda name: name.replace(".mpy", ".py"))
    assert _built("src/") == found


def test_relative_names(folder: Path) -> None:
    assert _built("src", relative_names=True)["main.mpy"] == _module("main.py")


def test_sources(folder: Path) -> None:
    found = _built("src", compiling=False)
    assert found["main.py"] == SOURCE
    assert "main.mpy" not in found


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        (".*", ["empty", "größe.bin", "lib", "main.mpy"]),
        ("lib", [".hidden", "empty", "größe.bin", "main.mpy"]),
        ("*.py", [".hidden", "empty", "größe.bin", "lib"]),
    ],
)
def test_exclude(folder: Path, pattern: str, left: list[str]) -> None:
    assert list(_built("src", exclude=[pattern])) == left


def test_exclude_path(folder: Path) -> None:
    assert list(_built("src", exclude=["lib/both.*"])["lib"]) == ["a.txt"]  # type: ignore[call-overload]


def _codes(source: str) -> set[str]:
    with pytest.raises(RomfsError) as caught:
        collect_folder(source)
    return {diagnostic.code for diagnostic in caught.value.diagnostics}


def test_links(folder: Path) -> None:
    (folder / "link").symlink_to("lib")
    assert _built("src")["link"] == EXPECTED["lib"]
    (folder / "lib/up").symlink_to("..")
    assert _codes("src") == {errors.LINK_CYCLE.code}


def test_special_files(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert _codes("src") == {errors.NO_FILE.code}


def test_missing(folder: Path) -> None:
    assert _codes("nothing") == {"E0001"}
    (folder / "broken").symlink_to("nothing")
    assert _codes("src") == {"E0001"}


def test_damaged_module(folder: Path) -> None:
    (folder / "lib/both.mpy").write_bytes(b"M\x06\x00")
    build = Build(collect_folder("src"))
    outcomes = list(build.contents(Options(), cache=None, processes=1))
    assert [d.code for o in outcomes for d in o.diagnostics] == [errors.BAD_MODULE.code]
    assert not any(outcome.failed for outcome in outcomes)
    assert [d.location.file for d in check_image(build.image(), "x.romfs")] == ["x.romfs:lib/both.mpy"]


def test_extract(folder: Path, tmp_path: Path) -> None:
    build = Build(collect_folder("src"))
    list(build.contents(Options(), cache=None, processes=1))
    image = read_image(build.image(), "x")
    assert [failure for _, failure in extract(select(image, [], "x"), "out") if failure] == []
    found = {
        path.relative_to("out").as_posix(): path.read_bytes()
        for path in Path("out").rglob("*")
        if path.is_file()
    }
    assert found["lib/both.py"] == SOURCE
    assert found["größe.bin"] == b"\xff"
    assert len(found) == 6
    assert Path("out/empty").is_dir()


def test_extract_some(folder: Path) -> None:
    image = read_image(write_image(Folder("", [Folder("a", [File("b", b"1")]), File("ab", b"2")])), "x")
    assert [path for path, _ in select(image, ["a/"], "x")] == ["a", "a/b"]
    assert [path for path, _ in select(image, ["ab"], "x")] == ["ab"]
    with pytest.raises(RomfsError) as caught:
        select(image, ["b"], "x")
    assert caught.value.diagnostics[0].code == errors.NO_SUCH_ENTRY.code


@pytest.mark.parametrize("link", ["out/a", "out/a/b"])
def test_extract_through_links(folder: Path, link: str) -> None:
    """A link in the target folder, however it came there, leads nowhere."""
    Path("elsewhere").mkdir()
    Path("elsewhere/b").write_bytes(b"untouched")
    Path(link).parent.mkdir(parents=True)
    Path(link).symlink_to(Path("elsewhere" if link == "out/a" else "elsewhere/b").absolute())
    image = read_image(write_image(Folder("", [Folder("a", [File("b", b"new")])])), "x")
    failures = [failure.code for _, failure in extract(select(image, [], "x"), "out") if failure]
    assert failures[-1] == errors.LINK_IN_THE_WAY.code
    assert Path("elsewhere/b").read_bytes() == b"untouched"
