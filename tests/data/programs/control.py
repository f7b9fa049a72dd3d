# Loops with else, break and continue through try and with, nested.
for i in range(5):
    if i == 3:
        break
    if i == 1:
        continue
    print("for", i)
else:
    print("never")
for i in range(10, 0, -3):
    print(i, end=" ")
else:
    print("done")
n = 0
while True:
    n += 1
    try:
        if n < 3:
            continue
        if n == 5:
            break
        print("body", n)
    finally:
        print("finally", n)
while n:
    n -= 2
    if n < 0:
        break
else:
    print("not here")


class Manager:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, value, trace):
        print("exit", self.name, kind.__name__ if kind else None)
        return self.swallow


for i in range(3):
    with Manager("a") as a, Manager("b") as b:
        if i == 1:
            continue
        if i == 2:
            break
        print(a, b, i)


def early(n):
    for i in range(n):
        with Manager("r%d" % i):
            try:
                if i == 1:
                    return i
            finally:
                print("leaving", i)
    return None


print(early(5), early(1))
with Manager("swallow", True):
    raise ValueError(1)
for x in [1, 2]:
    for y in [3, 4]:
        for z in range(2):
            if z:
                break
            print(x, y, z)
        else:
            continue
        if y == 4:
            break
lst = [i for i in range(3)]
for lst[0] in (7, 8):
    pass
print(lst)
for i, (j, k) in enumerate([(1, 2), (3, 4)]):
    print(i, j, k)
if 0:
    print("no")
elif "":
    print("no")
elif 1:
    print("yes")
else:
    print("no")
