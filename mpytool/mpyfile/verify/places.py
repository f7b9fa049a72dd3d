"""Where in the file something was found; made only when there is something."""

from __future__ import annotations

import mmap

from mpytool.module import CompiledModule
from mpytool.mpyfile.names import function_names
from mpytool.mpyfile.regions import iter_regions
from mpytool.mpyfile.verify.findings import Finding, RejectedError

Path = tuple[int, ...]


class Places:
    """Names and offsets of the functions of a file."""

    __slots__ = ("_buffer", "_codes", "_heads", "_module", "_names")

    def __init__(self, buffer: bytes | bytearray | memoryview | mmap.mmap, module: CompiledModule) -> None:
        self._buffer = buffer
        self._module = module
        self._names: dict[Path, str] | None = None
        self._heads: dict[Path, int] = {}
        self._codes: dict[Path, int] = {}

    def finding(self, path: Path | None, broken: RejectedError) -> Finding:
        """A broken rule with its place."""
        if path is None:
            return Finding(broken.rule.code, broken.message, 0)
        names = self._names if self._names is not None else self._look()
        offset = self._heads.get(path, 0)
        if broken.pc is not None:
            offset = self._codes.get(path, offset) + broken.pc
        return Finding(broken.rule.code, broken.message, offset, path, names.get(path), broken.pc)

    def _look(self) -> dict[Path, str]:
        self._names = {named.path: named.name for named in function_names(self._module)}
        for region in iter_regions(self._buffer, instructions=False, module=self._module):
            if region.function is None:
                continue
            if region.kind == "bytecode":
                self._codes.setdefault(region.function, region.start)
            elif region.kind != "raw code header":
                self._heads.setdefault(region.function, region.start)
        return self._names
