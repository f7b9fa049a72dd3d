"""Modules to dump: the compiler's own, mpy-cross's with native code, and some made by hand."""

from __future__ import annotations

from pathlib import Path

from mpytool.compiler import compile_source
from mpytool.options import ARCHES, Options

PROGRAMS = sorted((Path(__file__).parents[1] / "data/programs").glob("*.py"))

NATIVE_ARCHES = tuple(name for name in ARCHES[1:] if name not in ("rv64imc", "debug"))
"""Those that mpy-cross makes code for."""

NATIVE_SOURCE = b"""\
import micropython
@micropython.native
def nat(a, b):
    print(a + b, "long string constant here")
    x = [1, 2]
    if not a:
        return lambda: x
    return x.append(a)
@micropython.native
def gen(a):
    with a:
        yield a
    return 1
@micropython.viper
def vip(a: ptr8, n: int) -> int:
    s = 0
    while n:
        n -= 1
        s += a[n] & 0x12345
    return s
"""


def compiled(source: str | bytes, name: str = "m.py", options: Options | None = None) -> bytes:
    """The file that the compiler makes of a source."""
    data = source.encode() if isinstance(source, str) else source
    return compile_source(data, name=name, options=options or Options()).to_bytes()


def program_files() -> list[bytes]:
    """The files of the test programs."""
    return [compiled(path.read_bytes(), path.name) for path in PROGRAMS]
