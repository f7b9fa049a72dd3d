#include "kernel.h"
#define COUNT 160
static int SAMPLES[COUNT], OUT[COUNT];

KERNEL void biquad(const int *x, int *y, int n) {
    int x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (int i = 0; i < n; i++) {
        int v = x[i];
        int w = (1200 * v + 2400 * x1 + 1200 * x2 + 3300 * y1 - 1500 * y2) >> 12;
        x2 = x1;
        x1 = v;
        y2 = y1;
        y1 = w;
        y[i] = w;
    }
}

KERNEL int average(const int *y, int n) {
    int total = 0;
    for (int i = 0; i < n; i++) {
        total += y[i];
        if (i >= 8) {
            total -= y[i - 8];
        }
    }
    return total;
}

int run(int n) {
    if (SAMPLES[1] == 0) {
        for (int i = 0; i < COUNT; i++) {
            SAMPLES[i] = ((i * 1103 + 12345) >> 3 & 1023) + 512;
        }
    }
    int s = 0;
    for (int k = 0; k < n; k++) {
        SAMPLES[0] = k;
        biquad(SAMPLES, OUT, COUNT);
        s = (s * 3 + average(OUT, COUNT)) & 0xFFFFF;
    }
    return s;
}
