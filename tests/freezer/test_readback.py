"""Frozen modules, compiled by a C compiler and read back: the same as what went in.

``python -m tests.freezer.whole_library`` does this with every module of the standard library.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mpytool import read
from mpytool.freezer import FreezeSettings, FrozenModule, FrozenText, freeze
from mpytool.freezer.equivalence import difference
from mpytool.freezer.readback import FrozenContent, read_back
from tests.freezer.building import MACHINES, X64, Configuration, Headers, Machine, section_sizes
from tests.freezer.modules import frozen, library
from tests.peers.oracle import Oracle

PLAIN = Configuration()
SAVING = Configuration(saves_code=True)

NATIVE = """
import micropython
@micropython.native
def f(a, b=2, *, c=3):
    def inner(x):
        return x + a
    return inner(b) * c + len("a text of more than ten")
@micropython.native
def gen(n):
    for i in range(n):
        yield i * 1.5
@micropython.viper
def v(p: ptr8, n: int) -> int:
    s = 0
    for i in range(n):
        s += p[i]
    return s
def plain(x):
    return [v(x, 3), f(1), 1 << 70]
"""
THUMB_ASM = """
@micropython.asm_thumb
def add(r0, r1):
    add(r0, r0, r1)
    data(4, 1, 2)
@micropython.asm_thumb
def one() -> uint:
    mov(r0, 1)
