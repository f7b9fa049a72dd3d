"""Small viper functions, right and wrong, by the rule that they try: what mpy-cross says of each is the
judge. DIFFERENT has those in which we differ.

A program is the lines of a body; parameters ``o``, ``b``, ``i``, ``u``, ``p``, ``p8``, ``p16`` and ``p32``
have the type that their name begins with.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

VALUES = ("o", "b", "i", "u", "p", "p8", "p16", "p32", "None", "True", "7", "'s'", "1.5", "int(o)", "uint(3)")
TYPES = ("", "object", "bool", "int", "uint", "ptr", "ptr8", "ptr16", "ptr32")
_SIGNATURE = "o, b: bool, i: int, u: uint, p: ptr, p8: ptr8, p16: ptr16, p32: ptr32"
# fmt: off
BINARY = (  # "not in": see DIFFERENT
    "+", "-", "*", "&", "|", "^", "<<", ">>", "//", "%", "/", "**", "@", "<", ">", "==", "<=", ">=", "!=",
    "in", "is", "is not",
)
IN_PLACE = ("+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>=", "//=", "%=", "/=", "**=", "@=")
# fmt: on


def function(*lines: str, returns: str = "", before: str = "") -> str:
    """A viper function with these lines."""
    arrow = f" -> {returns}" if returns else ""
    body = "".join(f"    {line}\n" for line in lines)
    return f"{before}@micropython.viper\ndef f({_SIGNATURE}){arrow}:\n{body}"


DIFFERENT: tuple[tuple[str, str, str], ...] = (
    # program; what we say, "" for nothing; why not what mpy-cross says
    (
        function("x = i not in i"),
        "binary op  not implemented",
        "mpy-cross reads its table of names beyond the end",
    ),
    (
        function("x = i or None", "x = o"),
        "local 'x' has type 'int' but source is 'object'",
        "its code forgets i: here None becomes an int",
    ),
    (function("x = o if i else None", "x = o"), "", "its code forgets o"),
    (function("return i + 0x7fffffff", returns="int"), "", "a literal beside an int is one"),
    (function("return i & 0xffffffffffffffff", returns="int"), "", "the same, with all bits set"),
    (function("return u & -0x80000000", returns="uint"), "", "the same, with a uint"),
    (function("return 0x7fffffff", returns="int"), "", "the same in a return"),
    (function("p32[i] = 0xffffffff"), "", "the same in a store"),
    (function("x = p8[0x40000000]"), "", "the same in an index"),
    (
        "@micropython.viper\nasync def f(o):\n    o()\n",
        "native yield",
        "its function is entered as a generator",
    ),
    (function("x = int\n    x(o)"), "can't use cast as a value", "its code converts to any type"),
    (function("o.a = int"), "can't use cast as a value", "its code stores a number as an object"),
    (function("global g; g = int"), "can't use cast as a value", "its code stores a number as an object"),
    (function("o[int]"), "can't use cast as a value", "its code takes a number for an object"),
    (
        function("return (int if o else uint)(o)", returns="uint"),
        "can't use cast as a value",
        "its code takes the last cast in the text",
    ),
    (
        "@micropython.viper\ndef f(*a): return a\n",
        "only positional args supported",
        "its code does not set the parameter",
    ),
    (
        "@micropython.viper\ndef f(*, a): return a\n",
        "only positional args supported",
        "its code does not set the parameter",
    ),
    (
        "@micropython.viper\ndef f(a: int):\n    return lambda: a\n",
        "closed-over arg must be an object",
        "its code takes the number for a cell",
    ),
    # Here mpy-cross aborts
    (function("p8.a"), "can't use 'ptr8' as an object", "assertion"),
    (function("p.a()"), "can't use 'ptr' as an object", "assertion"),
    (function("p.a = 1"), "can't use 'ptr' as an object", "assertion"),
    (function("for x in p8: pass"), "can't use 'ptr8' as an object", "assertion"),
    (function("with p8: pass"), "can't use 'ptr8' as an object", "assertion"),
    (function("x, y = p32"), "can't use 'ptr32' as an object", "assertion"),
    (function("p8(1)"), "can't use 'ptr8' as an object", "assertion"),
    (function("del p8[0]"), "can't use 'ptr8' as an object", "assertion"),
    (function("return int(o, 2)"), "cast takes 1 argument", "assertion"),
    (function("return int()"), "cast takes 1 argument", "assertion"),
    (function("return int(*o)"), "cast takes 1 argument", "assertion"),
    (function("return int.from_bytes(o, 'little')"), "", "assertion; the class is meant"),
    (function("o[1:2]"), "", "assertion; numbers become objects"),
    (function("return {1: i}"), "", "assertion; numbers become objects"),
    (function("del o[1]"), "", "assertion; numbers become objects"),
    (function("return i.a"), "", "assertion; numbers become objects"),
    (function("i(1)"), "", "assertion; numbers become objects"),
    (function("for x in i: pass"), "", "assertion; raises TypeError when it runs"),
    (function("o(*i)"), "", "assertion; raises TypeError when it runs"),
    (function("return [1 for x in o]"), "", "assertion; numbers become objects"),
)


def programs() -> Iterator[str]:
    """Those in which we agree."""
    yield from _operators()
    yield from _memory()
    yield from _conditions()
    yield from _returns()
    yield from _locals()
    yield from _uses()
    for text in _STATEMENTS.strip("\n").split("\n---\n"):
        yield function(*text.split("\n"))
    for text in _WHOLE.strip("\n").split("\n---\n"):
        yield text + "\n"


def _operators() -> Iterator[str]:
    for left, right in itertools.product(("o", "b", "i", "u", "p8", "None", "7"), repeat=2):
        for operator in BINARY if {left, right} <= {"o", "i", "u", "7"} else ("+", "<"):
            if not (left == right == "7"):
                yield function(f"x = {left} {operator} {right}")
    for operator in ["+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>=", "//=", "%=", "/=", "**=", "@="]:
        for target, value in (("i", "u"), ("u", "i"), ("o", "o"), ("o", "i"), ("b", "i")):
            yield function(f"{target} {operator} {value}")
    for operator, value in itertools.product(("+", "-", "~", "not "), VALUES):
        if value not in ("7", "1.5", "True", "None", "'s'"):
            yield function(f"x = {operator}{value}")
    for first, second in itertools.product(("o", "i", "u"), repeat=2):
        yield function(f"x = {first} < {second} < {first}")
        yield function(f"x = {first} < {second} == {second} != i")


def _memory() -> Iterator[str]:
    for base in ("o", "b", "i", "p", "p8", "p16", "p32", "None", "7"):
        for index in ("o", "b", "i", "u", "p8", "None", "7", "-1"):
            yield function(f"x = {base}[{index}]")
            for value in ("o", "i", "p8") if base in ("p8", "i") else ("i", "b", "u", "None"):
                yield function(f"{base}[{index}] = {value}")
        yield function(f"{base}[i] += 1")
        yield function(f"{base}[7] += i")


def _conditions() -> Iterator[str]:
    for value in VALUES:
        yield function(f"if {value}: return", "return")
        yield function(f"if not {value}:", "    i = 1", "    i = o")
        yield function(f"while {value}: i = 1")
        yield function(f"x = {value} and i")
        if value != "None":  # see DIFFERENT
            yield function(f"x = i or {value}", "x = o")
        yield function(f"x = o if {value} else i", "x = 1")
        yield function(f"assert {value}")


def _returns() -> Iterator[str]:
    for returns, value in itertools.product(TYPES, (*VALUES, "")):
        yield function(f"return {value}", returns=returns)
    for returns in TYPES:
        yield function("pass", returns=returns)
        yield function("return i if o else u", returns=returns)


def _locals() -> Iterator[str]:
    for first, second in itertools.product(VALUES, ("o", "i", "u", "p8", "None", "True")):
        yield function(f"x = {first}", "y = x", f"x = {second}")
    for value in VALUES:
        yield function(f"x = {value}", "o(x)", f"i = {value}")
        yield function(f"del {value}" if value.isidentifier() and value not in ("None", "True") else "del x")


def _uses() -> Iterator[str]:
    for value in VALUES:
        for use in (
            "o({})", "o(1, {})", "o(k={})", "o.m({})", "x = [{}, 1]", "x = ({}, o)", "x = {{{}}}", "o.a = {}",
            "global g; g = {}", "raise {}", "o[{}]", "o[{}] = i", "o[i] = {}", "o[o] = {}", "o(*{})",
            "o(**{})", "return bool({})", "x = ptr8({})", "x = uint({}) + 1", "x = int({}) < 1",
        ):  # fmt: skip
            yield function(use.format(value))


_STATEMENTS = """\
x = y
y = 1
---
while y < 3:
    y = 1
