"""Where frozen bytes are saved: ``python benchmarks/freeze_size.py [FOLDER...]`` prints a table a machine.

The folders hold Python sources, such as a checkout of micropython-lib; without any, modules of the standard
library are taken. The same ``.mpy`` files are frozen by mpyc and by MicroPython's ``mpy-tool.py`` (from the
tree that ``MICROPYTHON_SRC`` names, else from Debian's source package), both C files are compiled, and all
sections that a firmware gets are counted, by what is in them. With ``--sets N`` it is
random sets of N modules that are frozen, and what is saved of each.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from elftools.elf.elffile import ELFFile  # noqa: E402
from elftools.elf.sections import SymbolTableSection  # noqa: E402

from mpytool import CompileError, compile_source  # noqa: E402
from mpytool.freezer import FrozenModule, freeze  # noqa: E402
from mpytool.freezer.sizes import Category  # noqa: E402
from tests.freezer.building import MACHINES, Configuration, make_headers, section_sizes  # noqa: E402
from tests.freezer.modules import library  # noqa: E402
from tests.freezer.peer_tool import freeze_with_it, is_fit_for_it  # noqa: E402
from tests.peers.runtimes import micropython_source  # noqa: E402

CONFIGURATION = Configuration(float_size=4)

_SYMBOLS: tuple[tuple[str, Category], ...] = (
    ("fun_data_", Category.BYTECODE),
    ("proto_fun_", Category.RECORDS),
    ("children_", Category.RECORDS),
    ("const_qstr_table_data_", Category.QSTR_TABLES),
    ("const_obj_table_data_", Category.OBJECT_TABLES),
    ("const_obj_", Category.OBJECTS),
    ("frozen_module_", Category.HEADS),
    ("mp_frozen_mpy_content", Category.HEADS),
    ("mp_frozen_names", Category.NAMES),
    ("mp_qstr_frozen_const_", Category.QSTR_POOL),
)
"""What mpy-tool.py calls the objects of each category; text and digits of integers have no names."""

ALIGNMENT = "without a name, and alignment"
"""Of mpy-tool.py's: texts with a NUL in them, digits. Of ours: less integers that are small on 64 bits."""


def _peer_account(data: bytes) -> Counter[str]:
    """The sizes of mpy-tool.py's object file by category."""
    elf = ELFFile(io.BytesIO(data))
    found: Counter[str] = Counter()
    for section in elf.iter_sections():
        if section.name.startswith(".rodata.str"):
            found[Category.QSTR_TEXT.value] += section["sh_size"]
        if isinstance(section, SymbolTableSection):
            for symbol in section.iter_symbols():
                for prefix, category in _SYMBOLS:
                    if symbol.name.startswith(prefix):
                        found[category.value] += symbol["st_size"]
                        break
    return found


def _modules(folders: list[Path]) -> list[FrozenModule]:
    if not folders:
        return [module for module in library(150, "freeze size") if is_fit_for_it(module)]
    found: dict[str, FrozenModule] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if path.name in ("manifest.py", "setup.py") or path.name.startswith("test"):
                continue
            name = path.relative_to(folder).as_posix()
            try:
                module = FrozenModule(name, compile_source(path.read_bytes(), name=name))
            except CompileError:
                continue
            if is_fit_for_it(module):
                found[name] = module
    return list(found.values())


def _sets(modules: list[FrozenModule], size: int, count: int, folder: Path) -> None:
    """Print what is saved of so many sets of modules, by machine."""
    headers = make_headers(micropython_source(), folder / "build")
    header = headers.folder / "genhdr/qstrdefs.preprocessed.h"
    chooser = random.Random(size)
    saved: dict[str, list[float]] = {machine.name: [] for machine in MACHINES.values() if machine.is_here}
    for _ in range(count):
        some = chooser.sample(modules, size)
        ours = freeze(some, [], headers.settings(CONFIGURATION)).to_c()
        theirs = freeze_with_it(headers.source, header, some, folder)
        for machine in MACHINES.values():
            if not machine.is_here:
                continue
            peer, own = (
                sum(section_sizes(headers.compile(text, machine, CONFIGURATION, warnings=("-w",))).values())
                for text in (theirs, ours)
            )
            saved[machine.name].append(100 * (peer - own) / peer)
    for name, found in saved.items():
        found.sort()
        least, middle, most = found[0], found[len(found) // 2], found[-1]
        print(f"{name}: {count} sets of {size}: {least:.1f} % to {most:.1f} % saved, median {middle:.1f} %")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Frozen sizes of mpyc and mpy-tool.py by category.")
    parser.add_argument("folders", nargs="*", type=Path, help="folders with Python sources")
    parser.add_argument("--sets", type=int, metavar="N", help="freeze random sets of N modules")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="so many sets")
    given = parser.parse_args()
    modules = _modules(given.folders)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if given.sets is not None:
            _sets(modules, given.sets, given.count, folder)
            return
        headers = make_headers(micropython_source(), folder / "build")
        image = freeze(modules, [], headers.settings(CONFIGURATION))
        header = headers.folder / "genhdr/qstrdefs.preprocessed.h"
        theirs = freeze_with_it(headers.source, header, modules, folder)
        print(f"{len(modules)} modules, {len(image.layout.qstrs.new)} new names")
        for machine in MACHINES.values():
            if not machine.is_here:
                continue
            peer = headers.compile(theirs, machine, CONFIGURATION, warnings=("-w",))
            own = headers.compile(image.to_c(), machine, CONFIGURATION)
            left, right = _peer_account(peer), Counter[str]()
            for row in image.sizes():
                right[row.category.value] += row.extent.total(machine.word_size)
            totals = [sum(section_sizes(data).values()) for data in (peer, own)]
            for account, total in ((left, totals[0]), (right, totals[1])):
                account[ALIGNMENT] = total - account.total()
            print(f"\n| {machine.name} | mpy-tool.py | mpyc | saved | % of all |\n|---|---:|---:|---:|---:|")
            for category in [*(each.value for each in Category), ALIGNMENT]:
                if left[category] or right[category]:
                    _row(category, left[category], right[category], totals[0])
            _row("all", totals[0], totals[1], totals[0])


def _row(name: str, theirs: int, ours: int, total: int) -> None:
    print(f"| {name} | {theirs} | {ours} | {theirs - ours} | {100 * (theirs - ours) / total:.2f} |")


if __name__ == "__main__":
    main()
