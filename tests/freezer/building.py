"""Frozen C compiled against MicroPython's own headers, for several machines and configurations.

Only the frozen file is compiled: what it needs of a firmware is a configuration, the firmware's names and
the headers in ``py/``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mpytool.freezer import FreezeSettings, read_qstr_header
from mpytool.freezer.read_objects import Firmware
from mpytool.freezer.readback import read_generated_qstrs

_CONFIG = """\
#include <stdint.h>
#ifndef MPZ_DIG_SIZE
#define MPZ_DIG_SIZE (16)
#endif
#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)
#define MICROPY_MODULE_FROZEN_MPY (1)
#define MICROPY_MODULE_FROZEN_STR (1)
#define MICROPY_QSTR_EXTRA_POOL mp_qstr_frozen_const_pool
#define MP_STATE_PORT MP_STATE_VM
#if MICROPY_OBJ_REPR == 3
typedef int64_t mp_int_t;
typedef uint64_t mp_uint_t;
#define UINT_FMT "%llu"
#define INT_FMT "%lld"
#else
typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
#endif
typedef long mp_off_t;
"""

WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-missing-field-initializers")
"""The fields that a record does not name are zero, as MicroPython's own sources have it."""

_REPRESENTATIONS = {"A": 0, "B": 1, "C": 2, "D": 3}
_LONG_INTS = {"none": 0, "longlong": 1, "mpz": 2}


@dataclass(frozen=True, slots=True)
class Machine:
    """A compiler with its options. ``arch`` is that of native code, ``emitter`` what turns it on.

    ``packages`` are Debian's that hold the compiler, of machines that CI must have.
    """

    name: str
    command: tuple[str, ...]
    word_size: int
    arch: str
    emitter: str
    packages: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        return shutil.which(self.command[0]) is not None


X64 = Machine("x64", ("gcc", "-Os"), 8, "x64", "MICROPY_EMIT_X64", ("gcc", "libc6-dev"))
THUMB = Machine("thumb", ("arm-none-eabi-gcc", "-mthumb", "-Os"), 4, "armv6m", "MICROPY_EMIT_THUMB")
ARMHF = Machine(
    "armhf",
    ("arm-linux-gnueabihf-gcc", "-Os"),
    4,
    "armv7m",
    "MICROPY_EMIT_THUMB",
    ("gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"),
)

MACHINES: dict[str, Machine] = {machine.name: machine for machine in (X64, THUMB, ARMHF)}


@dataclass(frozen=True)
class Configuration:
    """The settings of a firmware. ``native`` turns on the emitter of the machine's own architecture."""

    representation: str = "A"
    longint: str = "mpz"
    mpz_dig_size: int = 16
    bytes_in_len: int = 1
    bytes_in_hash: int = 2
    float_size: int = 8
    saves_code: bool = False
    native: bool = False
    defines: tuple[str, ...] = ()

    @cached_property
    def freeze_settings(self) -> FreezeSettings:
        """Without the names of any firmware: those come from the headers."""
        return FreezeSettings(
            longint=self.longint,  # type: ignore[arg-type]
            mpz_dig_size=self.mpz_dig_size,
            qstr_bytes_in_len=self.bytes_in_len,
            qstr_bytes_in_hash=self.bytes_in_hash,
        )

    def macros(self, machine: Machine) -> list[str]:
        """The options of the compiler."""
        values = {
            "MICROPY_OBJ_REPR": _REPRESENTATIONS[self.representation],
            "MICROPY_LONGINT_IMPL": _LONG_INTS[self.longint],
            "MPZ_DIG_SIZE": self.mpz_dig_size,
            "MICROPY_QSTR_BYTES_IN_LEN": self.bytes_in_len,
            "MICROPY_QSTR_BYTES_IN_HASH": self.bytes_in_hash,
            "MICROPY_FLOAT_IMPL": 2 if self.float_size == 8 else 1,
            "MICROPY_PERSISTENT_CODE_SAVE": int(self.saves_code),
            "MICROPY_PY_SYS_SETTRACE": int(self.saves_code),
            machine.emitter: int(self.native),
            "MICROPY_EMIT_INLINE_THUMB": int(self.native and machine.arch.startswith("arm")),
        }
        return [*(f"-D{name}={value}" for name, value in values.items()), *self.defines]


