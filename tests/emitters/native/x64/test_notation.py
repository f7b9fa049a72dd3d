"""The table's notation: what a row becomes, rows that are wrong, and that the table says everything once."""

from __future__ import annotations

import re

import pytest

from mpytool.emitters.native.x64.notation import X64, read_row
from mpytool.emitters.native.x64.table import BY_SYNTAX, FAMILIES, FORMS, ROWS


def test_family() -> None:
    forms = list(read_row(X64("<f> {r/m32}, {imm8}", "66 0F 10+8n /n ib"), {"f": {"one": 1, "six": 6}}))
    assert [form.syntax for form in forms] == ["one {r/m32}, {imm8}", "six {r/m32}, {imm8}"]
    assert [form.mnemonic for form in forms] == ["one", "six"]
    assert [form.opcode.hex() for form in forms] == ["0f18", "0f40"]
    assert [form.extension for form in forms] == [1, 6]
    assert {(form.prefix, form.wide, form.modrm, form.tail) for form in forms} == {(b"\x66", False, True, 1)}
    assert [slot.text for slot in forms[0].slots] == ["r/m32", "imm8"]


@pytest.mark.parametrize(
    ("syntax", "code", "message"),
    [
        ("a {r64}", "REX.W 01 /r", "a {r64}: its registers and memory are not those of its code"),
        ("a {r/m64}", "REX.W 01", "a {r/m64}: its registers and memory are not those of its code"),
        (
            "a {r/m64}, {r64}",
            "REX.W 01 /0",
            "a {r/m64}, {r64}: its registers and memory are not those of its code",
        ),
        ("a {r/m64}, {imm8}", "REX.W 01 /0 id", "a {r/m64}, {imm8}: its numbers are not those of its code"),
        ("a {imm8}", "01", "a {imm8}: its numbers are not those of its code"),
        ("a", "01 ib", "a: its numbers are not those of its code"),
        ("a {r65}", "01+r", "{r65} is not an operand"),
        ("a {r/m64}", "01 /8", "01 /8: /8 is not of the notation"),
        ("a {r/m64}", "1 /0", "1 /0: 1 is not of the notation"),
        ("a {r/m64}", "/0 01", "/0 01: 01 is not of the notation"),
    ],
)
def test_wrong_rows(syntax: str, code: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        list(read_row(X64(syntax, code), FAMILIES))


def test_table_says_everything_once() -> None:
    assert len(BY_SYNTAX) == len(FORMS) >= len(ROWS)
    fixed = [(f.prefix, f.wide, f.opcode, f.modrm, f.extension, f.slots) for f in FORMS]
    assert len(set(fixed)) == len(FORMS)


def test_digit_and_register_never_meet() -> None:
    """A digit in ModRM.reg is there only where no operand is."""
    for form in FORMS:
        in_modrm = [slot for slot in form.slots if slot.place.value.startswith("ModRM")]
        assert len(in_modrm) <= 2
        assert form.extension == 0 or len(in_modrm) == 1
