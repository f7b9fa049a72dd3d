"""The line that the reader finds for an instruction is the one a real MicroPython's traceback names for it.

Each program is one function whose instructions each load another name that does not exist. It is compiled by
mpy-cross, called once for each name, and its traceback compared with the reader's line of the LOAD_GLOBAL.
"""

from __future__ import annotations

import re

import pytest

from mpytool import read
from mpytool.instructions import decode_instructions
from mpytool.module import CompiledModule, RawCode
from mpytool.opcodes import code_of
from mpytool.print_bytecode import line_starts
from tests.conftest import RuntimeOf
from tests.peers.oracle import Oracle

pytestmark = pytest.mark.peer

LOAD_GLOBAL = code_of("LOAD_GLOBAL")

# Every `?` becomes a name of its own, and `k` says which of them is missing: the others are defined.
BODIES: dict[str, str] = {
    "statements": "a = ?\n\n\nb = ?\nif a:\n    c = ?\nelse:\n    c = ?\nreturn ?\n",
    "calls": "print_(\n    ?,\n    ?(\n        ?,\n        x=?,\n    ),\n    y=?)\n",
    "operators": "a = (? +\n     ?.x *\n\n     ? -\n     f2(?))\n",
    "displays": "a = [\n    ?,\n    {?: ?,\n     ?: f2(?)},\n    (?,\n     ?)]\n",
    "conditions": "if (? and\n        ? or\n        not\n        ?):\n    a = ?\nelif ?:\n    a = ?\n",
    "loops": "for i in f3(?):\n    a = ?\nelse:\n    a = ?\nwhile f4(?):\n    a = ?\n    break\n"
    "for i in range(f5(?)):\n    a = ?\n",
    "handlers": "try:\n    a = ?\nfinally:\n    a = 1\nwith f6(?) as g:\n    a = ?\n"
    "try:\n    1 // 0\nexcept ZeroDivisionError as e:\n    a = ?\nelse:\n    a = ?\nb = ?\n",
    "far apart": "a = ?\n" + "\n" * 3000 + "b = ?\n" + "c = a; " * 60 + "d = ?\ne = ?\n",
    "folded": "a = (1 +\n     2) + ?\nb = (1,\n     2, ?)\nc = '''\n\n''' + ?\nd = ?\n",
    "f-strings": "a = f'{?}'\nb = f'''\n{?}\n{\n?}'''\nc = ?\n",
}
HELPERS = (
    "import sys\n"
    "def print_(*a, **k): pass\n"
    "def f2(x): return x\n"
    "def f3(x): return [1]\n"
    "def f5(x): return 1\n"
    "def f4(x): return True\n"
    "class C:\n"
    "    def __init__(self, *a, **k): self.x = 1\n"
    "    def __call__(self, *a, **k): return self\n"
    "    def __enter__(self): return self\n"
    "    def __exit__(self, *a): pass\n"
    "    def __add__(self, o): return self\n"
    "    __sub__ = __mul__ = __rsub__ = __radd__ = __rmul__ = __add__\n"
    "    def __hash__(self): return 1\n"
    "    def __format__(self, s): return ''\n"
    "def f6(x): return C()\n"
)


def program(body: str) -> tuple[str, list[str]]:
    """The source, with the function first so that its lines are easy to count, and the names in it."""
    names: list[str] = []

    def name(_: re.Match[str]) -> str:
        names.append(f"name_{len(names)}")
        return names[-1]

    lines = re.sub(r"\?", name, body).splitlines()
    function = "def probe():\n" + "".join(f"    {line}\n" if line else "\n" for line in lines)
    calls = (
        f"names = {names!r}\n"
        "for missing in names:\n"
        "    for name in names:\n"
        "        globals()[name] = C()\n"
        "    del globals()[missing]\n"
        "    try:\n"
        "        probe()\n"
        "    except NameError as error:\n"
        "        print('#', missing)\n"
        "        sys.print_exception(error)\n"
    )
    return function + HELPERS + calls, names


def lines_by_name(module: CompiledModule) -> dict[str, set[int]]:
    """The lines on which the reader sees each name loaded in the first function."""
    function: RawCode = module.root.children[0]
    assert function.prelude is not None
    starts = line_starts(function.prelude.line_table)
    found: dict[str, set[int]] = {}
    for instruction in decode_instructions(function.data[function.opcodes_offset :]):
        if instruction.code == LOAD_GLOBAL:
            line = max((line for offset, line in starts if offset <= instruction.offset), default=1)
            found.setdefault(module.qstrs[instruction.operand], set()).add(line)
    return found


def lines_in_tracebacks(output: str) -> dict[str, int]:
    """The line of the innermost frame for each missing name."""
    found: dict[str, int] = {}
    for part in output.split("# ")[1:]:
        name = part.split()[0]
        found[name] = int(re.findall(r'File "[^"]*", line (\d+), in probe', part)[-1])
    return found


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_lines(body: str, peer: Oracle, runtime_of: RuntimeOf) -> None:
    source, names = program(body)
    data = peer.compile(source.encode(), "probe.py")
    assert isinstance(data, bytes)
    said = lines_in_tracebacks(runtime_of("debian-amd64").run({"probe.mpy": data}, "probe").output)
    ours = lines_by_name(read(data))
    assert len(said) >= len(names) / 2, "most names were reached"
    assert {name: {line} for name, line in said.items()} == {name: ours[name] for name in said}
