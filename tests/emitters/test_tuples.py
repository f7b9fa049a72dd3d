"""What a program says of tuples."""

from __future__ import annotations

import pytest

from mpytool.emitters.tuples import OTHER, TUPLE, WIDE, Tuples, constant_shape, container_shape, find_tuples
from mpytool.grammar.frontend import parse
from mpytool.lowering import lower
from mpytool.options import Options
from mpytool.source import Source

OF_NUMBERS = container_shape(TUPLE, OTHER)


def _said(text: str) -> Tuples:
    file = Source(text.encode(), "t.py")
    return find_tuples(lower(parse(file, Options("native")), file, Options("native")).functions)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (1, OTHER),
        ((1 << 30) - 1, OTHER),
        (1 << 30, OTHER | WIDE),
        ((1 << 32) - 1, OTHER | WIDE),
        (1 << 32, OTHER),
        (-(1 << 31), OTHER),
        ("a", OTHER),
        ((), TUPLE),
        ((1, "a"), OF_NUMBERS),
        ((1, 1 << 31), container_shape(TUPLE, OTHER | WIDE)),
        (((1,), (2,)), container_shape(TUPLE, OF_NUMBERS)),
        ((1, (2,)), container_shape(TUPLE, OTHER | OF_NUMBERS)),
        # Deeper than anybody looks
        (((((1,),),),), container_shape(TUPLE, container_shape(TUPLE, TUPLE))),
    ],
)
def test_constants(value: object, shape: int) -> None:
    assert constant_shape(value) == shape


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = 1", {}),
        ("a = (1, 2)", {"a": OF_NUMBERS}),
        ("a = [(1, 2)]", {"a": container_shape(OTHER, OF_NUMBERS)}),
        ("a = (1, 2)\nb = a", {"a": OF_NUMBERS, "b": OF_NUMBERS}),
        ("a = (1, 2)\na = f()", {"a": OF_NUMBERS | OTHER}),
        ("a = ((1, 2), (3,))\nb = a[0]", {"a": container_shape(TUPLE, OF_NUMBERS), "b": OF_NUMBERS}),
        ("def f(x):\n    global a\n    a = (x, 1)\n", {"f": OTHER, "a": OF_NUMBERS}),
        (
            "class A:\n    a = (1, 2)\n",
            {"A": OTHER, "a": OF_NUMBERS},
        ),
        ("def f(x):\n    x.a = (1, 2)\n", {"f": OTHER, "a": OF_NUMBERS}),
        # Along straight lines only
        ("b = (1, 2)\na = b if c else d", {"b": OF_NUMBERS, "a": OTHER}),
    ],
)
def test_names(text: str, names: dict[str, int]) -> None:
    found = _said(text)
    assert {name: found.names.get(name, 0) for name in names} == names
    assert found.are_kept == bool(names)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("t = (1, 2)\nf(3, t)", {("f", 0): OTHER, ("f", 1): OF_NUMBERS}),
        ("f((1, 2), x=(3,))", {("f", 0): OF_NUMBERS}),
        ("x.f((1, 2), y)", {("f", 1): OF_NUMBERS, ("f", 2): 0}),
        ("f(g((1, 2)), (3, x))", {("g", 0): OF_NUMBERS, ("f", 0): 0, ("f", 1): OF_NUMBERS}),
        ("def f(t):\n    return g(t)\nf((1, 2))", {("f", 0): OF_NUMBERS, ("g", 0): OF_NUMBERS}),
        ("f(x + y, (1,))", {("f", 0): 0, ("f", 1): OF_NUMBERS}),
        ("f(*a, (1,))", {}),
    ],
)
def test_parameters(text: str, parameters: dict[tuple[str, int], int]) -> None:
    assert _said(text).parameters == parameters


def test_results() -> None:
    found = _said("def f(x):\n    if x:\n        return 1, x\n    return None\na = f(1)\n")
    assert found.results["f"] & TUPLE
    assert found.results["f"] & OTHER
    assert found.names["a"] & TUPLE


def test_without_tuples_nothing_is_said() -> None:
    found = _said("a = [1]\nf(a)\n")
    assert found == Tuples()
    assert not found.are_kept
