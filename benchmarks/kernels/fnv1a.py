"""FNV-1a over bytes: a product of 32 bits for each byte. On a 32-bit target the values do not fit a small int."""
N = 12
CHECK = 583955

MSG = bytearray((i * 29 + 3) & 0xFF for i in range(1024))


def fnv1a(data):
    h = 0x811C9DC5
    for c in data:
        h = ((h ^ c) * 0x01000193) & 0xFFFFFFFF
    return h


def run(n):
    s = 0
    for k in range(n):
        MSG[0] = k
        h = fnv1a(MSG)
        s = (s * 3 + (h ^ (h >> 16))) & 0xFFFFF
    return s
