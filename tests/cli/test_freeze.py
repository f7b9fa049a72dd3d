"""The command freeze: its inputs, what it writes and when, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mpytool import Options, compile_source
from mpytool.again import cache_folder
from mpytool.cache import default_folder
from mpytool.cli.app import run
from mpytool.cli.freeze_report import COLUMNS
from mpytool.freezer.sizes import Category
from tests.manifest.trees import make_tree
from tests.peers.places import ROOT

HEADER = "QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (2))\nQ(known_to_the_firmware)\nQ(heapq)\n"
VARIABLES = ["-v", "MPY_DIR=.", "-v", "PORT_DIR=port", "-v", "BOARD_DIR=", "-v", "MPY_LIB_DIR=lib"]
BUILD = [*VARIABLES, "-b", "build"]
ASM = b"@micropython.asm_thumb\ndef f():\n    nop()\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_tree(tmp_path)
    (tmp_path / "build/genhdr").mkdir(parents=True)
    (tmp_path / "build/genhdr/qstrdefs.preprocessed.h").write_text(HEADER)
    (tmp_path / "m.mpy").write_bytes(compile_source("M = 1\n", name="other/name.py").to_bytes())
    (tmp_path / "manifest.py").write_text('module("a.py")\nfreeze_as_str("sub")\n')
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["freeze", "-o", "out.c", "--format", "json", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def _paths(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str]]:
    modules = _json(capsys, "-b", "build", *arguments)["modules"]
    assert isinstance(modules, list)
    return [(module["path"], module["kind"]) for module in modules]


def _age(tree: Path) -> None:
    """Make every file a minute old, as files are that are not being worked on."""
    then = time.time() - 60
    for path in tree.rglob("*"):
        if "cache" not in path.parts:
            os.utime(path, (then, then))


# --- inputs ------------------------------------------------------------------------------------------------


def test_inputs(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _paths(capsys, "a.py") == [("a.py", "source")]
    assert _paths(capsys, "sub/s.py", "m.mpy") == [("s.py", "source"), ("m.py", "mpy")]
    assert _paths(capsys, "pkg") == [
        ("pkg/__init__.py", "source"),
        ("pkg/core.py", "source"),
        ("pkg/inner/x.py", "source"),
    ]
    assert _paths(capsys, "port/modules/") == [("boot.py", "source"), ("net/wifi.py", "source")]
    assert sorted(_paths(capsys, "manifest.py")) == sorted(
        [
            ("a.py", "source"),
            *((f"{name}.py", "text") for name in ("broken", "manifest", "opts", "s", "syntax")),
        ]
    )


def test_the_same_file_twice(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _paths(capsys, "a.py", "a.py", "./a.py") == [("a.py", "source")]


def test_manifests_by_any_name(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "mine.py").write_text('freeze(".", "a.py")\n')
    assert _paths(capsys, "mine.py") == [("mine.py", "source")]
    assert _paths(capsys, "-m", "mine.py") == [("a.py", "source")]
    # As a firmware's build calls it, every argument is a manifest.
    assert _paths(capsys, *VARIABLES, "mine.py") == [("a.py", "source")]
    assert _paths(capsys, *VARIABLES, 'module("a.py"); module("b.py")') == [
        ("a.py", "source"),
        ("b.py", "source"),
    ]


def test_names_of_mpy_files(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The embedded name counts where a manifest names the file, unless nothing could import it."""
    assert _paths(capsys, *VARIABLES, 'freeze_mpy(".", "m.mpy")') == [("other/name.py", "mpy")]
    for name in ("/abs/m.py", "../m.py", "m"):
        (tree / "m.mpy").write_bytes(compile_source("M = 1\n", name=name).to_bytes())
        assert _paths(capsys, *VARIABLES, 'freeze_mpy(".", "m.mpy")') == [("m.py", "mpy")]


def test_versions_and_licences(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, *BUILD, 'require("heapq"); module("a.py")')
    modules = found["modules"]
    assert isinstance(modules, list)
    assert [(m["path"], m["version"], m["license"]) for m in modules] == [
        ("heapq.py", "1.2", "PSF"),
        ("a.py", None, None),
    ]


# --- what is written, and when -----------------------------------------------------------------------------


