# MicroPython's own: const(), dead code and __debug__.
from micropython import const

A = const(10)
_B = const(A * 3 + 1)
_C = const(1 << 40)
_S = const("text")
_T = const((1, A, "x", (2.5, None)))
D = A + _B


def f(x):
    if _B > 100:
        return "dead"
    while not A:
        x += 1
    return x + _B + _C, _S, _T


print(A, D, f(1))
if __debug__:
    print("debug")
if A and not _B:
    print("never")
print(_B if 1 else 2, "_B" in globals(), "A" in globals())


class K:
    X = const(7)

    def get(self):
        return self.X


print(K.X, K().get())
for i in range(_B, _B + 3):
    print(i, end=" ")
print()

