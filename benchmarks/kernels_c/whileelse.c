#include "kernel.h"

KERNEL int primes(int limit) {
    int count = 0;
    for (int n = 2; n < limit; n++) {
        int d = 2;
        while (d * d <= n && n % d != 0) {
            d++;
        }
        if (d * d > n) {
            count++;
        }
    }
    return count;
}

KERNEL int collatz(int limit) {
    int best = 0;
    for (int start = 1; start < limit; start++) {
        int n = start;
        int steps = 0;
        while (n != 1) {
            if (n & 1) {
                n = 3 * n + 1;
            } else {
                n >>= 1;
            }
            steps++;
        }
        if (steps > best) {
            best = steps;
        }
    }
    return best;
}

int run(int n) {
    return primes(300 * n) * 1000 + collatz(40 * n);
}