---
for x in range(i): o(x)
---
for x in range(u): o(x)
---
for x in range(o): o(x)
---
for x in range(i, u): o(x)
---
for x in range(u, u, 2): o(x)
---
for x in range(1, 10, -2): x = o
---
for x in range(10): pass
x = o
---
for x in o: x = 1
---
for x in o:
    y = x
    i = y
---
try:
    x = 1
    x = o
except ValueError:
    y = 1
---
try: o()
except ValueError as e: o(e)
---
try:
    o()
except ValueError:
    x = i
finally:
    x = o
---
try: return 1
finally: o()
---
with o as x: x = 1
---
with o as x:
    y = x
    y = i
---
with o: return
---
x = [y for y in o]
---
x = (y for y in o)
---
x = [y + 1 for y in o]
---
x = lambda: 1
---
x = lambda a: a
---
def g(a): return a
o(g)
---
def g(a: int) -> int:
    return a
---
def g(a: int) -> int:
    return o
---
def g(): return x
x = 1
---
x = 1
def g(): return x
---
class A:
    x = o
---
import os
x = os.a
---
from os import a, b
x = a + b
---
import os
os = 1
---
import os.path as x
x = o
x = i
---
from os import a
a = i
---
def g(y=1): return o
x = g
x = o
---
def g(y=ptr(1)): return o
---
x = lambda y=i, *, z=1: o
x = o
x = 1
---
x = [o + y for y in o]
x = 1
---
x, y = o
x = 1
---
x, *y = o
y = 1
---
raise
---
raise o from o
---
yield
---
yield from o
---
x = int(int)
---
o(int)
---
o(ptr8)
---
o(ptr(1))
---
o(ptr8(i))
---
o.m(ptr32(0))
---
o(uint(1), bool(0))
---
[ptr(0)]
---
o[ptr(0)] = 1
---
o[ptr(0)]
---
int
---
x = 1 + [], -p, i @ i
---
x = [1 + o, -p, i @ i]
---
x = [1 + o,
  -p, i @ i]
