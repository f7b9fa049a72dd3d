import filter_native

state = 12345
level = 0


def read():
    """Noise on a signal that rises, stays and falls, with an outlier now and then."""
    global state, level
    state = state * 1103515245 + 12345 & 0x3FFFFFFF
    level += 1
    base = 15000 if level < 10 or level > 30 else 30000
    return 65535 if level % 11 == 0 else base + (state >> 16 & 1023)


values = filter_native.main(read, 48)
print(values[:4], len(values))
try:
    filter_native.summary(())
except ValueError as e:
    print("ValueError:", e)
