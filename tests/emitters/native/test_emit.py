"""What the driver puts into a module: heads, preludes, tables; what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from mpytool import compile_source, read
from mpytool.diagnostics import CompileError
from mpytool.emitters.native import emit
from mpytool.emitters.native.machine import TooLargeError
from mpytool.forks import work_in_forks
from mpytool.module import CompiledModule, FunTable, RawCodeKind
from mpytool.options import ARCHES, Options

SOURCE = """
import micropython
def f(a, b=2, *c, d, **e):
    def g():
        return a
    return "text", "text", 1.5, g
def gen(n):
    for i in range(n):
        yield i
@micropython.viper
def v(x: int) -> int:
    return x + 1
"""
MARCHES = ("x64", "armv6m", "armv7m")


def _compiled(source: str, arch: str = "x64", emitter: str = "native") -> CompiledModule:
    return compile_source(source, name="t.py", options=Options(emitter, arch=arch))


@pytest.mark.parametrize("arch", MARCHES)
def test_what_is_written_is_read(arch: str) -> None:
    module = _compiled(SOURCE, arch)
    again = read(module.to_bytes())
    assert again.root == module.root
    assert (again.arch, again.sub_version) == (ARCHES.index(arch), module.sub_version)
    assert list(again.qstrs) == module.qstrs
    assert list(again.constants) == list(module.constants)


@pytest.mark.parametrize(("arch", "word"), [("x64", 8), ("armv7m", 4)])
def test_heads(arch: str, word: int) -> None:
    """The index of the prelude is the number of children; a generator says where it begins."""
    root = _compiled(SOURCE, arch).root
    function, generator, viper = root.children

    def head(data: bytes, index: int) -> int:
        return int.from_bytes(data[index * word : (index + 1) * word], "little")

    assert [head(bytes(r.data), 0) for r in (root, function, *function.children)] == [3, 1, 0]
    assert 2 * word < head(bytes(generator.data), 1) < len(generator.data)
    assert viper.kind is RawCodeKind.VIPER
    assert viper.prelude is None


def test_preludes() -> None:
    """Arguments as in bytecode; of the locals only parameters and cells count."""
    module = _compiled(SOURCE)
    prelude = module.root.children[0].prelude
    assert prelude is not None
    assert (prelude.n_pos_args, prelude.n_kwonly_args, prelude.n_def_pos_args) == (2, 1, 1)
    assert prelude.n_state == 5
    assert prelude.cells == (0,)
    assert [module.qstrs[index] for index in prelude.arg_names] == ["a", "b", "d"]


def test_tables_hold_what_is_used() -> None:
    """Once each; strings are objects and names, so that they are interned."""
    module = _compiled(SOURCE)
    assert list(module.constants) == [FunTable.FUN_TABLE, "text", 1.5]
    assert module.qstrs.count("text") == 1
    assert "local variable" not in _compiled("def f(x):\n    return x\n").qstrs


def test_bytecode_beside_native_code_is_numbered_first() -> None:
    source = "@micropython.native\ndef f():\n    return 2.5, 'long enough to be a constant'\nx = 1.5\n"
    module = _compiled(source, emitter="bytecode")
    assert list(module.constants) == [1.5, (2.5, "long enough to be a constant"), FunTable.FUN_TABLE]


@pytest.mark.parametrize("arch", ["x86", "xtensa", "xtensawin", "rv32imc"])
def test_other_architectures(arch: str) -> None:
    with pytest.raises(CompileError) as caught:
        _compiled("def f(): pass", arch)
    assert caught.value.diagnostics[0].code == "E0401"


@pytest.mark.parametrize("emitter", ["native", "bytecode"])
def test_too_many_cells(emitter: str) -> None:
    """A prelude has a byte for the number of each."""
    names = [f"v{i}" for i in range(257)]
    lines = "".join(f"    {name} = 0\n" for name in names)
    source = f"def f():\n{lines}    def g():\n        return {'+'.join(names)}\n"
    with pytest.raises(CompileError) as caught:
        _compiled(source, emitter=emitter)
    assert caught.value.diagnostics[0].code == "E0302"


def test_too_large_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emit, "_MAX_STATE", 3)
    _compiled("def f(a, b, c):\n    return a\n")
    with pytest.raises(CompileError) as caught:
        _compiled("def f(a, b, c, d):\n    return a\n")
    assert caught.value.diagnostics[0].code == "E0403"
    assert "4 values" in caught.value.diagnostics[0].message


LONG = "".join(
    f"def f{n}(a, b):\n    for i in range({n}, b):\n        a[i] = a[i - 1] + i\n    return [a, 'text{n}']\n"
    for n in range(30)
)


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items were worked on in forks each time; pytest's own threads are no reason against them."""
    counts: list[int] = []

    def noted(work: Callable[[Any], Any], items: list[Any], weights: list[int], processes: int) -> list[Any]:
        if processes > 1:
            counts.append(len(items))
        return work_in_forks(work, items, weights, processes)

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(emit, "work_in_forks", noted)
    return counts


@pytest.mark.parametrize("most_waiting", [60_000, 1_600])
def test_forks_change_nothing(forks: list[int], monkeypatch: pytest.MonkeyPatch, most_waiting: int) -> None:
    monkeypatch.setattr(emit, "_MOST_WAITING", most_waiting)
    options = Options("native", arch="x64")
    alone, shared = (
        compile_source(SOURCE + LONG, name="t.py", options=options, processes=n).to_bytes() for n in (1, 3)
    )
    assert alone == shared
    assert len(forks) > 1 if most_waiting < 60_000 else forks == [35]


def test_no_forks_for_little(forks: list[int]) -> None:
    compile_source(SOURCE, name="t.py", options=Options("native", arch="x64"), processes=4)
    assert forks == []


@pytest.mark.parametrize("processes", [1, 3])
def test_the_first_function_that_fails_is_reported(
    forks: list[int], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """A limit that only code generation meets, and wrong types in a later function."""

    def too_large(*_: object) -> None:
        raise TooLargeError("a frame of 70,000 words")

    source = LONG + "import micropython\n@micropython.viper\ndef late(p: ptr8):\n    return p + None\n"
    options = Options("native", arch="x64")

    def codes() -> list[str]:
        with pytest.raises(CompileError) as caught:
            compile_source(source, name="t.py", options=options, processes=processes)
        return [diagnostic.code for diagnostic in caught.value.diagnostics]

    assert codes() == ["E0704"]
    monkeypatch.setattr(type(emit.target_of("x64")), "encode", too_large)
    assert codes() == ["E0403"]
