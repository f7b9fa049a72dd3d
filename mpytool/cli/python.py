"""``mpyc-python``: a Python for builds that name the manifest tool by its path, as CMake files do.

It runs what it is given with the Python that would have run it, but ``makemanifest.py`` as ``mpyc freeze``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import NoReturn

REPLACED = "makemanifest.py"


def main() -> None:
    """The console script ``mpyc-python``."""
    arguments = sys.argv[1:]
    if arguments and os.path.basename(arguments[0]) == REPLACED:
        from mpytool.cli import main as mpyc

        sys.argv[1:] = ["freeze", *arguments[1:]]
        mpyc()
    _run_python(arguments)


def _run_python(arguments: Sequence[str]) -> NoReturn:
    command = [_python(), *arguments]
    if sys.platform == "win32":  # there exec would not wait
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def _python() -> str:
    """``$MPYC_PYTHON``, else the user's ``python3``, else the one that runs this."""
    return os.environ.get("MPYC_PYTHON") or shutil.which("python3") or sys.executable
