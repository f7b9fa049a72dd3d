import sensor
from machine import I2C

sensor.main(2)
print(sensor.BME280(I2C(0, None, None)).read())
I2C.readfrom_mem = lambda *_: b"\x00"
try:
    sensor.main(1)
except sensor.SensorError as error:
    print("SensorError:", error)
