"""A small RGB565 framebuffer whose loops are viper code: fill, rectangles, lines, blitting with a key colour.

Pixels are 16-bit words, red in the upper five bits. What is outside of the screen is clipped in Python, so
that the viper loops need not look.
"""

import micropython
from micropython import const

BLACK = const(0x0000)
WHITE = const(0xFFFF)
RED = const(0xF800)
GREEN = const(0x07E0)
BLUE = const(0x001F)


def rgb(red, green, blue):
    """A pixel from channels of 0 to 255."""
    return (red & 0xF8) << 8 | (green & 0xFC) << 3 | blue >> 3


@micropython.viper
def _fill(pixels: ptr16, start: int, width: int, height: int, stride: int, colour: int):
    for _ in range(height):
        for x in range(start, start + width):
            pixels[x] = colour
        start += stride


@micropython.viper
def _blit(to: ptr16, start: int, stride: int, source: ptr16, skip: int, width: int, height: int, key: int):
    """Copy a rectangle, all pixels of which are inside of both; ``skip`` is the source's first pixel."""
    source_stride = width
    at = skip
    for _ in range(height):
        for x in range(width):
            colour = source[at + x]
            if colour != key:
                to[start + x] = colour
        start += stride
        at += source_stride


@micropython.viper
def _line(pixels: ptr16, stride: int, height: int, x: int, y: int, x1: int, y1: int, colour: int):
    """Bresenham's line, both ends included; points outside are left out."""
    dx = x1 - x
    step_x = 1
    if dx < 0:
        dx = -dx
        step_x = -1
    dy = y1 - y
    step_y = 1
    if dy < 0:
        dy = -dy
        step_y = -1
    error = dx - dy
    while True:
        if x >= 0 and x < stride and y >= 0 and y < height:
            pixels[y * stride + x] = colour
        if x == x1 and y == y1:
            return
        twice = error << 1
        if twice > -dy:
            error -= dy
            x += step_x
        if twice < dx:
            error += dx
            y += step_y


class Framebuffer:
    """``width`` by ``height`` pixels in one bytearray, ``buffer``, as displays want them."""

    def __init__(self, width, height):
        self.width = width
        self.height = height
        self.buffer = bytearray(width * height * 2)

    def fill(self, colour):
        """All pixels."""
        _fill(self.buffer, 0, self.width * self.height, 1, 0, colour)

    def rectangle(self, x, y, width, height, colour):
        """A filled rectangle, as far as it is on the screen."""
        x1, y1 = min(x + width, self.width), min(y + height, self.height)
        x, y = max(x, 0), max(y, 0)
        if x < x1 and y < y1:
            _fill(self.buffer, y * self.width + x, x1 - x, y1 - y, self.width, colour)

    def line(self, x, y, x1, y1, colour):
        _line(self.buffer, self.width, self.height, x, y, x1, y1, colour)

    def blit(self, sprite, x, y, key=-1):
        """Another framebuffer, rows off the screen left out. Pixels of the colour ``key`` are clear."""
        if x < 0 or x + sprite.width > self.width:
            raise ValueError("a sprite must be within the columns")
        first, last = max(0, -y), min(sprite.height, self.height - y)
        if first < last:
            start = (y + first) * self.width + x
            skip = first * sprite.width
            _blit(self.buffer, start, self.width, sprite.buffer, skip, sprite.width, last - first, key)

    def pixel(self, x, y):
        at = (y * self.width + x) * 2
        return self.buffer[at] | self.buffer[at + 1] << 8


def main(show=print):
    """Draw a ball over a crossed-out sky."""
    screen = Framebuffer(24, 10)
    screen.fill(BLUE)
    screen.rectangle(-3, 7, 40, 9, GREEN)
    screen.line(0, 0, 23, 9, WHITE)
    screen.line(23, -2, 0, 12, RED)
    ball = Framebuffer(5, 5)
    ball.fill(BLACK)
    ball.rectangle(1, 0, 3, 5, WHITE)
    ball.rectangle(0, 1, 5, 3, WHITE)
    ball.rectangle(2, 2, 1, 1, RED)
    screen.blit(ball, 3, 4, BLACK)
    screen.blit(ball, 17, -2, BLACK)
    show(screen)
    return screen


if __name__ == "__main__":
    main(lambda screen: None)
