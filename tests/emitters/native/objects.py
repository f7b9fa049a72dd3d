"""Objects of all kinds where inline versions want small ints, lists, bytes, instances.

What a program prints as native code must be what it prints as bytecode on the same MicroPython; viper
functions are compared with mpy-cross's.
"""

from __future__ import annotations

from tests.peers.emission import BYTECODE, Emission, MpyCross, mpyc
from tests.peers.runtimes import Runtime
from tests.programs.batch import run_batch

PROGRAM = b"""
import array

class A:
    member = 1.5
    def __init__(self, x):
        self.x = x
    def method(self):
        return self.x

# As indices, objects that are no small ints are taken for numbers below 40 by code that does not ask
OBJECTS = [
    0, -3, 1073741823, -1073741824, (1 << 62) - 1, -(1 << 62), 1 << 70, 0.0, -0.0, 1.5, 3e38, float("inf"),
    float("-inf"), float("nan"), None, True, False, ..., "", "x", "method", "a text that is no name", b"",
    b"forty bytes, of which any may be asked for", bytearray(range(40)), [], list(range(100, 140)),
    [1.5, "x"], (), tuple(range(200, 240)), (2.5, None), {}, {1.5: 2}, range(40),
    array.array("H", range(300, 340)), array.array("f", [0.5] * 40), memoryview(bytes(range(50, 90))),
    A(1.5), A(None), A, len,
]

def shown(x):
    text = "%s %r" % (type(x).__name__, x)
    return type(x).__name__ if "object" in text or callable(x) else text

def fresh(x):
    if type(x) in (list, bytearray, array.array):
        return x[:]
    if type(x) is dict:
        return x.copy()
    return A(x.x) if type(x) is A else x

def arithmetic(a, b):
    for _ in range(2):
        c = a + b
        c = c - b
        c = (c * 2) // 3
    return c

def once(a, b):
    return (a + b) * 2 - a // 7

def bits(a, b):
    for _ in range(2):
        c = ((a & 255) ^ b) << 2 | 1
    return c, a < b, a == b, a != b

def words(a, b):
    h = 0x811C9DC5
    for _ in range(2):
        h = ((h ^ a) * 0x01000193 + b) & 0xFFFFFFFF
    return h

def wrapping(a, b):
    for _ in range(2):
        c = (a * 33 + b) & 0xFFFF
    return c

def item(a, b):
    return a[b]

def items(a, b):
    for i in range(2):
        c = a[b], a[i]
    return c

def before(a, b):
    for i in range(2):
        c = a[b - 1]
    return c

def store(a, b):
    a[b] = 7
    return a[b]

def stores(a, b):
    for i in range(2):
        a[b] = i
        a[i] = b
    return a[0], a[1]

def loop(a, b):
    n, last = 0, None
    for x in a:
        n += 1
        last = x
    return n, last, len([y for y in a]), last is b

def pairs(a, b):
    n = 0
    for i, x in enumerate(a):
        n += i
    for x, y in zip(a, b):
        n += 1
    return n

def length(a, b):
    n = 0
    while n < 3:
        n += len(a) + len(b) + 1
    return n

def append(a, b):
    for _ in range(3):
        a.append(b)
    return a[0], a[-1]

def attribute(a, b):
    for _ in range(2):
        c = a.x, a.member
    a.x = b
    return c, a.x

def method(a, b):
    for _ in range(2):
        c = a.method()
    return c

def truth(a, b):
    n = 0
    for _ in range(2):
        if a and not b:
            n += 1
        if a is None or b is True:
            n += 2
    return n, a or b

def choice(a, b):
    return a if a is b else b

def sums(a, b):
    s = 0
    for x in (a, 1, b):
        s += x
    return s

def catch(a, b):
    for _ in range(2):
        try:
            c = a + b
        except TypeError as error:
            c = type(error).__name__
        finally:
            d = b
    return c, d

def values(a, b):
    yield a
    yield from (b, a)
    for _ in range(2):
        yield a is b

def generator(a, b):
    return [x for x in values(a, b)]

VARIABLE = 1.5

def global_variable(a, b):
    global VARIABLE
    VARIABLE = None
    for _ in range(3):
        VARIABLE = a if VARIABLE is b else b
    return VARIABLE

NAMES = [shown(x)[:20] for x in OBJECTS]
for function in (
    arithmetic, once, bits, words, wrapping, item, items, before, store, stores, loop, pairs, length, append,
    attribute, method, truth, choice, sums, catch, generator, global_variable,
):
    for x, one in zip(OBJECTS, NAMES):
        for y, other in zip(OBJECTS, NAMES):
            try:
                found = shown(function(fresh(x), fresh(y)))[:60]
            except Exception as error:
                found = type(error).__name__
            print(function.__name__, one, other, "->", found)
"""