@dataclass
class Headers:
    """A folder with a configuration and the firmware's names; ``source`` is MicroPython's."""

    source: Path
    folder: Path
    names: list[str] = field(default_factory=list)

    @cached_property
    def known_qstrs(self) -> dict[str, str]:
        return read_qstr_header((self.folder / "genhdr/qstrdefs.preprocessed.h").read_text()).known

    def settings(self, configuration: Configuration) -> FreezeSettings:
        """What the freezer must know of a firmware with these names."""
        return configuration.freeze_settings.changed(known_qstrs=self.known_qstrs)

    def firmware(self, configuration: Configuration) -> Firmware:
        """What reading back must know of it."""
        generated = (self.folder / "genhdr/qstrdefs.generated.h").read_text()
        return Firmware(
            read_generated_qstrs(generated),
            configuration.bytes_in_len,
            configuration.bytes_in_hash,
            configuration.longint,
            configuration.mpz_dig_size,
            configuration.float_size,
            configuration.representation,
            configuration.saves_code,
            configuration.saves_code,
        )

    def compile(
        self,
        text: str,
        machine: Machine,
        configuration: Configuration,
        *,
        warnings: tuple[str, ...] = WARNINGS,
    ) -> bytes:
        """The object file of a frozen C file. AssertionError with the compiler's words if it has none."""
        source, result = self.folder / "frozen.c", self.folder / "frozen.o"
        source.write_text(text)
        include = [f"-I{self.folder}", f"-I{self.source}"]
        command = [*machine.command, "-std=gnu99", *warnings, *configuration.macros(machine), *include]
        done = subprocess.run(
            [*command, "-c", str(source), "-o", str(result)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[:3000]
        return result.read_bytes()


def make_headers(source: Path, folder: Path, bytes_in_len: int = 1, bytes_in_hash: int = 2) -> Headers:
    """The names of ``py/`` as a firmware would have them, by MicroPython's own ``makeqstrdata.py``."""
    generated = folder / "genhdr"
    generated.mkdir(parents=True)
    (folder / "mpconfigport.h").write_text(_CONFIG)
    names: set[str] = set()
    for path in sorted((source / "py").glob("*.[ch]")):
        names.update(re.findall(r"MP_QSTR_(\w+)", path.read_text(errors="replace")))
    listed = re.findall(r"^Q\(.*\)$", (source / "py/qstrdefs.h").read_text(), re.MULTILINE)
    lines = [f"QCFG(BYTES_IN_LEN, ({bytes_in_len}))", f"QCFG(BYTES_IN_HASH, ({bytes_in_hash}))", *listed]
    preprocessed = generated / "qstrdefs.preprocessed.h"
    preprocessed.write_text("\n".join([*lines, *(f"Q({name})" for name in sorted(names)), ""]))
    command = [sys.executable, str(source / "py/makeqstrdata.py"), str(preprocessed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (generated / "qstrdefs.generated.h").write_text(done.stdout)
    (generated / "root_pointers.h").write_text("")
    (generated / "mpversion.h").write_text("")
    return Headers(source, folder)


def section_sizes(data: bytes) -> dict[str, int]:
    """The sizes of the sections that a firmware gets, by name without what follows the second dot."""
    import io

    from elftools.elf.elffile import ELFFile

    sizes: dict[str, int] = {}
    allocated, no_data = 2, ("SHT_NOTE", "SHT_X86_64_UNWIND")
    for section in ELFFile(io.BytesIO(data)).iter_sections():
        if section["sh_flags"] & allocated and section["sh_size"] and section["sh_type"] not in no_data:
            name = "." + section.name.split(".")[1]
            if section.name.startswith(".data.rel.ro"):  # constant once a program is loaded
                name = ".data.rel.ro"
            if name != ".eh_frame":
                sizes[name] = sizes.get(name, 0) + section["sh_size"]
    return sizes