"""


def _read_back(
    headers: Headers,
    machine: Machine,
    configuration: Configuration,
    modules: list[FrozenModule],
    texts: list[FrozenText] | None = None,
    settings: FreezeSettings | None = None,
) -> FrozenContent:
    """Frozen, compiled, read; each module must be the same."""
    image = freeze(modules, texts or [], settings or headers.settings(configuration))
    data = headers.compile(image.to_c(), machine, configuration)
    lengths = {each.name: (len(each.module.qstrs), len(each.module.constants)) for each in modules}
    content = read_back(data, headers.firmware(configuration), lengths)
    assert list(content.modules) == [each.name for each in modules]
    for each in modules:
        assert difference(each.module, content.modules[each.name]) is None, each.name
    return content


@pytest.mark.parametrize("configuration", [PLAIN, SAVING], ids=["plain", "settrace"])
def test_library(headers: Headers, machine: Machine, configuration: Configuration) -> None:
    """Sixty modules of the standard library, all in one image."""
    content = _read_back(headers, machine, configuration, list(library(60)))
    assert len(content.new_qstrs) > 2000


def test_numbers_kept(headers: Headers) -> None:
    """Without new numbers, bytecode and tables are those of the files, to the byte."""
    modules = list(library(20, "numbers"))
    settings = headers.settings(PLAIN).changed(renumber=False)
    content = _read_back(headers, X64, SAVING, modules, settings=settings)
    for each in modules:
        found = content.modules[each.name]
        stack = [(each.module.root, found.root)]
        while stack:
            left, right = stack.pop()
            assert bytes(right.data) == bytes(left.data)
            stack += zip(left.children, right.children, strict=True)
        assert each.module.qstrs[: len(found.qstrs)] == found.qstrs


def test_not_shared(headers: Headers) -> None:
    modules = list(library(10, "unshared"))
    settings = headers.settings(PLAIN).changed(share=False)
    _read_back(headers, X64, PLAIN, modules, settings=settings)
    shared = freeze(modules, [], headers.settings(PLAIN)).total()
    assert shared < freeze(modules, [], settings).total()


@pytest.mark.parametrize("saves_code", [False, True])
@pytest.mark.peer
def test_machine_code(headers: Headers, machine: Machine, peer: Oracle, saves_code: bool) -> None:
    """Native, viper and assembler functions beside bytecode."""
    arm = machine.arch.startswith("arm")
    sources = {"native.py": NATIVE, "again.py": NATIVE, "plain.py": "def f(x):\n    return x.y\n"}
    if arm:
        sources["asm.py"] = THUMB_ASM
    modules = []
    for name, source in sources.items():
        data = peer.compile(source.encode(), name, f"-march={machine.arch}")
        assert isinstance(data, bytes), data
        modules.append(FrozenModule(name, read(data)))
    configuration = replace(PLAIN, native=True, saves_code=saves_code)
    _read_back(headers, machine, configuration, modules)


@pytest.mark.parametrize(
    ("configuration", "march", "sources", "words"),
    [
        (
            PLAIN,
            "x64",
            {"n.py": NATIVE, "o.py": NATIVE},
            "(n.py and 1 more) have native code, and the firmware cannot run any",
        ),
        (
            Configuration("B", native=True),
            "x64",
            {"n.py": NATIVE},
            "(n.py) have native code, and it is not for the firmware's representation of objects",
        ),
        (
            PLAIN,
            "armv7m",
            {"a.py": THUMB_ASM},
            "(a.py) have assembler functions, and the firmware has no inline assembler",
        ),
    ],
)
@pytest.mark.peer
def test_wrong_firmware(
    headers: Headers,
    peer: Oracle,
    configuration: Configuration,
    march: str,
    sources: dict[str, str],
    words: str,
) -> None:
    """What the C compiler says first is what is wrong, and of which modules."""
    modules = []
    for name, source in sources.items():
        data = peer.compile(source.encode(), name, f"-march={march}")
        assert isinstance(data, bytes), data
        modules.append(FrozenModule(name, read(data)))
    text = freeze(modules, [], headers.settings(configuration)).to_c()
    with pytest.raises(AssertionError) as caught:
        headers.compile(text, X64, configuration)
    assert re.findall("error: (.*)", str(caught.value))[0] == f'#error "frozen modules {words}"'


@pytest.mark.peer
def test_machine_code_is_aligned(headers: Headers, thumb: Machine, peer: Oracle) -> None:
    """Thumb code reads words beside itself, and lies on four bytes as after loading; the prelude is data."""
    data = peer.compile(NATIVE.encode(), "n.py", "-march=armv6m")
    assert isinstance(data, bytes)
    image = freeze([FrozenModule("n.py", read(data))], [], headers.settings(PLAIN))
    text = image.to_c()
    assert text.count("__attribute__((aligned(4))) = {") == 4  # inner() too
    sizes = section_sizes(headers.compile(text, thumb, replace(PLAIN, native=True)))
    code = sum(len(function.code) for function in image.layout.functions.all if function.raw.native)
    assert sizes[".text"] % 4 == 0
    assert sizes[".text"] - code < 4 * 4


def test_texts(headers: Headers) -> None:
    """Source texts come first among the names; an empty one does not end their list."""
    texts = [
        FrozenText("boot.py", b'print("\\x00\x00\xff? ??=1")\r\n'),
        FrozenText("empty.py", b""),
        FrozenText("lib/ä.py", "# ä\n".encode() * 400),
    ]
    modules = [frozen("main.py", "import boot\n"), frozen("lib/__init__.py", "x = 'main.py'\n")]
    content = _read_back(headers, X64, PLAIN, modules, texts)
    assert content.texts == {"boot.py": texts[0].data, "empty.py": b"\n", "lib/ä.py": texts[2].data}


def test_nothing(headers: Headers) -> None:
    """A firmware without any module: the tables that it expects are there, and empty."""
    for machine in MACHINES.values():
        if machine.is_here:
            settings = headers.settings(PLAIN).changed(allow_empty=True)
            assert _read_back(headers, machine, PLAIN, [], settings=settings) == FrozenContent()


def test_only_texts(headers: Headers) -> None:
    content = _read_back(headers, X64, PLAIN, [], [FrozenText("a.py", b"a = 1\n")])
    assert content.texts == {"a.py": b"a = 1\n"}


def test_same_file_twice(headers: Headers) -> None:
    """One file under two paths costs its second name and head only."""
    source = "def f(a):\n    return [x for x in (a, 1.5, 'many words that are no name', b'123')]\n"
    one, other = frozen("a.py", source), frozen("a.py", source)
    other.name = "b.py"
    _read_back(headers, X64, PLAIN, [one, other])
    both, alone = (freeze(each, [], headers.settings(PLAIN)).total() for each in ([one, other], [one]))
    assert both - alone == len("b.py") + 1 + 4 * 4


def test_dead_ends(headers: Headers) -> None:
    """Behind a loop without end nothing is frozen, whatever it refers to."""
    source = (
        "def f():\n    while True:\n        g()\n    def unreached():\n        return never_named + 1.5\n"
    )
    alone = frozen("a.py", source)
    content = _read_back(headers, X64, PLAIN, [alone])
    assert "never_named" in alone.module.qstrs
    assert "never_named" not in content.new_qstrs
    assert content.modules["a.py"].root.children[0].children == []
