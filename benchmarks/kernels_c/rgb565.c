#include "kernel.h"
#define WIDTH 160
static uint16_t A[WIDTH], B[WIDTH], OUT[WIDTH];

KERNEL int blend(uint16_t *out, const uint16_t *a, const uint16_t *b, int n, int weight) {
    int bright = 0;
    for (int i = 0; i < n; i++) {
        int p = a[i];
        int q = b[i];
        int red = ((p >> 11) * weight + (q >> 11) * (32 - weight)) >> 5;
        int green = ((p >> 5 & 63) * weight + (q >> 5 & 63) * (32 - weight)) >> 5;
        int blue = ((p & 31) * weight + (q & 31) * (32 - weight)) >> 5;
        out[i] = red << 11 | green << 5 | blue;
        if (red + (green >> 1) + blue > 48) {
            bright++;
        }
    }
    return bright;
}

int run(int n) {
    if (A[0] == 0) {
        for (int i = 0; i < WIDTH; i++) {
            A[i] = (i * 2654435 + 12345) & 0xFFFF;
            B[i] = (i * 40503 + 999) & 0xFFFF;
        }
    }
    int s = 0;
    for (int k = 0; k < n; k++) {
        s = (s * 7 + blend(OUT, A, B, WIDTH, k * 5 & 31) + OUT[k]) & 0xFFFFF;
    }
    return s;
}
