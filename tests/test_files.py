"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mpytool.files import mirrored_path, mpy_path, write_whole


def test_new_file_and_replaced_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mpy"
    write_whole(str(path), b"one")
    write_whole(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.mpy"]


def test_same_content_only_gets_a_new_time(tmp_path: Path) -> None:
    path = tmp_path / "a.mpy"
    path.write_bytes(b"one")
    os.utime(path, (0, 0))
    inode = path.stat().st_ino
    write_whole(str(path), b"one")
    assert path.stat().st_mtime > 0
    assert path.stat().st_ino == inode
    write_whole(str(path), b"two")
    assert path.read_bytes() == b"two"


def test_link_to_nothing_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a.mpy")
    write_whole(str(link), b"one")
    assert (tmp_path / "a.mpy").read_bytes() == b"one"


def test_permissions_are_kept_and_links_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "a.mpy", tmp_path / "link"
    path.write_bytes(b"one")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(str(link), b"two")
    assert link.is_symlink()
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_new_file_obeys_the_mask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(str(tmp_path / "a"), b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), SystemExit(143)]
)
def test_failure_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    path = tmp_path / "a.mpy"
    path.write_bytes(b"old")
    real = os.write
    written: list[int] = []

    def write(handle: int, data: memoryview) -> int:
        if written:
            raise failure
        written.append(1)
        return real(handle, data[:3])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(type(failure)):
        write_whole(str(path), b"new content")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.mpy"]


def test_devices_are_written_to(tmp_path: Path) -> None:
    write_whole(os.devnull, b"x")
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)


def test_folders_are_made_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "x" / "y" / "a.mpy"
    with pytest.raises(FileNotFoundError):
        write_whole(str(path), b"1")
    write_whole(str(path), b"1", make_folders=True)
    assert path.read_bytes() == b"1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.py", "a.mpy"), ("d/a.b.py", "d/a.b.mpy"), ("a", "a.mpy"), ("a.txt", "a.txt.mpy"), (".py", ".mpy")],
)
def test_mpy_path(path: str, expected: str) -> None:
    assert mpy_path(path) == expected


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("lib/a.py", None, "out/lib/a.mpy"),
        ("./lib/../a.py", None, "out/a.mpy"),
        ("lib/a.py", "lib", "out/a.mpy"),
        ("lib/a.py", "./lib/", "out/a.mpy"),
        ("library/a.py", "lib", "out/TOP/library/a.mpy"),
        ("/etc/a.py", None, "out/etc/a.mpy"),
        ("/etc/a.py", "/", "out/etc/a.mpy"),
    ],
)
def test_mirrored_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, base: str | None, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mirrored_path(path, "out", base) == expected.replace("TOP", str(tmp_path)[1:])
