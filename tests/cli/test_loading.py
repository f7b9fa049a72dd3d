"""What commands load: the start of Python and the loading of modules is most of what short ones take."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SLOW = {
    "ast", "click", "construct", "dataclasses", "dis", "inspect", "json", "lark", "multiprocessing", "rich",
    "tokenize", "typing",
}  # fmt: skip
"""Modules each of which takes as long as compiling a small file, or imports one that does."""

_MAIN = """\
import os, sys
before = {*sys.modules}
def end(status):
    sys.stdout.flush()
    print(*sorted({*sys.modules} - before), file=sys.stderr)
    end_now(status)
end_now, os._exit = os._exit, end
from mpytool.cli import main
if sys.argv[0] == "cross":
    from mpytool.cli.cross import main
try:
    main()
except SystemExit as left:
    end(left.code or 0)
"""


def _loaded(folder: Path, program: str, *arguments: str) -> set[str]:
    """The modules that a command loads besides those of an empty Python."""
    code = _MAIN.replace("sys.argv[0]", repr(program))
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "MPYC_CACHE_DIR": str(folder / "cache")},
    )
    assert done.returncode == 0, done.stderr
    return {*done.stderr.splitlines()[-1].split()}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A manifest of two modules, the folder of a build, and one run of the command behind it."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(f"def {name}(x):\n    return [x, 'text', 1.5, 2 << 70]\n")
    (tmp_path / "manifest.py").write_text('freeze(".", ("a.py", "b.py"))\n')
    header = tmp_path / "build/genhdr/qstrdefs.preprocessed.h"
    header.parent.mkdir(parents=True)
    header.write_text("QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (1))\nQ(text)\n")
    _freeze(tmp_path)
    return tmp_path


def _freeze(folder: Path) -> set[str]:
    return _loaded(folder, "mpyc", "freeze", "-o", "out.c", "-v", "MPY_DIR=/x", "-b", "build", "manifest.py")


def test_freezing_with_one_module_changed(build: Path) -> None:
    before = (build / "out.c").read_bytes()
    (build / "a.py").write_text("def a(x):\n    return x + 1\n")
    loaded = _freeze(build)
    assert (build / "out.c").read_bytes() != before
    assert "mpytool.compiler" in loaded
    assert loaded & _SLOW == set()


def test_freezing_without_changes(build: Path) -> None:
    """Nothing is compiled, and what was frozen is recalled, where only the options differ."""
    (build / "out.c").unlink()
    loaded = _freeze(build)
    assert (build / "out.c").exists()
    assert loaded & {*_SLOW, "mpytool.compiler", "mpytool.freezer"} == set()


def test_mpy_cross(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('hello')\n")
    loaded = _loaded(tmp_path, "cross", "a.py")
    assert (tmp_path / "a.mpy").exists()
    assert loaded & _SLOW == set()
