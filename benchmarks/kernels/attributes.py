"""Attributes: a loop that reads and writes fields of an object, and of its class."""
N = 8
CHECK = 590


class Particle:
    gravity = -3
    count = 0

    def __init__(self, x, v):
        self.x = x
        self.v = v
        self.bounces = 0

    def step(self):
        self.v += self.gravity
        self.x += self.v
        if self.x < 0:
            self.x = -self.x
            self.v = -self.v * 3 // 4
            self.bounces += 1
        Particle.count += 1


def run(n):
    s = 0
    Particle.count = 0
    for k in range(n):
        p = Particle(50 + k, 0)
        for _ in range(60):
            p.step()
        s += p.x + p.v + p.bounces
    return (s + Particle.count) & 0xFFFFF
