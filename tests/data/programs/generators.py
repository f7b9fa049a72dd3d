# Generators, comprehensions, async.
def count(n):
    i = 0
    while i < n:
        sent = yield i
        if sent:
            print("sent", sent)
        i += 1
    return "end"


def outer():
    r = yield from count(2)
    print("r", r)
    yield from [7, 8]
    return


print(list(outer()))
g = count(3)
next(g)
print(g.send("x"))
try:
    g.throw(ValueError("t"))
except ValueError as e:
    print("thrown", e)
print([x * y for x in range(3) for y in range(x) if x != y])
print({x % 3 for x in range(10)} == {0, 1, 2}, {k: v for k, v in zip("ab", (1, 2))}["b"])
print(sum(x * x for x in range(5) if x % 2), list(x for x in (y for y in range(3))))
print([[i * j for j in range(3)] for i in range(3)])
n = 5
print([n + i for i in range(2)], [(lambda: i)() for i in range(3)])


def closure_comp(k):
    return [k * i for i in range(3)], {i: [k for _ in range(i)] for i in range(2)}


print(closure_comp(3))
print([y := 1, y + 1], (z := 5) + z)
if (m := len("abc")) > 2:
    print("m", m)
print([last := c for c in "xyz"], last)


class Awaitable:
    def __init__(self, v):
        self.v = v

    def __iter__(self):
        r = yield self.v
        return r

    __await__ = __iter__


class AsyncRange:
    def __init__(self, n):
        self.n = n
        self.i = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.i >= self.n:
            raise StopAsyncIteration
        self.i += 1
        return await Awaitable(self.i)


class AsyncManager:
    async def __aenter__(self):
        print("aenter")
        return await Awaitable("m")

    async def __aexit__(self, *args):
        print("aexit", args[0].__name__ if args[0] else None)
        await Awaitable("bye")
        return True


async def work(n):
    total = 0
    async for i in AsyncRange(n):
        if i == 2:
            continue
        total += i
    else:
        print("loop else")
    async with AsyncManager() as m:
        print("in", m)
        raise KeyError
    async with AsyncManager():
        return total


def drive(coro):
    value = None
    try:
        while True:
            value = coro.send(value)
            print("yielded", value)
    except StopIteration as stop:
        return stop.value


print("result", drive(work(3)))
