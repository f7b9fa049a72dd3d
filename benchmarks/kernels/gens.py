"""Generators: a chain of three, yield from over a tree, and one that is sent values."""
N = 25
CHECK = 10750


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def odd(items):
    for x in items:
        if x & 1:
            yield x


def squares(items):
    for x in items:
        yield x * x


def walk(tree):
    for x in tree:
        if isinstance(x, tuple):
            yield from walk(x)
        else:
            yield x


def averager():
    total = 0
    count = 0
    average = 0
    while True:
        total += yield average
        count += 1
        average = total // count


TREE = (1, (2, 3, (4, 5)), (6, (7,)), 8)


def run(n):
    s = 0
    for k in range(n):
        for x in squares(odd(numbers(12))):
            s += x
        for x in walk(TREE):
            s += x
        g = averager()
        next(g)
        for i in range(8):
            s += g.send(i + k)
    return s & 0xFFFFF
