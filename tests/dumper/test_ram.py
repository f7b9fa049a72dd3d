"""The account of RAM: against a real MicroPython's ``gc.mem_alloc()``, and against cases done by hand."""

from __future__ import annotations

import pytest

import mpytool
from mpytool.dumper.ram import footprint
from mpytool.dumper.ram_machine import MACHINE_32, MACHINE_64, Case, Machine, StringPool, table_size
from mpytool.module import CompiledModule
from tests.conftest import RuntimeOf
from tests.dumper.importing import measure_import
from tests.dumper.ram_modules import EXTREMES, LIBRARIES, SOURCES

PATHS = {Case.FILE: "m.mpy", Case.IN_PLACE: "/rom/m.mpy"}
SOURCES_32 = [*LIBRARIES, "names_in_code", "classes", "integers", "tuples", "defaults"]
SOURCES_32.remove("logging")  # its own imports allocate something on that port

CASES = (Case.FILE, Case.IN_PLACE)


def compiled(source: str) -> CompiledModule:
    return mpytool.compile_source(source, name="m.py")


def differs(counted: int, measured: int) -> bool:
    """Whether a figure is off by more than five per cent."""
    return abs(counted - measured) > measured * 0.05


@pytest.mark.peer
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.value)
@pytest.mark.parametrize("name", SOURCES)
def test_import_64(name: str, case: Case, runtime_of: RuntimeOf) -> None:
    """What stays after an import, and what is there before garbage is collected, on Debian's unix port."""
    module = compiled(SOURCES[name])
    measured = measure_import(runtime_of("debian-amd64"), MACHINE_64, module.to_bytes(), module.qstrs, case)
    counted = footprint(module, MACHINE_64, case, strings=measured.strings, path=PATHS[case])
    assert not differs(counted.kept, measured.kept), (counted.kept, measured.kept)
    assert not differs(counted.allocated, measured.allocated), (
        counted.allocated,
        measured.allocated,
    )


@pytest.mark.peer
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.value)
@pytest.mark.parametrize("name", SOURCES_32)
def test_import_32(name: str, case: Case, runtime_of: RuntimeOf) -> None:
    """The WebAssembly port, which collects no garbage before the program ends, but is one of 32 bits."""
    module = compiled(SOURCES[name])
    runtime = runtime_of("webassembly")
    measured = measure_import(runtime, MACHINE_32, module.to_bytes(), module.qstrs, case, (0,))
    counted = footprint(module, MACHINE_32, case, strings=measured.strings, path=PATHS[case])
    assert not differs(counted.allocated, measured.allocated), (
        counted.allocated,
        measured.allocated,
    )


def kept(module: CompiledModule, machine: Machine, case: Case) -> dict[str, int]:
    return {item.name: item.kept for item in footprint(module, machine, case).items if item.kept}


FROZEN = """\
def f(a, b=1):
    return a

def g():
    yield

class C:
    def m(self):
        pass

    def n(self):
        pass
"""


def test_frozen() -> None:
    """Measured once in a firmware: py/objmodule.c, py/objfun.h, py/objtype.c say why it is that."""
    module = compiled(FROZEN)
    assert kept(module, MACHINE_64, Case.FROZEN) == {
        "module object": 64,
        "module dict": 96,
        "function objects": 64 + 32 + 64,
        "classes": 128,
        "class dicts": 32 + 64,
    }
    assert footprint(module, MACHINE_64, Case.FROZEN).kept == 544
    assert footprint(module, MACHINE_32, Case.FROZEN).kept == 272


def test_sums() -> None:
    """An account's figures are the sums of its items, and nothing stays that was not allocated."""
    for source in SOURCES.values():
        for machine in (MACHINE_32, MACHINE_64):
            for case in Case:
                account = footprint(compiled(source), machine, case)
                assert account.loading == sum(item.loading for item in account.items)
                assert account.loading % machine.block == 0
                assert account.kept % machine.block == 0
                assert 0 < account.kept <= account.allocated
                assert all(0 <= item.kept <= item.loading + item.running for item in account.items)


def test_in_place_is_cheaper() -> None:
    for source in LIBRARIES.values():
        file, rom, frozen = (footprint(compiled(source), MACHINE_32, case).kept for case in Case)
        assert frozen < rom < file


def test_of_module() -> None:
    module = compiled(EXTREMES["one_name"])
    assert module.footprint() == footprint(module, MACHINE_32, Case.FILE)
    assert module.footprint(MACHINE_64, Case.FROZEN).kept == 128  # a table of 4


def test_known_names_cost_nothing() -> None:
    module = compiled("first_name = second_name = 1\n")
    new = footprint(module, MACHINE_32).new_strings
    strings = StringPool(MACHINE_32, {"first_name", "<module>"})
    assert new == 4  # m.mpy, m.py and both names
    assert footprint(module, MACHINE_32, strings=strings).new_strings == 3
    assert footprint(module, MACHINE_32, strings=strings).new_strings == 0


def test_pools_of_names() -> None:
    """The first pool has 20 entries, the next 40: 176 and 304 bytes on 32 bits, 288 and 512 on 64."""
    for machine, sizes in ((MACHINE_32, (176, 304)), (MACHINE_64, (288, 512))):
        strings = StringPool(machine)
        for i in range(20):
            strings.add(f"name {i}", copy_text=False)
        assert strings.heap == sizes[0]
        strings.add("one more", copy_text=False)
        assert strings.heap == sum(sizes)


@pytest.mark.parametrize(
    ("entries", "made_with", "slots"),
    [(0, 0, 0), (1, 0, 2), (2, 1, 2), (3, 1, 4), (3, 3, 3), (4, 3, 4), (13, 0, 17), (18, 0, 23), (24, 0, 29)],
)
def test_table_size(entries: int, made_with: int, slots: int) -> None:
    assert table_size(entries, made_with) == slots


def test_main_is_not_run() -> None:
    plain = compiled("x = 1\n")
    guarded = compiled("x = 1\nif __name__ == '__main__':\n    y = [1, 2, 3]\n    z = 4\n")
    assert kept(guarded, MACHINE_32, Case.FROZEN) == kept(plain, MACHINE_32, Case.FROZEN)


@pytest.mark.parametrize("depth", [250])
def test_deep_classes(depth: int) -> None:
    """Class bodies are not walked by recursion, and not without end."""
    source = "".join(f"{' ' * i}class C{i}:\n" for i in range(depth)) + " " * depth + "pass\n"
    assert footprint(compiled(source), MACHINE_32, Case.FROZEN).kept > 1000
