#include "kernel.h"
#define COUNT 200
static uint16_t DATA[COUNT], SUMS[COUNT], BINS[16];

KERNEL void prefix(const uint16_t *data, uint16_t *sums, int n) {
    int total = 0;
    for (int i = 0; i < n; i++) {
        total = (total + data[i]) & 0xFFFF;
        sums[i] = total;
    }
}

KERNEL void histogram(const uint16_t *data, uint16_t *bins, int n) {
    for (int i = 0; i < n; i++) {
        bins[data[i] >> 12] += 1;
    }
}

KERNEL int largest_step(const uint16_t *data, int n) {
    int best = 0;
    for (int i = 1; i < n; i++) {
        int step = data[i] - data[i - 1];
        if (step < 0) {
            step = -step;
        }
        if (step > best) {
            best = step;
        }
    }
    return best;
}

int run(int n) {
    if (DATA[0] == 0) {
        for (int i = 0; i < COUNT; i++) {
            DATA[i] = (i * 40503 + 77) & 0xFFFF;
        }
    }
    for (int i = 0; i < 16; i++) {
        BINS[i] = 0;
    }
    int s = 0;
    for (int k = 0; k < n; k++) {
        prefix(DATA, SUMS, COUNT - k);
        histogram(SUMS, BINS, COUNT - k);
        s = (s * 3 + largest_step(SUMS, COUNT - k) + BINS[k]) & 0xFFFFF;
    }
    return s;
}
