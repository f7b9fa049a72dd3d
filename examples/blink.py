"""Blink a LED: three short flashes, a pause, again."""

import time

from machine import Pin
from micropython import const

_LED = const(25)  # the LED of a Raspberry Pi Pico
_SHORT_MS = const(80)
_PAUSE_MS = const(600)
_FLASHES = const(3)


def flash(led, count, on_ms=_SHORT_MS, off_ms=_SHORT_MS):
    """Switch the LED on and off ``count`` times."""
    for _ in range(count):
        led.on()
        time.sleep_ms(on_ms)
        led.off()
        time.sleep_ms(off_ms)


def main(rounds=None):
    """Blink for a number of rounds; for ever without one."""
    led = Pin(_LED, Pin.OUT)
    done = 0
    while rounds is None or done < rounds:
        flash(led, _FLASHES)
        time.sleep_ms(_PAUSE_MS)
        done += 1
    return done


if __name__ == "__main__":
    main()