def test_table(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "a.py", "b.py", "-o", "new/folder/out.c", "-b", "build"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "new/folder/out.c:"
    assert lines[2].split()[0] == "bytes"
    assert {line.split()[-1] for line in lines[3:-1]} >= {"a.py", "b.py"}
    assert lines[-1].endswith("total, 2 modules, 32-bit pointers")
    assert (tree / "new/folder/out.c").read_text().count("frozen_module") > 0


def test_unchanged_output_is_left_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["freeze", "-o", "out.c", *BUILD, "manifest.py"]
    assert run(command) == 0
    _age(tree)
    before = (tree / "out.c").stat().st_mtime_ns
    capsys.readouterr()
    for _ in range(3):  # made again, then known
        assert run(command) == 0
        assert capsys.readouterr().out == ""
        assert (tree / "out.c").stat().st_mtime_ns == before
    assert _json(capsys, *BUILD, "manifest.py")["changed"] is False
    # The same bytes at another time: still the same output
    os.utime(tree / "a.py")
    assert run(command) == 0
    assert (tree / "out.c").stat().st_mtime_ns == before


def test_what_is_known_needs_no_compiler(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["freeze", "-o", "out.c", *BUILD, "manifest.py"]
    _age(tree)
    assert run(command) == 0
    capsys.readouterr()

    def fail(*arguments: object, **named: object) -> None:
        raise AssertionError("something was compiled or frozen")

    monkeypatch.setattr("mpytool.batch.compile_bytes", fail)
    monkeypatch.setattr("mpytool.freezer.freeze", fail)
    assert _json(capsys, *BUILD, "manifest.py")["changed"] is False
    monkeypatch.setattr("mpytool.manifest.frozen.run_jobs", fail)
    assert run(command) == 0


def test_what_was_frozen_before_is_recalled(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a checkout of what was built already: other times, no outputs."""
    command = ["freeze", "-o", "out.c", *BUILD, "manifest.py"]
    assert run(command) == 0
    first, table = (tree / "out.c").read_bytes(), capsys.readouterr().out
    (tree / "out.c").unlink()
    (tree / "manifest.py").write_text("# another manifest\n" + (tree / "manifest.py").read_text())

    def fail(*arguments: object, **named: object) -> None:
        raise AssertionError("something was frozen")

    monkeypatch.setattr("mpytool.freezer.freeze", fail)
    assert run(command) == 0
    assert (tree / "out.c").read_bytes() == first
    assert capsys.readouterr().out == table
    assert run([*command, "--no-cache"]) == 1


def test_every_category_has_a_column() -> None:
    categories = [category for _, column in COLUMNS for category in column]
    assert sorted(categories) == sorted(category.value for category in Category)


CHANGES = {
    "a module": lambda tree: (tree / "a.py").write_text("A = 2\n"),
    "a text": lambda tree: (tree / "sub/s.py").write_text("# other\n"),
    "a new file": lambda tree: (tree / "sub/new.py").write_text("# new\n"),
    "the manifest": lambda tree: (tree / "manifest.py").write_text('module("b.py")\n'),
    "the firmware's names": lambda tree: (tree / "build/genhdr/qstrdefs.preprocessed.h").write_text(
        HEADER + "Q(A)\n"
    ),
    "the output": lambda tree: (tree / "out.c").write_text("something else"),
    "no output": lambda tree: (tree / "out.c").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_seen(tree: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    command = ["freeze", "-o", "out.c", *BUILD, "manifest.py"]
    _age(tree)
    assert run(command) == 0
    first = (tree / "out.c").read_bytes()
    CHANGES[change](tree)
    assert run(command) == 0
    again = (tree / "out.c").read_bytes()
    assert (again == first) == ("output" in change)
    (tree / "out.c").unlink()
    assert run([*command, "--no-cache"]) == 0
    assert (tree / "out.c").read_bytes() == again


def test_options_are_seen(tree: Path) -> None:
    (tree / "a.py").write_text("assert x\nA = 1 << 40\n")
    _age(tree)
    outputs = set()
    for options in (
        [],
        ["-O1"],
        ["-f-O1"],
        ["-f", "-X no-source-lines"],
        ["--mpy-tool-flags=-mmpz-dig-size 32"],
    ):
        assert run(["freeze", "-o", "out.c", *BUILD, *options, "manifest.py"]) == 0
        outputs.add((tree / "out.c").read_bytes())
    assert len(outputs) == 4  # -O1 twice


def test_level_of_manifest_and_flags(tree: Path) -> None:
    (tree / "a.py").write_text("assert x\n")
    outputs = []
    for manifest, options in (
        ('module("a.py", opt=0)', []),
        ('module("a.py", opt=0)', ["-O1"]),
        ('module("a.py", opt=1)', []),
        ('module("a.py", opt=0)', ["-f-O1"]),
        ('module("a.py")', ["-O1"]),
    ):
        assert run(["freeze", "-o", "out.c", *BUILD, *options, manifest]) == 0
        outputs.append((tree / "out.c").read_bytes())
    assert outputs[0] == outputs[1] != outputs[2] == outputs[3] == outputs[4]


def test_depfile(tree: Path) -> None:
    (tree / "od d$#.py").write_text("")
    assert run(["freeze", "-o", "out.c", "-MD", "-b", "build", "manifest.py", "od d$#.py", "--quiet"]) == 0
    lines = (tree / "out.d").read_text().splitlines()
    assert lines[0] == "out.c: \\"
    rule = [line.strip().removesuffix(" \\") for line in lines[1:] if line.startswith("  ")]
    top = str(tree)
    assert rule[0] == f"{top}/manifest.py"
    assert {f"{top}/a.py", f"{top}/sub", f"{top}/sub/s.py", "build/genhdr/qstrdefs.preprocessed.h"} < set(
        rule
    )
    assert f"{top}/od\\ d$$\\#.py" in rule
    assert [line for line in lines if line.endswith(":")] == [f"{name}:" for name in rule]
    assert run(["freeze", "-o", "out.c", "-MD", "-MF", "other.d", "a.py", "--quiet"]) == 0
    assert (tree / "other.d").read_text().startswith("out.c: \\\n")


def test_standard_output(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "-o", "-", "-b", "build", "a.py"]) == 0
    text = capfd.readouterr().out
    assert run(["freeze", "-o", "out.c", "-b", "build", "a.py", "--quiet"]) == 0
    assert (tree / "out.c").read_text() == text


def test_c_modules(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "manifest.py").write_text('print("x")\nc_module("cmod")\nc_module("cmake")\nmodule("none.py")\n')
    assert run(["freeze", "--list-c-modules", *VARIABLES, "manifest.py"]) == 0
    assert capsys.readouterr().out == f"{tree}/cmod\n{tree}/cmake\n"
    assert run(["freeze", "--list-c-modules", *VARIABLES, 'module("none.py")']) == 0
    assert capsys.readouterr().out == ""


def test_nothing_to_freeze(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A build may have a manifest without modules, and needs the tables all the same."""
    (tree / "manifest.py").write_text('freeze_as_str("empty")\n')
    assert run(["freeze", "-o", "out.c", *BUILD, "manifest.py", "--quiet"]) == 0
    assert "mp_frozen_mpy_content" in (tree / "out.c").read_text()
    assert "E0814" in capsys.readouterr().err


# --- nothing to do -----------------------------------------------------------------------------------------


def _program(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mpytool.cli", "freeze", "-o", "out.c", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPYC_CACHE_DIR": str(tree / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def _ends_at_once(tree: Path, *arguments: str) -> bool:
    done = _program(tree, *arguments)
    assert done.returncode == 0, done.stderr
    return "mpytool.files" not in done.stderr


def test_the_same_command_again_ends_at_once(tree: Path) -> None:
    (tree / "manifest.py").write_text('if options.x is None:\n    require("heapq")\npackage("pkg")\n')
    command = [*BUILD, "manifest.py"]
    _age(tree)
    assert not _ends_at_once(tree, *command)
    assert not _ends_at_once(tree, *command)  # here it learns that all is as it was
    assert _ends_at_once(tree, *command)
    assert not _ends_at_once(tree, *command, "-O1")
    assert not _ends_at_once(tree, *command, "--verbose")


AGAIN: dict[str, Callable[[Path], object]] = {
    "a module": lambda tree: (tree / "pkg/core.py").write_text("C = 4\n"),
    "a new module": lambda tree: (tree / "pkg/inner/new.py").write_text("C = 4\n"),
    "a package that is found before": lambda tree: make_files(tree / "lib/micropython/heapq"),
    "the output": lambda tree: (tree / "out.c").write_text("int x;\n"),
    "no output": lambda tree: (tree / "out.c").unlink(),
    "the names": lambda tree: (tree / "build/genhdr/qstrdefs.preprocessed.h").write_text(HEADER + "Q(C)\n"),
}


def make_files(folder: Path) -> None:
    folder.mkdir()
    (folder / "manifest.py").write_text('module("heapq.py")\n')
    (folder / "heapq.py").write_text("OTHER = 'another heapq, with a longer string'\n")


@pytest.mark.parametrize("change", AGAIN)
def test_it_does_not_end_at_once_after_a_change(tree: Path, change: str) -> None:
    (tree / "manifest.py").write_text('require("heapq")\npackage("pkg")\n')
    command = [*BUILD, "manifest.py"]
    _age(tree)
    assert run(["freeze", "-o", "out.c", *command]) == 0
    assert run(["freeze", "-o", "out.c", *command]) == 0
    assert _ends_at_once(tree, *command)
    first = (tree / "out.c").read_bytes()
    AGAIN[change](tree)
    assert not _ends_at_once(tree, *command)
    again = (tree / "out.c").read_bytes()
    assert (again == first) == ("output" in change)
    assert run(["freeze", "-o", "clean.c", *command, "--no-cache", "--quiet"]) == 0
    assert (tree / "clean.c").read_bytes() == again


@pytest.mark.parametrize("text", ["import os\n", "print('x')\n", "open('a.py').close()\n"])
def test_open_manifests_run_each_time(tree: Path, text: str) -> None:
    (tree / "manifest.py").write_text(text + 'module("a.py")\n')
    command = [*BUILD, "manifest.py"]
    _age(tree)
    for _ in range(3):
        assert not _ends_at_once(tree, *command)


def test_damaged_records(tree: Path) -> None:
    command = [*BUILD, "manifest.py"]
    _age(tree)
    for _ in range(2):
        assert run(["freeze", "-o", "out.c", *command]) == 0
    assert _ends_at_once(tree, *command)
    for path in (tree / "cache").glob("??/*"):
        path.write_bytes(path.read_bytes()[:70])
    assert not _ends_at_once(tree, *command)


def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The short way to the cache's folder is the same as the long one."""
    for variables in ({}, {"XDG_CACHE_HOME": "/x"}, {"XDG_CACHE_HOME": ""}, {"MPYC_CACHE_DIR": "/y"}):
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.delenv("MPYC_CACHE_DIR", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        if sys.platform == "linux":
            assert cache_folder() == default_folder()


# --- refusals ----------------------------------------------------------------------------------------------


def _refused(tree: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = sorted(path for path in tree.rglob("*") if "cache" not in path.parts)
    assert run(["freeze", "-o", "out.c", *BUILD, *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sorted(path for path in tree.rglob("*") if "cache" not in path.parts) == before
    return shown.err.replace(f"{tree}/", "")


def test_two_modules_with_one_path(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "manifest.py").write_text(
        'module("s.py", base_path="sub")\n\nfreeze(".", "a.py")\ninclude("m2.py")\n'
    )
    (tree / "m2.py").write_text('module("a.py",\n  base_path="more")\n')
    (tree / "more").mkdir()
    (tree / "more/a.py").write_text("")
    assert _refused(tree, capsys, "manifest.py") == (
        "error[E1002]: two modules would be frozen as 'a.py'\n"
        " --> m2.py:1:1\n"
        "  |\n"
        '1 | module("a.py",\n'
        "  | ^^^^^^^^^^^^^^\n"
        "note: the other, a.py, is named here\n"
        " --> manifest.py:3:1\n"
        "  |\n"
        '3 | freeze(".", "a.py")\n'
        "  | -------------------\n"
        "  = note: the file is more/a.py\n"
        "  = hint: the firmware finds only the first of them: leave one out, or give it another path\n"
        "\n"
    )


def test_one_path_in_two_ways(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "manifest.py").write_text('freeze_as_str("sub")\nmodule("s.py", base_path="sub")\n')
    assert "error[E1002]: two modules would be frozen as 's.py'\n --> manifest.py:2:1" in _refused(
        tree, capsys, "manifest.py"
    )
    (tree / "manifest.py").write_text('freeze_mpy(".", "m.mpy")\nmodule("other/name.py")\n')
    (tree / "other").mkdir()
    (tree / "other/name.py").write_text("")
    assert "error[E1002]: two modules would be frozen as 'other/name.py'" in _refused(
        tree, capsys, "manifest.py"
    )


def test_long_name(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = compile_source("x = name_to_be_replaced\n", name="m.py")
    module.qstrs[module.qstrs.index("name_to_be_replaced")] = "n" * 300
    (tree / "m.mpy").write_bytes(module.to_bytes())
    (tree / "manifest.py").write_text('module("b.py")\nfreeze_mpy(".", "m.mpy")\n')
    shown = _refused(tree, capsys, "manifest.py")
    assert shown.startswith("error[E1004]: the name 'nnn")
    assert ' --> manifest.py:2:1\n  |\n2 | freeze_mpy(".", "m.mpy")\n  | ^^^^^^' in shown
    assert "  = note: the file is m.mpy\n" in shown


def test_native_code_for_another_machine(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = compile_source(ASM, name="n.py", options=Options(arch="armv7m"))
    (tree / "n.mpy").write_bytes(module.to_bytes())
    (tree / "manifest.py").write_text('module("a.py")\nfreeze_mpy(".", "n.mpy")\n')
    for flags in (["-f-march=x64"], ["-march=x64"], ["-march=armv6m"]):
        shown = _refused(tree, capsys, *flags, "manifest.py")
        assert shown.startswith(
            "error[E1007]: this module's native code is for armv7m, and the firmware is for"
        )
        assert " --> manifest.py:2:1\n" in shown
    assert run(["freeze", "-o", "out.c", *BUILD, "-march=armv7em", "manifest.py", "--quiet"]) == 0


def test_damaged_mpy(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "m.mpy").write_bytes(b"M\x06\x00\x1f\x02")
    (tree / "manifest.py").write_text('module("a.py")\nfreeze_mpy(".", "m.mpy")\n')
    shown = _refused(tree, capsys, "manifest.py")
    assert "error[E0506]: at 0x4: the number of qstrs is 2" in shown
    assert '2 | freeze_mpy(".", "m.mpy")' in shown


def test_rejected_source(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "a.py").write_text("x = (1\n")
    (tree / "b.py").write_text("y = )\n")
    shown = _refused(tree, capsys, 'module("a.py"); module("b.py")')
    assert "a.py:1:5" in shown
    assert "b.py:1:5" in shown


def test_wrong_manifest(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "manifest.py").write_text('module("aa.py")\n')
    assert _refused(tree, capsys, "manifest.py").startswith(
        "error[E0807]: there is no file 'aa.py'\n --> manifest.py:1:1\n"
    )
    assert run(["freeze", "--list-c-modules", *VARIABLES, "c_module('x')"]) == 1
    assert "error[E0808]" in capsys.readouterr().err
    assert run(["freeze", "-o", "out.c", "--format", "json", *BUILD, "manifest.py"]) == 1
    assert json.loads(capsys.readouterr().err.splitlines()[0])["code"] == "E0807"


def test_header(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = tree / "build/genhdr/qstrdefs.preprocessed.h"
    header.write_text("int x;\n")
    assert _refused(tree, capsys, "manifest.py").startswith(
        "error[E0816]: this is no qstrdefs.preprocessed.h"
    )
    header.unlink()
    assert _refused(tree, capsys, "manifest.py").startswith("error[E0001]: cannot read 'build/genhdr/")
    assert run(["freeze", "a.py", "-o", "out.c"]) == 0
    assert capsys.readouterr().err.startswith("warning[E0815]: the names that the firmware has are not known")


def test_output_that_cannot_be_written(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "a.py", "-b", "build", "-o", "a.py/out.c"]) == 1
    assert "error[E0002]: cannot write 'a.py/out.c'" in capsys.readouterr().err


WRONG = {
    "no input": ["-o", "x"],
    "no output": ["a.py"],
    "unknown input": ["data.txt", "-o", "x"],
    "missing folder": ["nothing", "-o", "x"],
    "empty folder": ["empty", "-o", "x"],
    "no variable": ["-v", "X", "a.py", "-o", "x"],
    "flags": ["-f-march=z80", "a.py", "-o", "x"],
    "unknown flag": ["-f--fast", "a.py", "-o", "x"],
    "flag without value": ["-f-X", "a.py", "-o", "x"],
    "flags twice": ["-f-march=x64", "-march=x64", "a.py", "-o", "x"],
    "tool flags": ["--mpy-tool-flags=-mlongint-impl", "a.py", "-o", "x"],
    "unknown tool flag": ["--mpy-tool-flags=-x", "a.py", "-o", "x"],
    "longint": ["--longint", "big", "a.py", "-o", "x"],
    "digits": ["--mpz-dig-size", "15", "a.py", "-o", "x"],
    "nameless depfile": ["-MD", "a.py", "-o", "-"],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_command_lines(tree: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run(["freeze", *WRONG[name]]) == 2
    assert "Error:" in capsys.readouterr().err
    assert not (tree / "x").exists()


def test_missing_input(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["freeze", "none.py", "none.mpy", "-o", "x", "-b", "build"]) == 1
    err = capsys.readouterr().err
    assert "none.py" in err
    assert "none.mpy" in err
    assert run(["freeze", "manifest_none.py", "-o", "x", "-b", "build"]) == 1
    assert "error[E0803]" in capsys.readouterr().err
