"""try in a loop: entered each time, an exception now and then, finally."""
N = 20
CHECK = 811

TABLE = {"a": 1, "c": 3, "d": 4}
KEYS = ("a", "b", "c", "d", "e", "1", "22")


def lookup(key):
    try:
        return TABLE[key]
    except KeyError:
        pass
    try:
        return int(key)
    except ValueError:
        return -1


def run(n):
    s = 0
    for k in range(n):
        for key in KEYS:
            try:
                s += lookup(key)
                if s & 15 == 7:
                    raise OSError(k)
            except OSError as e:
                s += e.args[0]
            finally:
                s += 1
    return s
