"""Count pulses in an interrupt handler, and report them from a task.

The handler itself must not allocate memory: it only adds to an array and asks the scheduler for the rest.
"""

import asyncio
from array import array

import micropython
from machine import Pin
from micropython import const

_PULSE_PIN = const(14)
_COUNT = const(0)
_BURSTS = const(1)
_BURST_LENGTH = const(5)


class PulseCounter:
    """Counts falling edges of a pin; each ``_BURST_LENGTH`` of them are a burst, which wakes who waits."""

    def __init__(self, pin):
        self._counts = array("l", (0, 0))
        self._flag = asyncio.ThreadSafeFlag()
        self._deferred = self._on_burst  # bound once: binding a method allocates
        pin.irq(self._on_edge, Pin.IRQ_FALLING)

    def _on_edge(self, pin):
        self._counts[_COUNT] += 1
        if self._counts[_COUNT] % _BURST_LENGTH == 0:
            micropython.schedule(self._deferred, self._counts[_COUNT])

    def _on_burst(self, count):
        self._counts[_BURSTS] += 1
        self._flag.set()

    @property
    def count(self):
        return self._counts[_COUNT]

    async def burst(self):
        """Wait for the next burst; how many there were."""
        await self._flag.wait()
        return self._counts[_BURSTS]


async def report(counter, bursts):
    """Print each burst, until there were enough."""
    seen = 0
    while seen < bursts:
        seen = await counter.burst()
        print("burst", seen, "pulses", counter.count)


async def heartbeat():
    """Runs beside the report, until it is cancelled."""
    while True:
        await asyncio.sleep_ms(5)


async def main(pin=None, bursts=3):
    counter = PulseCounter(pin or Pin(_PULSE_PIN, Pin.IN, Pin.PULL_UP))
    beat = asyncio.create_task(heartbeat())
    await report(counter, bursts)
    beat.cancel()
    try:
        await beat
    except asyncio.CancelledError:
        print("heartbeat ends")
    return counter.count


if __name__ == "__main__":
    asyncio.run(main())
