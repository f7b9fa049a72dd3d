"""What ``mpy-tool.py -f`` gets wrong or cannot do, each on an example."""

from __future__ import annotations

import math

import pytest

from mpytool.freezer import FreezeError, FrozenModule, errors, freeze
from mpytool.freezer.equivalence import difference
from mpytool.freezer.firmware import escape_qstr
from mpytool.freezer.readback import FrozenContent, read_back
from mpytool.module import Constant
from tests.freezer.building import X64, Configuration, Headers, Machine
from tests.freezer.modules import frozen, with_constants

PLAIN = Configuration()


def _content(
    headers: Headers,
    modules: list[FrozenModule],
    machine: Machine = X64,
    configuration: Configuration = PLAIN,
) -> FrozenContent:
    image = freeze(modules, [], headers.settings(configuration))
    return read_back(headers.compile(image.to_c(), machine, configuration), headers.firmware(configuration))


@pytest.mark.parametrize("text", ["\ud800", "a" * 300 + "\ud900"], ids=["short", "long"])
def test_surrogate(headers: Headers, text: str) -> None:
    """Its reader decodes strictly, and dies with UnicodeDecodeError."""
    module = with_constants([text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")])
    assert difference(module.module, _content(headers, [module]).modules["m.py"]) is None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(math.inf, id="it writes the C identifier inf"),
        pytest.param(-math.inf, id="-inf"),
        pytest.param(math.nan, id="nan"),
        pytest.param(-0.0, id="it writes the integer -0"),
        pytest.param(0.30000000000000004, id="it writes 16 digits"),
        pytest.param(complex(0.0, math.inf), id="infj"),
        pytest.param(1e300, id="OverflowError for the word of representation C"),
    ],
)
def test_floats(headers: Headers, value: Constant) -> None:
    module = with_constants([value])
    assert difference(module.module, _content(headers, [module]).modules["m.py"]) is None


def test_negative_float_of_representation_c(headers: Headers, thumb: Machine) -> None:
    """It writes a number of 33 bits."""
    values: list[Constant] = [-1.5, -2.0, math.inf, -math.inf]
    configuration = Configuration("C", float_size=4)
    content = _content(headers, [with_constants(values)], thumb, configuration)
    assert difference(with_constants(values).module, content.modules["m.py"]) is None


def test_equal_escaped_names(headers: Headers) -> None:
    """Its names of ``a.b`` and ``a_dot_b`` in C are one, so that code reads the wrong text."""
    assert escape_qstr("a.b") == escape_qstr("a_dot_b")
    module = with_constants([], ["a.b", "a_dot_b", "a-b", "a_hyphen_b"])
    content = _content(headers, [module])
    assert difference(module.module, content.modules["m.py"]) is None


def test_name_like_one_of_the_firmware(headers: Headers) -> None:
    """A text whose C name the firmware has for another text is a new name."""
    module = with_constants([], ["_lt_module_gt_", "utf_hyphen_8"])
    content = _content(headers, [module])
    assert content.new_qstrs == ["_lt_module_gt_", "m.py", "utf_hyphen_8"]
    assert difference(module.module, content.modules["m.py"]) is None


def test_like_names_of_modules(headers: Headers) -> None:
    """``a-b.py`` and ``a_b.py`` define one C name twice there."""
    modules = [frozen("a-b.py", "x = 1\n"), frozen("a_b.py", "x = 2\n"), frozen("a.b.py", "x = 3\n")]
    content = _content(headers, modules)
    assert list(content.modules) == ["a-b.py", "a_b.py", "a.b.py"]


def test_one_file_twice() -> None:
    """One file named twice redefines C names there; under one path it is an error that says so here."""
    module = frozen("a.py", "x = 1\n")
    with pytest.raises(FreezeError) as caught:
        freeze([module, module], [], PLAIN.freeze_settings)
    assert caught.value.kind is errors.SAME_PATH


def test_small_int_of_a_tuple(headers: Headers) -> None:
    """It takes no int beyond 14 bits for small, so 8192 in a tuple needs long integers."""
    module = with_constants([(8192, -8193, (1 << 29) - 1, -(1 << 29))])
    content = _content(headers, [module], configuration=Configuration(longint="none"))
    assert difference(module.module, content.modules["m.py"]) is None


def test_no_new_names(headers: Headers) -> None:
    """A pool without entries must not be sorted: bisection takes its last entry to be number -1."""
    settings = headers.settings(PLAIN)
    module = with_constants([], name="print")
    image = freeze([module], [], settings)
    assert not image.layout.qstrs.new
    assert not image.layout.qstrs.is_sorted
    assert _content(headers, [module]).new_qstrs == []


@pytest.mark.parametrize(
    ("names", "is_sorted"),
    [(["a\0b"], True), (["b\0" + c for c in "abcdefgh"], False), (["a", "b", "c", "d", "e"], True)],
)
def test_names_with_nul(names: list[str], is_sorted: bool) -> None:
    """Bisection compares up to a NUL; where it would miss a name, the pool is searched entry by entry."""
    image = freeze([with_constants([], names)], [], PLAIN.freeze_settings)
    assert image.layout.qstrs.is_sorted is is_sorted


def test_text_with_nul_is_no_name() -> None:
    """A constant that need not be a name stays an object, lest the pool lose its order."""
    image = freeze([with_constants(["b\0a text", "another text"])], [], PLAIN.freeze_settings)
    assert [item.value for item in image.layout.objects.strings] == ["b\0a text"]
