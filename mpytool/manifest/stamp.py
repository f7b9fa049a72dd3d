"""Whether a run would make what is there already: a record in the cache, keyed by all that decides it.

The files themselves are not read for that: their times and sizes stand for them, as in make. A file that was
changed just before the run began is not trusted, because a later change may leave it the same time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from mpytool.again import TICK, status_of
from mpytool.cache import Cache


class Stamp:
    """The record of one run, with ``settings`` and ``inputs``, that writes ``output``."""

    def __init__(self, cache: Cache, settings: Iterable[str], inputs: Iterable[str], output: str) -> None:
        self._cache = cache
        self._output = output
        newest = 0
        parts = [os.fsencode(os.path.abspath(output)), *map(os.fsencode, settings)]
        for path in inputs:
            status = status_of(path)
            newest = max(newest, status[0])
            parts.append(f"{path}\0{status}".encode("utf-8", "surrogateescape"))
        self._settled = time.time_ns() - newest > TICK
        self._key = cache.key_of([b"output", *parts])

    def holds(self) -> bool:
        """Whether there was such a run, and the output is still as it left it."""
        return self._cache.get(self._key) == self._output_status()

    def keep(self) -> None:
        """The output is written now."""
        if self._settled:
            self._cache.put(self._key, self._output_status())

    def _output_status(self) -> bytes:
        return repr(status_of(self._output)).encode()
