"""Choosing the shortest form, on encodings that are known and on any operands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from mpytool.emitters.native.x64 import registers as r
from mpytool.emitters.native.x64.assemble import assemble, padding, select
from mpytool.emitters.native.x64.encoding import Form, Operand, encode
from mpytool.emitters.native.x64.registers import BY_NAME, RIP, EncodingError, Memory
from mpytool.emitters.native.x64.table import BY_SYNTAX, FORMS
from tests.emitters.native.x64.operands import CASES, all_addresses, varied
from tests.emitters.native.x64.peer import disassemble

_MEMORY = re.compile(r"m?(\d*)\[(.*)\]")
KNOWN = [
    re.split(r"  +", line)
    for line in Path(__file__).with_name("known.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def read_operand(text: str) -> Operand:
    """The inverse of ``str`` on operands."""
    found = _MEMORY.fullmatch(text)
    if found is None:
        return BY_NAME[text] if text in BY_NAME else int(text, 0)
    base, index, scale, displacement = None, None, 1, 0
    for part in found[2].replace(" - ", " + -").split(" + "):
        name, times, factor = part.partition("*")
        if times:
            index, scale = BY_NAME[name], int(factor)
        elif name == "rip" or name in BY_NAME:
            base = BY_NAME.get(name, RIP)
        else:
            displacement = int(part, 0)
    return Memory(base, displacement, index, scale, int(found[1]) if found[1] else None)


@pytest.mark.parametrize(("text", "code"), KNOWN, ids=[text for text, _ in KNOWN])
def test_known(text: str, code: str) -> None:
    mnemonic, _, rest = text.partition(" ")
    operands = tuple(map(read_operand, rest.split(", "))) if rest else ()
    assert assemble(mnemonic, *operands).hex(" ") == code
    assert encode(select(mnemonic, *operands), *operands).hex(" ") == code


def test_operands_print_and_read_back() -> None:
    for memory in all_addresses((0, -1, 128)):
        assert read_operand(str(memory)) == memory
    assert read_operand(str(Memory(r.RAX, 8, r.RCX, 2, 16))) == Memory(r.RAX, 8, r.RCX, 2, 16)


def with_memory(form: Form) -> Iterator[tuple[Operand, ...]]:
    """As ``varied``, and where there can be memory, with memory of the form's size."""
    for operands in varied(form):
        yield tuple(
            Memory(r.RBX, 8, size=slot.size or None) if slot.memory and not slot.register else operand
            for slot, operand in zip(form.slots, operands, strict=True)
        )
        yield tuple(
            Memory(r.RBX, 8, size=slot.size or None) if slot.memory else operand
            for slot, operand in zip(form.slots, operands, strict=True)
        )


def test_every_form_is_the_best_for_something() -> None:
    chosen = set()
    for form in FORMS:
        for operands in with_memory(form):
            best = select(form.mnemonic, *operands)
            code = assemble(form.mnemonic, *operands)
            assert code == encode(best, *operands)
            assert len(code) <= len(encode(form, *operands))
            chosen.add(best.syntax)
    assert set(BY_SYNTAX) == chosen


@given(CASES)
def test_nothing_that_fits_is_shorter(case: tuple[Form, tuple[Operand, ...]]) -> None:
    form, operands = case
    code = assemble(form.mnemonic, *operands)
    assert disassemble(code)[2] == len(code)
    fitting = [other for other in FORMS if other.mnemonic == form.mnemonic and other.fits(operands)]
    lengths = [len(encode(other, *operands)) for other in fitting]
    assert len(code) == min(lengths)
    assert select(form.mnemonic, *operands) is fitting[lengths.index(min(lengths))]


@pytest.mark.parametrize(
    ("mnemonic", "operands", "message"),
    [
        ("fly", (), "no form of fly takes no operands"),
        ("add", (r.RAX,), "no form of add takes rax"),
        ("add", (r.RAX, r.EAX), "no form of add takes rax, eax"),
        ("add", (r.RAX, Memory(r.RBX, 8, size=32)), "no form of add takes rax, m32[rbx + 0x8]"),
        ("add", (r.RAX, 2**31), "no form of add takes rax, 0x80000000"),
        ("mov", (r.RAX, 2**64), "no form of mov takes rax, 0x10000000000000000"),
        ("mov", (r.AL, 256), "no form of mov takes al, 0x100"),
        ("mov", (r.AL, -129), "no form of mov takes al, -0x81"),
        ("mov", (Memory(r.RAX), Memory(r.RBX)), "no form of mov takes [rax], [rbx]"),
        ("mov", (r.RAX, r.RIP), "no form of mov takes rax, rip"),
        ("shl", (r.EAX, 32), "no form of shl takes eax, 0x20"),
        ("shl", (r.EAX, r.DL), "no form of shl takes eax, dl"),
        ("jmp", (2**31,), "no form of jmp takes 0x80000000"),
        ("push", (r.EAX,), "no form of push takes eax"),
        ("inc", (Memory(r.RAX),), "inc [rax]: the size of memory is not known"),
        ("mov", (Memory(r.RAX), 0x12345678), "mov [rax], 0x12345678: the size of memory is not known"),
        ("shl", (Memory(r.RAX), r.CL), "shl [rax], cl: the size of memory is not known"),
        ("movzx", (r.EAX, Memory(r.RAX)), "movzx eax, [rax]: the size of memory is not known"),
    ],
)
def test_refused(mnemonic: str, operands: tuple[Operand, ...], message: str) -> None:
    for function in (assemble, select):
        with pytest.raises(EncodingError) as caught:
            function(mnemonic, *operands)
        assert str(caught.value) == message


def test_padding_is_that_long_and_does_nothing() -> None:
    for size in range(40):
        code, count = padding(size), 0
        assert len(code) == size
        while code:
            first = next(n for n in range(1, len(code) + 1) if _is_one(code[:n]))
            assert disassemble(code[:first])[0] == "nop"
            code, count = code[first:], count + 1
        assert count == -(-size // 9)


def _is_one(code: bytes) -> bool:
    try:
        return disassemble(code)[2] == len(code)
    except ValueError:
        return False
