"""Random numbers by xorshift32, counted by their uppermost bits. On a 32-bit target they do not fit a small int."""
N = 6
CHECK = 664251


def histogram(seed, count, bins):
    x = seed
    for _ in range(count):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        bins[x >> 28] += 1
    return x


def run(n):
    s = 0
    for k in range(n):
        bins = [0] * 16
        x = histogram(2463534242 + k, 1000, bins)
        s = (s * 5 + (x & 0xFFFF) + bins[0] + bins[k]) & 0xFFFFF
    return s
