"""The README's examples are run: the sessions of its console blocks, and its Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()

MANIFEST = '# what the board has built in\nmodule("sensors.py")\n'
BROKEN = "import sensor\n\nprint(sensor.read(1, 2)\nx = 3\n"

TOTAL = """
@micropython.viper
def total(data: ptr8, n: int) -> int:
    s = 0
    for i in range(n):
        s += data[i]
    return s
"""


def _run(folder: Path, *words: str) -> str:
    """What an mpyc command prints on both outputs, with a cache of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mpytool.cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPYC_CACHE_DIR": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def _sessions() -> list[tuple[str, str]]:
    """(command, shown output) of each command in a block that begins with a prompt."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```\n(\$ .*?)^```$", README, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the README's reader stands: some files, and what the commands before have made."""
    shutil.copy(ROOT / "examples" / "blink.py", tmp_path)
    shutil.copy(ROOT / "examples" / "blink.py", tmp_path / "main.py")
    (tmp_path / "lib").mkdir()
    shutil.copy(ROOT / "examples" / "sensor.py", tmp_path / "lib")
    (tmp_path / "broken.py").write_text(BROKEN)
    shutil.copy(ROOT / "examples" / "sensor.py", tmp_path)
    (tmp_path / "total.py").write_text(TOTAL)
    (tmp_path / "manifest.py").write_text(MANIFEST)
    _run(tmp_path, "compile", "-q", "--no-cache", "blink.py")
    return tmp_path


@pytest.mark.parametrize(("command", "shown"), _sessions(), ids=lambda text: text.split("\n")[0])
def test_session(command: str, shown: str, folder: Path) -> None:
    program, *words = command.split()
    assert program == "mpyc"
    printed = _run(folder, *words)
    if shown:
        # An ellipsis stands for any lines
        pattern = "".join(
            r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in shown.splitlines(keepends=True)
        )
        assert re.fullmatch(pattern, printed.rstrip("\n") + "\n"), printed


def test_python() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    exec(compile(code, "README.md", "exec"), {})
