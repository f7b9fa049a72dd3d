"""The same modules frozen by MicroPython's own ``mpy-tool.py``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mpytool.freezer import FrozenModule
from mpytool.module import Constant
from mpytool.values import encode_text

_LARGEST_SINGLE = 3.4028234663852886e38


def is_fit_for_it(module: FrozenModule) -> bool:
    """Whether it can freeze a module: texts must be UTF-8, floats finite and in single range."""
    pending: list[Constant] = [*module.module.qstrs, *module.module.constants]
    while pending:
        value = pending.pop()
        if isinstance(value, tuple):
            pending += value
        elif isinstance(value, str):
            try:
                encode_text(value).decode()
            except UnicodeDecodeError:
                return False
        elif isinstance(value, float | complex) and not abs(value) <= _LARGEST_SINGLE:
            return False
    return True


def freeze_with_it(source: Path, header: Path, modules: Sequence[FrozenModule], folder: Path) -> str:
    """Its C of some modules, from files written into a folder. AssertionError with its words if it fails."""
    paths = []
    for number, module in enumerate(modules):
        path = folder / f"{number}.mpy"
        path.write_bytes(module.module.to_bytes())
        paths.append(str(path))
    command = [sys.executable, str(source / "tools/mpy-tool.py"), "-f", "-q", str(header), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
