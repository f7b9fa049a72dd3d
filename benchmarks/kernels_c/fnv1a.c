#include "kernel.h"
#define SIZE 1024
static uint8_t MSG[SIZE];

KERNEL uint32_t fnv1a(const uint8_t *data, int n) {
    uint32_t h = 0x811C9DC5;
    for (int i = 0; i < n; i++) {
        h = (h ^ data[i]) * 0x01000193;
    }
    return h;
}

int run(int n) {
    if (MSG[1] == 0) {
        for (int i = 0; i < SIZE; i++) {
            MSG[i] = (i * 29 + 3) & 0xFF;
        }
    }
    uint32_t s = 0;
    for (int k = 0; k < n; k++) {
        MSG[0] = k;
        uint32_t h = fnv1a(MSG, SIZE);
        s = (s * 3 + (h ^ (h >> 16))) & 0xFFFFF;
    }
    return s;
}
