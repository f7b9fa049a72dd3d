"""A MicroPython with object representation C, which runs files with native code.

No package has one. ``python -m tests.firmware.representation`` prints the command that starts it, as
``--runtime`` of the judges of native code wants it.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.firmware.build import CONFIGURATIONS, BuildError, build
from tests.peers.fetch import fetched
from tests.peers.oracle import OracleMissingError
from tests.peers.runtimes import Runtime, RuntimeMissingError, given, micropython_source

CONFIGURATION = replace(
    CONFIGURATIONS["arm"], name="arm-c", base="standard", settings=("OBJ_REPR=2", "FLOAT_IMPL=1")
)
"""Floats are words with the low bits 10; strings and immediate objects have other bits than in A."""


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="mpyc-build-") as name:
        manifest = Path(name, "manifest.py")
        manifest.write_text('include("$(MPY_DIR)/extmod/asyncio/manifest.py")\n')
        try:
            built = build(CONFIGURATION, manifest, Path(name, "firmware"), name="c")
        except (BuildError, OracleMissingError) as error:
            raise RuntimeMissingError(str(error)) from error
        (folder / "micropython").write_bytes(built.program.read_bytes())
        (folder / "micropython").chmod(0o755)


def command_c() -> str:
    """The command that starts it; it is built once, into the cache folder, in a minute or so.

    RuntimeMissingError.
    """
    digest = hashlib.sha256(repr((CONFIGURATION, micropython_source())).encode()).hexdigest()
    folder = fetched(f"micropython-arm-c-{digest[:12]}", _build)
    return f"{' '.join(CONFIGURATION.emulator)} {folder / 'micropython'}"


def representation_c() -> Runtime:
    """RuntimeMissingError."""
    return given(command_c())


if __name__ == "__main__":
    print(command_c())