---
i = (1 + o,
  -p)
---
if p:
    i = o
    u = o
else:
    u = i
u = 7
---
if 1 + o: i = o
---
if p: i = 1
u = o
---
while p:
    i = o
---
for x in range(o):
    x = o
---
for x in range(o):
    i = 7
    x = o
u = i
---
if i:
    if p:
        pass
    elif p8:
        u = 1
        u = o
i = u
---
def g():
    if 1 + []:
        x = 1
        x = []
---
x = i if o else u
x = o
---
x = o if o else i
x = 1
---
return
x = 1
x = o
---
x = (i < u) + 1
---
x = i.a + 1
---
o.a.b = i
o.c(i).d = u
---
x = o.a
x = i
---
x = i ** 2
---
x = (o + 1) ** (i + o)
---
x = not o
---
x = not (i in i)
---
x = i in i
---
x = not i < 1
---
x = i == i and u == u
x = 1
---
x = o and i and u
x = o
---
x = (i or u) + 1
---
x = (o or i) + 1
---
print(i if o else o, u)
x = i
x = o
---
global g
g = i
x = g + 1
---
nonlocal_ = i
o(nonlocal_, lambda: o)
---
(x := 1)
x = o
---
if (x := i) < 3: x = u
---
print(f"{i}")
---
x = "a" "b" + o
---
x = b"a" + i
---
x = ...
x = 1
---
x = None
x = None
x = 1
---
x = True
x = i < 2
x = 1
---
async_ = 1; x = async_ + o
---
x = 1; y = x + o; z = y
---
x: int = 1
x: object = o
"""

_WHOLE = """\
@micropython.viper
def f(*a, **b): pass
---
@micropython.viper
def f(*, a):
    a = []
    return a
---
@micropython.viper
def f(a, b=1): return a
---
@micropython.viper
def f(): return 1
---
@micropython.viper
def f() -> int: return 1
---
x = 1
@micropython.viper
def f() -> int:
    return x
---
@micropython.viper
def f(a: int, a2: uint) -> uint:
    a2 = a
    return a2
---
@micropython.viper
def f(a: int):
    @micropython.bytecode
    def g(): return 1 + []
    return a
---
@micropython.viper
def f(a: int) -> int:
    @micropython.viper
    def g(b: int) -> int:
        return b + []
    return a
---
class A:
    @micropython.viper
    def f(self, a: int) -> int:
        return a + self.x
---
class A:
    @micropython.viper
    def f(self, a: int) -> int:
        return a + int(self.x)
---
def outer(x):
    @micropython.viper
    def f(a: int) -> int:
        nonlocal x
        x = a
        return x
---
def outer(x):
    @micropython.viper
    def f(a: int) -> int:
        nonlocal x
        x = a
        return int(x) + a
---
@micropython.viper
def f(x):
    def g():
        return x
    return g()
---
@micropython.viper
def f(x):
    return [x for y in x]
---
@micropython.viper
def f(x):
    return (x for y in x)
---
@micropython.viper
def f():
    pass

@micropython.viper
def g():
    x = []
    x = 1
---
@micropython.viper
def f():
    def g():
        x = []
        x = 1
    y = []
    y = 1
"""
