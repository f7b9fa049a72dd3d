"""One C file for every configuration of a firmware, and constants of all kinds in each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mpytool.freezer import freeze
from mpytool.freezer.equivalence import difference
from mpytool.freezer.numbers import SMALL_INT_WIDTHS, digits, float_word_c, int_bits, single_bits
from mpytool.freezer.readback import read_back
from mpytool.module import Constant
from mpytool.values import ConstantValue
from tests.freezer.building import MACHINES, X64, Configuration, Headers, Machine
from tests.freezer.modules import as_single, with_constants

_EDGES = [
    value + d
    for bits in (8, 14, *SMALL_INT_WIDTHS)
    for value in (1 << bits - 1, -(1 << bits - 1))
    for d in (-1, 0)
]
_LARGE = [(1 << 63) - 1, -(1 << 63)]
_HUGE = [1 << 63, -(1 << 64), 1 << 64, (1 << 200) + 1, -(1 << 200) - 1]
_FLOATS = [
    0.0,
    -0.0,
    1.5,
    -1.5,
    0.1,
    0.30000000000000004,
    1e-310,
    5e-324,
    1.7976931348623157e308,
    1e300,
    -1e300,
]
_SPECIAL = [math.inf, -math.inf, math.nan]
_OTHERS: list[Constant] = [
    None, False, True, Ellipsis, (), b"", b"bytes\x00\xff", "", "a text that is no short one", "x" * 300,
    "nul\x00in it", "\udcff\udc80 no utf-8", (1, (2.5, ("deep", b"x")), True), (1, 1.0, True), (0.0, -0.0),
    complex(0.0, 1.5), complex(-0.0, math.inf),
]  # fmt: skip


def _constants(longint: str) -> list[Constant]:
    numbers = {"none": _EDGES[:-12], "longlong": _EDGES + _LARGE, "mpz": _EDGES + _LARGE + _HUGE}[longint]
    return [*numbers, *_FLOATS, *_SPECIAL, *_OTHERS, tuple(numbers), (*_FLOATS, *_SPECIAL)]


def _as_word_c(value: Constant) -> Constant:
    """A float as representation C has it: the two lowest bits of the mantissa are lost."""
    if isinstance(value, float):
        return float_word_c(value)
    if isinstance(value, tuple):
        return tuple(map(_as_word_c, value))  # type: ignore[arg-type]
    return as_single(value)


_STORED: dict[tuple[str, int], Callable[[Constant], Constant]] = {
    ("A", 4): as_single,
    ("B", 4): as_single,
    ("C", 4): _as_word_c,
}


def _check(headers: Headers, machine: Machine, configuration: Configuration, values: list[Constant]) -> None:
    module = with_constants(values)
    image = freeze([module], [], headers.settings(configuration))
    data = headers.compile(image.to_c(), machine, configuration)
    found = read_back(data, headers.firmware(configuration)).modules["m.py"]
    stored = _STORED.get((configuration.representation, configuration.float_size), lambda value: value)
    if configuration.representation == "C":
        found.constants = [_as_word_c(value) for value in found.constants]
    assert difference(module.module, found, stored) is None


_CASES = [
    *(Configuration("A", longint) for longint in ("none", "longlong", "mpz")),
    *(Configuration("A", mpz_dig_size=size) for size in (8, 32)),
    Configuration("A", float_size=4),
    *(Configuration("B", longint, float_size=size) for longint in ("longlong", "mpz") for size in (4, 8)),
    *(Configuration("C", longint, float_size=4) for longint in ("none", "longlong", "mpz")),
    *(Configuration("D", longint) for longint in ("none", "longlong", "mpz")),
    Configuration("A", saves_code=True),
    Configuration("D", saves_code=True),
]


def _name(configuration: Configuration) -> str:
    saving = "-saving" if configuration.saves_code else ""
    parts = (configuration.representation, configuration.longint, configuration.mpz_dig_size)
    return "-".join(map(str, (*parts, configuration.float_size))) + saving


_RUNS = [
    pytest.param(configuration, name, id=f"{_name(configuration)}-{name}")
    for configuration in _CASES
    for name, machine in MACHINES.items()
    # C and D are of machines of 32 bits
    if machine.word_size == 4 or configuration.representation not in "CD"
]


@pytest.mark.parametrize(("configuration", "machine"), _RUNS, indirect=["machine"])
def test_constants(headers: Headers, machine: Machine, configuration: Configuration) -> None:
    """All kinds of constants, under each representation and kind of long integers, on each word size."""
    values = _constants(configuration.longint)
    if configuration.longint == "none":
        limit = {"A": 31, "B": 30, "C": 31, "D": 47}[configuration.representation]
        limit = limit + 32 if machine.word_size == 8 else limit
        values = [each for each in values if not isinstance(each, tuple)]
        values = [each for each in values if not isinstance(each, int) or int_bits(each) <= limit]
    _check(headers, machine, configuration, values)


@pytest.mark.parametrize(
    ("bytes_in_len", "bytes_in_hash"),
    list(itertools.product((1, 2), (0, 1, 2))),
    ids=lambda value: f"{value}",
)
def test_qstr_bytes(headers: Headers, bytes_in_len: int, bytes_in_hash: int) -> None:
    """Each size of lengths and hashes; the reader checks every one of them."""
    configuration = Configuration(bytes_in_len=bytes_in_len, bytes_in_hash=bytes_in_hash)
    _check(headers, X64, configuration, ["x" * size for size in (1, 24, 25, 255, 256, 3000)])


def test_long_int_needed(headers: Headers, thumb: Machine) -> None:
    """Where a number is small on some firmware only, the C compiler says so on the others."""
    values: list[Constant] = [1 << 40]
    _check(headers, X64, Configuration("A", "none"), values)
    with pytest.raises(AssertionError, match="frozen modules have long integers"):
        _check(headers, thumb, Configuration("A", "none"), values)


@pytest.mark.parametrize(
    ("defines", "words"),
    [
        (("-UMPZ_DIG_SIZE", "-DMPZ_DIG_SIZE=32"), "incompatible MPZ_DIG_SIZE: frozen for 16"),
        (("-DMICROPY_QSTR_BYTES_IN_HASH=1",), "incompatible MICROPY_QSTR_BYTES_IN_HASH: frozen for 2"),
        (("-DMICROPY_LONGINT_IMPL=1",), "incompatible MICROPY_LONGINT_IMPL: frozen for 2"),
        (("-DMICROPY_FLOAT_IMPL=0",), "frozen modules have floats"),
        (("-DMICROPY_PY_BUILTINS_COMPLEX=0",), "frozen modules have complex numbers"),
    ],
)
def test_wrong_firmware(headers: Headers, defines: tuple[str, ...], words: str) -> None:
    """A firmware of another configuration is not built."""
    module = with_constants([1 << 100, 1.5, 2j])
    text = freeze([module], [], headers.settings(Configuration())).to_c()
    undefined = tuple(define.replace("-D", "-U").partition("=")[0] for define in defines)
    with pytest.raises(AssertionError, match=words):
        headers.compile(text, X64, Configuration(defines=(*undefined, *defines)))


_VALUES: st.SearchStrategy[ConstantValue] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(1 << 100), 1 << 100),
        st.floats(),
        st.complex_numbers(),
        st.binary(max_size=20),
        st.text(st.characters(max_codepoint=0x2000, exclude_categories=["Cs"]), max_size=40),
        st.just(Ellipsis),
    ),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=8,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=st.lists(_VALUES, min_size=1, max_size=60))
def test_any_constants(headers: Headers, values: list[Constant]) -> None:
    _check(headers, X64, Configuration(), values)


@given(value=st.integers(), size=st.sampled_from([8, 16, 32]))
@example(value=0, size=8)
def test_digits(value: int, size: int) -> None:
    found = digits(value, size)
    assert sum(digit << size * place for place, digit in enumerate(found)) == abs(value)
    assert not found or found[-1]


@given(value=st.floats())
@example(value=-1.5)
@example(value=1e300)
def test_word_c(value: float) -> None:
    """Any float is a word of 32 bits that is taken for a float, and gives it back but for two bits."""
    word = float_word_c(value)
    assert 0 <= word < 1 << 32
    assert word & 3 == 2
    assert word & 0xFF800007 != 6
    assert word - 0x80800000 & 0xFFFFFFFF & ~3 == single_bits(value) & ~3


def test_every_machine_is_tried() -> None:
    assert {machine.word_size for machine in MACHINES.values()} == {4, 8}
    assert replace(Configuration(), native=True).macros(X64).count("-DMICROPY_EMIT_X64=1") == 1
