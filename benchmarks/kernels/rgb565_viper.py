"""RGB565 pixels: blend two lines, channel by channel, and count how many are bright."""
import micropython
from array import array

N = 6
CHECK = 501578

WIDTH = 160
A = array("H", [(i * 2654435 + 12345) & 0xFFFF for i in range(WIDTH)])
B = array("H", [(i * 40503 + 999) & 0xFFFF for i in range(WIDTH)])
OUT = array("H", [0] * WIDTH)


@micropython.viper
def blend(out: ptr16, a: ptr16, b: ptr16, n: int, weight: int) -> int:
    bright = 0
    for i in range(n):
        p = a[i]
        q = b[i]
        red = ((p >> 11) * weight + (q >> 11) * (32 - weight)) >> 5
        green = ((p >> 5 & 63) * weight + (q >> 5 & 63) * (32 - weight)) >> 5
        blue = ((p & 31) * weight + (q & 31) * (32 - weight)) >> 5
        out[i] = red << 11 | green << 5 | blue
        if red + (green >> 1) + blue > 48:
            bright += 1
    return bright


def run(n):
    s = 0
    for k in range(n):
        s = (s * 7 + blend(OUT, A, B, WIDTH, k * 5 & 31) + OUT[k]) & 0xFFFFF
    return s
