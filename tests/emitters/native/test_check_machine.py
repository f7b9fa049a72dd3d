"""The verifier of the machine form on broken text; allocated text has "allocated" in its title."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.machine import Address, FrameRef, MachineInstr, MachineOp, Role
from mpytool.emitters.native.print_machine import parse_machine
from mpytool.print_ir import IrTextError
from tests.emitters.native.toy.target import BY_NAME, OPS, R0, TOY

DATA = Path(__file__).parent / "data"


def _broken() -> Iterator[tuple[str, str, list[str]]]:
    for part in (DATA / "broken.machine").read_text().split("\n\n"):
        title, *lines = part.strip().splitlines()
        text = "\n".join(line for line in lines if not line.startswith("!"))
        yield title, text, [line[2:] for line in lines if line.startswith("!")]


@pytest.mark.parametrize(("title", "text", "messages"), list(_broken()), ids=lambda value: str(value)[:30])
def test_verifier_names_what_is_wrong(title: str, text: str, messages: list[str]) -> None:
    function = parse_machine(f'function "f"\n{text}', OPS, BY_NAME)
    assert check_machine(function, TOY, allocated="allocated" in title) == messages


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (MachineOp("o", (Role.USE,), remat=True), "cannot be computed anew: it has not one result, or reads"),
        (MachineOp("o", (Role.EARLY_DEF,), memory_ok=(0,)), "operand 0 cannot be in memory"),
        (MachineOp("o", (Role.USE,), two=(0, 0)), "``two`` are not a DEF and a USE"),
    ],
    ids=["remat", "memory", "two"],
)
def test_rows_that_contradict_themselves(op: MachineOp, message: str) -> None:
    function = parse_machine('function "f"\nb0:\n  halt\n', OPS, BY_NAME)
    function.blocks[0].code.insert(0, MachineInstr(op, [R0]))
    assert check_machine(function, TOY, allocated=False) == [f"b0: o r0: {message}"]


def test_what_is_read_anew_is_in_the_frame() -> None:
    function = parse_machine('function "f"\n  frame "words" 1\nb0:\n  halt\n', OPS, BY_NAME)
    op = MachineOp("o", (Role.DEF, Role.ADDRESS), remat=True)
    function.blocks[0].code[:0] = [MachineInstr(op, [R0, Address(base)]) for base in (FrameRef(0), R0)]
    assert check_machine(function, TOY, allocated=False) == [
        "b0: o r0 [r0]: [r0] cannot be computed anew: it is no word of the frame"
    ]


@pytest.mark.parametrize(
    "line", ["  nothing_like_it v0", "  add v0 what", "b1: whence b0", "  add v0 [v1 ++ 2]"]
)
def test_text_that_is_none(line: str) -> None:
    with pytest.raises(IrTextError, match="line 3"):
        parse_machine(f'function "f"\nb0:\n{line}\n', OPS, BY_NAME)
