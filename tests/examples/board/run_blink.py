import blink

print("rounds", blink.main(2))
