"""Real firmware: MicroPython's unix port, built with a manifest by one or the other manifest tool.

The source tree is not written into: the build folder lies elsewhere.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.peers.apt import AptError, install
from tests.peers.oracle import binary
from tests.peers.places import ROOT
from tests.peers.runtimes import micropython_source

BUILD_SECONDS = 600.0
RUN_SECONDS = 60.0

MPYC = f"{sys.executable} -m mpytool.cli freeze"
MAKEMANIFEST = ""
"""The two manifest tools; the empty one is MicroPython's own, which its makefiles name."""

_FEATURES = ("MICROPY_PY_BTREE=0", "MICROPY_PY_SSL=0", "MICROPY_PY_FFI=0", "MICROPY_PY_BLUETOOTH=0")
"""What needs libraries that a source tree without submodules does not have."""

_VERSION = {"MICROPY_GIT_TAG": "v1.0", "MICROPY_GIT_HASH": "0", "SOURCE_DATE_EPOCH": "0"}
"""Else the tree would take the commits of the repository that it may lie in for its own."""


class BuildError(Exception):
    """The firmware cannot be built here; the text says why."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """``native`` is the architecture of its native code; ``emulator`` runs a foreign program.

    ``settings`` are macros for a variant made of ``base``; without any it is the standard variant. A macro
    without a value is as the port defines it.
    """

    name: str
    native: str
    make: tuple[str, ...] = ()
    cflags: str = ""
    compiler: str = "gcc"
    package: str = "gcc"
    emulator: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    base: str = "minimal"


_VARIANT = """\
#include <stdint.h>
#include "variants/{base}/mpconfigvariant.h"
{macros}
#if MICROPY_OBJ_REPR == 3
typedef int64_t mp_int_t;
typedef uint64_t mp_uint_t;
#define UINT_FMT "%llu"
#define INT_FMT "%lld"
#else
typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
#endif
"""
"""``mpconfigvariant.h`` of a firmware with settings; beside it is the ``mpconfigvariant.mk`` of its base."""

_ARM = "arm-linux-gnueabihf"
_ARM_SETTINGS = {
    "native": "armv7m",
    "make": (f"CROSS_COMPILE={_ARM}-", "LDFLAGS_EXTRA=-static"),
    "compiler": f"{_ARM}-gcc",
    "package": f"gcc-{_ARM}",
    "emulator": ("qemu-arm",),
}
_SETTRACE = "-DMICROPY_PY_SYS_SETTRACE=1"

CONFIGURATIONS: dict[str, Configuration] = {
    row.name: row
    for row in (
        Configuration("x64", "x64"),
        Configuration("x64-settrace", "x64", cflags=_SETTRACE),
        Configuration("arm", **_ARM_SETTINGS),  # type: ignore[arg-type]
        Configuration("arm-settrace", cflags=_SETTRACE, **_ARM_SETTINGS),  # type: ignore[arg-type]
    )
}


def _small(name: str, base: str, *settings: str, flags: str = "") -> Configuration:
    made = CONFIGURATIONS[base]
    return replace(made, name=name, settings=settings, make=(*made.make, f"MPY_TOOL_FLAGS={flags}"))


SMALL: dict[str, Configuration] = {
    row.name: row
    for row in (
        _small(
            "longlong", "x64", "OBJ_REPR=0", "LONGINT_IMPL=1", "FLOAT_IMPL=2", "QSTR_BYTES_IN_HASH=1",
            "QSTR_BYTES_IN_LEN=2", flags="-mlongint-impl longlong",
        ),
        _small(
            "c-longlong", "arm", "OBJ_REPR=2", "LONGINT_IMPL=1", "FLOAT_IMPL=1", "QSTR_BYTES_IN_HASH=2",
            "QSTR_BYTES_IN_LEN=1", "EMIT_THUMB", "PY_BUILTINS_BYTEARRAY=1", "PY_BUILTINS_SLICE=1",
            "PY_MICROPYTHON=1", flags="-mlongint-impl longlong",
        ),
        _small(
            "d", "arm", "OBJ_REPR=3", "LONGINT_IMPL=2", "FLOAT_IMPL=2", "QSTR_BYTES_IN_HASH=0",
            "QSTR_BYTES_IN_LEN=2",
        ),
    )
}  # fmt: skip
"""Firmware with other objects, integers and names; each takes twenty seconds of a processor."""


@dataclass(slots=True)
class Firmware:
    """A program that was built, with what make said."""

    program: Path
    configuration: Configuration
    said: str
    content: str = field(repr=False, default="")

    def run(self, code: str, *, folder: Path | None = None, path: str = ".frozen") -> tuple[int, str]:
        """Run some code with this ``sys.path``, in a folder; its status, and both outputs together."""
        done = subprocess.run(
            [*self.configuration.emulator, str(self.program), "-c", code],
            cwd=folder,
            env={**os.environ, "MICROPYPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RUN_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace")


@functools.cache
def need(program: str, package: str) -> None:
    """Raises BuildError unless a program is there or can be installed."""
    if shutil.which(program) is None:
        try:
            install(package)
        except AptError as error:
            raise BuildError(f"{program}: {error}") from error
        if shutil.which(program) is None:
            raise BuildError(f"the package {package} holds no {program}")


def _define(setting: str) -> str:
    name, _, value = setting.partition("=")
    return f"#undef MICROPY_{name}" + (f"\n#define MICROPY_{name} ({value})" if value else "")


def make_command(configuration: Configuration, manifest: Path, folder: Path, out: Path) -> list[str]:
    """make, with what it needs to build in ``out``; ``folder`` gets what stands for micropython-lib."""
    library = folder / "micropython-lib"
    library.mkdir(parents=True, exist_ok=True)
    (library / "README.md").touch()
    port = micropython_source() / "ports/unix"
    kind = ["VARIANT=standard", "COPT=-O1", f"CFLAGS_EXTRA={configuration.cflags}", *_FEATURES]
    if configuration.settings:
        variant, base = folder / "variant", configuration.base
        variant.mkdir(exist_ok=True)
        macros = "\n".join(map(_define, (*configuration.settings, "PY_BUILTINS_STR_UNICODE=1")))
        (variant / "mpconfigvariant.h").write_text(_VARIANT.format(base=base, macros=macros))
        shutil.copy(port / f"variants/{base}/mpconfigvariant.mk", variant)
        kind = [f"VARIANT_DIR={variant}", *(["COPT=-O0"] if base == "minimal" else ["COPT=-O1", *_FEATURES])]
    return [
        "make", "-C", str(port), "-j2", *kind, f"BUILD={out}", f"FROZEN_MANIFEST={manifest}",
        f"MPY_LIB_DIR={library}", "STRIP=", f"MICROPY_MPYCROSS={binary()}", *configuration.make,
    ]  # fmt: skip


def build(
    configuration: Configuration,
    manifest: Path,
    folder: Path,
    *,
    name: str,
    tool: str = MPYC,
    environment: Mapping[str, str] | None = None,
) -> Firmware:
    """Build in a folder, or again in one where another was built; the program gets a name.

    Raises BuildError if a compiler is missing; AssertionError with what make said if it fails.
    """
    if configuration.native == "x64" and platform.machine() != "x86_64":
        raise BuildError("this machine is no x86-64")
    need("make", "make")
    need(configuration.compiler, configuration.package)
    if configuration.emulator:
        need(configuration.emulator[0], "qemu-user")
    out = folder / "build"
    command = make_command(configuration, manifest, folder, out)
    if tool:
        command.append(f"MAKE_MANIFEST={tool}")
    content = out / "frozen_content.c"
    if not tool:  # it goes by times alone, and would take what mpyc wrote for its own
        content.unlink(missing_ok=True)
    done = subprocess.run(
        command,
        env={**os.environ, **_VERSION, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=BUILD_SECONDS,
        check=False,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}"
    program = folder / f"micropython-{name}"
    shutil.copy(out / "micropython", program)
    return Firmware(program, configuration, done.stdout, content.read_text())
