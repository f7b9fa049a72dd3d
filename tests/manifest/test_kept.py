"""What a freeze keeps for the next one: what is looked at again, and what is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpytool.cli.app import run
from mpytool.manifest import kept
from mpytool.mpyfile import read as reader
from tests.manifest.trees import make_tree

COUNT = 12
HEADER = "QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (2))\nQ(known)\n"


def _source(number: int, value: object) -> str:
    method = f"def m(self, a, *, b={value!r}):\n        return [a.x{number}, 'known', {value!r}]"
    return f"class C{number}:\n    {method}\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """So many modules and the header of a build."""
    make_tree(tmp_path)
    (tmp_path / "many").mkdir()
    for number in range(COUNT):
        (tmp_path / f"many/m{number}.py").write_text(_source(number, number * 1.5))
    (tmp_path / "build/genhdr").mkdir(parents=True)
    (tmp_path / "build/genhdr/qstrdefs.preprocessed.h").write_text(HEADER)
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the ``.mpy`` files that are read."""
    sizes: list[int] = []
    whole = reader.read

    def counted(data: bytes) -> object:
        sizes.append(len(data))
        return whole(data)

    monkeypatch.setattr(reader, "read", counted)
    return sizes


def _freeze(*options: str, output: str = "out.c") -> bytes:
    assert run(["freeze", "-b", "build", "-o", output, "--quiet", *options, "many"]) == 0
    return Path(output).read_bytes()


def _change(tree: Path, *numbers: int, value: object = "changed") -> None:
    for number in numbers:
        (tree / f"many/m{number}.py").write_text(_source(number, value))


def test_only_what_changed_is_read(tree: Path, reads: list[int]) -> None:
    _freeze()
    assert len(reads) == COUNT
    for value in ("other", b"bytes", 1 << 70):
        reads.clear()
        _change(tree, 3, value=value)
        assert _freeze() == _freeze("--no-cache", output="plain.c")
        assert len(reads) == 1 + COUNT  # the second of the two has no cache


def test_it_is_written_where_it_is_worth_it(tree: Path, reads: list[int]) -> None:
    """One module of twelve is not; two are, and are not read again then."""
    _freeze()
    for changed, read in (((1,), 1), ((1, 2), 2), ((4,), 1)):
        reads.clear()
        _change(tree, *changed)
        _freeze()
        assert len(reads) == read


def test_each_output_has_its_own(tree: Path, reads: list[int]) -> None:
    _freeze()
    _freeze(output="other.c")
    reads.clear()
    _change(tree, 5)
    _freeze(output="other.c")
    assert len(reads) == COUNT  # what was recalled as C was not looked at


def _damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"x")


@pytest.mark.parametrize("harm", [_damage, Path.unlink], ids=["damaged", "gone"])
def test_nothing_depends_on_it(tree: Path, reads: list[int], harm: Callable[[Path], None]) -> None:
    _freeze()
    for path in (tree / "cache").glob("??/*"):
        harm(path)
    _change(tree, 7)
    reads.clear()
    assert _freeze() == _freeze("--no-cache", output="plain.c")
    assert len(reads) == 2 * COUNT


def test_odd_contents(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is intact but is not what was written counts as nothing."""
    monkeypatch.setattr(kept.marshal, "dumps", lambda value: b"nonsense")
    _freeze()
    monkeypatch.undo()
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tree / "cache"))
    monkeypatch.chdir(tree)
    _change(tree, 2)
    assert _freeze() == _freeze("--no-cache", output="plain.c")
