#include "kernel.h"
#define COUNT 520
static int CARDS[COUNT];

KERNEL uint32_t shuffle(int *cards, int n, uint32_t state) {
    for (int i = n - 1; i > 0; i--) {
        state = state * 1664525 + 1013904223;
        int j = (int)(state >> 16) % (i + 1);
        int card = cards[i];
        cards[i] = cards[j];
        cards[j] = card;
    }
    return state;
}

int run(int n) {
    for (int i = 0; i < COUNT; i++) {
        CARDS[i] = i;
    }
    uint32_t state = 12345, s = 0;
    for (int k = 0; k < n; k++) {
        state = shuffle(CARDS, COUNT, state);
        s = (s * 7 + CARDS[k] + (state >> 12)) & 0xFFFFF;
    }
    return s;
}
