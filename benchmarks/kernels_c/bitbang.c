#include "kernel.h"
#define CLOCK 0
#define DATA 1
static volatile uint8_t PINS[4]; /* each access counts, as with ptr8 */
static uint8_t MESSAGE[64];

KERNEL int exchange(volatile uint8_t *pins, const uint8_t *message, int n) {
    int device = 0x5A;
    int s = 0;
    for (int i = 0; i < n; i++) {
        int value = message[i];
        int result = 0;
        for (int k = 0; k < 8; k++) {
            pins[DATA] = value >> 7 & 1;
            value = value << 1 & 0xFF;
            pins[CLOCK] = 1;
            if (pins[DATA]) {
                device ^= 0x1D;
            }
            result = result << 1 | (device >> 3 & 1);
            device = (device << 1 | device >> 7) & 0xFF;
            pins[CLOCK] = 0;
        }
        s = (s * 5 + result) & 0xFFFFF;
    }
    return s;
}

int run(int n) {
    if (MESSAGE[0] == 0) {
        for (int i = 0; i < 64; i++) {
            MESSAGE[i] = (i * 53 + 7) & 0xFF;
        }
    }
    int s = 0;
    for (int k = 0; k < n; k++) {
        s = (s + exchange(PINS, MESSAGE, 64 - k)) & 0xFFFFF;
    }
    return s;
}
