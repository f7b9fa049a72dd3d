"""Boards and chips by name: which architecture and small-int width their MicroPython has.

A row says what the port's own build makes of the chip: the architecture follows from the compiler flags
(``MPY_FEATURE_ARCH`` in ``py/persistentcode.h``), the width of small ints from the object representation
(``py/mpconfig.h``: 31 bits on 32-bit machines, 63 on 64-bit ones, 47 with NaN boxing).
"""

from __future__ import annotations

from mpytool.options import ARCHES
from mpytool.record import Record
from mpytool.version import MPY_SUB_VERSION, MPY_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Target(Record):
    """``arch`` is one of ``options.ARCHES``; ``boards`` are further names that mean this target."""

    __slots__ = ("name", "arch", "small_int_bits", "about", "boards", "arch_flags")

    def __init__(
        self,
        name: str,
        arch: str,
        small_int_bits: int,
        about: str,
        boards: tuple[str, ...] = (),
        arch_flags: int = 0,
    ) -> None:
        self.name: Final = name
        self.arch: Final = arch
        self.small_int_bits: Final = small_int_bits
        self.about: Final = about
        self.boards: Final = boards
        self.arch_flags: Final = arch_flags


class UnknownTargetError(ValueError):
    """No such target; ``close`` are the names that look most like it."""

    def __init__(self, message: str, close: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.close = close


# fmt: off
#  name              arch         bits  about
_ROWS: tuple[tuple[str, str, int, str], ...] = (
  ("rp2040",         "armv6m",    31, "Raspberry Pi RP2040"),
  ("rp2350",         "armv7emsp", 31, "Raspberry Pi RP2350, Arm cores"),
  ("rp2350-riscv",   "rv32imc",   31, "Raspberry Pi RP2350, RISC-V cores"),
  ("esp8266",        "xtensa",    31, "Espressif ESP8266"),
  ("esp32",          "xtensawin", 31, "Espressif ESP32"),
  ("esp32s2",        "xtensawin", 31, "Espressif ESP32-S2"),
  ("esp32s3",        "xtensawin", 31, "Espressif ESP32-S3"),
  ("esp32c2",        "rv32imc",   31, "Espressif ESP32-C2"),
  ("esp32c3",        "rv32imc",   31, "Espressif ESP32-C3"),
  ("esp32c5",        "rv32imc",   31, "Espressif ESP32-C5"),
  ("esp32c6",        "rv32imc",   31, "Espressif ESP32-C6"),
  ("esp32h2",        "rv32imc",   31, "Espressif ESP32-H2"),
  ("esp32p4",        "rv32imc",   31, "Espressif ESP32-P4"),
  ("stm32f0",        "armv6m",    31, "ST STM32F0"),
  ("stm32f4",        "armv7emsp", 31, "ST STM32F4"),
  ("pyboard",        "armv7emsp", 31, "MicroPython pyboard v1.x and lite"),
  ("stm32f7",        "armv7emsp", 31, "ST STM32F7, single-precision FPU"),
  ("stm32f767",      "armv7emdp", 31, "ST STM32F76x/F77x, double-precision FPU"),
  ("stm32g0",        "armv6m",    31, "ST STM32G0"),
  ("stm32g4",        "armv7emsp", 31, "ST STM32G4"),
  ("stm32h5",        "armv7emsp", 31, "ST STM32H5"),
  ("stm32h7",        "armv7emdp", 31, "ST STM32H7"),
  ("stm32h723",      "armv7emsp", 31, "ST STM32H723 as its boards are built"),
  ("stm32l0",        "armv6m",    31, "ST STM32L0"),
  ("stm32l1",        "armv7m",    31, "ST STM32L1"),
  ("stm32l4",        "armv7emsp", 31, "ST STM32L4"),
  ("stm32n6",        "armv7emdp", 31, "ST STM32N6"),
  ("stm32u5",        "armv7emsp", 31, "ST STM32U5"),
  ("stm32wb",        "armv7emsp", 31, "ST STM32WB"),
  ("stm32wl",        "armv7em",   31, "ST STM32WL, no FPU"),
  ("samd21",         "armv6m",    31, "Microchip SAMD21"),
  ("samd51",         "armv7emsp", 31, "Microchip SAMD51"),
  ("nrf51",          "armv6m",    31, "Nordic nRF51"),
  ("nrf52832",       "armv7emsp", 31, "Nordic nRF52832"),
  ("nrf52840",       "armv7emsp", 31, "Nordic nRF52840"),
  ("nrf9160",        "armv7emsp", 31, "Nordic nRF9160"),
  ("mimxrt1010",     "armv7emsp", 31, "NXP i.MX RT1010, RT1015"),
  ("mimxrt",         "armv7emdp", 31, "NXP i.MX RT1020 to RT1170"),
  ("renesas-ra",     "armv7emsp", 31, "Renesas RA4 and RA6"),
  ("alif",           "armv7emdp", 31, "Alif Ensemble"),
  ("psoc-edge",      "armv7emsp", 31, "Infineon PSOC Edge"),
  ("cc3200",         "none",      31, "TI CC3200, bytecode only"),
  ("unix",           "host",       0, "the Unix port on this machine"),
  ("unix-x64",       "x64",       63, "the Unix port, x86-64"),
  ("unix-x86",       "x86",       31, "the Unix port, 32-bit x86"),
  ("unix-arm64",     "none",      63, "the Unix port, AArch64, bytecode only"),
  ("unix-rv64",      "rv64imc",   63, "the Unix port, 64-bit RISC-V"),
  ("unix-nanbox",    "none",      47, "the Unix port's nanbox variant"),
  ("windows",        "none",      63, "the Windows port, bytecode only"),
  ("webassembly",    "none",      31, "the WebAssembly port, bytecode only"),
  ("qemu-arm",       "armv7m",    31, "QEMU, Cortex-M3"),
  ("qemu-an500",     "armv7emdp", 31, "QEMU, Cortex-M7 and M55"),
  ("qemu-sabrelite", "armv6",     31, "QEMU, Cortex-A9 in Arm state"),
  ("qemu-rv32",      "rv32imc",   31, "QEMU, 32-bit RISC-V"),
  ("qemu-rv64",      "rv64imc",   63, "QEMU, 64-bit RISC-V"),
  ("zephyr-arm",     "none",      31, "Zephyr on 32-bit Arm, bytecode only"),
  ("zephyr-rv32",    "rv32imc",   31, "Zephyr on 32-bit RISC-V"),
)

_BOARDS: dict[str, str] = {
    "rp2040": """
        pico pico-w rpi-pico rpi-pico-w arduino-nano-rp2040-connect tiny2040 pimoroni-tiny2040
        pimoroni-picolipo seeed-xiao-rp2040 xiao-rp2040 adafruit-feather-rp2040
        adafruit-itsybitsy-rp2040 adafruit-qtpy-rp2040 sparkfun-promicro sparkfun-thingplus
        w5100s-evb-pico w5500-evb-pico waveshare-rp2040-zero waveshare-rp2040-plus nullbits-bit-c-pro
    """,
    "rp2350": """
        pico2 pico2-w pico-2 pico-2-w rpi-pico2 rpi-pico2-w adafruit-feather-rp2350 seeed-xiao-rp2350
        xiao-rp2350 sparkfun-promicro-rp2350 sparkfun-thingplus-rp2350 sparkfun-xrp-controller
        waveshare-rp2350b-core
    """,
    "rp2350-riscv": "pico2-riscv pico2-w-riscv rpi-pico2-riscv rpi-pico2-w-riscv",
    "esp8266": "esp8266-generic nodemcu d1-mini wemos-d1-mini",
    "esp32": """
        esp32-generic esp32-devkitc esp32-wroom esp32-wrover m5stack-atom olimex-esp32-evb
        olimex-esp32-poe lilygo-ttgo-lora32 tinypico um-tinypico sil-wesp32
    """,
    "esp32s2": "esp32-s2 esp32-generic-s2 lolin-s2-mini lolin-s2-pico um-feathers2 um-tinys2",
    "esp32s3": """
        esp32-s3 esp32-generic-s3 esp32-s3-devkit esp32-s3-devkitc arduino-nano-esp32 seeed-xiao-esp32s3
        xiao-esp32s3 um-feathers3 um-pros3 um-tinys3 m5stack-atoms3-lite
    """,
    "esp32c2": "esp32-c2 esp32-generic-c2 esp8684",
    "esp32c3": """
        esp32-c3 esp32-generic-c3 esp32-c3-devkit lolin-c3-mini seeed-xiao-esp32c3 xiao-esp32c3
    """,
    "esp32c5": "esp32-c5 esp32-generic-c5 seeed-xiao-esp32c5",
    "esp32c6": "esp32-c6 esp32-generic-c6 seeed-xiao-esp32c6 xiao-esp32c6 m5stack-nanoc6 um-tinyc6",
    "esp32h2": "esp32-h2 esp32-generic-h2 m5stack-nanoh2",
    "esp32p4": "esp32-p4 esp32-generic-p4",
    "stm32f0": "stm32f091 nucleo-f091rc",
    "stm32f4": """
        stm32f401 stm32f405 stm32f407 stm32f411 stm32f412 stm32f413 stm32f429 stm32f439 stm32f446
        stm32f469 stm32f4disc stm32f411disc stm32f429disc stm32f469disc nucleo-f401re nucleo-f411re
        nucleo-f412zg nucleo-f413zh nucleo-f429zi nucleo-f439zi nucleo-f446re adafruit-f405-express
        feather-stm32f405 weact-f411-blackpill blackpill espruino-pico netduino-plus-2 hydrabus cerb40
        olimex-e407 olimex-h407 lego-hub-no6 lego-hub-no7 sparkfun-micromod-stm32
    """,
    "pyboard": "pybv10 pybv11 pyblitev10 pybv3 pybv4 pyblite",
    "stm32f7": """
        stm32f722 stm32f733 stm32f746 stm32f756 stm32f7disc nucleo-f722ze nucleo-f746zg nucleo-f756zg
        pybd pybd-sf2 pybd-sf3
    """,
    "stm32f767": "stm32f765 stm32f769 stm32f769disc nucleo-f767zi pybd-sf6",
    "stm32g0": "stm32g0b1 nucleo-g0b1re",
    "stm32g4": "stm32g474 nucleo-g474re",
    "stm32h5": "stm32h563 stm32h573 nucleo-h563zi stm32h573i-dk",
    "stm32h7": """
        stm32h743 stm32h747 stm32h750 stm32h753 stm32h7a3 stm32h7b3 nucleo-h743zi nucleo-h743zi2
        nucleo-h753zi nucleo-h7a3zi-q stm32h747i-disco stm32h7b3i-dk arduino-giga arduino-portenta-h7
        portenta-h7 arduino-nicla-vision arduino-opta weactstudio-mini-stm32h743 vcc-gnd-h743vi
    """,
    "stm32h723": "nucleo-h723zg weactstudio-mini-stm32h723",
    "stm32l0": "stm32l072 stm32l073 nucleo-l073rz b-l072z-lrwan1",
    "stm32l1": "stm32l152 nucleo-l152re",
    "stm32l4": """
        stm32l432 stm32l452 stm32l475 stm32l476 stm32l496 nucleo-l432kc nucleo-l452re nucleo-l476rg
        nucleo-l4a6zg stm32l476disc stm32l496gdisc b-l475e-iot01a limifrog
    """,
    "stm32n6": "stm32n657 nucleo-n657x0 openmv-n6",
    "stm32u5": "stm32u585 stm32u5a5 nucleo-u5a5zj-q weactstudio-mini-stm32u585",
    "stm32wb": "stm32wb55 nucleo-wb55 usbdongle-wb55",
    "stm32wl": "stm32wl55 nucleo-wl55",
    "samd21": """
        samd-generic-d21x18 adafruit-feather-m0-express adafruit-itsybitsy-m0-express
        adafruit-trinket-m0 trinket-m0 adafruit-qtpy-samd21 adafruit-neokey-trinkey seeed-xiao-samd21
        xiao-samd21 seeeduino-xiao sparkfun-samd21-dev-breakout sparkfun-redboard-turbo
        samd21-xplained-pro
    """,
    "samd51": """
        samd-generic-d51x19 samd-generic-d51x20 adafruit-feather-m4-express
        adafruit-itsybitsy-m4-express adafruit-metro-m4-express minisam-m4 seeed-wio-terminal
        wio-terminal sparkfun-samd51-thing-plus
    """,
    "nrf51": "nrf51822 microbit pca10000 pca10001 pca10028 pca10031 wt51822-s4at",
    "nrf52832": "nrf52 pca10040 arduino-primo feather52 dvk-bl652 evk-nina-b1",
    "nrf52840": """
        pca10056 pca10059 nrf52840-mdk-usb-dongle arduino-nano-33-ble-sense evk-nina-b3 particle-xenon
        seeed-xiao-nrf52 xiao-nrf52
    """,
    "nrf9160": "nrf91 pca10090 actinius-icarus",
    "mimxrt1010": """
        mimxrt1011 mimxrt1015 mimxrt1010-evk mimxrt1015-evk adafruit-metro-m7 metro-m7 olimex-rt1010
        makerdiary-rt1011-nano-kit
    """,
    "mimxrt": """
        mimxrt1020 mimxrt1021 mimxrt1050 mimxrt1052 mimxrt1060 mimxrt1062 mimxrt1064 mimxrt1170
        mimxrt1176 mimxrt1020-evk mimxrt1050-evk mimxrt1060-evk mimxrt1064-evk mimxrt1170-evk teensy4
        teensy40 teensy41 teensy-4.0 teensy-4.1 seeed-arch-mix phyboard-rt1170
    """,
    "renesas-ra": """
        ra4m1 ra4w1 ra6m1 ra6m2 ra6m5 ek-ra4m1 ek-ra4w1 ek-ra6m1 ek-ra6m2 ra4m1-clicker vk-ra6m5
        arduino-portenta-c33 portenta-c33
    """,
    "alif": "alif-ensemble openmv-ae3",
    "psoc-edge": "kit-pse84-ai",
    "cc3200": "wipy launchxl",
    "unix": "linux macos",
    "unix-x64": "linux-x64 unix-amd64",
    "unix-x86": "linux-x86 unix-i386",
    "unix-arm64": "unix-aarch64 linux-arm64 macos-arm64",
    "unix-rv64": "linux-rv64",
    "windows": "windows-x64",
    "webassembly": "wasm pyscript",
    "qemu-arm": "qemu qemu-mps2-an385 mps2-an385 netduino2",
    "qemu-an500": "mps2-an500 mps3-an547",
    "qemu-sabrelite": "sabrelite",
    "qemu-rv32": "virt-rv32",
    "qemu-rv64": "virt-rv64",
    "zephyr-arm": "zephyr",
}
"""Further names: chips of the family, and boards as MicroPython and their makers call them."""

#   machine as the operating system names it -> what mpy-cross calls it, small-int bits
_MACHINES: dict[str, tuple[str, int]] = {
    "x86_64": ("x64", 63), "amd64": ("x64", 63),
    "i386": ("x86", 31), "i486": ("x86", 31), "i586": ("x86", 31), "i686": ("x86", 31), "x86": ("x86", 31),
    "armv6l": ("armv6", 31), "armv5tel": ("armv6", 31),
    "riscv64": ("rv64imc", 63),
    "aarch64": ("none", 63), "arm64": ("none", 63), "ppc64le": ("none", 63), "s390x": ("none", 63),
}
# fmt: on

_64_BIT_ARCHES = frozenset(("x64", "rv64imc"))


def machine() -> tuple[str, int]:
    """Architecture and small-int bits of this machine; ``("none", 31)`` for one that nothing is known of.

    A 32-bit interpreter on a 64-bit machine counts as 32-bit, as for a compiler.
    """
    import platform
    import sys

    arch, bits = _MACHINES.get(platform.machine().lower(), ("none", 31))
    if arch == "x64" and sys.maxsize <= 1 << 32:
        return "x86", 31
    return arch, bits


def all_targets() -> list[Target]:
    """Every target, in the order of the table, ``host`` resolved for this machine."""
    return [_target(*row) for row in _ROWS]


def _target(name: str, arch: str, bits: int, about: str) -> Target:
    if arch == "host":
        arch, bits = machine()
    return Target(name, arch, bits, about, tuple(_BOARDS.get(name, "").split()))


def find_target(name: str) -> Target:
    """The target called ``name``: a chip, a board, or ``mpy:N``.

    Case does not matter, nor whether words are joined by ``-`` or ``_``. Raises UnknownTargetError.
    """
    if name.lower().startswith("mpy:"):
        return _decode_implementation(name[4:])
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    for row in _ROWS:
        if wanted == row[0] or wanted in _BOARDS.get(row[0], "").split():
            return _target(*row)
    import difflib

    names = [row[0] for row in _ROWS] + " ".join(_BOARDS.values()).split()
    close = tuple(difflib.get_close_matches(wanted, names, 3))
    raise UnknownTargetError(f"there is no target '{name}'", close)


def _decode_implementation(text: str) -> Target:
    """The target with this ``sys.implementation._mpy``: version | feature byte << 8 | arch flags << 16."""
    try:
        value = int(text, 0)
    except ValueError:
        raise UnknownTargetError(
            f"'mpy:{text}': give the integer that the board has in sys.implementation._mpy, as in mpy:0x1306"
        ) from None
    version, sub_version, arch, flags = value & 0xFF, value >> 8 & 3, value >> 10 & 0xF, value >> 16
    name = f"mpy:{value:#06x}"
    if value < 0 or version != MPY_VERSION:
        raise UnknownTargetError(
            f"'mpy:{text}' loads .mpy version {version}, and version {MPY_VERSION} is written here"
        )
    if arch >= ARCHES.index("debug") or value >> 15 & 1:
        raise UnknownTargetError(f"'mpy:{text}' names no known architecture")
    about = f"loads .mpy {version}.{sub_version}"
    if sub_version != MPY_SUB_VERSION:
        # Its native code has another ABI, but every 6.x loads bytecode.
        bits = 63 if ARCHES[arch] in _64_BIT_ARCHES else 31
        return Target(name, "none", bits, about + ", bytecode only")
    arch_name = ARCHES[arch]
    if flags and arch_name != "rv32imc":
        raise UnknownTargetError(f"'mpy:{text}' has architecture flags, which {arch_name} has not")
    return Target(name, arch_name, 63 if arch_name in _64_BIT_ARCHES else 31, about, (), flags)
