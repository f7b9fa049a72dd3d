"""The Mandelbrot set in floats, a small picture."""
N = 1
CHECK = 1739


def pixel(x, y, limit):
    a = 0.0
    b = 0.0
    for i in range(limit):
        aa = a * a
        bb = b * b
        if aa + bb > 4.0:
            return i
        b = 2.0 * a * b + y
        a = aa - bb + x
    return limit


def run(n):
    s = 0
    for k in range(n):
        for row in range(8):
            for column in range(16):
                s += pixel(column / 8 - 1.5, row / 8 - 0.5, 16)
    return s
