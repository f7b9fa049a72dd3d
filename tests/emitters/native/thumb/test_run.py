"""Random low functions as Thumb code do what the interpreter does, on both levels."""

from __future__ import annotations

from random import Random

import capstone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.layout import layout
from mpytool.emitters.native.low import LOW_OF_NAME, LowFunction
from mpytool.emitters.native.print_low import format_low, parse_low
from mpytool.emitters.native.thumb.target import ThumbTarget, thumb_target
from tests.emitters.native.low_interpreter import StuckError
from tests.emitters.native.random_low import RandomFunction
from tests.emitters.native.thumb.run import Allocate, compiled, executed
from tests.emitters.native.toy.memory import allocate_in_memory
from tests.emitters.native.x64.run import interpreted

TARGETS = [thumb_target("armv6m"), thumb_target("armv7m")]
EDGES = (0, 1, 2, 3, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 0x8000, 2**32 - 0x8001)
WORDS = st.integers(0, 2**32 - 1) | st.sampled_from(EDGES)
both_levels = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)

_armv6m = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
_armv6m.skipdata = True


def function_of(seed: int, size: int, target: ThumbTarget) -> LowFunction:
    """Without wide instructions no product is known to overflow: see ``test_products``."""
    random = RandomFunction(Random(seed), 4, size=size, has_divide=target.has_divide, calls=seed % 4 != 0)
    function = random.make()
    function.is_small = seed % 2 == 0
    if not target.wide:
        for block in function.blocks:
            for instr in block.code:
                if instr.name == "mul_checked":
                    instr.row = LOW_OF_NAME["add_checked"]
    return function


@both_levels
@pytest.mark.parametrize("allocation", [allocate, allocate_in_memory], ids=lambda function: function.__name__)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 120), words=st.tuples(WORDS, WORDS))
@settings(max_examples=60, deadline=None)
def test_does_what_the_low_form_says(
    allocation: Allocate, target: ThumbTarget, seed: int, size: int, words: tuple[int, int]
) -> None:
    function = function_of(seed, size, target)
    assert check_low(function) == []
    text = format_low(function)
    try:
        wanted = interpreted(function, words)
    except StuckError:
        return
    assert executed(compiled(function, target, allocation), words).outcome == wanted, text


@both_levels
def test_routines(target: ThumbTarget) -> None:
    """What stands several times is there once, in functions by chance that are long, and does the same."""
    shorter = 0
    for seed in range(0, 120, 2):
        function = function_of(seed, 160, target)
        try:
            wanted = interpreted(function, (5, 7))
        except StuckError:
            continue
        machine = target.select(function)
        allocate(machine, target)
        layout(machine, target)
        code = target.encode(machine).code
        machine.is_small = False
        shorter += len(code) < len(target.encode(machine).code)
        assert executed(code, (5, 7)).outcome == wanted, seed
    assert shorter >= 10


WIDE_SIZES = {"bl"}
"""Instructions of 32 bits that ARMv6-M has."""


