# Displays, unpacking, deletion, sets and dicts.
a, *b, c = range(6)
print(a, b, c)
*x, y = "abc"
print(x, y)
(p, q), [r, *s] = (1, 2), [3, 4, 5]
print(p, q, r, s)
a, b = b, a
a, b, c = c, a, b
print(a, b, c)
i = j = k = []
i.append(1)
print(k)
d = {"a": 1, "b": {"c": [1, 2, {"d": 3}]}, (1, 2): "t", 5: None}
print(d["b"]["c"][2]["d"], d[1, 2], d[(1, 2)], 5 in d, d.get("zz", 0))
d["new"] = d.pop("a")
del d["b"]["c"][0]
print(sorted(map(str, d)), d["b"])
s = {1, 2, 3}
s.add(4)
print(sorted(s | {9}), sorted(s & {1, 9}), {1} <= s, len(set()))
t = (1,)
e = ()
print(t, e, (1, 2) + (3,), t * 3, ((1, 2), (3, (4,))), [[]] * 2, [(), {}, []])
m = [[0] * 3 for _ in range(2)]
m[1][2] = 5
print(m)
big = [
    1, 2, 3,
    4, 5, 6,
]
print(len(big), big[3], big[-1:])
def unpack():
    (a, b), c = (1, 2), 3
    [d, e] = "xy"
    for f, *g in [(1, 2, 3), (4,)]:
        print(f, g)
    return a, b, c, d, e
print(unpack())
def swap(l, i, j):
    l[i], l[j] = l[j], l[i]
    return l
print(swap([1, 2, 3], 0, 2))
print(dict(a=1, **{"b": 2})["b"])
try:
    a, b = [1, 2, 3]
except ValueError:
    print("ValueError")
x: int = 5
y: "undefined"
print(x)
