"""Bit tricks: counting bits, reversing them, a linear feedback shift register."""
N = 40
CHECK = 389976


def bits(v):
    count = 0
    while v:
        v &= v - 1
        count += 1
    return count


def reverse(v):
    result = 0
    for _ in range(16):
        result = result << 1 | v & 1
        v >>= 1
    return result


def lfsr(v):
    if v & 1:
        return v >> 1 ^ 0xB400
    return v >> 1


def run(n):
    v = 0xACE1
    s = 0
    for _ in range(n):
        for _ in range(4):
            v = lfsr(v)
        s = (s + bits(v) * 5 + reverse(v)) & 0xFFFFF
    return s