VIPER = b"""
import micropython

@micropython.viper
def number(x) -> int:
    return int(x)

@micropython.viper
def numbers(x, n: int) -> int:
    s = 0
    while n:
        s += int(x)
        n -= 1
    return s

@micropython.viper
def parameter(x: int) -> int:
    return x

@micropython.viper
def unsigned(x: uint, y: uint) -> uint:
    return x + y

@micropython.viper
def pointer(p: ptr8, n: int) -> int:
    return int(p[n])

@micropython.viper
def truth(x) -> bool:
    return bool(x)

@micropython.viper
def condition(x) -> int:
    return 1 if x else 2

@micropython.viper
def constant(n: int):
    x = (1, None)
    if n == 0:
        x = 1.5
    elif n == 1:
        x = "x"
    elif n == 2:
        x = "a text that is no name"
    return x

@micropython.viper
def object_item(x, i: int):
    s = x[i]
    for j in range(2):
        s = x[j]
    return s

for x in (
    0, 7, -7, 1073741823, -1073741824, 1 << 31, (1 << 32) - 1, -(1 << 31), 1.5, -0.0, float("inf"), None,
    True, False, "x", "a text that is no name", [1.5, "x", None], (None, 2.5),
):
    for function, more in (
        (number, ()), (numbers, (3,)), (parameter, ()), (unsigned, (1,)), (truth, ()), (condition, ()),
        (object_item, (1,)),
    ):
        try:
            print(repr(x), function(x, *more))
        except Exception as error:
            print(repr(x), type(error).__name__)
print(pointer(b"abc", 1), pointer(bytearray(b"abc"), 2), [constant(n) for n in range(4)])
"""


GOALS = ("size", None, "speed")

Difference = tuple[str | None, str, str]
"""The goal, what the peer's code printed, and what ours did."""


def native_differences(runtime: Runtime, march: str) -> list[Difference]:
    """Lines that bytecode and native code print otherwise. AssertionError if too little is printed."""
    peer = MpyCross()(PROGRAM, "program.py", BYTECODE)
    ours = [mpyc(PROGRAM, "program.py", Emission(march, "native", goal)) for goal in GOALS]
    expected, *found = _lines(runtime, peer, *ours)
    assert len(expected) > 20_000
    assert sum("->" in line and "Error" not in line for line in expected) > 10_000
    return _differences(expected, found)


def viper_differences(runtime: Runtime, march: str) -> list[Difference]:
    """Lines that mpy-cross's viper functions print, and ours otherwise."""
    peer = MpyCross()(VIPER, "program.py", Emission(march, "bytecode"))
    ours = [mpyc(VIPER, "program.py", Emission(march, "bytecode", goal)) for goal in GOALS]
    expected, *found = _lines(runtime, peer, *ours)
    assert len(expected) > 100
    return _differences(expected, found)


def _differences(expected: list[str], found: list[list[str]]) -> list[Difference]:
    return [
        (goal, one, other)
        for goal, lines in zip(GOALS, found, strict=True)
        for one, other in zip(expected, lines, strict=True)
        if one != other
    ]


def _lines(runtime: Runtime, *modules: bytes) -> list[list[str]]:
    ran = run_batch(runtime, modules)
    assert [each.end for each in ran] == [""] * len(modules)
    return [each.output.splitlines() for each in ran]
