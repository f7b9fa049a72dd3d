"""Bit banging: bytes shifted out and in, most significant bit first, over pins in a bytearray."""
import micropython
from micropython import const

N = 4
CHECK = 599760

CLOCK = const(0)
DATA = const(1)
PINS = bytearray(4)
MESSAGE = bytes((i * 53 + 7) & 0xFF for i in range(64))


@micropython.viper
def exchange(pins: ptr8, message: ptr8, n: int) -> int:
    device = 0x5A
    s = 0
    for i in range(n):
        value = message[i]
        result = 0
        for _ in range(8):
            pins[DATA] = value >> 7 & 1
            value = value << 1 & 0xFF
            pins[CLOCK] = 1
            if pins[DATA]:
                device ^= 0x1D
            result = result << 1 | (device >> 3 & 1)
            device = (device << 1 | device >> 7) & 0xFF
            pins[CLOCK] = 0
        s = (s * 5 + result) & 0xFFFFF
    return s


def run(n):
    s = 0
    for k in range(n):
        s = (s + exchange(PINS, MESSAGE, 64 - k)) & 0xFFFFF
    return s
