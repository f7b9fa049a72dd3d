"""Records against the standard dataclasses: whatever can be done with one gives the same with the other."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from mpytool import records
from mpytool.diagnostics import Location
from mpytool.options import Options

ROOT = Path(__file__).resolve().parents[1]
T = TypeVar("T")


def _classes(dataclass: Any, field: Any) -> dict[str, Any]:
    """The same classes by either decorator."""

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2
        hidden: str = field(default="h", repr=False, compare=False)

    @dataclass(slots=True)
    class Bag(Generic[T]):
        first: T
        items: list[T] = field(default_factory=list)
        count: int = field(init=False, default=7)
        seen: set[T] = field(init=False, default_factory=set)
        late: int = field(init=False)

        def __post_init__(self) -> None:
            self.late = len(self.items)

    @dataclass(slots=True, eq=False)
    class Node:
        children: list[Any] = field(default_factory=list)

    @dataclass(slots=True)
    class Deeper(Bag[T]):
        depth: int = 0

        def __repr__(self) -> str:
            return f"deep {self.depth}"

    return {"Point": Point, "Bag": Bag, "Node": Node, "Deeper": Deeper}


STANDARD = _classes(dataclasses.dataclass, dataclasses.field)
OURS = _classes(records.dataclass, records.field)


def _outcome(action: Callable[[dict[str, Any]], object], classes: dict[str, Any]) -> object:
    try:
        return action(classes)
    except Exception as error:
        return type(error)


def _matched(classes: dict[str, Any]) -> object:
    cls = classes["Point"]
    match cls(4, 5):
        case cls(x, y):
            return x, y
    return None


def _loop(classes: dict[str, Any]) -> str:
    node = classes["Node"]()
    node.children.append(node)
    return repr(node)


def _names(classes: dict[str, Any]) -> object:
    return {
        name: [(f.name, f.init, f.repr, f.compare) for f in dataclasses.fields(cls)]
        for name, cls in classes.items()
    }


ACTIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "repr": lambda c: repr(c["Point"](1)).rpartition(".")[2],
    "repr of a loop": lambda c: _loop(c).rpartition(".")[2],
    "own repr": lambda c: repr(c["Deeper"](1, depth=3)),
    "words": lambda c: c["Point"](y=1, x=5).x,
    "too few": lambda c: c["Point"](),
    "too many": lambda c: c["Point"](1, 2, "", 4),
    "unknown word": lambda c: c["Point"](1, z=2),
    "not given at all": lambda c: c["Bag"](1, [], 3),
    "equal": lambda c: c["Point"](1) == c["Point"](1, 2, "other"),
    "unequal": lambda c: c["Point"](1) != c["Point"](2),
    "another class": lambda c: c["Bag"](1) == c["Deeper"](1),
    "not a record": lambda c: c["Point"](1) == (1, 2, "h"),
    "identity": lambda c: c["Node"]() == c["Node"](),
    "hash": lambda c: hash(c["Point"](1)) == hash(c["Point"](1, 2, "x")) == hash((1, 2)),
    "no hash": lambda c: hash(c["Bag"](1)),
    "hash by identity": lambda c: len({c["Node"](), c["Node"]()}),
    "own list": lambda c: c["Bag"](1).items is c["Bag"](1).items,
    "given list": lambda c: c["Bag"](1, [2]).items,
    "fields not given": lambda c: (c["Bag"](1).count, c["Bag"](1).seen, c["Bag"](1, [4]).late),
    "inherited": lambda c: c["Deeper"](1, [2], depth=3).late,
    "set": lambda c: setattr(c["Bag"](1), "count", 9),
    "set what is frozen": lambda c: setattr(c["Point"](1), "x", 9),
    "delete what is frozen": lambda c: delattr(c["Point"](1), "x"),
    "set what is no field": lambda c: setattr(c["Bag"](1), "other", 9),
    "slots": lambda c: [c[name].__slots__ for name in c],
    "match": _matched,
    "fields": _names,
    "asdict": lambda c: dataclasses.asdict(c["Bag"](1, [2])),
    "standard replace": lambda c: dataclasses.replace(c["Point"](1), y=8).y,
    "copy": lambda c: copy.copy(c["Point"](3)) == c["Point"](3),
    "deep copy": lambda c: copy.deepcopy(c["Bag"](3, [[1]])).items,
    "generic": lambda c: c["Bag"][int](1).first,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_the_same_as_a_dataclass(name: str) -> None:
    expected = _outcome(ACTIONS[name], STANDARD)
    assert _outcome(ACTIONS[name], OURS) == expected
    assert _outcome(ACTIONS[name], OURS) == expected, "and again, when all methods are written"


@pytest.mark.parametrize(
    ("replace", "classes"), [(dataclasses.replace, STANDARD), (records.replace, OURS)], ids=["theirs", "ours"]
)
def test_replace(replace: Any, classes: dict[str, Any]) -> None:
    assert replace(classes["Point"](1), y=8) == classes["Point"](1, 8)
    assert replace(classes["Bag"](1, [2]), first=5).items == [2]
    with pytest.raises(ValueError, match="count"):
        replace(classes["Bag"](1), count=2)
    with pytest.raises(TypeError):
        replace(classes["Point"](1), z=2)


def test_pickle() -> None:
    options = Options(optimise=2)
    assert pickle.loads(pickle.dumps(options)) == options
    assert pickle.loads(pickle.dumps(Location("f", 1, 2, 3, 4))).column == 2


def test_a_class_without_slots_is_refused() -> None:
    with pytest.raises(TypeError, match="slots"):
        records.dataclass(slots=False)


UNWANTED = {"dataclasses", "inspect", "ast", "tokenize"}


def test_nothing_of_what_takes_long_is_imported() -> None:
    code = "import sys, mpytool.records; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-S", "-E", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "mpytool.records" in done.stdout.split()
    assert not UNWANTED & set(done.stdout.split())
