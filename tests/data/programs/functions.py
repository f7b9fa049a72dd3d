# Parameters of every kind, closures, recursion, lambdas, decorators.
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, sorted(kw.items())


print(f(1, c=3))
print(f(1, 2, 3, 4, c=5, d=6, e=7))
print(f(*[1, 2, 3], **{"c": 9, "z": 0}))
print(f(1, *(2,), c=3, **{"q": 1}))


def keyword_only(*, a, b=5):
    return a + b


print(keyword_only(a=1), keyword_only(b=1, a=2))


def counter(start):
    n = start

    def step(by=1):
        nonlocal n
        n += by
        return n

    def reset():
        nonlocal n
        n = start

    return step, reset


step, reset = counter(10)
print(step(), step(5), step())
reset()
print(step())


def deep(a):
    def two(b):
        def three(c):
            return lambda d: (a, b, c, d)

        return three

    return two


print(deep(1)(2)(3)(4))


def trace(prefix):
    def wrap(fn):
        def inner(*args, **kw):
            print(prefix, fn.__name__ if hasattr(fn, "__name__") else "", len(args), len(kw))
            return fn(*args, **kw)

        return inner

    return wrap


@trace("outer")
@trace("inner")
def add(x, y=0):
    return x + y


print(add(1, y=2))
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3))
fib = lambda n: n if n < 2 else fib(n - 1) + fib(n - 2)
print([fib(i) for i in range(10)])


def default_is_shared(x, acc=[]):
    acc.append(x)
    return acc


default_is_shared(1)
print(default_is_shared(2))
g = 1


def set_global():
    global g, made
    g = 2
    made = "made"


set_global()
print(g, made)
fs = [lambda i=i: i * i for i in range(4)]
print([h() for h in fs])
try:
    f()
except TypeError:
    print("TypeError")


def unbound():
    try:
        print(later)
    except NameError:
        print("NameError")
    later = 1
    del later
    try:
        later
    except NameError:
        print("NameError again")


unbound()


def many_locals():
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 = range(10)
    b0, b1, b2, b3, b4, b5, b6, b7, b8, b9 = range(10, 20)
    c = [a0, a9, b0, b5, b6, b7, b8, b9]
    b9 += a9
    del b8
    return c, b9, (lambda: b7 + a0)()


print(many_locals())
