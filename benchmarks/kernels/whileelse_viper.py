"""while with break and else: primes by trial division, digits, the longest Collatz path."""
import micropython

N = 1
CHECK = 62111


@micropython.viper
def primes(limit: int) -> int:
    count = 0
    n = 2
    while n < limit:
        d = 2
        while d * d <= n:
            if n % d == 0:
                break
            d += 1
        else:
            count += 1
        n += 1
    return count


@micropython.viper
def collatz(limit: int) -> int:
    best = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            if n & 1:
                n = 3 * n + 1
            else:
                n >>= 1
            steps += 1
        if steps > best:
            best = steps
    return best


def run(n):
    return primes(300 * n) * 1000 + collatz(40 * n)
