"""Bytes by function and category: exact sums, for whatever can be read."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import mpytool
from mpytool.cli.size import command
from mpytool.dumper.ram import footprint
from mpytool.dumper.ram_machine import MACHINE_32, Case
from mpytool.dumper.size import CATEGORIES, TABLES, SizeRow, compare_rows, size_rows, sum_rows
from mpytool.module import CompiledModule, NativePart, RawCode, RawCodeKind
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.header import VIPER_HAS_BSS, VIPER_HAS_RELOCATIONS, VIPER_HAS_RODATA
from mpytool.mpyfile.read import read
from tests.dumper.ram_modules import LIBRARIES, SOURCES


def compiled(source: str) -> bytes:
    return mpytool.compile_source(source, name="m.py").to_bytes()


def native_module() -> bytes:
    """A module as a linker makes it, below a body in bytecode."""
    flags = VIPER_HAS_RODATA | VIPER_HAS_BSS | VIPER_HAS_RELOCATIONS
    part = NativePart(scope_flags=flags, rodata=b"read-only", bss_size=70, relocations=b"\x01\x02\xff")
    module = mpytool.compile_source("def f():\n    pass\n", name="m.py")
    child = RawCode(RawCodeKind.VIPER, b"machine code here", [module.root.children[0]], native=part)
    module.root.children[0] = child
    return CompiledModule(module.qstrs, [], module.root, arch=2, sub_version=3).to_bytes()


@pytest.mark.parametrize("name", SOURCES)
def test_sums_are_exact(name: str) -> None:
    data = compiled(SOURCES[name])
    rows = list(size_rows(data))
    assert sum(row.total for row in rows) == len(data)
    assert rows[0].name == TABLES
    assert len({row.name for row in rows}) == len(rows)


def test_by_function() -> None:
    """Counted by hand in the hex dump of the file."""
    data = compiled("def f(a):\n    return 12345678901\n")
    rows = {row.name: dict(zip(CATEGORIES, row.sizes, strict=True)) for row in size_rows(data)}
    nothing = dict.fromkeys(CATEGORIES, 0)
    assert rows[TABLES] == nothing | {"header": 6, "qstrs": 6 + 1 + 3 + 3, "constants": 13}
    assert rows["<module>.f"]["bytecode"] == 3  # LOAD_CONST_OBJ 0, RETURN_VALUE
    assert rows["<module>"]["bytecode"] == 6  # MAKE_FUNCTION 0, STORE_NAME f, LOAD_CONST_NONE, RETURN_VALUE
    assert sum(sum(row.values()) for row in rows.values()) == len(data)


def test_native() -> None:
    data = native_module()
    total = sum_rows("", size_rows(data))
    sizes = dict(zip(CATEGORIES, total.sizes, strict=True))
    assert total.total == len(data)
    assert sizes["relocations"] == 3
    assert sizes["native code"] == len(b"machine code here") + len(b"read-only")
    native = [
        item for item in footprint(read(data), MACHINE_32, Case.IN_PLACE).items if "native" in item.name
    ]
    # Code in blocks of 16; bss in words of 4, with the read-only data behind it.
    assert [item.loading for item in native] == [32 + 96]


def test_damaged_files() -> None:
    """Whatever is in a file: an account, or MpyFormatError."""
    choose = random.Random(7)
    files = [compiled(source) for source in LIBRARIES.values()] + [native_module()]
    accepted = 0
    for _ in range(1500):
        data = bytearray(choose.choice(files))
        for _ in range(choose.randint(1, 4)):
            data[choose.randrange(4, len(data))] = choose.choice(
                (0, 1, 0x7F, 0x80, 0xFF, choose.randrange(256))
            )
        try:
            module = read(bytes(data))
        except MpyFormatError:
            continue
        accepted += 1
        assert sum(row.total for row in size_rows(bytes(data), module)) == len(data)
        for case in Case:
            assert footprint(module, MACHINE_32, case).kept > 0
    assert accepted > 100


def test_compare() -> None:
    old = list(size_rows(compiled("def f():\n    return 1\ndef g():\n    pass\n")))
    new = list(size_rows(compiled("def f():\n    return 1234567\ndef h():\n    pass\n")))
    changes = {change.name: change for change in compare_rows(old, new)}
    assert sum(changes["<module>.f"].change) == 4  # LOAD_CONST_SMALL_INT with four bytes of operand
    assert changes["<module>.g"].new is None
    assert changes["<module>.h"].old is None
    difference = sum(sum(change.change) for change in changes.values())
    assert difference == sum_rows("", new).total - sum_rows("", old).total


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("driver", "textwrap"):
        Path(f"{name}.py").write_text(LIBRARIES[name])
        Path(f"{name}.mpy").write_bytes(mpytool.compile_source(LIBRARIES[name], name=f"{name}.py").to_bytes())
    return tmp_path


def test_table(folder: Path) -> None:
    output = run("driver.mpy", "--top", "3").output
    size = Path("driver.mpy").stat().st_size
    lines = output.splitlines()
    assert lines[0].startswith(f"driver.mpy: {size} bytes, ")
    assert lines[2].split() == [
        "bytes", "header", "qstrs", "constants", "prelude", "lines", "bytecode", "function",
    ]  # fmt: skip
    total = next(line for line in lines if line.endswith("  total"))
    assert int(total.split()[0]) == size == sum(map(int, total.replace(".", "0").split()[1:-1]))
    assert "more)" in output
    assert any(line.endswith("  kept") for line in lines)
    assert "kept" not in run("driver.mpy", "--no-ram").output


def test_many_files(folder: Path) -> None:
    lines = run("driver.mpy", "textwrap.mpy").output.splitlines()
    sizes = [Path(name).stat().st_size for name in ("driver.mpy", "textwrap.mpy")]
    assert [int(line.split()[0]) for line in lines[1:4]] == [*sizes, sum(sizes)]


def test_sources_are_compiled(folder: Path) -> None:
    of_source = json.loads(run("driver.py", "--json").output)["files"][0]
    of_file = json.loads(run("driver.mpy", "--json").output)["files"][0]
    assert of_source["total"] == of_file["total"]


def test_json(folder: Path) -> None:
    output = json.loads(run("driver.mpy", "textwrap.mpy", "--json").output)
    assert output["schema"] == 1
    assert [file["file"] for file in output["files"]] == ["driver.mpy", "textwrap.mpy"]
    for file in output["files"]:
        assert file["total"]["bytes"] == Path(file["file"]).stat().st_size
        assert sum(row["bytes"] for row in file["functions"]) == file["total"]["bytes"]
        assert len(file["ram"]) == 6
        for account in file["ram"]:
            assert account["kept"] == sum(item["kept"] for item in account["items"])
    # Imported one after the other they share pools and names.
    alone = [sum(file["ram"][i]["kept"] for file in output["files"]) for i in range(6)]
    assert all(a["kept"] <= b for a, b in zip(output["ram"], alone, strict=True))


def test_csv(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("driver.mpy", "--csv").output)))
    in_file = sum(int(row["bytes"]) for row in rows if row["about"] == "function")
    assert in_file == Path("driver.mpy").stat().st_size


def test_diff(folder: Path) -> None:
    sizes = [Path(name).stat().st_size for name in ("driver.mpy", "textwrap.mpy")]
    lines = run("--diff", "driver.mpy", "textwrap.mpy").output.splitlines()
    assert lines[0] == f"driver.mpy -> textwrap.mpy: {sizes[0]} -> {sizes[1]} bytes"
    assert lines[-1].split()[:3] == [str(sizes[0]), str(sizes[1]), f"{sizes[1] - sizes[0]:+d}"]
    output = json.loads(run("--diff", "driver.mpy", "textwrap.mpy", "--json").output)
    assert output["total"]["change"] == sizes[1] - sizes[0]
    assert run("--diff", "driver.mpy", "driver.mpy", "--csv").output == "name,column,old,new\n"


def test_known_names(folder: Path) -> None:
    Path("names.h").write_text(
        '// comment\nQDEF0(MP_QSTR_wrap, 123, 4, "wrap")\nQDEF1(MP_QSTR_x, 9, 1, "\\x0a")\n'
    )
    Path("names.txt").write_text("wrap\nfill\n")
    new = [
        json.loads(run("textwrap.mpy", "--json", *options).output)["ram"][0]["new_strings"]
        for options in ((), ("--known", "names.h"), ("--known", "names.txt"))
    ]
    assert [new[0] - count for count in new] == [0, 1, 2]


def test_rejections(folder: Path) -> None:
    Path("bad.mpy").write_bytes(b"M\x06\x00\x1f\x80")
    Path("bad.py").write_text("def\n")
    for name in ("bad.mpy", "bad.py", "none.mpy"):
        result = run(name, "driver.mpy")
        assert result.return_value == 1
        assert "driver.mpy" in result.output
    assert isinstance(run("--diff", "driver.mpy").exception, Exception)
    assert isinstance(run("--json", "--csv", "driver.mpy").exception, Exception)


def test_empty_row() -> None:
    assert sum_rows("x", []) == SizeRow("x", (0,) * len(CATEGORIES))
