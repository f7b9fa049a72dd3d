"""What manifests come to, and what is said of wrong ones: cases in ``data/``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mpytool.files import InputError
from mpytool.manifest import errors
from mpytool.manifest.collect import Manifests
from mpytool.manifest.errors import ManifestError
from mpytool.manifest.model import Collection
from mpytool.manifest.variables import parse_variables
from mpytool.mpyfile.errors import FormatErrorKind
from mpytool.render.human import render
from tests.casefile import Case, read_folder
from tests.manifest.trees import make_tree

CASES = read_folder(Path(__file__).with_name("data"))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _variables(tree: Path) -> dict[str, str]:
    return parse_variables(["MPY_DIR=.", "PORT_DIR=port", "BOARD_DIR=board", "MPY_LIB_DIR=lib"])


def _listed(collection: Collection, tree: Path) -> list[str]:
    lines = []
    for entry in collection.entries:
        words = [entry.target, entry.kind.value]
        if entry.opt is not None:
            words.append(f"-O{entry.opt}")
        if entry.metadata.version is not None:
            words.append(f"version {entry.metadata.version} ({entry.metadata.license})")
        assert entry.named is not None
        assert entry.named.location is not None
        path = Path(entry.path).relative_to(tree).as_posix()
        place = f"{entry.named.location.file}:{entry.named.location.line}"
        lines.append(f"{' '.join(words)} <- {path}, {place}")
    return lines + [f"C {Path(path).relative_to(tree).as_posix()}" for path in collection.c_modules]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "manifest.py").write_text(case.source)
    manifests = Manifests(_variables(tree), listing=case.flags == "-listing")
    lines = []
    try:
        manifests.run("manifest.py")
        lines += _listed(manifests.collection, tree)
    except ManifestError as error:
        lines += [render(diagnostic) for diagnostic in error.diagnostics]
    lines += [render(diagnostic) for diagnostic in manifests.collection.warnings]
    said = [f"printed: {line}" for line in capsys.readouterr().out.splitlines()]
    case.check("\n".join(said + lines).replace(str(tree), "TREE"))
    assert os.getcwd() == str(tree)


def test_every_row_has_a_case() -> None:
    rows = {row.code for row in vars(errors).values() if isinstance(row, FormatErrorKind)}
    shown = {code for code in rows if any(f"[{code}]" in case.expected for case in CASES)}
    # These two are not about manifests but about the header given with them: tests/cli/test_freeze.py.
    assert rows - shown == {errors.NO_HEADER.code, errors.BAD_HEADER.code}


def test_text(tree: Path) -> None:
    manifests = Manifests(_variables(tree))
    manifests.run_text('module("a.py"); include("sub")')
    assert [entry.target for entry in manifests.collection.entries] == ["a.py", "s.py"]
    with pytest.raises(ManifestError) as caught:
        manifests.run_text('\nmodule("c.py")')
    location = caught.value.diagnostics[0].location
    assert (location.file, location.line) == ("<manifest>", 2)


def test_missing_manifest(tree: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifests({}).run("none.py")
    assert render(caught.value.diagnostics[0]) == (
        "error[E0803]: cannot read the manifest 'none.py': No such file or directory\n --> none.py\n"
    )


def test_odd_bytes(tree: Path) -> None:
    for data in (b"x = '\0'\n", b"\xff\n", b"# coding: nothing\n", b"\xef\xbb\xbfmodule('none.py')\n"):
        (tree / "manifest.py").write_bytes(data)
        with pytest.raises(ManifestError) as caught:
            Manifests({}).run("manifest.py")
        assert render(caught.value.diagnostics[0])


def test_a_request_to_end_passes(tree: Path) -> None:
    (tree / "manifest.py").write_text("raise SystemExit(143)")
    with pytest.raises(SystemExit):
        Manifests({}).run("manifest.py")
    assert os.getcwd() == str(tree)


def test_links_in_a_circle(tree: Path) -> None:
    (tree / "pkg/inner/up").symlink_to("..")
    manifests = Manifests({})
    manifests.run_text('package("pkg")')
    targets = [entry.target for entry in manifests.collection.entries]
    assert targets == ["pkg/__init__.py", "pkg/core.py", "pkg/inner/x.py"]


def test_inputs(tree: Path) -> None:
    """What decides the result: manifests, files, and the folders that were looked into."""
    manifests = Manifests(_variables(tree))
    manifests.run_text('include("sub"); package("pkg"); require("heapq")')
    found = {Path(path).relative_to(tree).as_posix() for path in manifests.collection.inputs}
    assert found == {
        "sub/manifest.py", "sub/s.py", "pkg", "pkg/inner", "pkg/__init__.py", "pkg/core.py", "pkg/inner/x.py",
        "lib/python-stdlib/heapq/manifest.py", "lib/python-stdlib/heapq/heapq.py",
    }  # fmt: skip


def test_variables(tree: Path) -> None:
    assert parse_variables(["A=sub", "B=not there", "C=", "D=x=y"]) == {
        "A": str(tree / "sub"),
        "B": "not there",
        "C": "",
        "D": "x=y",
    }
    for wrong in ("A", "=x"):
        with pytest.raises(InputError):
            parse_variables([wrong])
