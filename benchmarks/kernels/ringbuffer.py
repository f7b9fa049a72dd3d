"""A ring buffer on a bytearray, in a class: put, get, wrap around."""
N = 8
CHECK = 543508


class Ring:
    def __init__(self, size):
        self.data = bytearray(size)
        self.size = size
        self.head = 0
        self.tail = 0

    def put(self, value):
        following = (self.head + 1) % self.size
        if following == self.tail:
            return False
        self.data[self.head] = value
        self.head = following
        return True

    def get(self):
        if self.tail == self.head:
            return -1
        value = self.data[self.tail]
        self.tail = (self.tail + 1) % self.size
        return value


def run(n):
    ring = Ring(16)
    s = 0
    for k in range(n):
        for i in range(24):
            if not ring.put((i * 11 + k) & 0xFF):
                s += 1
            if i % 3 == 0:
                s += ring.get()
        while True:
            value = ring.get()
            if value < 0:
                break
            s = (s * 3 + value) & 0xFFFFF
    return s
