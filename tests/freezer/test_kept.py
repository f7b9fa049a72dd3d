"""Modules made of what was kept of them: frozen as those that are read anew."""

from __future__ import annotations

import marshal
from collections.abc import Sequence

import pytest

from mpytool import Options, compile_source
from mpytool.freezer import FreezeSettings, FrozenModule, freeze
from mpytool.freezer.kept import KeptModule, facts_of
from mpytool.module import Constant, FunTable
from tests.freezer.modules import frozen, library, with_constants

CONSTANTS: tuple[Constant, ...] = (
    0.0, -0.0, float("nan"), 1 << 80, -1, True, None, ..., "odd \udc80 text", b"\0\xff", 2j,
    ((1,), ("x", b"")),
)  # fmt: skip


def _kept(module: FrozenModule, data: bytes = b"") -> KeptModule:
    facts = facts_of(module)
    assert facts is not None
    return KeptModule(module.name, data, marshal.loads(marshal.dumps(facts)))


def _same(modules: Sequence[FrozenModule], settings: FreezeSettings, data: Sequence[bytes]) -> None:
    kept = [_kept(*each) for each in zip(modules, data, strict=True)]
    ours, expected = freeze(kept, [], settings), freeze(modules, [], settings)
    assert ours.to_c() == expected.to_c()
    assert ours.sizes() == expected.sizes()


def test_no_file_is_read() -> None:
    """Where code may change, what is kept is enough: there are no files here."""
    modules = list(library(12, "kept"))
    modules.append(with_constants(CONSTANTS, ["a", "b\udcff"], "odd.py"))
    modules.append(with_constants([f"constant {number}" for number in range(300)], [], "long.py"))
    _same(modules, FreezeSettings(), [b""] * len(modules))


@pytest.mark.parametrize("settings", [FreezeSettings(renumber=False), FreezeSettings(share=False)], ids=repr)
def test_code_that_stays(settings: FreezeSettings) -> None:
    """Code as the files have it, with dead ends, is in the files only."""
    sources = ["while True:\n    pass\nx = 1.5\n", "def f():\n    raise x\n    return y\n"]
    modules = [frozen(f"{number}.py", source) for number, source in enumerate(sources)]
    _same(modules, settings, [module.module.to_bytes() for module in modules])


def test_what_cannot_be_kept() -> None:
    """Machine code has its numbers built in, and marshal has no word for some constants."""
    native = compile_source("def f(): pass", name="n.py", options=Options(arch="x64", emit="native"))
    assert facts_of(FrozenModule("n.py", native)) is None
    assert facts_of(with_constants([FunTable.FUN_TABLE])) is None
