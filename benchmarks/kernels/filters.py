"""Fixed-point filters over samples: a biquad IIR section in Q12, then a moving average."""
N = 4
CHECK = 724360

COUNT = 160
SAMPLES = [((i * 1103 + 12345) >> 3 & 1023) + 512 for i in range(COUNT)]
OUT = [0] * COUNT


def biquad(x, y, n):
    x1 = x2 = y1 = y2 = 0
    for i in range(n):
        v = x[i]
        w = (1200 * v + 2400 * x1 + 1200 * x2 + 3300 * y1 - 1500 * y2) >> 12
        x2 = x1
        x1 = v
        y2 = y1
        y1 = w
        y[i] = w


def average(y, n):
    total = 0
    for i in range(n):
        total += y[i]
        if i >= 8:
            total -= y[i - 8]
    return total


def run(n):
    s = 0
    for k in range(n):
        SAMPLES[0] = k
        biquad(SAMPLES, OUT, COUNT)
        s = (s * 3 + average(OUT, COUNT)) & 0xFFFFF
    return s
