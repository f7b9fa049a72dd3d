"""Every form, register, address and extreme number, as capstone reads them; and what must be refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from mpytool.emitters.native.x64 import registers as r
from mpytool.emitters.native.x64.encoding import Form, Operand, encode
from mpytool.emitters.native.x64.registers import REGISTERS, EncodingError, Memory
from mpytool.emitters.native.x64.table import BY_SYNTAX, FORMS
from tests.emitters.native.x64.operands import (
    CASES,
    all_addresses,
    numbers_outside,
    simple,
    some,
    varied,
)
from tests.emitters.native.x64.peer import disassemble, expected

MEMORY_FORMS = [form for form in FORMS if any(slot.memory for slot in form.slots)]
NUMBER_FORMS = [form for form in FORMS if any(slot.width for slot in form.slots)]


def check(form: Form, operands: tuple[Operand, ...]) -> bytes:
    code = encode(form, *operands)
    assert disassemble(code) == expected(form, operands, len(code)), (form.syntax, operands, code.hex(" "))
    return code


def with_memory(form: Form, memory: Memory) -> tuple[Operand, ...]:
    return tuple(memory if slot.memory else some(slot) for slot in form.slots)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.syntax)
def test_every_operand_alone(form: Form) -> None:
    for operands in varied(form):
        check(form, operands)


def test_all_registers_together() -> None:
    """REX has three bits that come from different operands."""
    for syntax in (
        "add {r/m64}, {r64}",
        "movzx {r32}, {r/m8}",
        "imul {r64}, {r/m64}, {imm8}",
        "xchg {r/m8}, {r8}",
    ):
        form = BY_SYNTAX[syntax]
        for operands in itertools.product(*map(simple, form.slots)):
            check(form, operands)


@pytest.mark.parametrize("syntax", ["mov {r64}, {r/m64}", "cmp {r/m8}, {imm8}"])
def test_all_addresses(syntax: str) -> None:
    form = BY_SYNTAX[syntax]
    for memory in all_addresses():
        check(form, with_memory(form, memory))


@pytest.mark.parametrize("form", MEMORY_FORMS, ids=lambda form: form.syntax)
def test_each_form_with_some_addresses(form: Form) -> None:
    for memory in itertools.islice(all_addresses((0, -128, 128)), 0, None, 37):
        check(form, with_memory(form, memory))


@given(CASES)
def test_anything(case: tuple[Form, tuple[Operand, ...]]) -> None:
    form, operands = case
    assert len(check(form, operands)) >= form.least_size


def displacement_size(code: bytes, form: Form) -> int:
    """Bytes after ModRM and SIB, for a form without a prefix whose REX is present or not."""
    rest = code[1:] if code[0] & 0xF0 == 0x40 else code
    rest = rest[len(form.opcode) :]
    return len(rest) - (2 if rest[0] & 7 == 4 else 1)


def test_displacements_are_as_short_as_they_can_be() -> None:
    form = BY_SYNTAX["mov {r64}, {r/m64}"]
    for memory in all_addresses():
        if memory.base in (None, r.RIP):
            size = 4
        elif memory.displacement == 0 and memory.base not in (r.RBP, r.R13):
            size = 0
        else:
            size = 1 if -128 <= memory.displacement <= 127 else 4
        assert displacement_size(encode(form, r.RAX, memory), form) == size, memory


def test_least_size_is_the_size_of_jumps() -> None:
    jumps = [form for form in FORMS if any(slot.text.startswith("rel") for slot in form.slots)]
    assert len(jumps) == 2 * 16 + 2 + 1
    for form in jumps:
        assert form.least_size == len(encode(form, 0)) == len(encode(form, -1))
        assert encode(form, -2)[-form.tail :] == (-2).to_bytes(form.tail, "little", signed=True)


def test_rip_displacement_stands_before_the_tail() -> None:
    for form in MEMORY_FORMS:
        code = encode(form, *with_memory(form, Memory(r.RIP, 0x11223344)))
        end = len(code) - form.tail
        assert code[end - 4 : end] == bytes.fromhex("44332211"), form.syntax


@pytest.mark.parametrize("form", NUMBER_FORMS, ids=lambda form: form.syntax)
def test_numbers_out_of_range(form: Form) -> None:
    ordinary = tuple(some(slot) for slot in form.slots)
    for position, slot in enumerate(form.slots):
        for value in numbers_outside(slot) if slot.width else ():
            with pytest.raises(EncodingError):
                encode(form, *ordinary[:position], value, *ordinary[position + 1 :])


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.syntax)
def test_operands_of_another_kind(form: Form) -> None:
    """Each operand replaced by everything that its slot does not take; one left out; one too many."""
    ordinary = tuple(some(slot) for slot in form.slots)
    others: list[Operand] = [row[7] for row in REGISTERS.values()]
    others += [r.RIP, *(Memory(r.RAX, size=size) for size in (None, *REGISTERS)), 2**70]
    for position, slot in enumerate(form.slots):
        for other in others:
            match other:
                case Memory():
                    taken = slot.memory and (not slot.size or other.size in (None, slot.size))
                case r.Register():
                    taken = slot.register and other.size == slot.size
                case _:
                    taken = False
            if not taken:
                with pytest.raises(EncodingError):
                    encode(form, *ordinary[:position], other, *ordinary[position + 1 :])
    for operands in (ordinary[:-1], (*ordinary, r.RAX)):
        if operands != ordinary:
            with pytest.raises(EncodingError):
                encode(form, *operands)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((r.RAX, 0, r.RSP), "[rax + rsp*1]: rsp cannot be an index"),
        ((r.RAX, 0, r.ECX), "[rax + ecx*1]: ecx cannot be an index"),
        ((r.RAX, 0, r.RIP), "[rax + rip*1]: rip cannot be an index"),
        ((r.EAX,), "[eax]: eax cannot be a base"),
        ((r.RIP, 0, r.RAX), "[rip + rax*1]: rip takes no index"),
        ((r.RAX, 0, r.RCX, 3), "[rax + rcx*3]: an index is multiplied by 1, 2, 4 or 8"),
        ((r.RAX, 2**31), "[rax + 0x80000000]: the displacement does not fit 32 bits"),
        ((r.RAX, -(2**31) - 1), "[rax - 0x80000001]: the displacement does not fit 32 bits"),
        ((None, 2**31), "[0x80000000]: the displacement does not fit 32 bits"),
        ((r.RAX, 0, None, 1, 128), "m128[rax]: an operand has 8, 16, 32 or 64 bits"),
    ],
)
def test_addresses_that_there_are_not(arguments: tuple[Operand, ...], message: str) -> None:
    with pytest.raises(EncodingError) as caught:
        Memory(*arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_resized() -> None:
    for row in REGISTERS.values():
        for size, other in REGISTERS.items():
            assert tuple(register.resized(size) for register in row) == other
