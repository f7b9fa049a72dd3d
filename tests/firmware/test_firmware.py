"""Real firmware with everything frozen by mpyc, beside the same firmware with it frozen by makemanifest.py.

``MPYC_FIRMWARE`` names the configurations; ``all`` is all of them, and takes a minute for each.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.firmware.build import CONFIGURATIONS, MAKEMANIFEST, BuildError, Configuration, Firmware, build
from tests.firmware.tree import Tree, make_tree
from tests.peers.oracle import OracleMissingError
from tests.peers.runtimes import RuntimeMissingError, micropython_source

pytestmark = pytest.mark.peer

DEFAULT = "x64,x64-settrace,arm"


def _configurations() -> list[str]:
    wanted = os.environ.get("MPYC_FIRMWARE", DEFAULT)
    return list(CONFIGURATIONS) if wanted == "all" else wanted.split(",")


@dataclass(slots=True)
class Pair:
    """The same firmware by either tool, and by mpyc with what the other cannot freeze."""

    tree: Tree
    ours: Firmware
    theirs: Firmware
    full: Firmware


def _build(configuration: Configuration, folder: Path) -> Pair:
    tree_folder = folder / "tree"
    tree_folder.mkdir()
    tree = make_tree(tree_folder, micropython_source(), configuration.native)
    out = folder / "firmware"
    environment = {"MPYC_CACHE_DIR": str(folder / "cache")}
    full = build(configuration, tree.manifest, out, name="full", environment=environment)
    ours = build(configuration, tree.common, out, name="ours", environment=environment)
    theirs = build(configuration, tree.common, out, name="theirs", tool=MAKEMANIFEST)
    return Pair(tree, ours, theirs, full)


def _shared(configuration: Configuration, factory: pytest.TempPathFactory) -> Pair:
    """The firmware of this test run, which the first process builds and the others wait for."""
    top = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent
    folder = top / f"firmware-{configuration.name}"
    with open(top / f"{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / "pair.pickle"
        if not kept.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            kept.write_bytes(pickle.dumps(_build(configuration, folder)))
        pair: Pair = pickle.loads(kept.read_bytes())
        return pair


@pytest.fixture(scope="module", params=_configurations())
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    configuration = CONFIGURATIONS[request.param]
    try:
        yield _shared(configuration, tmp_path_factory)
    except (BuildError, RuntimeMissingError, OracleMissingError) as error:
        missing(f"no firmware {configuration.name}: {error}")


def _modules(firmware: Firmware) -> list[str]:
    """The modules that help() lists as frozen, in words of an import."""
    status, said = firmware.run("help('modules')")
    assert status == 0, said
    words = said.partition("Plus any modules")[0].split()
    return [word.removesuffix("/__init__").replace("/", ".") for word in words]


def test_what_is_frozen(pair: Pair) -> None:
    """Everything that the manifest names is there, and at least sixty modules; .frozen is in sys.path."""
    frozen = set(_modules(pair.full))
    assert {
        "asyncio",
        "asyncio.core",
        "package.sub.deep",
        "namespace.only",
        "nat",
        "as_text",
        "tpkg",
    } <= frozen
    assert set(pair.tree.programs) <= frozen
    assert len(pair.tree.programs) >= 60
    # The build is no makemanifest.py: its output says who made it
    assert "made by mpyc" in pair.full.content
    assert "made by mpyc" not in pair.theirs.content
    status, said = pair.full.run("import sys; print(sys.path)", path=":.frozen")
    assert (status, said) == (0, "['', '.frozen']\n")


VALUES: dict[str, tuple[str, str]] = {
    "example": ("import demo", "roof 25.08 C\nroof -0.02 C ALARM\n"),
    "version": (
        "import station, drivers.bme280, versioned; "
        "print(station.__version__, drivers.bme280.__version__, versioned.f())",
        "1.0.2 1.0.2 3.4.5\n",
    ),
    "native": (
        "import nat; print(nat.total(10), nat.mix(3, 4), list(nat.gen(2)), nat.closing(1)(z=2))",
        "45 28 [(0, 'a constant of the native generator'), (1, 'a constant of the native generator')] 6\n",
    ),
    "text": (
        "import as_text; print(as_text.f(), as_text.__file__)",
        'compiled on the board: größe "\\ as_text.py\n',
    ),
    "text package": ("import tpkg.other as o, tpkg; print(o.VALUE, tpkg.VALUE)", "beside it text package\n"),
    "package": (
        "import package.sub.deep as d, package; print(d.FILE, d.above(), package.NAME, package.answer())",
        "package/sub/deep.py 42 package 42\n",
    ),
    "namespace": ("import namespace.only as o; print(o.HERE)", "namespace.only\n"),
    "asyncio": ("import main_app; print(main_app.RESULT)", "ran\n"),
    "level": ("import asserting; print(asserting.GONE)", "True\n"),
    "constants": (
        "from consts import *; print(FLOATS, INTS, COMPLEX, BYTES, TEXT, NESTED)",
        "(0.5, 3.5, -1.5) (0, -1, 8191, 8192, -8193, 536870912, 1073741824, -1073741824, 2147483648, "
        "4611686018427387903) 2.5j b'\\x00\\xff\\x00\\xff\\x00\\xff"
        + "a"
        * 50
        + "' größe 🐍 and a string of more "
        "than twenty-five characters ('a', (b'b', (1, 2.5, None, True, Ellipsis)), '', b'', ())\n",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(pair: Pair, name: str) -> None:
    code, expected = VALUES[name]
    for firmware in (pair.full, pair.ours, pair.theirs):
        assert firmware.run(code) == (0, expected), firmware.program


HARD: dict[str, tuple[str, str]] = {
    "floats": (
        "import hard as h, math; "
        "print(math.copysign(1, h.NEGATIVE_ZERO), h.THIRD == 0.1 + 0.2 == h.FLOATS[0], h.INFINITE, "
        "h.HUGE == float('1e300'), h.FLOATS[1] == float('1e-300'))",
        "-1.0 True inf True True\n",
    ),
    "names": (
        "import hard as h; print(sorted(h.ODD.items()), h.get(a_dot_b=3, **{'a.b': 4}), "
        "getattr(h.a, 'a.b'), h.a.a_dot_b)",
        "[('\\n', 4), ('\"\\\\', 5), ('a b', 3), ('a.b', 1), ('a_dot_b', 2), ('x-y', 6)] "
        "(3, {'a.b': 4}) 7 8\n",
    ),
    "behind an empty text": ("import empty, later, station; print(later.VALUE)", "after the empty one\n"),
}


@pytest.mark.parametrize("name", HARD)
def test_what_the_other_cannot_freeze(pair: Pair, name: str) -> None:
    code, expected = HARD[name]
    assert pair.full.run(code) == (0, expected)


def test_programs(pair: Pair) -> None:
    """MicroPython's own test programs print the same from the firmware as from a file."""
    folder = pair.tree.folder / "programs"
    ended_well = 0
    for name in pair.tree.programs:
        from_file = pair.full.run(f"import {name}", folder=folder, path="")
        assert pair.full.run(f"import {name}", folder=pair.tree.folder) == from_file, name
        ended_well += from_file[0] == 0
    assert ended_well >= 60


