"""What the last freeze to a file compiled and found, in one entry of the compile cache.

Where one module of hundreds has changed, opening one file for all the others is faster than one for each, and
taking in what was found in them faster than looking again (``freezer/kept.py``).
"""

from __future__ import annotations

import marshal
import os

from mpytool.cache import Cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from mpytool.freezer import FrozenModule
    from mpytool.options import Options
    from mpytool.program import ProgramFile

_KIND = b"kept"
_FEW = 10
"""What is kept is written anew when more than one module of so many is not in it."""


class KeptCache(Cache):
    """The compile cache, where the results that the last freeze to ``output`` used are at hand."""

    __slots__ = ("_asked", "_facts", "_place", "_results", "_used")

    def __init__(self, folder: str, program: Sequence[ProgramFile] | None, output: str) -> None:
        super().__init__(folder, program)
        self._place = self.key_of((_KIND, os.fsencode(os.path.abspath(output))))
        self._results: dict[bytes, bytes] | None = None
        """Data to the keys of their compilations; None before any was asked for."""
        self._facts: dict[bytes, bytes | None] = {}
        """What was found, as ``marshal`` writes it, to data; None where nothing is to be kept."""
        self._asked: set[bytes] = set()
        self._used: dict[bytes, bytes] = {}
        """Keys of their compilations, to the data of this run's modules."""

    def _load(self) -> dict[bytes, bytes]:
        stored = super().get(self._place)
        results = {}
        try:
            for key, data, facts in [] if stored is None else marshal.loads(stored):
                results[key] = data
                self._facts[data] = facts
        except (EOFError, ValueError, TypeError):
            pass
        return results

    def key(self, source: bytes, name: str, path: str, options: Options) -> bytes:
        key = super().key(source, name, path, options)
        self._asked.add(key)
        return key

    def get(self, key: bytes) -> bytes | None:
        if key not in self._asked:
            return super().get(key)
        if self._results is None:
            self._results = self._load()
        found = self._results.get(key) or super().get(key)
        if found is not None:
            self._used[found] = key
        return found

    def put(self, key: bytes, payload: bytes) -> None:
        super().put(key, payload)
        if key in self._asked:
            self._used[payload] = key

    def module(self, name: str, data: bytes) -> FrozenModule:
        """The module in a file. MpyFormatError if it is none."""
        from mpytool.freezer.kept import KeptModule
        from mpytool.freezer.model import FrozenModule
        from mpytool.mpyfile.read import read

        facts = self._facts.get(data)
        if facts is None:
            return FrozenModule(name, read(data))
        return KeptModule(name, data, marshal.loads(facts))

    def keep(self, modules: dict[bytes, FrozenModule]) -> None:
        """Keep what was found in some modules, by their data, unless nearly all of it is kept already."""
        missing = [data for data in self._used if data not in self._facts]
        if len(missing) * _FEW <= len(self._used):
            return
        from mpytool.freezer.kept import facts_of

        rows = []
        for data, key in self._used.items():
            if data not in self._facts:
                facts = facts_of(modules[data])
                self._facts[data] = None if facts is None else marshal.dumps(facts)
            rows.append((key, data, self._facts[data]))
        super().put(self._place, marshal.dumps(rows))
