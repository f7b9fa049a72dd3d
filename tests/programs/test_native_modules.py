"""Whole modules of Python's own library as native code on a real MicroPython say what they say in CPython.

Each has a program that uses it. Both are compiled; CPython runs the same program with the same module.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import RuntimeOf
from tests.peers.emission import RUNTIME_OF, Emission, mpyc

pytestmark = pytest.mark.peer

PROGRAMS: dict[str, str] = {
    "bisect": """
from bisect import *
a = [1, 2, 2, 2, 5, 9, 9, 30]
print([(bisect_left(a, x), bisect_right(a, x), bisect(a, x, 2, 6)) for x in range(-1, 32, 3)])
print(bisect_left(a, -5, key=lambda x: -x), bisect_right(a, 3, lo=1, hi=4, key=lambda x: x + 1))
for x in (7, 0, 99, 2):
    insort(a, x)
    insort_left(a, x)
print(a)
try:
    bisect_left(a, 1, -1)
except ValueError as e:
    print("ValueError", e)
""",
    "heapq": """
from heapq import *
state = 12345
items = []
for i in range(60):
    state = (state * 1103515245 + 12345) & 0x3FFFFFFF
    heappush(items, state >> 16 & 255)
print(items)
print([heappop(items) for _ in range(20)], heapreplace(items, 3), heappushpop(items, 300), items[:9])
pairs = [(x % 7, str(x)) for x in range(30)]
heapify(pairs)
print(pairs)
print(nsmallest(4, pairs), nlargest(3, pairs), nsmallest(3, [5, 1, 4, 2], key=lambda x: -x))
try:
    heappop([])
except IndexError:
    print("IndexError")
""",
    "colorsys": """
import colorsys
for r in range(0, 11, 5):
    for g in range(0, 11, 4):
        for b in range(0, 11, 3):
            rgb = r / 10, g / 10, b / 10
            for there, back in (
                (colorsys.rgb_to_hsv, colorsys.hsv_to_rgb), (colorsys.rgb_to_hls, colorsys.hls_to_rgb),
                (colorsys.rgb_to_yiq, colorsys.yiq_to_rgb),
            ):
                found = there(*rgb)
                print(*[round(x * 1000) for x in found], *[round(x * 1000) for x in back(*found)])
""",
    "stat": """
import stat
for mode in (0o100644, 0o40755, 0o120777, 0o104711, 0o102010, 0o41777, 0o41001, 0o20600, 0o60000, 0o140000):
    print(stat.filemode(mode), stat.S_ISDIR(mode), stat.S_ISREG(mode), stat.S_IMODE(mode), stat.S_IFMT(mode))
""",
    "keyword": """
import keyword
print([word for word in ("for", "fore", "None", "", "async", "match") if keyword.iskeyword(word)])
print(len(keyword.kwlist) > 30, keyword.softkwlist)
""",
    "this": """
import this
print(this.c, len(this.d))
""",
}
"""A program for each module. Printed are words and integers, for floats look a little different."""


@pytest.mark.parametrize("optimize", [None, "size", "speed"])
@pytest.mark.parametrize("march", ["x64", "armv6m", "armv7m"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_module(name: str, march: str, optimize: str | None, runtime_of: RuntimeOf) -> None:
    source = Path(sysconfig.get_path("stdlib"), f"{name}.py").read_bytes()
    emission = Emission(march, "native", optimize)
    files = {
        f"{name}.mpy": mpyc(source, f"{name}.py", emission),
        "program.mpy": mpyc(PROGRAMS[name].encode(), "program.py", emission),
    }
    ran = runtime_of(RUNTIME_OF[march]).run(files, "program")
    assert (ran.output, ran.status) == (_in_cpython(name), 0)


def _in_cpython(name: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        module = importlib.import_module(name)
        if name == "this":  # prints when it is executed
            printed.truncate(0)
            printed.seek(0)
            importlib.reload(module)
        exec(PROGRAMS[name], {})
    return printed.getvalue()
