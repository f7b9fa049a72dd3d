"""Filters for a noisy sensor, as native code: no types, no pointers, any number of channels.

The median of three takes single outliers away, a first-order low pass smooths, and hysteresis makes a switch
of it. All in integers; samples are what an ADC's ``read_u16`` gives.
"""

import micropython
from micropython import const

_SHIFT = const(8)  # the low pass keeps eight more bits than a sample has


class Filter:
    """One channel. ``weight`` of 256 is how much of a new sample goes in."""

    def __init__(self, weight=32, low=20000, high=24000):
        self._weight = weight
        self._low = low
        self._high = high
        self._last = None
        self._state = 0
        self.is_on = False

    @micropython.native
    def feed(self, sample):
        """Take a sample; the filtered value."""
        last = self._last
        if last is None:
            last = self._last = [sample, sample]
            self._state = sample << _SHIFT
        a, b = last
        last[0], last[1] = b, sample
        if a > b:
            a, b = b, a
        middle = a if sample < a else b if sample > b else sample
        self._state += ((middle << _SHIFT) - self._state) * self._weight >> 8
        value = self._state >> _SHIFT
        if self.is_on:
            self.is_on = value > self._low
        elif value >= self._high:
            self.is_on = True
        return value


@micropython.native
def filtered(samples, channel):
    """A generator of the filtered values of an iterable, with what the switch says."""
    for sample in samples:
        yield channel.feed(sample), channel.is_on


@micropython.native
def summary(values):
    """(least, mean, greatest) of some values; ValueError without any."""
    least = greatest = None
    total = count = 0
    for value in values:
        if count == 0:
            least = greatest = value
        elif value < least:
            least = value
        elif value > greatest:
            greatest = value
        total += value
        count += 1
    try:
        return least, total // count, greatest
    except ZeroDivisionError:
        raise ValueError("no values")


def main(read, count=40):
    """Filter some samples of a function; prints when the switch changes, and a summary."""
    channel = Filter()
    was_on = False
    values = []
    for number, (value, is_on) in enumerate(filtered((read() for _ in range(count)), channel)):
        values.append(value)
        if is_on != was_on:
            print("sample", number, "value", value, "on" if is_on else "off")
            was_on = is_on
    print("least {}, mean {}, greatest {}".format(*summary(values)))
    return values


if __name__ == "__main__":
    from machine import ADC, Pin

    main(ADC(Pin(26)).read_u16)
