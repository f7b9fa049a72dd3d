"""What the driver puts into a module: heads, preludes, tables; what it refuses."""

from __future__ import annotations

import pytest

from mpytool import compile_source, read
from mpytool.diagnostics import CompileError
from mpytool.emitters.native import emit
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
