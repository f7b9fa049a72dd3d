"""What frozen modules cost, counted: sections of object files, beside those of mpy-tool.py's C."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool.freezer import FreezeSettings, FrozenModule, freeze
from mpytool.freezer.sizes import SHARED, Category
from tests.freezer.building import THUMB, Configuration, Headers, Machine, section_sizes
from tests.freezer.modules import frozen, library, with_constants
from tests.freezer.peer_tool import freeze_with_it, is_fit_for_it

PLAIN = Configuration(float_size=4)

FUTURE = """\
nested_scopes = True
generators = True
division = True
absolute_import = True
with_statement = True
print_function = True
unicode_literals = True
annotations = True
"""
"""The module of micropython-lib that is larger frozen than as a source."""

_NO_WARNINGS = ("-w",)


def _ours(headers: Headers, machine: Machine, modules: list[FrozenModule]) -> dict[str, int]:
    text = freeze(modules, [], headers.settings(PLAIN)).to_c()
    return section_sizes(headers.compile(text, machine, PLAIN))


def _theirs(headers: Headers, machine: Machine, modules: list[FrozenModule], folder: Path) -> int:
    header = headers.folder / "genhdr/qstrdefs.preprocessed.h"
    text = freeze_with_it(headers.source, header, modules, folder)
    # What makemanifest.py puts before it, and with it the tables of source texts.
    texts = "#include <stdint.h>\nconst uint32_t mp_frozen_str_sizes[] = { 0 };\n"
    text = f'{texts}const char mp_frozen_str_content[] = {{\n"\\0"\n}};\n{text}'
    return sum(section_sizes(headers.compile(text, machine, PLAIN, warnings=_NO_WARNINGS)).values())


def _sample(count: int, salt: str) -> list[FrozenModule]:
    return [module for module in library(count, salt) if is_fit_for_it(module)]


@pytest.mark.peer
def test_five_percent(headers: Headers, machine: Machine, tmp_path: Path) -> None:
    """At least 5 % below mpy-tool.py over all sections of the same modules, in constant sections only."""
    modules = _sample(80, "size")
    ours = _ours(headers, machine, modules)
    assert not ours.get(".bss")
    if machine.word_size == 4:
        assert ours.keys() <= {".rodata", ".data.rel.ro"}
    if machine is THUMB:
        assert ours.keys() == {".rodata"}
    theirs = _theirs(headers, machine, modules, tmp_path)
    assert sum(ours.values()) <= 0.95 * theirs


@pytest.mark.peer
@pytest.mark.parametrize("salt", ["one", "two"])
def test_never_above(headers: Headers, machine: Machine, tmp_path: Path, salt: str) -> None:
    """No module alone is larger."""
    for module in [*_sample(8, salt), frozen("__future__.py", FUTURE), frozen("empty.py", "")]:
        theirs = _theirs(headers, machine, [module], tmp_path)
        assert sum(_ours(headers, machine, [module]).values()) <= theirs, module.name


def test_account(headers: Headers, thumb: Machine) -> None:
    """The account is what the compiler makes, to the byte, where everything is a word or less."""
    modules = list(library(40, "account"))
    image = freeze(modules, [], headers.settings(PLAIN))
    sizes = section_sizes(headers.compile(image.to_c(), thumb, PLAIN))
    empty_texts = 4 + 1
    assert 0 <= sum(sizes.values()) - image.total(4) - empty_texts < 16


def test_eight_lines() -> None:
    """The floor of this module on 32 bits, as docs/freeze.md works it out, line by line."""
    settings = FreezeSettings()
    image = freeze([frozen("__future__.py", FUTURE)], [], settings)
    found: dict[Category, int] = {}
    for row in image.sizes():
        found[row.category] = found.get(row.category, 0) + row.extent.total(4)
    assert found == {
        Category.NAMES: 14 + 1,
        Category.HEADS: 16,
        Category.QSTR_TEXT: sum(len(line.split()[0]) + 1 for line in FUTURE.splitlines()),
        Category.BYTECODE: 35,
        Category.QSTR_POOL: 24 + 9 * 6,
        Category.QSTR_TABLES: 2 * 10,
    }
    assert image.total(4) == 273


def test_what_is_shared() -> None:
    """Equal constants, functions and lists are there once, and count for no module."""
    source = "def f():\n    return (1.5, 'x' * 2, b'abc', 1 << 80, 1j, (1, (2, 'deep')))\n"
    modules = [frozen("a.py", source), frozen("b.py", source.replace("1.5", "1.5 "))]
    settings = FreezeSettings()
    both, one = freeze(modules, [], settings), freeze(modules[:1], [], settings)
    objects = [row for row in both.sizes() if row.category is Category.OBJECTS]
    assert {row.module for row in objects} == {SHARED}
    assert both.total() - one.total() < 80


def test_text_is_shared() -> None:
    """A name that another one ends with, and the path of a module, cost no text."""
    settings = FreezeSettings()
    long = freeze([with_constants([], ["readinto_buffer"])], [], settings)
    both = freeze([with_constants([], ["readinto_buffer", "buffer", "py"])], [], settings)
    code = 2 * 3  # LOAD_CONST_STRING, POP_TOP
    assert both.total() - long.total() == 2 * (4 + 1 + 1) + 2 * 2 + code


def test_digits_are_shared() -> None:
    """A negative integer has the digits of the positive one."""
    one = freeze([with_constants([1 << 90])], [], FreezeSettings()).total()
    both = freeze([with_constants([1 << 90, -(1 << 90)])], [], FreezeSettings()).total()
    assert both - one == 16 + 4 + 3


def test_long_text_is_a_name() -> None:
    """A text constant costs a pointer, a length and a hash, up to the longest that a name may be."""
    settings = FreezeSettings()
    none = freeze([with_constants([])], [], settings).total()
    assert freeze([with_constants(["x" * 255])], [], settings).total() - none == 256 + 4 + 1 + 1 + 4 + 3
    assert freeze([with_constants(["x" * 256])], [], settings).total() - none == 257 + 16 + 4 + 3
    wide = settings.changed(qstr_bytes_in_len=2)
    wider = (
        freeze([with_constants(["x" * 256])], [], wide).total()
        - freeze([with_constants([])], [], wide).total()
    )
    assert wider == 257 + 4 + 2 + 1 + 4 + 3


def test_most_used_names_are_short() -> None:
    """In a module with many names, those that code needs most get the short numbers."""
    names = "".join(f"n{number}\n" for number in range(200))
    source = f"{names}def f():\n" + "    return zz(zz, zz, zz, zz, zz, zz)\n"
    module = frozen("a.py", source)
    image = freeze([module], [], FreezeSettings())
    kept = freeze([module], [], FreezeSettings(renumber=False))
    sizes = [sum(len(f.code) for f in each.layout.functions.all) for each in (image, kept)]
    assert sizes[1] - sizes[0] == 7 - 1
