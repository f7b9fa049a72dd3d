"""The walk that finds all numbers at once, against the readers that go instruction by instruction."""

from __future__ import annotations

from mpytool import compile_source
from mpytool.freezer.reached import without_dead_end
from mpytool.freezer.survey import Surveyed, inner_first, survey
from mpytool.instructions import decode_instructions
from mpytool.module import RawCode
from mpytool.opcodes import Operand
from mpytool.options import Options
from tests.freezer.modules import frozen, library

DEAD = """\
def endless(a, *, key=1):
    while True:
        a.wait(key, 1.5)
    return never.reached
def raising(x):
    raise ValueError
    def gone():
        return x
    return gone
def unwinding(xs):
    for x in xs:
        with x:
            continue
        try:
            break
        finally:
            x.done(lambda: x, [y for y in xs])
"""


def _same(surveyed: Surveyed, raw: RawCode) -> int:
    """Compare a function and those in it; how many instructions there were."""
    cut = without_dead_end(raw)
    assert bytes(surveyed.raw.data) == bytes(cut.data)
    assert len(surveyed.children) == len(cut.children)
    offset = raw.opcodes_offset
    instructions = list(decode_instructions(cut.data, offset))
    for operand, places in (
        (Operand.QSTR, surveyed.names[surveyed.arguments :]),
        (Operand.OBJECT, surveyed.constants),
    ):
        wanted = [(offset + i.offset + 1, i.operand) for i in instructions if i.op.operand is operand]
        assert places == wanted
    assert raw.prelude is not None
    in_head = [number for _, number in surveyed.names[: surveyed.arguments]]
    assert in_head == [raw.prelude.name, *raw.prelude.arg_names]
    pairs = zip(surveyed.children, cut.children, strict=True)
    return len(instructions) + sum(_same(inner, child) for inner, child in pairs)


def test_same() -> None:
    """The same ends, numbers and functions, in code with dead ends and in the library's."""
    count = 0
    for module in (frozen("dead.py", DEAD), *library(40, "survey")):
        found = survey(module.module)
        assert found is not None, module.name
        count += _same(found.root, module.module.root)
    assert count > 10_000


def test_dead_functions() -> None:
    """Functions made behind a ``raise`` are gone, and so are the names there."""
    module = frozen("dead.py", DEAD).module
    found = survey(module)
    assert found is not None
    names = [child.raw.prelude.name for child in found.root.children if child.raw.prelude is not None]
    assert [module.qstrs[name] for name in names] == ["endless", "raising", "unwinding"]
    assert [len(child.children) for child in found.root.children] == [0, 0, 2]
    assert module.qstrs.index("never") not in found.qstrs


def test_machine_code() -> None:
    """A module with machine code cannot be changed, wherever in it that is."""
    source = (
        "import micropython\ndef outer():\n    @micropython.native\n    def f():\n        pass\n    f()\n"
    )
    module = compile_source(source, name="n.py", options=Options(arch="x64"))
    assert len(list(inner_first(module.root))) == 3
    assert survey(module) is None
