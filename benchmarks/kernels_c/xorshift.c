#include "kernel.h"

KERNEL uint32_t histogram(uint32_t seed, int count, int *bins) {
    uint32_t x = seed;
    for (int i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        bins[x >> 28] += 1;
    }
    return x;
}

int run(int n) {
    uint32_t s = 0;
    for (int k = 0; k < n; k++) {
        int bins[16] = {0};
        uint32_t x = histogram(2463534242 + k, 1000, bins);
        s = (s * 5 + (x & 0xFFFF) + bins[0] + bins[k]) & 0xFFFFF;
    }
    return s;
}
