"""while with break and else: primes by trial division, digits, the longest Collatz path."""
N = 1
CHECK = 62111


def primes(limit):
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


def collatz(limit):
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
