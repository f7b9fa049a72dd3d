"""The command freeze in builds: run again and again while modules change, and asked for by make and ninja."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.cli.app import run
from tests.conftest import missing
from tests.peers.apt import AptError, install
from tests.peers.places import ROOT

HEADER = "QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (2))\nQ(known_to_the_firmware)\nQ(heapq)\n"

SOURCES = (
    "",
    "A = 1\n",
    "def f(self, other):\n    return self.known_to_the_firmware + other.value\n",
    "class C:\n    text = 'a string of more than twenty-five characters'\n"
    "    def f(self, n=1.5):\n        return n\n",
    "import micropython\nHUGE = 1 << 70\n_PRIVATE = micropython.const(7)\n"
    "def g():\n    return HUGE, _PRIVATE\n",
    "def f(self, other):\n    while True:\n        self.poll(other)\n    return b'never', (1, 2.5, 'x')\n",
    "".join(f"name_{n} = {n}.25\n" for n in range(150)),
    "T = ('a', ('b', b'c', 1 << 40), -0.0, 2j)\ndef h(*a, key=T, **k):\n    return [x for x in a]\n",
)
NAMES = ("a.py", "b.py", "pkg/__init__.py", "pkg/c.py", "pkg/deep/d.py")

_STEP = st.dictionaries(st.sampled_from(NAMES), st.sampled_from((*SOURCES, None)), min_size=1, max_size=3)
"""Modules to their new sources; None removes one."""


def _apply(tree: Path, step: dict[str, str | None]) -> None:
    for name, text in step.items():
        path = tree / "src" / name
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


@settings(max_examples=20, deadline=None)
@given(st.lists(_STEP, min_size=1, max_size=5))
def test_a_build_with_a_past_is_like_one_without(steps: list[dict[str, str | None]]) -> None:
    """However modules changed since, the output is what a build without cache and output makes of them."""
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, MPYC_CACHE_DIR=f"{name}/cache"):
        tree = Path(name)
        (tree / "src").mkdir()
        (tree / "q.h").write_text(HEADER)
        (tree / "manifest.py").write_text('module("always.py")\nfreeze("src")\n')
        (tree / "always.py").write_text("HERE = True\n")
        base = ["freeze", "-q", f"{name}/q.h", f"{name}/manifest.py", "--quiet"]
        for step in steps:
            _apply(tree, step)
            if not any((tree / "src").rglob("*.py")):
                continue
            for _ in range(2):
                assert run([*base, "-o", f"{name}/warm.c"]) == 0
                assert run([*base, "-o", f"{name}/cold.c", "--no-cache"]) == 0
                assert (tree / "warm.c").read_bytes() == (tree / "cold.c").read_bytes()


MAKEFILE = """\
out.c:
\tPYTHONPATH={root} {python} -m mpytool.cli freeze -q q.h -MD -o out.c manifest.py
-include out.d
"""
NINJA = """\
rule freeze
  command = PYTHONPATH={root} {python} -m mpytool.cli freeze -q q.h -MD -o $out manifest.py
  depfile = out.d
  restat = 1
