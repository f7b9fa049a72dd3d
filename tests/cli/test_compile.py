"""``mpyc compile``: what goes in, what comes out, what is said, the exit status."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from mpytool.options import Goal, Options
from tests.cli.conftest import Tree


def output(tree: Tree, path: str) -> tuple[str, str, str]:
    """Name, options and source that the stand-in compiled into an output."""
    _, name, options, source = (tree.root / path).read_text().split("|", 3)
    return name, options, source


# --- inputs and outputs ------------------------------------------------------------------------------------


def test_output_lies_beside_the_source(tree: Tree) -> None:
    tree.write(hello="x = 1")
    result = tree.mpyc("compile", "hello.py")
    assert (result.exit_code, result.output) == (0, "")
    assert output(tree, "hello.mpy") == ("hello.py", repr(Options()), "x = 1")


def test_name_without_py_gets_the_suffix_added(tree: Tree) -> None:
    (tree.root / "script").write_text("x")
    assert tree.mpyc("compile", "script").exit_code == 0
    assert tree.files() == ["script", "script.mpy"]


def test_output_option(tree: Tree) -> None:
    tree.write(a="x")
    assert tree.mpyc("compile", "a.py", "-o", "b.bin").exit_code == 0
    assert tree.files() == ["a.py", "b.bin"]


def test_standard_input_and_output(tree: Tree) -> None:
    tree.write(a="x")
    to_stdout = tree.mpyc("compile", "a.py", "-o", "-")
    assert to_stdout.stdout_bytes.startswith(b"M|a.py|")
    from_stdin = tree.mpyc("compile", "-", stdin=b"y\xff")
    assert from_stdin.stdout_bytes.startswith(b"M|<stdin>|")
    assert from_stdin.stdout_bytes.endswith(b"|y\xff")
    assert tree.files() == ["a.py"]


def test_folders_are_searched_for_python_files(tree: Tree) -> None:
    tree.write(lib__a="1", lib__sub__b="2", lib___hidden="3", other="4")
    (tree.root / "lib/notes.txt").write_text("no")
    (tree.root / "lib/.git").mkdir()
    (tree.root / "lib/.git/c.py").write_text("no")
    assert tree.mpyc("compile", "lib", "--out-dir", "out").exit_code == 0
    written = [path for path in tree.files() if path.startswith("out")]
    assert written == ["out/lib/_hidden.mpy", "out/lib/a.mpy", "out/lib/sub/b.mpy"]
    assert output(tree, "out/lib/sub/b.mpy")[0] == os.path.join("lib", "sub", "b.py")


def test_list_of_inputs(tree: Tree) -> None:
    tree.write(a="1", lib__b="2", c="3")
    (tree.root / "list").write_bytes(b"a.py\r\n\nlib\n")
    assert tree.mpyc("compile", "@list", "c.py").exit_code == 0
    assert [p for p in tree.files() if p.endswith(".mpy")] == ["a.mpy", "c.mpy", "lib/b.mpy"]


def test_base_of_the_output_folder(tree: Tree) -> None:
    tree.write(src__pkg__a="1", b="2")
    assert tree.mpyc("compile", "src", "b.py", "--out-dir", "out", "--base", "src").exit_code == 0
    outside = "out" + str(tree.root / "b.mpy")
    assert [p for p in tree.files() if p.endswith(".mpy")] == sorted(["out/pkg/a.mpy", outside])


def test_same_input_twice_is_compiled_once(tree: Tree) -> None:
    tree.write(a="1")
    result = tree.mpyc("compile", "a.py", "a.py", "-v")
    assert result.exit_code == 0
    assert result.stderr.count("compiled a.py") == 1


def test_backslashes_of_a_source_name_become_slashes(tree: Tree) -> None:
    tree.write(a="1")
    assert tree.mpyc("compile", "a.py", "-s", "lib\\a.py").exit_code == 0
    assert output(tree, "a.mpy")[0] == "lib/a.py"


# --- options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Options()),
        ("-O", Options(optimise=1)),
        ("-OO", Options(optimise=2)),
        ("-OOO", Options(optimise=3)),
        ("-O0", Options(optimise=0)),
        ("-O2", Options(optimise=2)),
        ("-O3", Options(optimise=3)),
        ("--optimise 2", Options(optimise=2)),
        ("-march=armv6m -X emit=native", Options(emit="native", arch="armv6m")),
        ("-Xemit=viper --arch x64", Options(emit="viper", arch="x64")),
        ("--march=x64", Options(arch="x64")),
        ("-march x64", Options(arch="x64")),
        ("-X no-source-lines", Options(source_lines=False)),
        ("-X no-source-lines -X source-lines", Options()),
        ("-X heapsize=2m", Options()),
        ("-msmall-int-bits=63", Options(small_int_bits=63)),
        ("-msmall-int-bits=0x3f", Options(small_int_bits=63)),
        ("-march=rv32imc -march-flags=zba,zcmp", Options(arch="rv32imc", arch_flags=3)),
        ("-march-flags=zba", Options()),
        ("--optimize size", Options(goal=Goal.SIZE)),
        ("--optimize=speed", Options(goal=Goal.SPEED)),
        ("--target rp2040", Options(arch="armv6m")),
        ("--target unix-x64", Options(arch="x64", small_int_bits=63)),
        ("--target unix-x64 -msmall-int-bits=31", Options(arch="x64")),
        ("--target mpy:0x1306", Options(arch="armv6m")),
        ("--target mpy:7942", Options(arch="armv7emsp")),
        ("--target Pico -march=armv7m", Options(arch="armv7m")),
    ],
)
def test_options(tree: Tree, line: str, expected: Options) -> None:
    tree.write(a="1")
    result = tree.mpyc("compile", *line.split(), "a.py")
    assert result.output == ""
    assert output(tree, "a.mpy")[1] == repr(expected)


def test_value_that_looks_like_an_option_stays_a_value(tree: Tree) -> None:
    tree.write(a="1")
    (tree.root / "-O2").write_text("2")
    assert tree.mpyc("compile", "-s", "-O", "a.py").exit_code == 0
    assert output(tree, "a.mpy")[0] == "-O"
    assert tree.mpyc("compile", "--", "-O2").exit_code == 0
    assert output(tree, "-O2.mpy")[0] == "-O2"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no input"),
        ("a.py b.py -o c.mpy", "-o takes one input"),
        ("a.py b.py -s c", "-s takes one input"),
        ("a.py -o c.mpy --out-dir d", "exclude each other"),
        ("a.py --base d", "--base needs --out-dir"),
        ("a.py -o .", "is a folder"),
        ("a.py -o a.py", "overwrite the input"),
        ("a.py ./a.py", "would both be written to"),
        ("- --out-dir out", "standard input"),
        ("empty", "no Python file"),
        ("@nolist", "cannot read the list"),
        ("a.py -X emit=wasm", "-X emit=wasm"),
        ("a.py -X emit=native", "needs an architecture"),
        ("a.py -march=z80", "-march=z80"),
        ("a.py -march=none", "-march=none"),
        ("a.py -march=rv32imc -march-flags=zbb", "-march-flags=zbb"),
        ("a.py -march=x64 -march-flags=zba", "-march-flags=zba"),
        ("a.py -msmall-int-bits=0", "1 to 64"),
        ("a.py -msmall-int-bits=3z", "1 to 64"),
        ("a.py --target rp2041", "rp2040"),
        ("a.py --target mpy:x", "sys.implementation._mpy"),
        ("a.py --target mpy:5", "version 5"),
        ("a.py -O4", "4"),
        ("a.py -Ofast", "fast"),
        ("a.py -j 0", "0"),
        ("a.py --format xml", "xml"),
        ("a.py --print ast", "ast"),
        ("a.py --print ir --out-dir d", "--print"),
        ("a.py --frobnicate", "frobnicate"),
    ],
)
def test_wrong_command_lines(tree: Tree, line: str, message: str) -> None:
    tree.write(a="1", b="2")
    (tree.root / "empty").mkdir()
    result = tree.mpyc("compile", *line.split())
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert tree.files() == ["a.py", "b.py"]


# --- failures ----------------------------------------------------------------------------------------------


def test_every_failure_is_reported_and_good_files_are_written(tree: Tree) -> None:
    tree.write(a="1", b="bad", c="crash", d="4")
    result = tree.mpyc("compile", "a.py", "b.py", "c.py", "none.py", "d.py")
    assert result.exit_code == 1
    assert [p for p in tree.files() if p.endswith(".mpy")] == ["a.mpy", "d.mpy"]
    assert "error[E0101]: this is bad" in result.stderr
    assert "internal error: ZeroDivisionError: oops" in result.stderr
    assert "error[E0001]: cannot read 'none.py': No such file or directory" in result.stderr


def test_failed_input_leaves_an_older_output_alone(tree: Tree) -> None:
    tree.write(a="bad")
    (tree.root / "a.mpy").write_text("old")
    assert tree.mpyc("compile", "a.py").exit_code == 1
    assert (tree.root / "a.mpy").read_text() == "old"


def test_output_that_cannot_be_written(tree: Tree) -> None:
    tree.write(a="1")
    result = tree.mpyc("compile", "a.py", "-o", "nowhere/a.mpy")
    assert result.exit_code == 1
    assert "error[E0002]: cannot write 'nowhere/a.mpy'" in result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_full_device(tree: Tree) -> None:
    tree.write(a="1")
    result = tree.mpyc("compile", "a.py", "-o", "/dev/full")
    assert result.exit_code == 1
    assert "No space left" in result.stderr
    assert os.path.exists("/dev/full")


def test_interrupt(tree: Tree) -> None:
    tree.write(a="1", b="interrupt", c="3")
    result = tree.mpyc("compile", "a.py", "b.py", "c.py", "-j", "1")
    assert result.exit_code == 130
    assert tree.files() == ["a.mpy", "a.py", "b.py", "c.py"]


# --- what is said ------------------------------------------------------------------------------------------


def test_json(tree: Tree) -> None:
    tree.write(a="bad", b="bad", c="1")
    result = tree.mpyc("compile", "a.py", "b.py", "c.py", "-v", "--format", "json")
    assert result.exit_code == 1
    rows = [json.loads(line) for line in result.stderr.splitlines()]
    assert [row["file"] for row in rows] == ["a.py", "b.py"]
    assert rows[0] == {
        "file": "a.py",
        "line": 1,
        "column": 1,
        "end_line": 1,
        "end_column": 4,
        "severity": "error",
        "code": "E0101",
        "type": "SyntaxError",
        "message": "this is bad",
        "hint": "make it good",
        "notes": [],
        "mpy_cross": {"type": "SyntaxError", "message": "invalid syntax", "line": 1, "scope": None},
    }


def test_github(tree: Tree) -> None:
    tree.write(a="bad")
    result = tree.mpyc("compile", "a.py", "--format", "github")
    where = "file=a.py,line=1,endLine=1,col=1,endColumn=4,title=SyntaxError E0101"
    assert result.stderr == f"::error {where}::this is bad%0Ahint: make it good\n"


def test_sarif_is_one_document_also_without_findings(tree: Tree) -> None:
    tree.write(a="bad", b="bad", c="1")
    runs = json.loads(tree.mpyc("compile", "a.py", "b.py", "--format", "sarif").stderr)["runs"]
    assert [r["ruleId"] for r in runs[0]["results"]] == ["E0101", "E0101"]
    runs = json.loads(tree.mpyc("compile", "c.py", "--format", "sarif").stderr)["runs"]
    assert runs[0]["results"] == []


def test_verbose_and_summary(tree: Tree) -> None:
    tree.write(a="1", b="2")
    result = tree.mpyc("compile", "a.py", "b.py", "-v")
    first, second, last = result.stderr.splitlines()
    assert first.startswith("compiled a.py -> a.mpy (1 -> ")
    assert second.startswith("compiled b.py -> b.mpy")
    assert last.startswith("mpyc: 2 compiled in ")
    assert "cached a.py" in tree.mpyc("compile", "a.py", "-v").stderr


def test_many_inputs_get_a_summary_unless_quiet(tree: Tree) -> None:
    tree.write(**{f"m{i}": "bad" if i == 3 else str(i) for i in range(10)})
    assert "mpyc: 9 compiled, 1 failed in" in tree.mpyc("compile", ".").stderr
    quiet = tree.mpyc("compile", ".", "-q").stderr
    assert "mpyc:" not in quiet
    assert "this is bad" in quiet


def test_print(tree: Tree) -> None:
    tree.write(a="1", b="2", c="bad")
    assert tree.mpyc("compile", "a.py", "--print", "ir").output == "ir of a.py: 1\n"
    both = tree.mpyc("compile", "a.py", "c.py", "b.py", "--print", "tokens")
    assert both.stdout == "# a.py\ntokens of a.py: 1\n# b.py\ntokens of b.py: 2\n"
    assert both.exit_code == 1
    assert "this is bad" in both.stderr
    assert tree.mpyc("compile", "a.py", "--print", "ir", "-o", "ir.txt").output == ""
    assert tree.files() == ["a.py", "b.py", "c.py", "ir.txt"]


def test_print_of_odd_bytes(tree: Tree) -> None:
    result = tree.mpyc("compile", "-", "--print", "tree", stdin=b"\xff")
    assert result.stdout_bytes == b"tree of <stdin>: \xff\n"


# --- many files --------------------------------------------------------------------------------------------


def test_processes_keep_the_order(tree: Tree) -> None:
    names = [f"m{i:02}" for i in range(40)]
    tree.write(**{n: ("bad" if i % 7 == 3 else "x") + "#" * 9000 for i, n in enumerate(names)})
    result = tree.mpyc("compile", ".", "-j", "2", "--format", "json", "--no-cache")
    failed = [os.path.basename(json.loads(line)["file"])[:3] for line in result.stderr.splitlines()]
    assert failed == [n for i, n in enumerate(names) if i % 7 == 3]
    assert sum(p.endswith(".mpy") for p in tree.files()) == 40 - len(failed)


def test_second_run_needs_no_compiler(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.write(a="1", b="2")
    assert tree.mpyc("compile", ".").exit_code == 0
    before = {p: (tree.root / p).read_bytes() for p in tree.files()}
    (tree.root / "a.mpy").unlink()
    monkeypatch.setitem(sys.modules, "mpytool.compiler", None)
    assert tree.mpyc("compile", ".").exit_code == 0
    assert {p: (tree.root / p).read_bytes() for p in tree.files()} == before
    assert tree.mpyc("compile", ".", "-O1").exit_code == 1
    assert tree.mpyc("compile", ".", "--no-cache").exit_code == 1


def test_rejected_file_is_remembered(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.write(a="bad", b="crash")
    first = tree.mpyc("compile", "a.py")
    assert tree.mpyc("compile", "b.py").exit_code == 1
    monkeypatch.setitem(sys.modules, "mpytool.compiler", None)
    again = tree.mpyc("compile", "a.py", "-v")
    assert (again.exit_code, again.stderr) == (1, first.stderr)
    assert "ModuleNotFoundError" in tree.mpyc("compile", "b.py").stderr


def test_unusable_cache_folder_is_no_cache(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.write(a="1")
    Path("file").write_text("")
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tree.root / "file"))
    for _ in range(2):
        result = tree.mpyc("compile", "a.py")
        assert (result.exit_code, result.output) == (0, "")


def test_cache_commands(tree: Tree) -> None:
    tree.write(a="1", b="2")
    tree.mpyc("compile", ".")
    info = tree.mpyc("cache", "info").output
    assert str(tree.root / ".cache") in info
    assert "entries: 2" in info
    assert "removed 2 entries" in tree.mpyc("cache", "clear").output
    assert "entries: 0" in tree.mpyc("cache", "info").output
    assert tree.mpyc("cache", "shrink").exit_code == 2
