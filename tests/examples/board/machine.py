# A board that is not there: pins print, the bus answers as a BME280 with the data sheet's example does.


class Pin:
    IN, OUT, PULL_UP, IRQ_FALLING = range(4)

    def __init__(self, number, mode=IN, pull=None):
        self.number = number
        self.handler = None
        if mode == Pin.OUT:
            print("pin", number, "is an output")

    def on(self):
        print("on", end=" ")

    def off(self):
        print("off", end=" ")

    def irq(self, handler, trigger):
        self.handler = handler
        print("irq on pin", self.number, trigger == Pin.IRQ_FALLING)

    def pulse(self):
        self.handler(self)


class I2C:
    def __init__(self, bus, scl, sda):
        self.busy = 0
        memory = bytearray(256)
        memory[0xD0] = 0x60
        words = (27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
        for i, word in enumerate(words):
            memory[0x88 + 2 * i] = word & 255
            memory[0x89 + 2 * i] = word >> 8 & 255
        memory[0xA1] = 75
        memory[0xE1:0xE8] = bytes((106, 1, 0, 19, 45, 3, 30))
        raw_p, raw_t, raw_h = 415148, 519888, 25000
        memory[0xF7:0xFF] = bytes(
            (
                raw_p >> 12,
                raw_p >> 4 & 255,
                raw_p << 4 & 255,
                raw_t >> 12,
                raw_t >> 4 & 255,
                raw_t << 4 & 255,
                raw_h >> 8,
                raw_h & 255,
            )
        )
        self.memory = memory

    def readfrom_mem(self, address, register, count):
        if register == 0xF3 and self.busy:
            self.busy -= 1
            return b"\x08"
        return bytes(self.memory[register : register + count])

    def writeto_mem(self, address, register, data):
        print(f"write {register:#x} = {data[0]}")
        if register == 0xF4:
            self.busy = 2