@given(seed=st.integers(0, 2**32), size=st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_armv6m_has_its_own_instructions_only(seed: int, size: int) -> None:
    function = function_of(seed, size, TARGETS[0])
    code = compiled(function, TARGETS[0], allocate)
    for _, n_bytes, mnemonic, operands in _armv6m.disasm_lite(code, 0):
        text = f"{mnemonic} {operands}"
        assert n_bytes == 2 or mnemonic in WIDE_SIZES or mnemonic == ".byte", text
        assert not mnemonic.startswith(("it", "cb")), text


PRODUCT = """\
function "product" word 4 inputs 4
b0:
  v0 = input 2
  v1 = input 3
  v2 = mul_checked v0 v1 -> b1 b2
b1: from b0
  return v2
b2: from b0; cold
  v3 = const 12345
  return v3
"""
BY_NUMBER = PRODUCT.replace("v1 = input 3", "v1 = const {}")
SIGN = 2**31


def signed(word: int) -> int:
    return (word ^ SIGN) - SIGN


@both_levels
@given(words=st.tuples(WORDS, WORDS))
@settings(max_examples=40, deadline=None)
def test_products(target: ThumbTarget, words: tuple[int, int]) -> None:
    """A product that is given is right. One of two numbers of 16 bits is; with wide instructions all are."""
    one, other = map(signed, words)
    for text in (PRODUCT, BY_NUMBER.format(other)):
        (function,) = parse_low(text)
        result = executed(compiled(function, target, allocate), words).outcome.result
        fits = -SIGN <= one * other < SIGN
        is_small = all(-0x8000 <= number < 0x8000 for number in (one, other))
        if result != 12345:
            assert fits, words
            assert result == one * other & 0xFFFFFFFF
        else:
            assert one * other == 12345 or not (is_small or (target.wide and fits)), words


@both_levels
@pytest.mark.parametrize("count", [40, 300, 3000])
def test_far_jumps_and_pools(target: ThumbTarget, count: int) -> None:
    """A loop around much code, with constants that are loaded, a way over all of it, and a resume address."""
    function = long_function(count)
    assert check_low(function) == []
    for words in ((0, 7), (5, 7)):
        wanted = interpreted(long_function(count), words)
        code = compiled(long_function(count), target, allocate)
        assert executed(code, words).outcome == wanted
        assert len(code) > 5 * count


def long_function(count: int) -> LowFunction:
    lines = [
        'function "long" word 4 inputs 4',
        "b0:",
        "  v0 = input 2",
        "  v1 = input 3",
        "  v2 = const 0",
        "  branch eq v0 v2 -> b3 b1",
        "b1: from b0 b1; loop 1",
        "  v3 = phi v1 v6",
        "  v4 = phi v2 v5",
        "  v8 = const 1",
        "  v5 = add v4 v8",
    ]
    last, number = 3, 10
    for index in range(count):
        lines.append(f"  v{number} = const {0x12345678 + 0x10003 * (index % 50)}")
        lines.append(f"  v{number + 1} = {('xor', 'add', 'mul')[index % 3]} v{last} v{number}")
        last, number = number + 1, number + 2
    lines += [
        f"  v6 = add v{last} v5",
        "  v7 = const 3",
        "  branch ult v5 v7 -> b1 b2",
        "b2: from b1",
        "  return v6",
        "b3: from b0",
        "  return v1",
    ]
    (function,) = parse_low("\n".join(lines) + "\n")
    return function


TAGS = """\
function "tags" word 4 inputs 4
b0:
  v0 = input 2
  v1 = input 3
  v2 = const 1
  branch {one} v0 v2 -> {ways}
b1: from b0 {back}
  v3 = phi v0 {again}
  branch tnz v1 v2 -> b2 b4
b2: from b1
  v4 = sar v3 v2
  v5 = sar v1 v2
  v6 = sub v4 v5
  branch lt v4 v5 -> b3 {end}
b3: from b2
  v7 = add v6 v3
  {turn}
b4: from b0 b1; cold
  v8 = xor v0 v1
  return v8
{last}"""
STRAIGHT = TAGS.format(
    one="tz", ways="b4 b1", back="", again="", end="b5", turn="return v7", last="b5: from b2\n  return v6\n"
).replace("  v3 = phi v0 \n", "  v3 = or v0 v2\n")
AROUND = TAGS.format(
    one="tnz",
    ways="b1 b4",
    back="b3",
    again="v7",
    end="b5",
    turn="jump -> b1",
    last="b5: from b2\n  return v6\n",
)


@both_levels
@pytest.mark.parametrize("text", [STRAIGHT, AROUND], ids=["straight", "around"])
@given(words=st.tuples(WORDS, WORDS))
@settings(max_examples=30, deadline=None)
def test_tags(text: str, target: ThumbTarget, words: tuple[int, int]) -> None:
    """Shifts are moved up to the tests of tags that they serve, and no other."""
    (function,) = parse_low(text)
    assert check_low(function) == []
    try:
        wanted = interpreted(function, words)
    except StuckError:
        return
    assert executed(compiled(function, target, allocate), words).outcome == wanted


@both_levels
def test_pools_stand_nowhere_within_an_operation(target: ThumbTarget) -> None:
    """Truth values and choices skip instructions, which must not become a jump over a pool."""
    for shift in range(12):
        lines = [
            'function "pools" word 4 inputs 4',
            "b0:",
            "  v0 = input 2",
            "  v1 = input 3",
            "  v2 = const 5",
        ]
        lines += [f"  v{3 + n} = add v{2 + n} v0" for n in range(shift)]
        number = 3 + shift
        for index in range(120):
            a, b, c, d = range(number, number + 4)
            lines.append(f"  v{a} = const {123456789 + 1001 * index}")
            lines.append(f"  v{b} = compare lt v{a - 1} v{a}")
            lines.append(f"  v{c} = select gt v{a - 1} v1 v{b} v0")
            lines.append(f"  v{d} = add v{a} v{c}")
            number += 4
        lines.append(f"  return v{number - 1}")
        for words in ((7, 3), (3, 2**31)):
            (function,) = parse_low("\n".join(lines) + "\n")
            wanted = interpreted(function, words)
            assert executed(compiled(function, target, allocate), words).outcome == wanted


@both_levels
@pytest.mark.parametrize("words", [1, 100, 250, 600, 1100, 5000])
def test_large_frames(target: ThumbTarget, words: int) -> None:
    """Frame objects and spilled words in front of and behind large ones."""
    text = f"""\
function "frame" word 4 inputs 4
  frame 0 "large" {words}
  frame 1 "small" 2
b0:
  v0 = input 2
  v1 = input 3
  v2 = frame_address 0
  v3 = frame_address 1
  store word +{4 * words - 4} v2 v0
  store word +4 v3 v1
  v4 = load word +{4 * words - 4} v2
  v5 = load word +4 v3
  v6 = sub v4 v5
  v7 = sub v2 v3
  v8 = sub v7 v7
  v9 = add v6 v8
  return v9
"""
    for allocation in (allocate, allocate_in_memory):
        (function,) = parse_low(text)
        code = compiled(function, target, allocation)
        assert executed(code, (100, 58)).outcome.result == 42


@both_levels
@pytest.mark.parametrize("count", [0, 30, 90, 1500, 6000])
def test_addresses_of_code(target: ThumbTarget, count: int) -> None:
    """A resume point over much code, and one behind it."""
    lines = [
        'function "resumed" word 4 inputs 4',
        "  resume b1 b2",
        "b0:",
        "  v0 = input 2",
        "  v1 = input 3",
        "  v2 = resume_address 1",
        "  dispatch v2 -> b1 b2",
        "b1: from b0 b3",
        "  v3 = add v0 v1",
    ]
    for number in range(4, 4 + count):
        lines.append(f"  v{number} = {('mul', 'xor')[number % 2]} v{number - 1} v1")
    last = 4 + count
    lines += [
        f"  return v{last - 1}",
        "b2: from b0 b3",
        "  branch ult v0 v1 -> b3 b4",
        "b3: from b2",
        f"  v{last} = resume_address 0",
        f"  dispatch v{last} -> b1 b2",
        "b4: from b2",
        "  return v1",
    ]
    for words in ((3, 5), (5, 3)):
        (function,) = parse_low("\n".join(lines) + "\n")
        assert check_low(function) == []
        wanted = interpreted(function, words)
        assert executed(compiled(function, target, allocate), words).outcome == wanted
