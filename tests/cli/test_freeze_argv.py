"""The short way to read the arguments of ``mpyc freeze`` says what click says, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mpytool.cli.freeze import command
from mpytool.cli.freeze_argv import parse

BUILD = ["-o", "build/out.c", "-v", "MPY_DIR=../..", "-v", "BOARD_DIR=", "-b", "build"]

KNOWN: tuple[list[str], ...] = (
    [*BUILD, "--mpy-tool-flags=", "manifest.py"],
    [*BUILD, "-f-march=armv7m -O2", "--mpy-tool-flags=-mlongint-impl none", "manifest.py"],
    ["-f", "-march=x64", "-oout.c", "-bbuild", "-vA=B", "one.py", "--mpy-tool-flags", "-O", "two.py"],
    ["-o", "-march=x64", "-o=x", "a.py", "-o", "-O2"],
    ["--list-c-modules", *BUILD, "manifest.py"],
    ["-f", "", "-v", "-v", "a.py"],
    [],
)
LEFT_TO_CLICK: tuple[list[str], ...] = (
    ["-o"],
    [*BUILD, "--mpy-tool-flags"],
    ["-h"],
    ["--help"],
    ["-O2", "a.py"],
    ["-march=x64", "a.py"],
    ["--", "-a.py"],
    ["-"],
    [""],
    ["-MD", *BUILD, "a.py"],
    ["--output", "a.c", "a.py"],
    ["-j1", "a.py"],
    ["-m", "a.py"],
)


@pytest.mark.parametrize("arguments", KNOWN, ids=str)
def test_same_as_click(arguments: list[str]) -> None:
    context = command.make_context("freeze", list(arguments), parent=click.Context(click.Group("mpyc")))
    assert parse(arguments) == context.params


@pytest.mark.parametrize("arguments", LEFT_TO_CLICK, ids=str)
def test_left_to_click(arguments: list[str]) -> None:
    assert parse(arguments) is None


_MAIN = """\
import os, sys
from mpytool.cli import main
end, os._exit = os._exit, lambda status: (print("click" in sys.modules, status), sys.stdout.flush(), end(0))
main()
"""


def _main(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "MPYC_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, "freeze", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
    )
    return done.stdout.splitlines()[-1] + done.stderr[:5]


def test_without_click(tmp_path: Path) -> None:
    """A build imports no click, unless its arguments are wrong."""
    (tmp_path / "manifest.py").write_text('freeze(".", "a.py")\n')
    (tmp_path / "a.py").write_text("A = 1\n")
    arguments = ["-o", "out.c", "-v", "MPY_DIR=.", "--mpy-tool-flags=", "manifest.py"]
    assert _main(tmp_path, *arguments).startswith("False 0")
    assert (tmp_path / "out.c").exists()
    assert _main(tmp_path, *arguments, "-f-X nonsense") == "True 2Usage"
    assert _main(tmp_path, *arguments, "none.py").startswith("False 1error")
