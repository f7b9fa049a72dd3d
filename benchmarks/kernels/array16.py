"""Loops over array('H'): a prefix sum, a histogram, the largest step."""
from array import array

N = 4
CHECK = 308063

COUNT = 200
DATA = array("H", [(i * 40503 + 77) & 0xFFFF for i in range(COUNT)])
SUMS = array("H", [0] * COUNT)
BINS = array("H", [0] * 16)


def prefix(data, sums, n):
    total = 0
    for i in range(n):
        total = (total + data[i]) & 0xFFFF
        sums[i] = total


def histogram(data, bins, n):
    for i in range(n):
        bins[data[i] >> 12] += 1


def largest_step(data, n):
    best = 0
    for i in range(1, n):
        step = data[i] - data[i - 1]
        if step < 0:
            step = -step
        if step > best:
            best = step
    return best


def run(n):
    s = 0
    for i in range(16):
        BINS[i] = 0
    for k in range(n):
        prefix(DATA, SUMS, COUNT - k)
        histogram(SUMS, BINS, COUNT - k)
        s = (s * 3 + largest_step(SUMS, COUNT - k) + BINS[k]) & 0xFFFFF
    return s
