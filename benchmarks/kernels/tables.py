"""Tables that are tuples: a CRC by nibbles, letters of five columns, the steps of a machine of states."""
N = 4
CHECK = 123934

CRC = (
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
)  # fmt: skip
FONT = ((0x3E, 0x51, 0x49, 0x45, 0x3E), (0x00, 0x42, 0x7F, 0x40, 0x00), (0x42, 0x61, 0x51, 0x49, 0x46))
STEPS = ((1, 0, 2, 0), (1, 3, 2, 0), (0, 3, 2, 1), (3, 3, 0, 2))
DATA = bytes((i * 37 + 11) & 0xFF for i in range(200))


def crc16(data, crc):
    table = CRC
    for b in data:
        crc = ((crc << 4) & 0xFFFF) ^ table[(crc >> 12) ^ (b >> 4)]
        crc = ((crc << 4) & 0xFFFF) ^ table[(crc >> 12) ^ (b & 15)]
    return crc


def letter(out, at, c):
    for column in FONT[c % len(FONT)]:
        out[at] = column
        at += 1
    return at


def walk(data):
    state = 0
    for b in data:
        state = STEPS[state][b & 3]
    return state


class Clock:
    DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

    def __init__(self, day):
        self.day = day

    def month(self):
        month, left = 0, self.day
        while left > self.DAYS[month]:
            left -= self.DAYS[month]
            month += 1
        return month


def run(n):
    out = bytearray(100)
    total = 0
    for i in range(n):
        at = 0
        for c in DATA[:20]:
            at = letter(out, at, c)
        total += crc16(out, i) + walk(DATA) + Clock(250 + i).month()
    return total
