"""Sorting in Python: insertion sort, then a heap sort, on lists of integers."""
N = 3
CHECK = 477963

SIZE = 60


def insertion(items):
    for i in range(1, len(items)):
        value = items[i]
        j = i - 1
        while j >= 0 and items[j] > value:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = value


def sift(items, start, end):
    root = start
    while root * 2 + 1 < end:
        child = root * 2 + 1
        if child + 1 < end and items[child] < items[child + 1]:
            child += 1
        if items[root] >= items[child]:
            return
        items[root], items[child] = items[child], items[root]
        root = child


def heap(items):
    n = len(items)
    for start in range(n // 2 - 1, -1, -1):
        sift(items, start, n)
    for end in range(n - 1, 0, -1):
        items[0], items[end] = items[end], items[0]
        sift(items, 0, end)


def run(n):
    s = 0
    for k in range(n):
        a = [(i * 7919 + k * 31) % 1009 for i in range(SIZE)]
        b = a[::-1]
        insertion(a)
        heap(b)
        for i in range(SIZE):
            s = (s * 31 + a[i] - b[i] + a[i]) & 0xFFFFF
    return s
