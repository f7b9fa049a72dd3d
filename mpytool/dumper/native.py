from __future__ import annotations

from collections.abc import Iterator

from mpytool.dumper.listing import FunctionEntry
from mpytool.dumper.paint import Paint
from mpytool.module import CompiledModule


def native_lines(module: CompiledModule, entry: FunctionEntry, paint: Paint) -> Iterator[str]:
    yield "  native"
