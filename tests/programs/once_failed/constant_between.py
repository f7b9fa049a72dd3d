# A constant stands within a stretch of inline code, and is wanted behind it.
def choose(x, y, z):
    flags = 2 | (0 if y else 4) | (1 if z else 0)
    i = 0
    if x:
        i = len(x)
        try:
            y = x[0].missing
        except AttributeError:
            y = 125
    return i, flags


print(choose("", 1, 0), choose("abc", 0, 1))
