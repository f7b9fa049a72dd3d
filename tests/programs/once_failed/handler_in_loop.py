# The body of the try always raises: the variable's value comes back to the loop from the handler alone.
import micropython


@micropython.viper
def words(n: int) -> int:
    value = 237
    i = 0
    while i < n:
        i += 1
        try:
            value = i * 5
            raise ValueError
        except ValueError:
            pass
    return value


def objects(n):
    value = 237
    while n:
        n -= 1
        try:
            value = n + 40
            raise ValueError
        except ValueError:
            pass
    return value


print(words(0), words(3), objects(0), objects(3))
