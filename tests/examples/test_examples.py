"""Each example runs compiled on a real MicroPython and prints what it must, as its source does there."""

from __future__ import annotations

from pathlib import Path

import pytest

import mpytool
from mpytool.options import Options
from tests.conftest import RuntimeOf

pytestmark = pytest.mark.peer

ROOT = Path(__file__).resolve().parents[2]
BOARD = Path(__file__).with_name("board")

EXPECTED: dict[str, str] = {
    "blink": "pin 25 is an output\non off on off on off on off on off on off rounds 2\n",
    "sensor": (
        "write 0xf2 = 1\nwrite 0xf4 = 37\n25.08 C  100653 Pa  25.6 %\n" * 2
        + "write 0xf2 = 1\nwrite 0xf4 = 37\n(2508, 100653, 26255)\nSensorError: chip id 0x00 at 0x76\n"
    ),
    "irq_counter": (
        "irq on pin 14 True\nburst 1 pulses 5\nburst 2 pulses 10\nburst 3 pulses 15\n"
        "heartbeat ends\ncounted 15\n"
    ),
    "framebuffer_viper": """\
oo...............ooxoo..
..oo.............ooooo..
....ooo.........xxooo...
.......oo.....xx........
....ooo..ooo.x..........
...ooooo...xxoo.........
...ooxoo..x....oo.......
===oooooxx=======ooo====
====ooox============oo==
=====x================oo
0xfc01
ValueError: a sprite must be within the columns
""",
    "filter_native": """\
sample 16 value 24799 on
sample 39 value 19939 off
least 15718, mean 22062, greatest 29710
[15988, 15988, 15961, 15917] 48
ValueError: no values
""",
}
"""By hand. Temperature and pressure are the data sheet's own worked example; the humidity was checked with
its formula for floating point, which gives 25.643 %."""

NATIVE = frozenset({"framebuffer_viper", "filter_native"})
"""What is compiled for the machine that the tests run it on."""


def test_every_example_is_run() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("optimise", [0, 3])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_example(name: str, optimise: int, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of("debian-amd64")
    board = {path.name: path.read_bytes() for path in BOARD.glob("*.py")}
    source = (ROOT / "examples" / f"{name}.py").read_bytes()
    options = Options(arch="x64" if name in NATIVE else "none", optimise=optimise)
    data = mpytool.compile_source(source, name=f"{name}.py", options=options).to_bytes()
    from_source = runtime.run({**board, f"{name}.py": source}, f"run_{name}")
    assert from_source.output == EXPECTED[name]
    assert runtime.run({**board, f"{name}.mpy": data}, f"run_{name}") == from_source
