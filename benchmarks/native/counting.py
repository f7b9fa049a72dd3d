"""Counters of executed instructions: valgrind's callgrind, and a plugin of QEMU's user mode.

Both say how many instructions a program executed, and how many of them lay in no file: the machine code that
MicroPython loaded from a ``.mpy`` file. The numbers repeat to the last few digits, which times do not.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SECONDS = 300.0


class CountError(Exception):
    """A program failed, or cannot be counted here; the text says why."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Executed instructions, and those of them in emitted machine code. Differences may be fractions."""

    total: float
    emitted: float

    def per(self, other: Counts, times: int) -> Counts:
        """What one of some more turns costs: the difference to the counts with fewer turns."""
        return Counts((self.total - other.total) / times, (self.emitted - other.emitted) / times)


class Counter(Protocol):
    def __call__(self, command: Sequence[str], folder: Path) -> Counts:
        """Run a program that must print OK, in a folder. CountError."""


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CountError(str(error)[-200:]) from error
    if done.returncode < 0:
        raise CountError(f"signal {-done.returncode}")
    if done.returncode or not done.stdout.startswith("OK"):
        last = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][-1:]
        raise CountError(f"status {done.returncode}: {''.join(last)[:160]}")


def _needed(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise CountError(f"{program} is not installed")
    return path


class Callgrind:
    """Counts with ``valgrind --tool=callgrind``, about fifty times slower than the program."""

    def __init__(self) -> None:
        self._valgrind = _needed("valgrind")

    def __call__(self, command: Sequence[str], folder: Path) -> Counts:
        with tempfile.TemporaryDirectory(prefix="mpyc-callgrind-") as out:
            file = Path(out, "out")
            _run(
                [self._valgrind, "--tool=callgrind", f"--callgrind-out-file={file}", *command],
                folder,
            )
            return self._read(file)

    @staticmethod
    def _read(file: Path) -> Counts:
        """The costs in callgrind's format: ``ob=`` names the object, a call's line repeats its callee's."""
        names: dict[str, str] = {}
        total = emitted = 0
        is_emitted = is_call = False
        with file.open(errors="replace") as lines:
            for line in lines:
                first = line[:1]
                if first.isdigit() or first in "+-*":
                    if is_call:
                        is_call = False
                        continue
                    cost = int(line.split()[1])
                    total += cost
                    emitted += cost if is_emitted else 0
                elif line.startswith("calls="):
                    is_call = True
                elif match := re.match(r"c?ob=\((\d+)\)(?: (.*))?", line):
                    names.setdefault(match[1], (match[2] or "").strip())
                    if first == "o":
                        is_emitted = names[match[1]] == "???"
        return Counts(total, emitted)


class Qemu:
    """Counts with a plugin, built here; ``prefix`` is the emulator where the command has none."""

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self._prefix = list(prefix)
        self._built = tempfile.TemporaryDirectory(prefix="mpyc-plugin-")
        self._plugin = Path(self._built.name, "insncount.so")
        source = Path(__file__).with_name("insncount.c")
        command = [_needed("cc"), "-O2", "-shared", "-fPIC", "-o", str(self._plugin), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CountError(f"the plugin does not compile: {done.stderr[-300:]}")

    def __call__(self, command: Sequence[str], folder: Path) -> Counts:
        emulator, *rest = [*self._prefix, *command]
        with tempfile.TemporaryDirectory(prefix="mpyc-count-") as out:
            log = Path(out, "log")
            _run([emulator, "-plugin", str(self._plugin), "-d", "plugin", "-D", str(log), *rest], folder)
            match = re.search(r"insncount (\d+) (\d+)", log.read_text() if log.exists() else "")
        if match is None:
            raise CountError("QEMU wrote no count; it may have been built without plugins")
        return Counts(int(match[1]), int(match[2]))
