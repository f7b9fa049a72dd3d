"""What the test's firmware has frozen: modules of every kind, named by one manifest."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.peers.oracle import binary
from tests.peers.places import ROOT

FILES: dict[str, str] = {
    "failing.py": (
        "def inner(x):\n"
        "    y = x\n"
        "\n"
        "    return y / 0\n"
        "\n"
        "class Outer:\n"
        "    def method(self):\n"
        "        try:\n"
        "            inner(1)\n"
        "        except ZeroDivisionError:\n"
        "            raise ValueError('from line 11')\n" + "\n" * 300 + "def late():\n"
        "    (lambda: [inner(z) for z in (1,)])()\n"
    ),
    "failing_o3.py": "def f():\n\n\n    raise KeyError('no lines')\n",
    "consts.py": (
        "FLOATS = (0.5, 3.5, -1.5)\n"
        "INTS = (0, -1, 8191, 8192, -8193, 1 << 29, 1 << 30, -(1 << 30), 1 << 31, (1 << 62) - 1)\n"
        "COMPLEX = 2.5j\nBYTES = b'\\x00\\xff' * 3 + b'a' * 50\n"
        "TEXT = 'größe \\U0001f40d' + ' and a string of more than twenty-five characters'\n"
        "NESTED = ('a', (b'b', (1, 2.5, None, True, ...)), '', b'', ())\n"
    ),
    "hard.py": (
        "FLOATS = (0.1 + 0.2, 1e-300)\n"
        "NEGATIVE_ZERO = -0.0\nTHIRD = 0.30000000000000004\nHUGE = 1e300\nINFINITE = 1e999\n"
        "ODD = {'a.b': 1, 'a_dot_b': 2, 'a b': 3, '\\n': 4, '\"\\\\': 5, 'x-y': 6}\n"
        "def get(a_dot_b=0, **kw):\n    return a_dot_b, kw\n"
        "class A:\n    pass\n"
        "a = A()\nsetattr(a, 'a.b', 7)\na.a_dot_b = 8\n"
    ),
    "package/__init__.py": "from .core import answer\nfrom . import sub\nNAME = __name__\n",
    "package/core.py": "def answer():\n    return 42\n",
    "package/sub/__init__.py": "from ..core import answer as above\n",
    "package/sub/deep.py": "from . import above\nFILE = __file__\n",
    "namespace/only.py": "HERE = __name__\n",
    "lib/pack/versioned.py": "def f():\n    return __version__\n",
    "lib/pack/manifest.py": 'metadata(version="3.4.5")\nmodule("versioned.py", opt=options.level)\n',
    "texts/as_text.py": (
        "def f():\n    return 'compiled on the board: größe \"\\\\'\nLINE = 3\ndef g():\n    f(1)\n"
    ),
    "texts/tpkg/__init__.py": "VALUE = 'text package'\n",
    "texts/tpkg/other.py": "VALUE = 'beside it'\n",
    "hard_texts/empty.py": "",
    "hard_texts/later.py": "VALUE = 'after the empty one'\n",
    "asserting.py": "try:\n    assert 0\n    GONE = True\nexcept AssertionError:\n    GONE = False\n",
    "nat.py": (
        "import micropython\n"
        "@micropython.native\n"
        "def total(n):\n"
        "    t = 0\n"
        "    for i in range(n):\n"
        "        t += i\n"
        "    return t\n"
        "@micropython.viper\n"
        "def mix(a: int, b: int) -> int:\n"
        "    return (a << 3) ^ b\n"
        "@micropython.native\n"
        "def gen(n):\n"
        "    for i in range(n):\n"
        "        yield i, 'a constant of the native generator'\n"
        "@micropython.native\n"
        "def closing(x):\n"
        "    def inner(y=3, *, z=4):\n"
        "        return x + y + z\n"
        "    return inner\n"
        "@micropython.native\n"
        "def fails():\n"
        "    raise ValueError('from native code')\n"
    ),
    "main_app.py": (
        "import asyncio\nasync def go():\n    await asyncio.sleep(0)\n    return 'ran'\n"
        "RESULT = asyncio.run(go())\n"
    ),
}

COMMON = """\
include("$(MPY_DIR)/extmod/asyncio/manifest.py")
include({example!r})
include("more.py", big=True)
add_library("ours", "lib")
require("pack", level=2)
module("failing.py")
module("failing_o3.py", opt=3)
module("asserting.py", opt=1)
package("package")
freeze(".", "namespace")
freeze_as_str("texts")
freeze_mpy(".", "nat.mpy")
freeze("programs")
"""

MANIFEST = """\
include("common.py")
module("hard.py")
freeze_as_str("hard_texts")
"""
"""The other, and what mpy-tool.py cannot freeze or freezes as something else: some floats, and names that
differ in what C names cannot hold; and an empty text, behind which makemanifest.py's firmware finds other
modules than it should.
"""

MORE = """\
options.defaults(big=False)
if options.big:
    module("consts.py")
    module("main_app.py")
"""

EXAMPLE = ROOT / "examples/firmware/manifest.py"

_STEP = 8
_LEFT_OUT = frozenset({"gen_yield_from_close"})
"""Programs that print what depends on the run."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Two manifests, ``common`` for either tool, and MicroPython's test programs among the modules."""

    folder: Path
    manifest: Path
    common: Path
    programs: tuple[str, ...]


def make_tree(folder: Path, source: Path, native: str) -> Tree:
    """Write the files."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    programs = folder / "programs"
    programs.mkdir()
    names = []
    for path in sorted((source / "tests/basics").glob("*.py"))[::_STEP]:
        if path.stem not in _LEFT_OUT:
            (programs / path.name).write_bytes(path.read_bytes())
            names.append(path.stem)
    (folder / "more.py").write_text(MORE)
    command = [str(binary()), f"-march={native}", "-s", "nat.py", "-o", "nat.mpy", "nat.py"]
    subprocess.run(command, cwd=folder, check=True)
    manifest, common = folder / "manifest.py", folder / "common.py"
    manifest.write_text(MANIFEST)
    common.write_text(COMMON.format(example=str(EXAMPLE)))
    return Tree(folder, manifest, common, tuple(names))
