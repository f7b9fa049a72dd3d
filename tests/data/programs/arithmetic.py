# Operators, folding, integers of all sizes, floats.
a, b = 7, 4
print(a + b, a - b, a * b, a / b, a // b, a % b, a**b, -a // b, -a % b, a << b, a >> 1, a & b, a | b, a ^ b, ~a)
print(1 + 2 * 3 - 4 // 3 % 5, (1 << 70) + 1, 2**100 - 1, -(2**63), 0xFFFF_FFFF_FFFF, 0b1010, 0o777)
print(1073741823, 1073741824, -1073741824, -1073741825, 4611686018427387904, 10**20 // 7, -(10**20) % 7)
print(1.5 + 2, 0.5 * 4, 7 / 2, 1e3, 2.0**3, 10.0 // 4, -7.5 % 2)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 != 2, not 0, not 1, 3 in (1, 2, 3), 3 not in [1], None is None, 1 is not None)
print(0 or "x", "" or 0 or None, 1 and 2, 1 and 0 and 3, 5 if a > b else 6, not (a and 0))
x = 5
x += 2; x -= 1; x *= 6; x //= 5; x **= 2; x %= 30; x <<= 3; x >>= 1; x |= 1; x &= 0xFF; x ^= 2
print(x)
x /= 2
print(x)
data = [1, 2, 3]
data[0] += 10
data[-1] *= 5
print(data)


class Box:
    n = 1


box = Box()
box.n += 41
print(box.n, Box.n)
print(True + True, ~True + 5, -True)
print(((1, 2.5, "s", b"b", None, True, ..., (3, -4)))[7], (-1, +1, ~1))
print(abs(-3), divmod(-7, 2), min(3, 1, 2), max("a", "c"), sum((1, 2, 3)), pow(3, 4), round(2.6))