build out.c: freeze
"""
BUILDERS = {"make": ("Makefile", MAKEFILE, "make"), "ninja": ("build.ninja", NINJA, "ninja-build")}

CHANGES: dict[str, str] = {
    "a module": "pkg/c.py",
    "a module of the manifest": "a.py",
    "a manifest": "manifest.py",
    "an included manifest": "more.py",
    "the names of the firmware": "q.h",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/c.py").write_text("C = 1\n")
    (tmp_path / "a.py").write_text("A = 1\n")
    (tmp_path / "q.h").write_text(HEADER)
    (tmp_path / "more.py").write_text('module("a.py")\n')
    (tmp_path / "manifest.py").write_text('include("more.py")\npackage("pkg")\n')
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _age(tree: Path) -> None:
    then = time.time() - 60
    for path in tree.rglob("*"):
        os.utime(path, (then, then))


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_builder_understands_the_depfile(project: Path, builder: str) -> None:
    """Each file that counts has the output made again, and nothing else does; a module may disappear."""
    file, text, package = BUILDERS[builder]
    try:
        if subprocess.run(["sh", "-c", f"command -v {builder}"], capture_output=True).returncode:
            install(package)
    except AptError as error:
        missing(f"no {builder}: {error}")
    (project / file).write_text(text.format(root=ROOT, python=sys.executable))

    def built() -> bool:
        done = subprocess.run([builder, "out.c"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return "mpytool.cli" in done.stdout or "[1/1]" in done.stdout

    assert built()
    _age(project)
    built()  # ninja wants to see the command's end after the inputs' times
    assert not built()
    (project / "unrelated.py").write_text("")
    assert not built()
    for name in CHANGES.values():
        path = project / name
        before = (project / "out.c").read_bytes()
        path.write_text(path.read_text() + ("Q(C)\n" if name == "q.h" else "NEW_NAME = 2\n"))
        assert built(), name
        changes_output = name not in ("manifest.py", "more.py")
        assert ((project / "out.c").read_bytes() != before) is changes_output
        _age(project)
        built()
    (project / "pkg/other.py").write_text("")
    assert built(), "a folder that was searched has another file"
    (project / "pkg/c.py").unlink()
    assert built()
    assert "pkg/c.py" not in (project / "out.c").read_text()


def test_summary(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run of many modules says at its end what was compiled; a terminal would see progress before."""
    for number in range(12):
        (project / f"pkg/m{number}.py").write_text(f"N = {number}\n")
    command = ["freeze", "-q", "q.h", "-o", "out.c", "manifest.py"]
    assert run(command) == 0
    assert capsys.readouterr().err.startswith("mpyc: 14 compiled in ")
    (project / "pkg/m0.py").write_text("N = 100\n")
    assert run(command) == 0
    assert capsys.readouterr().err.startswith("mpyc: 14 compiled (13 from the cache) in ")
    assert run([*command, "--quiet", "-O1"]) == 0
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    """Standard error, as a person has it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("options", [[], ["--quiet"], ["--format", "json"]], ids=["human", "quiet", "json"])
def test_progress(project: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """On a terminal a run that takes long shows how far it is, and takes that away at its end."""
    for number in range(12):
        (project / f"pkg/m{number}.py").write_text(f"N = {number}\n")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("mpytool.cli.report._PATIENCE", -1.0)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run(["freeze", "-q", "q.h", "-o", "out.c", "manifest.py", *options]) == 0
    shown = terminal.getvalue()
    assert ("compiling" in shown) is (not options)
    if not options:
        assert "13/14" in shown
        assert shown.rpartition("\x1b[2K")[2].lstrip().startswith("mpyc: 14 compiled in ")
    else:
        assert shown == ""


UNWANTED = {"click", "hashlib", "html", "json", "multiprocessing", "platformdirs", "subprocess", "threading"}
"""Modules of the standard library and others that take milliseconds to load."""


def test_what_a_build_with_one_changed_module_loads(project: Path) -> None:
    (project / "build/genhdr").mkdir(parents=True)
    (project / "q.h").rename(project / "build/genhdr/qstrdefs.preprocessed.h")
    words = ["freeze", "-o", "out.c", "-v", "MPY_DIR=.", "-b", "build", "manifest.py"]
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from mpytool.cli import main; main()"

    def loaded() -> set[str]:
        command = [sys.executable, "-X", "importtime", "-c", program, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return {line.split("|")[2].strip() for line in done.stderr.splitlines() if line.count("|") == 2}

    assert "mpytool.compiler" in loaded()
    (project / "a.py").write_text("A = 2\n")
    found = loaded()
    assert "mpytool.freezer.image" in found
    assert (found & UNWANTED) == set()
