"""The arithmetic of a BME280: raw readings to hundredths of a degree, by the data sheet's section 4.2.3."""

DIGITS = (27504, 26435, -1000)


def temperature(raw, digits=DIGITS):
    """Hundredths of a degree Celsius of a 20-bit reading."""
    t1, t2, t3 = digits
    first = (((raw >> 3) - (t1 << 1)) * t2) >> 11
    second = (((((raw >> 4) - t1) * ((raw >> 4) - t1)) >> 12) * t3) >> 14
    return ((first + second) * 5 + 128) >> 8
