# What a weather station has built in, besides what its board needs:
#
#     make BOARD=... MAKE_MANIFEST="mpyc freeze" FROZEN_MANIFEST=/path/to/examples/firmware/manifest.py
#
# With a board's own modules: include("$(BOARD_DIR)/manifest.py"), or where it has none
# include("$(PORT_DIR)/boards/manifest.py").

metadata(description="Weather station", version="1.0.2", license="MIT", author="mpyc")

options.defaults(demo=True)

# The drivers as a package: import drivers.bme280
package("drivers")

# Asserts are for the desk
module("station.py", opt=1)

# Text is compiled on the device, whenever it is imported: for what is small and rarely needed
freeze_as_str("settings")

if options.demo:
    module("demo.py")
