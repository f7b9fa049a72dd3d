"""Closures: counters that share a cell, functions made in a loop, a fold with a lambda."""
N = 60
CHECK = 16170


def counter(step):
    total = 0

    def add(x):
        nonlocal total
        total += x * step
        return total

    def read():
        return total

    return add, read


def compose(f, g):
    return lambda x: f(g(x))


def run(n):
    s = 0
    for k in range(n):
        add, read = counter(k & 7)
        for i in range(10):
            add(i)
        twice = compose(lambda x: x * 2, lambda x: x + k)
        s = (s + read() + twice(k)) & 0xFFFFF
    return s
