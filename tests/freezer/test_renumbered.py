"""Modules with the numbers that freezing gives them are good ``.mpy`` files, and behave as before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool import verify
from mpytool.freezer import FreezeSettings, FrozenModule, freeze
from mpytool.freezer.equivalence import difference
from mpytool.freezer.survey import survey
from tests.conftest import RuntimeOf
from tests.freezer.modules import frozen, library, with_constants
from tests.peers.runtimes import RUNTIMES


def test_library() -> None:
    """Verified, and the same but for numbers."""
    modules = list(library(60, "renumbered"))
    changed = freeze(modules, [], FreezeSettings()).layout.modules
    for before, after in zip(modules, changed, strict=True):
        assert difference(before.module, after.module) is None
        assert verify(after.module.to_bytes()) == []
    assert sum(after is not before for before, after in zip(modules, changed, strict=True)) == len(modules)


def test_difference_sees() -> None:
    """The comparison fails where a name, a constant, a line or an instruction differs."""
    one = frozen("a.py", "def f(a):\n    return a.b + 1.5\n").module
    for source in (
        "def f(a):\n    return a.c + 1.5\n",
        "def f(a):\n    return a.b + 1.6\n",
        "def f(a):\n\n    return a.b + 1.5\n",
        "def f(a):\n    return a.b - 1.5\n",
        "def f(b):\n    return b.b + 1.5\n",
        "def g(a):\n    return a.b + 1.5\n",
        "def f(a):\n    return a.b(1.5)\n",
    ):
        assert difference(one, frozen("a.py", source).module) is not None, source
    assert difference(one, frozen("b.py", "def f(a):\n    return a.b + 1.5\n").module) is not None


@pytest.mark.parametrize("share", [False, True])
def test_kept(share: bool) -> None:
    """Without new numbers, modules are as they were."""
    modules = list(library(5, "kept"))
    changed = freeze(modules, [], FreezeSettings(renumber=False, share=share)).layout.modules
    assert all(after is before for before, after in zip(modules, changed, strict=True))


@settings(max_examples=30)
@given(
    tables=st.lists(st.lists(st.integers(0, 300), max_size=260), min_size=1, max_size=4),
    repeats=st.integers(0, 3),
)
def test_any_tables(tables: list[list[int]], repeats: int) -> None:
    """Tables with entries that stand twice, with few and with many names."""
    modules = [
        with_constants(
            [f"constant number {entry}" for entry in table[:150]],
            [f"n{entry}" for entry in table] + [f"{number}.py", "<module>"] * repeats,
            f"{number}.py",
        )
        for number, table in enumerate(tables)
    ]
    changed = freeze(modules, [], FreezeSettings()).layout.modules
    for before, after in zip(modules, changed, strict=True):
        assert difference(before.module, after.module) is None


def test_code_that_cannot_be_read() -> None:
    """A module whose code is damaged keeps its tables."""
    module = with_constants([1.5], ["name"])
    root = module.module.root
    damaged = root.changed(data=bytes(root.data)[:-2])
    module = FrozenModule(module.name, module.module.changed(root=damaged))
    assert survey(module.module) is None
    assert freeze([module], [], FreezeSettings()).layout.modules == [module]


_PROGRAM = (
    "".join(f"v{number} = {number}\n" for number in range(150))
    + """
def f(n):
    total = 0
    for i in range(n):
        try:
            if i % 3 == 0:
                continue
            if i > 20:
                break
            while True:
                total += v149 + i
                if total % 2 or total > 1000:
                    break
                total += 1
        finally:
            total += v148
    return total

class Error(Exception):
    pass

def g():
    try:
        raise Error("text of an error", 1.5, (1, "two", b"three"))
    except Error as error:
        return error.args

print(f(30), g(), v0 + v127 + v128, sum(globals()[f"v{i}"] for i in range(150)))
"""
)


@pytest.mark.peer
@pytest.mark.parametrize("name", RUNTIMES)
def test_behaviour(runtime_of: RuntimeOf, name: str) -> None:
    """Code that has moved does on a real MicroPython what it did."""
    modules = [
        frozen("program.py", _PROGRAM),
        frozen("other.py", "import program\nprint('other', program.v3)\n"),
    ]
    changed = freeze(modules, [], FreezeSettings()).layout.modules
    runtime = runtime_of(name)
    results = []
    for each in (modules, changed):
        files = {module.name.replace(".py", ".mpy"): module.module.to_bytes() for module in each}
        results.append(runtime.run(files, "other"))
    assert results[0] == results[1]
    assert results[0].status == 0
    assert changed[0].module.root.data != modules[0].module.root.data
