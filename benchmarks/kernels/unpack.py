"""Tuples: made, returned, unpacked, swapped; zip, enumerate and pairs in a list."""
N = 12
CHECK = 15636


def divide(a, b):
    return a // b, a % b


def turn(p):
    x, y = p
    return -y, x


def run(n):
    pairs = [(i, i * i % 17) for i in range(20)]
    s = 0
    a, b = 0, 1
    for k in range(n):
        for x, y in pairs:
            q, r = divide(x * 5 + k, y + 1)
            s += q - r
            a, b = b, (a + b) & 0xFFF
        for i, (x, y) in enumerate(pairs):
            u, v = turn((x, y))
            s += u * i + v
        first, *rest = pairs[k % 20]
        s += first + rest[0] + a
    return s & 0xFFFFF