TRACEBACKS: dict[str, tuple[str, list[tuple[str, int, str]]]] = {
    "nested": (
        "import failing; failing.late()",
        [
            ("failing.py", 313, "late"),
            ("failing.py", 313, "<lambda>"),
            ("failing.py", 313, "<listcomp>"),
            ("failing.py", 4, "inner"),
        ],
    ),
    "method": ("import failing; failing.Outer().method()", [("failing.py", 11, "method")]),
    "without lines": ("import failing_o3; failing_o3.f()", [("failing_o3.py", 1, "f")]),
    "text": ("import as_text; as_text.g()", [("as_text.py", 5, "g")]),
}


@pytest.mark.parametrize("name", TRACEBACKS)
def test_tracebacks(pair: Pair, name: str) -> None:
    code, expected = TRACEBACKS[name]
    for firmware in (pair.full, pair.theirs):
        status, said = firmware.run(code)
        assert status == 1
        found = re.findall(r'^  File "(\w+\.py)", line (\d+), in (\S+)$', said, re.MULTILINE)
        assert [(file, int(line), function) for file, line, function in found] == expected


_RAM = """\
import gc, sys
def used(name):
    gc.collect()
    before = gc.mem_alloc()
    try:
        __import__(name)
    except Exception:
        pass
    gc.collect()
    return gc.mem_alloc() - before
used("no_such_module")
print("RAM", used({name!r}))
"""


def _ram(firmware: Firmware, name: str) -> int:
    _, said = firmware.run(_RAM.format(name=name))
    match = re.search(r"^RAM (-?\d+)$", said, re.MULTILINE)
    assert match is not None, said
    return int(match[1])


def test_ram_of_imports(pair: Pair) -> None:
    """Importing takes the same RAM from either firmware."""
    names = [name for name in _modules(pair.theirs) if "." not in name and name not in pair.tree.programs]
    assert len(names) > 10
    measured = {name: (_ram(pair.ours, name), _ram(pair.theirs, name)) for name in names}
    assert {name: both for name, both in measured.items() if both[0] != both[1]} == {}
    assert measured["consts"][0] > 0


_TRACE = """\
import sys
events = []
def trace(frame, event, arg):
    code = frame.f_code
    if code.co_filename in ("failing.py", "package/core.py", "station.py"):
        events.append((code.co_filename, code.co_name, frame.f_lineno, event))
    return trace
import station, package.core, failing
sys.settrace(trace)
station.line(519888)
package.core.answer()
try:
    failing.Outer().method()
except ValueError:
    pass
sys.settrace(None)
print(events)
"""


def test_settrace(pair: Pair) -> None:
    """The same events from either firmware; none where there is no ``sys.settrace``."""
    ours = pair.ours.run(_TRACE)
    assert ours == pair.theirs.run(_TRACE)
    if "SETTRACE" in pair.ours.configuration.cflags:
        assert ours[0] == 0
        assert "('failing.py', 'method', 11, 'line')" in ours[1]
    else:
        assert "AttributeError" in ours[1]


def test_building_again_changes_nothing(pair: Pair) -> None:
    """Where nothing has changed, make builds nothing; a module that did takes its file along only."""
    out = pair.ours.program.parent
    environment = {"MPYC_CACHE_DIR": str(out.parent / "cache")}
    configuration = pair.ours.configuration
    build(configuration, pair.tree.common, out, name="again", environment=environment)
    said = build(configuration, pair.tree.common, out, name="again", environment=environment).said
    assert not re.search(r"^(CC|LINK|GEN|MPY)", said, re.MULTILINE)
    (pair.tree.folder / "package/core.py").write_text("def answer():\n    return 43\n")
    changed = build(configuration, pair.tree.common, out, name="again", environment=environment)
    assert re.findall(r"^CC (\S+)", changed.said, re.MULTILINE) == [str(out / "build/frozen_content.c")]
    assert changed.run("import package; print(package.answer())") == (0, "43\n")
