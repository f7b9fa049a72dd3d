"""docs/format.md agrees with the program: its tables and its examples."""

from __future__ import annotations

import re
from ast import literal_eval
from pathlib import Path

from mpytool import read
from mpytool.mpyfile.header import ConstantType
from mpytool.opcodes import BINARY_OPS, OPS, Operand
from mpytool.options import ARCHES
from mpytool.qstrs import STATIC_QSTRS
from mpytool.varint import encode_varint, encode_varuint

PAGE = (Path(__file__).parents[2] / "docs/format.md").read_text()

OPERANDS = {
    Operand.NONE: "",
    Operand.QSTR: "qstr",
    Operand.UINT: "count",
    Operand.INT: "small int",
    Operand.OBJECT: "constant",
    Operand.CHILD: "child",
    Operand.CHILD_CELLS: "child, byte",
    Operand.LOCAL: "local",
    Operand.CALL: "count",
    Operand.JUMP: "signed",
    Operand.JUMP_UNWIND: "signed, byte",
    Operand.FORWARD: "forward",
}


def section(title: str) -> str:
    """The text below a heading, up to the next one of any level."""
    match = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match is not None, title
    return match[1]


def test_opcodes() -> None:
    rows = re.findall(r"^\| `(..)`(?:–`(..)`)? \| (\w+) \| (.*?) \| ", section("Opcodes"), re.MULTILINE)
    assert [(int(first, 16), name, operand) for first, _, name, operand in rows] == [
        (op.code, op.name, OPERANDS[op.operand]) for op in OPS
    ]
    assert [int(last or first, 16) for first, last, _, _ in rows] == [op.code + op.count - 1 for op in OPS]


def test_operators() -> None:
    found = dict(re.findall(r"`([d-f].)` \| (`.*?`|exception match) \|", section("Opcodes")))
    shown = {f"{0xD7 + i:02x}": f"`{op}`".replace("|", r"\|") for i, op in enumerate(BINARY_OPS)}
    assert found == shown | {"df": "exception match"}


def test_static_names() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", section("Static names"), re.MULTILINE)
    names = {}
    for first, cells in rows:
        for i, cell in enumerate(cells.split(" | ")):
            text = "" if cell == "empty" else cell.strip("`")
            names[int(first) + i] = literal_eval(text) if text.startswith("'") else text
    assert names == dict(enumerate(STATIC_QSTRS, 1))


def test_architectures() -> None:
    found = re.findall(r"\| (\d+) \| (\w+) (?=\|)", section("Header"))
    assert {int(number): name for number, name in found} == dict(enumerate(ARCHES[1:], 1))


def test_constants() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \| ", section("Constants"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(ConstantType)
    for data, text in re.findall(r"^\| `([0-9a-f ]+)` \| `(.*)` \|$", section("Constants"), re.MULTILINE):
        file = bytes.fromhex("4d 06 00 1f 01 01 08 6d 2e 70 79 00" + data + "28 00 02 00 51 63")
        assert read(file).constants == [literal_eval(text)]


def test_numbers() -> None:
    text = section("Numbers")
    rows = re.findall(r"\| (\d+) \| `([0-9a-f ]+)` (?=\|)", text)
    assert len(rows) == 4
    for value, data in rows:
        assert encode_varuint(int(value)) == bytes.fromhex(data)
    for value, data in re.findall(r"(−?\d+) is\s+`([0-9a-f ]+)`", text):
        assert encode_varint(int(value.replace("−", "-"))) == bytes.fromhex(data)


def test_the_example() -> None:
    lines = re.findall(r"^((?:[0-9a-f]{2} )+) ", section("An example"), re.MULTILINE)
    module = read(bytes.fromhex("".join(lines)))
    assert module.qstrs == ["m.py", "<module>"]
    assert module.root.prelude is not None
    assert module.root.prelude.name == 1
