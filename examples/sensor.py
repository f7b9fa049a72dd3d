"""A driver for a BME280-like sensor on I2C: temperature, pressure and humidity in integers only.

The compensation is the fixed-point one of the sensor's data sheet.
"""

import struct
import time

from machine import I2C, Pin
from micropython import const

_ADDRESS = const(0x76)
_CHIP_ID = const(0x60)

_REG_CALIBRATION_1 = const(0x88)
_REG_CHIP_ID = const(0xD0)
_REG_CALIBRATION_2 = const(0xE1)
_REG_CTRL_HUM = const(0xF2)
_REG_STATUS = const(0xF3)
_REG_CTRL_MEAS = const(0xF4)
_REG_DATA = const(0xF7)

_OVERSAMPLE_1 = const(1)
_MODE_FORCED = const(1)
_MEASURING = const(1 << 3)


class SensorError(Exception):
    """The sensor is not there, or does not answer as it should."""


class BME280:
    """``i2c`` is a bus with ``readfrom_mem`` and ``writeto_mem``."""

    def __init__(self, i2c, address=_ADDRESS):
        self._i2c = i2c
        self._address = address
        self._data = bytearray(8)
        found = self._read(_REG_CHIP_ID, 1)[0]
        if found != _CHIP_ID:
            raise SensorError(f"chip id {found:#04x} at {address:#04x}")
        self._read_calibration()

    def _read(self, register, count):
        return self._i2c.readfrom_mem(self._address, register, count)

    def _write(self, register, value):
        self._i2c.writeto_mem(self._address, register, bytes((value,)))

    def _read_calibration(self):
        first = self._read(_REG_CALIBRATION_1, 26)
        self._t = struct.unpack_from("<Hhh", first, 0)
        self._p = struct.unpack_from("<Hhhhhhhhh", first, 6)
        second = self._read(_REG_CALIBRATION_2, 7)
        h2, h3 = struct.unpack_from("<hB", second, 0)
        h4 = (second[3] << 4 | second[4] & 15) - (second[3] >> 7 << 12)
        h5 = (second[5] << 4 | second[4] >> 4) - (second[5] >> 7 << 12)
        h6 = second[6] - (second[6] >> 7 << 8)
        self._h = (first[25], h2, h3, h4, h5, h6)

    def _measure(self):
        """Start one measurement and wait for it; the raw temperature, pressure and humidity."""
        self._write(_REG_CTRL_HUM, _OVERSAMPLE_1)
        self._write(_REG_CTRL_MEAS, _OVERSAMPLE_1 << 5 | _OVERSAMPLE_1 << 2 | _MODE_FORCED)
        for _ in range(20):
            time.sleep_ms(2)
            if not self._read(_REG_STATUS, 1)[0] & _MEASURING:
                break
        else:
            raise SensorError("timeout")
        d = self._read(_REG_DATA, 8)
        return d[3] << 12 | d[4] << 4 | d[5] >> 4, d[0] << 12 | d[1] << 4 | d[2] >> 4, d[6] << 8 | d[7]

    def read(self):
        """(temperature in 1/100 degree Celsius, pressure in Pa, humidity in 1/1024 percent)."""
        raw_t, raw_p, raw_h = self._measure()
        t1, t2, t3 = self._t
        a = ((raw_t >> 3) - (t1 << 1)) * t2 >> 11
        b = (raw_t >> 4) - t1
        fine = a + ((b * b >> 12) * t3 >> 14)
        return fine * 5 + 128 >> 8, self._pressure(raw_p, fine), self._humidity(raw_h, fine)

    def _pressure(self, raw, fine):
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self._p
        v1 = fine - 128000
        v2 = v1 * v1 * p6 + (v1 * p5 << 17) + (p4 << 35)
        v1 = (v1 * v1 * p3 >> 8) + (v1 * p2 << 12)
        v1 = ((1 << 47) + v1) * p1 >> 33
        if v1 == 0:
            return None
        p = ((1048576 - raw << 31) - v2) * 3125 // v1
        v1 = p9 * (p >> 13) * (p >> 13) >> 25
        v2 = p8 * p >> 19
        return ((p + v1 + v2 >> 8) + (p7 << 4)) >> 8

    def _humidity(self, raw, fine):
        h1, h2, h3, h4, h5, h6 = self._h
        v = fine - 76800
        x = (raw << 14) - (h4 << 20) - h5 * v + 16384 >> 15
        y = (v * h6 >> 10) * ((v * h3 >> 11) + 32768) >> 10
        v = x * ((y + 2097152) * h2 + 8192 >> 14)
        v -= ((v >> 15) * (v >> 15) >> 7) * h1 >> 4
        return min(max(v, 0), 419430400) >> 12


def main(count=None):
    """Print readings, one a second; ``count`` of them, or for ever."""
    sensor = BME280(I2C(0, scl=Pin(5), sda=Pin(4)))
    while count is None or count > 0:
        temperature, pressure, humidity = sensor.read()
        print(f"{temperature / 100:.2f} C  {pressure} Pa  {humidity / 1024:.1f} %")
        time.sleep_ms(1000)
        if count is not None:
            count -= 1


if __name__ == "__main__":
    main()
