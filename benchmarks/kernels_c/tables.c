#include "kernel.h"
static const int CRC[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
};
static const int FONT[3][5] = {
    {0x3E, 0x51, 0x49, 0x45, 0x3E}, {0x00, 0x42, 0x7F, 0x40, 0x00}, {0x42, 0x61, 0x51, 0x49, 0x46},
};
static const int STEPS[4][4] = {{1, 0, 2, 0}, {1, 3, 2, 0}, {0, 3, 2, 1}, {3, 3, 0, 2}};
static const int DAYS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static uint8_t DATA[200];

KERNEL int crc16(const uint8_t *data, int n, int crc) {
    for (int i = 0; i < n; i++) {
        int b = data[i];
        crc = ((crc << 4) & 0xFFFF) ^ CRC[(crc >> 12) ^ (b >> 4)];
        crc = ((crc << 4) & 0xFFFF) ^ CRC[(crc >> 12) ^ (b & 15)];
    }
    return crc;
}

KERNEL int letter(uint8_t *out, int at, int c) {
    const int *columns = FONT[c % 3];
    for (int i = 0; i < 5; i++) {
        out[at] = columns[i];
        at++;
    }
    return at;
}

KERNEL int walk(const uint8_t *data, int n) {
    int state = 0;
    for (int i = 0; i < n; i++) {
        state = STEPS[state][data[i] & 3];
    }
    return state;
}

KERNEL int month(int day) {
    int month = 0;
    while (day > DAYS[month]) {
        day -= DAYS[month];
        month++;
    }
    return month;
}

int run(int n) {
    uint8_t out[100];
    if (DATA[0] == 0) {
        for (int i = 0; i < 200; i++) {
            DATA[i] = (i * 37 + 11) & 0xFF;
        }
    }
    int total = 0;
    for (int i = 0; i < n; i++) {
        int at = 0;
        for (int k = 0; k < 20; k++) {
            at = letter(out, at, DATA[k]);
        }
        total += crc16(out, 100, i) + walk(DATA, 200) + month(250 + i);
    }
    return total;
}
