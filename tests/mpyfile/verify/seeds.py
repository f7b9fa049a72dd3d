"""Small programs that between them use every opcode; the attack starts from what they compile to."""

from __future__ import annotations

SEEDS: dict[str, str] = {
    "names": """
x = 1
y = 'text'
def f(a, b=2, *c, d=3, **e):
    global x
    x = a + b
    del x
    x = len(c) + d
    return x, e
def g(o):
    o.p = 1
    del o.p
    o[0] = o[1]
    del o[0]
    return o[1:2], o[::2]
print(f(1), f(1, 2, 3, d=4, z=5), g([1, 2, 3]))
""",
    "closures": """
def outer(a):
    b = 1
    def inner(c, d=2, *, e=3):
        nonlocal b
        b += a
        return lambda: (a, b, c, d, e)
    def other():
        nonlocal b
        del b
        return a
    return inner(5)(), other
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
c = counter()
print(outer(1)[0], c(), c())
""",
    "classes": """
class A:
    k = [i for i in range(3)]
    def __init__(self, v):
        self.v = v
    def m(self, x=1):
        return self.v + x
class B(A):
    def __init__(self):
        super().__init__(7)
    def m(self, x=2):
        return super().m(x) * 2
    @property
    def p(self):
        return __class__
b = B()
print(b.m(), b.p is B, A.k)
""",
    "loops": """
def f(n):
    s = 0
    for i in range(n):
        if i == 3:
            continue
        if i == 8:
            break
        s += i
    else:
        s = -s
    for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]:
        s += a + b + len(c)
    while s < 100:
        s = s * 2 or 1
        if s == 50: break
    return s
def g(it):
    r = []
    for x in it:
        for y in it:
            if x == y: break
            r.append((x, y))
    return r
print(f(10), f(2), g([1, 2, 3]), g('abc'))
""",
    "tries": """
def f(x):
    r = []
    for i in range(4):
        try:
            if i == x: continue
            if i == x + 1: break
            r.append(10 // i)
        except ZeroDivisionError as e:
            r.append(str(e))
            if x == 9: return 'nine'
        except (TypeError, ValueError):
            raise
        else:
            r.append('else')
        finally:
            r.append('finally')
            if x == 8: return r
            for k in (1, 2):
                if x == 7: return k
    try:
        try:
            r[99]
        finally:
            try:
                {}['k']
            except KeyError:
                r.append('key')
    except IndexError as e:
        r.append(type(e))
        if x: raise RuntimeError('x') from e
    return r
print(f(0))
for n in range(10):
    try: f(n)
    except RuntimeError: pass
""",
    "withs": """
class C:
    def __init__(self, swallow): self.s = swallow
    def __enter__(self): return self
    def __exit__(self, a, b, c): return self.s
def f(x):
    for i in range(3):
        with C(True) as c, C(x):
            if i == 0: continue
            if i == x: break
            if x == 5: return c
            raise ValueError(i)
    with C(False):
        try:
            return 1
        finally:
            with C(True):
                x += 1
                if x == 3: return 2
    return x
print(f(0), f(1), f(2))
""",
    "generators": """
def g(n):
    try:
        for i in range(n):
            x = yield i
            if x: yield x
    except GeneratorExit:
        yield 'no'
    finally:
        print('end')
def h(it):
    r = yield from g(2)
    yield from it
    return r
def k():
    while True:
        try:
            yield (yield 1)
        except ValueError:
            yield 2
            return 3
print(list(h([5, 6])))
print([a for a in (b * 2 for b in range(3)) if a], {a: b for a, b in [(1, 2)]}, {q for q in 'ab'})
""",
    "async": """
class M:
    def __init__(self, s): self.s = s
    async def __aenter__(self): return self
    async def __aexit__(self, a, b, c): return self.s
class I:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 3: raise StopAsyncIteration
        return self.n
async def f(x):
    r = []
    async for i in I():
        async with M(x) as m, M(False):
            if i == 1: continue
            if i == 3: break
            if x == 2: return r
            r.append(i)
            if x: raise ValueError
    return r
def run(c):
    try:
        while True: c.send(None)
    except StopIteration as e: return e.value
print(run(f(False)), run(f(2)))
try: run(f(True))
except ValueError: pass
""",
    "calls": """
def f(*a, **k): return a, k
def call(g, *a, **k):
    return g(1, *a, 2, x=3, **k)
class O:
    def m(self, *a, **k): return a, k
o = O()
print(f(1, 2, z=3), call(f, 4, 5, y=6), call(o.m, 7), o.m(1, *[2], **{'a': 3}))
big = 123456789012345678901234567890
t = (1, 2.5, 'a longer string constant', b'bytes', None, (True, ...))
def kw(a, *, b, c=4): return a, b, c
print(kw(1, b=2), [1, [2]], {3, 4}, {'a': 1, 'b': big}, t, -5, 1000, not t, ~5, 'a' in 'abc', t is not big)
""",
    "imports": """
import sys
from sys import version as v, path
import collections
from collections import namedtuple
def f():
    import gc
    from sys import implementation
    return gc, implementation
P = namedtuple('P', 'a b')
print(P(1, 2), len(v) > 0, f()[1][0])
""",
    "operators": """
def f(a, b):
    r = [a + b, a - b, a * b, a // b, a % b, a ** 2, a & b, a | b, a ^ b, a << 1, a >> 1, a / b]
    a += b; a -= 1; a *= 2; a //= 3; a %= 100; a **= 1; a &= 255; a |= 1; a ^= 2; a <<= 1; a >>= 1
    r += [a < b, a > b, a <= b, a >= b, a == b, a != b, a < b < 5, a and b, a or b, not a]
    x = a if b else r
    l = [0] * 3
    l[1], l[2] = l[2], l[1]
    l[0] += 1
    return r, x, l, f'{a!r} {b:>3}'
print(f(7, 3), f(2, 1))
try:
    assert f(1, 1) is None, 'message'
except AssertionError: pass
""",
    "locals": """
def f(a0):
    a1 = a0; a2 = a1; a3 = 3; a4 = 4; a5 = 5; a6 = 6; a7 = 7; a8 = 8; a9 = 9
    b0 = 0; b1 = 1; b2 = 2; b3 = 3; b4 = 4; b5 = 5; b6 = 6; b7 = 7; b8 = 8; b9 = 9
    del b8
    c = [b7, b9, b6]
    def g(): return b9, c
    try:
        print(b8)
    except NameError:
        b8 = 300
    return g() + (a9, b8, -70, 70000)
print(f(1))
""",
}
