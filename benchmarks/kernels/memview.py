"""memoryview: slices without copies, a checksum of each, words copied over."""
N = 6
CHECK = 25469

BUFFER = bytearray(256)


def checksum(view):
    low = 1
    high = 0
    for v in view:
        low = (low + v) % 251
        high = (high + low) % 251
    return high << 8 | low


def run(n):
    for i in range(256):
        BUFFER[i] = (i * 29 + 3) & 0xFF
    view = memoryview(BUFFER)
    s = 0
    for k in range(n):
        for at in range(0, 256, 64):
            part = view[at : at + 48]
            s = (s * 3 + checksum(part)) & 0xFFFFF
            part[0] = k
        view[0:16] = view[32:48]
    return s
