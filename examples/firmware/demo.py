import station

for raw in (519888, 440000):
    print(station.line(raw))
