#include "kernel.h"

KERNEL int bits(int v) {
    int count = 0;
    while (v) {
        v &= v - 1;
        count++;
    }
    return count;
}

KERNEL int reverse(int v) {
    int result = 0;
    for (int i = 0; i < 16; i++) {
        result = result << 1 | (v & 1);
        v >>= 1;
    }
    return result;
}

KERNEL int lfsr(int v) {
    if (v & 1) {
        return v >> 1 ^ 0xB400;
    }
    return v >> 1;
}

int run(int n) {
    int v = 0xACE1;
    int s = 0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < 4; k++) {
            v = lfsr(v);
        }
        s = (s + bits(v) * 5 + reverse(v)) & 0xFFFFF;
    }
    return s;
}
