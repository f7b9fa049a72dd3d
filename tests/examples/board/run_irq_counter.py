import asyncio

import irq_counter
from machine import Pin


async def pulses(pin, count):
    await asyncio.sleep_ms(1)
    for i in range(count):
        pin.pulse()
        if i % 5 == 4:
            await asyncio.sleep_ms(30)  # time enough for the report


async def main():
    pin = Pin(14)
    task = asyncio.create_task(pulses(pin, 15))
    print("counted", await irq_counter.main(pin))
    await task


asyncio.run(main())
