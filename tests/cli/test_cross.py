"""``mpyc-cross`` beside mpy-cross: the same command lines, and the same that comes of them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.peers.oracle import OracleMissingError, binary

FILES = {
    "ok.py": b"x = 1\n",
    "asserts.py": b"assert x\nif __debug__:\n    y\n",
    "bad.py": b"x=\n",
    "f.py": b"def f():\n  x\n\n  yield 1\n  break\n",
    "cls.py": b"class A:\n  return 1\n",
    "ind.py": b"if 1:\n    x\n  y\n",
    "tab.py": b"if 1:\n x\n\ty\n",
    "name.py": b"x='\\N{foo}'\n",
    "native.py": b"@micropython.native\ndef f():\n  pass\n",
    "open.py": b"x = (1,\n",
    "string.py": b"x = 'abc\n",
    "wide.py": b"x = 1 << 40; y = 1 << 62; z = 1 << 30\n",
    "a": b"x = 1\n",
    "abcdef": b"x = 1\n",
    "lib/m.py": b"from . import x\n",
    "bytes.py": b"x = '\xff\xfe'\n",
}

# Each line is given to both programs, in a folder that holds FILES; standard input is "y = 2".
LINES = r"""
ok.py
a
abcdef
lib/m.py
lib\m.py
bytes.py
ok.py -o out.mpy
ok.py -o -
-
- -o out.mpy
- -s z.py
-- ok.py
-o -- ok.py
-o -X source-lines
-s '' ok.py
-s pkg\sub\m.py ok.py -o -
-v -v ok.py -o -
-O asserts.py -o -
-OO asserts.py -o -
-OOOO asserts.py -o -
-O0 asserts.py -o -
-O1 asserts.py -o -
-O3 asserts.py -o -
-O9 asserts.py -o -
-O2x asserts.py -o -
-Ofast asserts.py -o -
-OxO asserts.py -o -
-O -O0 asserts.py -o -
-X emit=bytecode ok.py -o -
-X no-source-lines asserts.py -o -
-X no-source-lines asserts.py -X source-lines -o -
-X heapsize=4m ok.py -o -
-X heapsize=4Mw ok.py -o -
-march=armv6m ok.py -o -
-march=host ok.py -o -
-march=debug ok.py -o -
-march=rv32imc -march-flags=zba ok.py -o -
-march-flags=zba,zcmp -march=rv32imc ok.py -o -
-march=rv32imc -march-flags=0 ok.py -o -
-march-flags=junk ok.py -o -
-msmall-int-bits=63 wide.py -o -
-msmall-int-bits=32 wide.py -o -
-msmall-int-bits=0x10 wide.py -o -
-msmall-int-bits= wide.py -o -
-msmall-int-bits=255 wide.py -o -
-msmall-int-bits=-1 wide.py -o -
--version
ok.py --version
-X emit=viper --version

-o out.mpy
ok.py ok.py
ok.py - --version
-- -v
--
nofile.py
nofile.py -o -
'no"file.py'
''
.
lib
ok.py -o nowhere/x
ok.py -o .
bad.py
-s other.py bad.py
f.py
-s other.py f.py
-s pkg\other.py f.py
cls.py
ind.py
tab.py
name.py
native.py
-march=rv64imc native.py
open.py
string.py
- -s q.py -O3 -o nowhere/x
-X emit=native ok.py
-X emit=viper ok.py
-X emit=native
-march=rv32imc -march-flags=zbb ok.py
-march=rv32imc -march-flags= ok.py
-march=x64 -march-flags=zba ok.py
""".strip("\n").split("\n")

# Both print their usage, worded differently but for the first line.
USAGE_LINES = r"""
-x
-h
--help
-foo --version
-X
-X foo ok.py
-X emit=arm ok.py
ok.py -X
-- ok.py -X
-o
-s
ok.py -o
-march=z80 ok.py
-march= ok.py
-march=none ok.py
-march ok.py
-march-flags ok.py
-msmall-int-bits=3z ok.py
-msmall-int-bits=0b11 ok.py
-msmall-int-bits ok.py
-Wall ok.py
""".strip("\n").split("\n")


@dataclass(frozen=True)
class Result:
    status: int
    out: bytes
    err: bytes
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def mpy_cross() -> str:
    try:
        return str(binary())
    except OracleMissingError as error:
        missing(str(error))
        raise AssertionError from error


def split(line: str) -> list[str]:
    """As a shell does, but backslashes are part of the arguments."""
    return shlex.split(line.replace("\\", "\\\\"))


def lay_out(folder: Path) -> None:
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def run_peer(program: str, line: str, folder: Path) -> Result:
    lay_out(folder)
    done = subprocess.run([program, *split(line)], cwd=folder, capture_output=True, input=b"y = 2\n")
    return Result(done.returncode, done.stdout, done.stderr, snapshot(folder))


def run_ours(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Result:
    from mpytool.cli.cross import run

    lay_out(folder)
    stdin, stdin_end = os.pipe()
    os.write(stdin_end, b"y = 2\n")
    os.close(stdin_end)
    with open(stdin) as stream:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "stdin", stream)
        capfdbinary.readouterr()
        status = run(["mpyc-cross", *split(line)])
        sys.stdout.flush()
    out, err = capfdbinary.readouterr()
    return Result(status, out, err, snapshot(folder))


@pytest.mark.peer
@pytest.mark.parametrize("line", LINES)
def test_same_as_mpy_cross(
    line: str,
    mpy_cross: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    expected = run_peer(mpy_cross, line, tmp_path / "peer")
    assert run_ours(line, tmp_path / "ours", monkeypatch, capfdbinary) == expected


@pytest.mark.peer
@pytest.mark.parametrize("line", USAGE_LINES)
def test_usage_where_mpy_cross_prints_it(
    line: str,
    mpy_cross: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    expected = run_peer(mpy_cross, line, tmp_path / "peer")
    ours = run_ours(line, tmp_path / "ours", monkeypatch, capfdbinary)
    assert expected.status == 1
    assert (ours.status, ours.err, ours.files) == (expected.status, expected.err, expected.files)
    head = b"usage: mpyc-cross [<opts>] [-X <implopt>] [--] <input filename>"
    assert ours.out.splitlines()[0] == head
    assert expected.out.splitlines()[0].endswith(head.split(b" ", 2)[2])


def test_needs_no_click() -> None:
    """One start costs little: none of the libraries of the other command line is imported."""
    from mpytool.compiler import compile_source

    compile_source(b"", name="x")  # the parser's tables exist from here on
    code = (
        "import sys; from mpytool.cli.cross import run; run(['x', '-', '-o', '-']); "
        "print(sorted({'click', 'rich', 'lark', 'construct', 'json', 'multiprocessing', 'concurrent'} "
        "& set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, input=b"x = 1\n", check=True)
    assert done.stderr.decode().strip() == "[]"
