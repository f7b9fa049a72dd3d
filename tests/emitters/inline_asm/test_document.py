"""docs/asm.md: its table is the assembler's, its example does what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.emitters.inline_asm.document import PAGE, page


def test_table_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.emitters.inline_asm.document"


def mpyc(folder: Path, line: str) -> str:
    """What a command of the page prints."""
    program, *arguments = line.split()
    assert program == "mpyc"
    run = "from mpytool.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", run, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PAGE.parents[1]), "MPYC_CACHE_DIR": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_examples(tmp_path: Path) -> None:
    text = PAGE.read_text()
    (source,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "total.py").write_text(source)
    (tmp_path / "led.py").write_text("@micropython.asm_thumb\ndef f(r0):\n  ldr(r1, [r0, 130])\n")
    shown = re.findall(r"^```\n(\$.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(shown) == 2
    for block in shown:
        for command, expected in re.findall(r"^\$ (.*)\n((?:[^$].*\n|\n)*)", block, re.MULTILINE):
            said = mpyc(tmp_path, command)
            assert said.rstrip().endswith(expected.removeprefix("...\n").rstrip()), said
