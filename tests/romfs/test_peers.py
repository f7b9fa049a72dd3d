"""Images beside mpremote's, and mounted in real MicroPythons."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mpytool.options import Options
from mpytool.romfs.build import Build
from mpytool.romfs.collect import collect_folder
from mpytool.romfs.image import File, Folder, walk
from mpytool.romfs.read import read_image
from mpytool.romfs.write import write_image
from tests.conftest import RuntimeOf, missing
from tests.peers.places import ROOT
from tests.romfs.trees import DOCUMENTED

pytestmark = pytest.mark.peer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with modules, a package, data, odd names, and files around the lengths where numbers grow."""
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "src"
    (source / "pkg/deep/er").mkdir(parents=True)
    (source / "empty").mkdir()
    for example in (ROOT / "examples").glob("*.py"):
        if example.name in ("filter_native.py", "framebuffer_viper.py"):
            continue  # machine code wants an architecture
        shutil.copy(example, source)
    (source / "pkg/__init__.py").write_text("from .inner import answer\n")
    (source / "pkg/inner.py").write_text("def answer():\n    return 'forty-two, and more than ten bytes'\n")
    (source / "pkg/deep/er/x.py").write_text("VALUE = b'\\x00\\xff' * 3\n")
    (source / "pkg/kept.py").write_text("raise SystemExit('the .mpy is beside it')\n")
    (source / "pkg/kept.mpy").write_bytes(b"M\x06\x00\x1f\x01\x00\x0ekept.py\x00\x81\x00\x00\x00")
    (source / ".hidden").write_bytes(b"h")
    for size in (0, 1, 120, 125, 126, 127, 128, 129, 16380, 16384):
        (source / f"data{size}.bin").write_bytes(bytes(n % 251 for n in range(size)))
    return tmp_path


def _ours(source: str, **settings: bool) -> bytes:
    build = Build(collect_folder(source, **settings))
    for outcome in build.contents(Options(), cache=None, processes=1):
        assert not outcome.failed, outcome.diagnostics
    return build.image()


@pytest.mark.parametrize(("source", "flags"), [("src", ()), ("src/", ()), ("src", ("--no-mpy",))])
def test_same_bytes_as_mpremote(folder: Path, source: str, flags: tuple[str, ...]) -> None:
    if importlib.util.find_spec("mpremote") is None:
        missing("mpremote is not installed")
    command = [sys.executable, "-m", "mpremote", "romfs", *flags, "-o", "theirs", "build", source]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    theirs = Path("theirs").read_bytes()
    assert _ours(source, compiling=not flags) == theirs
    found = {path: bytes(e.data) for path, e in walk(read_image(theirs, "x").root) if isinstance(e, File)}
    assert found[".hidden"] == b"h"
    assert found["pkg/kept.py"] == (folder / "src/pkg/kept.py").read_bytes()


_MOUNT = """\
import sys, os, vfs, gc
with open("image.romfs", "rb") as f:
    image = f.read()
vfs.mount(vfs.VfsRom(image), "/rom")
"""

_LIST = """
def show(folder):
    for entry in sorted(os.ilistdir(folder)):
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            print(path + "/")
            show(path)
        else:
            with open(path, "rb") as f:
                data = f.read()
            total = 0
            for byte in data:
                total = (total * 31 + byte) & 0xffffff
            print(path, len(data), entry[3], os.stat(path)[6], total)
show("/rom")
"""


def _expected(image: bytes) -> list[str]:
    lines = []

    def show(folder: Folder, path: str) -> None:
        for entry in sorted(folder.entries, key=lambda e: e.name.encode()):
            inside = f"{path}/{entry.name}"
            if isinstance(entry, Folder):
                lines.append(inside + "/")
                show(entry, inside)
            else:
                size = len(entry.data)
                total = 0
                for byte in bytes(entry.data):
                    total = total * 31 + byte & 0xFFFFFF
                lines.append(f"{inside} {size} {size} {size} {total}")

    show(read_image(image, "x").root, "/rom")
    return lines


MANY = write_image(
    Folder("", [Folder(f"d{n}", [File(f"größe{n}.bin", bytes(n * 40)), File("x", b"")]) for n in range(30)])
)


@pytest.mark.parametrize("name", ["debian-amd64", "webassembly"])
@pytest.mark.parametrize("image", ["folder", "documented", "many"])
def test_every_file_reads_back(name: str, image: str, folder: Path, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of(name)
    data = {"folder": lambda: _ours("src"), "documented": lambda: DOCUMENTED, "many": lambda: MANY}[image]()
    program = (_MOUNT + _LIST).encode()
    result = runtime.run({"image.romfs": data, "program.py": program}, "program")
    assert result.output.splitlines() == _expected(data)
    assert result.status == 0


_IMPORT = """
sys.path.insert(0, "/rom")
import pkg, pkg.deep.er.x
print(pkg.__file__, pkg.answer(), pkg.deep.er.x.VALUE)
def used(path):
    # The rest of sys.path would be asked first for what is not there
    sys.path[:] = [path]
    gc.collect()
    before = gc.mem_alloc()
    module = __import__("big")
    gc.collect()
    after = gc.mem_alloc()
    assert module.last() == 199, module.last()
    del sys.modules["big"]
    return after - before
used("/rom")
in_place = used("/rom")
from_file = used("/flat")
# The code is at least this long
print(from_file - in_place > 199 * 20, in_place < from_file)
"""


@pytest.mark.parametrize("name", ["debian-amd64", "webassembly"])
def test_modules_run_in_place(name: str, folder: Path, runtime_of: RuntimeOf) -> None:
    """An import from an image costs less heap than one of the same file, by the size of the bytecode."""
    runtime = runtime_of(name)
    body = "".join(f"def f{n}(a, b):\n    c = a + b * {n}\n    return [a, b, c, {n}]\n" for n in range(200))
    (folder / "src/big.py").write_text(body + "def last():\n    return f199(1, 2)[3]\n")
    image = _ours("src")
    big = next(bytes(e.data) for path, e in walk(read_image(image, "x").root) if path == "big.mpy")  # type: ignore[union-attr]
    program = (_MOUNT + _IMPORT).replace("/flat", "./flat")
    files = {"image.romfs": image, "program.py": program.encode(), "flat/big.mpy": big}
    result = runtime.run(files, "program")
    assert result.output.splitlines() == [
        "/rom/pkg/__init__.mpy forty-two, and more than ten bytes b'\\x00\\xff\\x00\\xff\\x00\\xff'",
        "True True",
    ]
