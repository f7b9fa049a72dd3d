"""The station: readings to lines of text."""

import station_settings
from drivers import bme280


def line(raw):
    assert 0 <= raw < 1 << 20
    value = bme280.temperature(raw)
    note = " ALARM" if value < station_settings.ALARM_BELOW else ""
    sign, value = "-" if value < 0 else "", abs(value)
    return f"{station_settings.NAME} {sign}{value // 100}.{value % 100:02d} C{note}"
