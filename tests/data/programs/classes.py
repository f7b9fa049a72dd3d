# Classes, inheritance, super, properties, special methods.
class A:
    """Doc."""

    count = 0
    names = [n for n in ("x", "y")]

    def __init__(self, v=1):
        self.v = v
        A.count += 1

    def who(self):
        return "A%d" % self.v

    @property
    def double(self):
        return self.v * 2

    @staticmethod
    def static(x):
        return x + 1

    @classmethod
    def make(cls, v):
        return cls(v)

    def __add__(self, other):
        return A(self.v + other.v)

    def __eq__(self, other):
        return self.v == other.v

    def __hash__(self):
        return hash(self.v)

    def __getitem__(self, i):
        return (self.v, i)

    def __setitem__(self, i, x):
        print("set", i, x)

    def __delitem__(self, i):
        print("del", i)

    def __len__(self):
        return 3

    def __contains__(self, x):
        return x == self.v

    def __call__(self, *args, **kw):
        return args, kw

    def __iter__(self):
        return iter((1, 2, self.v))

    def __str__(self):
        return "<A %d>" % self.v

    def __bool__(self):
        return self.v != 0


class B(A):
    def __init__(self, v, w):
        super().__init__(v)
        self.w = w

    def who(self):
        return "B" + super().who() + "/" + super(B, self).who()

    def nested(self):
        def inner():
            return __class__.__name__

        return inner()


a, b = A(3), B(4, 5)
print(a.who(), b.who(), b.nested(), a.double, b.double, A.static(1), A.make(7).v, A.count)
print((a + b).v, a == A(3), a == b, a[1], a[1:2], len(a), 3 in a, 9 in a, a(1, k=2), list(a), str(a), bool(A(0)))
a["k"] = 5
del a["k"]
print(isinstance(b, A), issubclass(B, A), hasattr(a, "nope"), getattr(b, "w"), A.names)
setattr(a, "z", 1)
del a.z
print(hasattr(a, "z"))


class C:
    x = 1
    y = x + 1

    class Inner:
        z = 5

        def f(self):
            return self.z

    def g(self, x=y):
        return x


print(C.y, C.Inner().f(), C().g())


def factory(base, val):
    class Made(base):
        attr = val

        def get(self):
            return self.attr, val

    return Made


print(factory(C, 9)().get())


class E(Exception):
    def __init__(self, code):
        super().__init__("code", code)
        self.code = code


try:
    raise E(5)
except E as e:
    print(e.code, e.args)
print(A.__name__, type(b).__name__, B.__module__ == __name__ if hasattr(B, "__module__") else True)
