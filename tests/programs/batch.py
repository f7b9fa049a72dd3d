"""Many compiled modules run by one start of a MicroPython, each with the text that it printed.

A module that kills the process is found by its number; those behind it are run by another start.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.peers.runtimes import Runtime

SECONDS = 60.0

Library = Mapping[str, bytes]
"""Modules that others import, by name."""

_NOTHING: Library = MappingProxyType({})

_DRIVER = """\
import sys
for i in range({first}, {end}):
    print("\\n\\x01", i)
    {before}
    try:
        __import__("m%d" % i)
    except BaseException as e:
        print("raised", type(e).__name__)
    {after}
    for name in ("m%d" % i,) + {library}:
        sys.modules.pop(name, None)
print("\\n\\x01", -1)
"""

_MARK = re.compile(r"\n?\n\x01 (-?\d+)\n")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a module printed; ``end`` says how it ended if it did not return: a signal, a time limit."""

    output: str
    end: str = ""


def run_batch(
    runtime: Runtime,
    modules: Sequence[bytes],
    *,
    options: Sequence[str] = (),
    before: str = "pass",
    after: str = "pass",
    seconds: float = SECONDS,
    library: Library = _NOTHING,
    kept: Library = _NOTHING,
) -> list[Ran]:
    """Import each module (a ``.mpy`` file, or a source if it does not start with ``M``) in one MicroPython.

    ``options`` go to the program; ``before`` and ``after`` are statements that are executed around each
    module. Each finds a copy of its own of the modules of ``library``, and those of ``kept`` as others left
    them.
    """
    results: list[Ran] = []
    with tempfile.TemporaryDirectory(prefix="mpyc-batch-") as name:
        folder = Path(name)
        numbered = ((f"m{i}", data) for i, data in enumerate(modules))
        for module, data in (*numbered, *library.items(), *kept.items()):
            (folder / f"{module}{'.mpy' if data[:1] == b'M' else '.py'}").write_bytes(data)
        while len(results) < len(modules):
            first = len(results)
            driver = _DRIVER.format(
                first=first, end=len(modules), before=before, after=after, library=tuple(library)
            )
            results += _run(runtime, driver, folder, options, seconds, first)
    return results


def _run(
    runtime: Runtime, driver: str, folder: Path, options: Sequence[str], seconds: float, first: int
) -> list[Ran]:
    """The results from module ``first`` to the last, or to the one that ended the process."""
    try:
        done = runtime.start((*options, *runtime.run_text, driver), folder, seconds)
        text, end = done.output, f"signal {-done.status}" if done.status < 0 else f"status {done.status}"
    except subprocess.TimeoutExpired as error:
        text, end = (error.output or b"").decode("utf-8", "replace"), f"no end within {seconds:.0f} s"
    parts = _MARK.split("\n" + text)
    numbers, outputs = [int(word) for word in parts[1::2]], parts[2::2]
    if not numbers:
        return [Ran(text[-300:], end)]
    assert numbers[0] == first, text[:300]
    if numbers[-1] == -1:
        return [Ran(output) for output in outputs[:-1]]
    return [*(Ran(output) for output in outputs[:-1]), Ran(outputs[-1], end)]
