"""The JSON form, held against the schema in the documentation; Compiler Explorer's form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mpytool.dumper.ce_json import escape_qstr, format_ce_json
from mpytool.dumper.jsonform import SCHEMA, VERSION, format_json
from mpytool.module import CompiledModule, FunTable, RawCode, RawCodeKind
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.read import read
from tests.dumper.samples import NATIVE_SOURCE, PROGRAMS, compiled, program_files
from tests.peers.oracle import CachedOracle

PAGE = Path(__file__).parents[2] / "docs/dump.md"


def _schema() -> dict[str, Any]:
    block = re.search(r"```json\n(\{\n  \"\$schema\".*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    schema: dict[str, Any] = json.loads(block[1])
    return schema


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "boolean": (bool,),
    "null": (type(None),),
}  # fmt: skip


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str = "") -> list[str]:
    """What is wrong with a value by a schema. Knows the words that the schema of this project uses."""
    unknown = set(schema) - {
        "$schema", "$defs", "$ref", "title", "description", "type", "const", "enum", "required",
        "properties", "additionalProperties", "items", "pattern",
    }  # fmt: skip
    assert not unknown, unknown
    if "$ref" in schema:
        return problems(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, where)
    found = []
    names = schema.get("type", [])
    allowed = [t for name in ([names] if isinstance(names, str) else names) for t in _TYPES[name]]
    if allowed and type(value) not in allowed:
        return [f"{where}: {type(value).__name__}"]
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{where}: {value}")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{where}: no {key}" for key in schema.get("required", []) if key not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{where}: unknown {key}" for key in value if key not in properties]
        for key, item in value.items():
            found += problems(item, properties.get(key, {}), root, f"{where}.{key}")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            found += problems(item, schema["items"], root, f"{where}[{i}]")
    return found


def test_the_check_finds_mistakes() -> None:
    document = json.loads(format_json(compiled("x = 1\n"), "m.mpy"))
    schema = _schema()
    assert problems(document, schema, schema) == []
    document["functions"][0]["code"][0]["op"] = 5
    document["header"]["colour"] = "red"
    del document["qstrs"]
    assert len(problems(document, schema, schema)) == 3


@pytest.mark.parametrize("data", program_files(), ids=[path.stem for path in PROGRAMS])
def test_schema(data: bytes) -> None:
    schema = _schema()
    document = json.loads(format_json(data, "m.mpy"))
    assert problems(document, schema, schema) == []
    assert (document["schema"], document["version"], document["size"]) == (SCHEMA, VERSION, len(data))
    module = read(data)
    assert document["qstrs"] == module.qstrs
    for function in document["functions"]:
        raw_code = module.root
        for index in function["path"]:
            raw_code = raw_code.children[index]
        code = "".join(row["bytes"] for row in function["code"])
        assert bytes.fromhex(code) == bytes(raw_code.data[function["code_start"] : function["code_end"]])


@pytest.mark.parametrize("arch", ["x64", "armv6m", "xtensawin"])
def test_schema_of_native_code(cached_peer: CachedOracle, arch: str) -> None:
    data = cached_peer.compile(NATIVE_SOURCE, "n.py", f"-march={arch}")
    assert isinstance(data, bytes)
    schema = _schema()
    document = json.loads(format_json(data, "n.mpy"))
    assert problems(document, schema, schema) == []
    assert [f["kind"] for f in document["functions"]] == ["bytecode", "native", "native", "native", "viper"]


def test_constants() -> None:
    constants: list[Any] = [
        FunTable.FUN_TABLE, None, ..., True, "s\udc80", b"\x00z", -(10**30), 0.1, 2j, (1, (None,)),
    ]  # fmt: skip
    root = RawCode(RawCodeKind.BYTECODE, b"\x00\x02\x01\x51\x63")
    data = CompiledModule(["m.py", "<module>"], constants, root).to_bytes()
    assert json.loads(format_json(data, "m.mpy"))["constants"] == [
        {"type": "fun_table"},
        {"type": "none"},
        {"type": "ellipsis"},
        {"type": "bool", "value": True},
        {"type": "str", "value": "s\udc80"},
        {"type": "bytes", "value": "007a"},
        {"type": "int", "value": "-1" + "0" * 30},
        {"type": "float", "value": "0.1"},
        {"type": "complex", "value": "2j"},
        {
            "type": "tuple",
            "value": [{"type": "int", "value": "1"}, {"type": "tuple", "value": [{"type": "none"}]}],
        },
    ]


def test_deep_constants_end_somewhere() -> None:
    value: Any = 1
    for _ in range(700):
        value = (value,)
    root = RawCode(RawCodeKind.BYTECODE, b"\x00\x02\x01\x51\x63")
    data = CompiledModule(["m.py", "<module>"], [value], root).to_bytes()
    item = json.loads(format_json(data, "m.mpy"))["constants"][0]
    depth = 0
    while item["value"] is not None:
        item = item["value"][0]
        depth += 1
    assert depth == 100


def test_functions_stand_on_lines() -> None:
    lines = format_json(compiled("def f(): pass\ndef g(): pass\n"), "m.mpy").splitlines()
    starts = [line for line in lines if line.startswith('  {"path"')]
    assert [json.loads(line.rstrip(","))["name"] for line in starts] == [
        "<module>", "<module>.f", "<module>.g",
    ]  # fmt: skip


# --- Compiler Explorer -------------------------------------------------------------------------------------

CE_SOURCE = """\
def f(a):
    while a: a = -a
    return lambda: 1.5
"""

# Made by MicroPython 1.29's tools/mpy-tool.py -d -j of what mpy-cross makes of CE_SOURCE.
CE_LINES = json.loads((Path(__file__).parent / "data/ce.json").read_text())


def test_compiler_explorer() -> None:
    assert json.loads(format_ce_json(compiled(CE_SOURCE), "m.mpy")) == CE_LINES


def test_link_of_an_unwinding_jump() -> None:
    """The place it leads to; mpy-tool.py names the byte behind that."""
    data = compiled("while x:\n try: break\n finally: pass\n")
    found = json.loads(format_ce_json(data, "m.mpy"))
    (row,) = [line for line in found["asm"] if line.get("disassembly") == "UNWIND_JUMP"]
    assert row["labels"][0]["target"] in found["labelDefinitions"]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("abc_1", "abc_1"), ("<module>", "_lt_module_gt_"), ("a b", "a_space_b"), ("é\x01", "_eacute__0x01_")],
)
def test_escape_qstr(text: str, escaped: str) -> None:
    assert escape_qstr(text) == escaped


def test_bad_file() -> None:
    for form in (format_json, format_ce_json):
        with pytest.raises(MpyFormatError):
            form(b"M\x06", "m.mpy")
