"""Small firmware with other representations of objects, other integers and other names: constants in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.native.measure import KERNELS, MODES, Mode, kernels
from tests.conftest import missing
from tests.firmware.build import SMALL, BuildError, Firmware, build
from tests.peers.emission import mpyc
from tests.peers.oracle import OracleMissingError
from tests.peers.runtimes import RuntimeMissingError

pytestmark = pytest.mark.peer

_EDGES = [
    sign * (1 << bits) + d
    for bits in (8, 13, 29, 30, 31, 46, 47, 61, 62)
    for sign in (1, -1)
    for d in (-1, 0, 1)
]
_FITTING = [value for value in _EDGES if -(1 << 63) <= value < 1 << 63]
_HUGE = [1 << 63, -(1 << 63) - 1, (1 << 200) + 1, -(1 << 200)]
_TEXT = "gr\xf6\xdfe, and more than twenty-five characters"
_NESTED = ("a", (b"b\0", (1, None, True, 1 << 40)), "", b"", ())

VALUES = f"""\
INTS = {tuple(_FITTING)}
FLOATS = (0.5, -1.5, 3.140625, -0.0, 1048576.0, -0.000244140625, 1e999, -1e999)
COMPLEX = (2.5j, -0.5j)
NESTED = {_NESTED!r}
TEXT = {_TEXT!r}
def function(first_argument=1, *, second_argument=-0.75):
    return (first_argument, second_argument, 12345678901, -1.25)
class Member:
    attribute_of_member = (1.5, -3)
"""

CHECKS = (
    "v.FLOATS[0] == 1 / 2",
    "v.FLOATS[1] == -3 / 2",
    "v.FLOATS[2] * 64 == 201",
    "str(v.FLOATS[3]) == '-0.0'",
    "v.FLOATS[4] == 1 << 20",
    "v.FLOATS[5] * 4096 == -1",
    "v.FLOATS[6] > 1 << 40 and v.FLOATS[6] * 2 == v.FLOATS[6] == -v.FLOATS[7]",
    "v.COMPLEX[0] * 2 == complex(0, 5)",
    "v.COMPLEX[1] * 2 == complex(0, -1)",
    "v.function(second_argument=3) == (1, 3, 12345678901, -5 / 4)",
    "v.function(5)[1] * 4 == -3",
    "getattr(v.Member, 'attribute' + '_of_member') == (3 / 2, -3)",
    f"v.TEXT == {_TEXT!r} and len(v.TEXT) == {len(_TEXT)}",
)
"""What must be true where the frozen values are ``v``; the other sides are made when the firmware runs."""


_NATIVE_MODES = [mode for mode in MODES if mode.optimize != "size"]


def _prefix(mode: Mode) -> str:
    """What the modules of a mode are named by."""
    return f"{mode.name.replace(' ', '_')}_"


def _native_modules(march: str) -> dict[str, bytes]:
    """The kernels of the benchmark, by the names of files, in each of the modes."""
    modules = {}
    for mode in _NATIVE_MODES:
        for kernel in kernels(mode):
            name, source = _prefix(mode) + kernel, KERNELS / f"{kernel}{mode.suffix}.py"
            modules[f"{name}.mpy"] = mpyc(source.read_bytes(), f"{name}.py", mode.emission(march))
    return modules


@pytest.fixture(scope="module", params=SMALL)
def firmware(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    configuration = SMALL[request.param]
    folder: Path = tmp_path_factory.mktemp(configuration.name)
    values, manifest = VALUES, 'module("values.py")\n'
    if "LONGINT_IMPL=2" in configuration.settings:
        values += f"HUGE = {tuple(_HUGE)}\n"
    if "QSTR_BYTES_IN_LEN=2" in configuration.settings:
        values += f"LONG = {'n' * 300!r}\n"
    if "EMIT_THUMB" in configuration.settings:
        for name, data in _native_modules(configuration.native).items():
            (folder / name).write_bytes(data)
            manifest += f'freeze_mpy(".", "{name}")\n'
    (folder / "values.py").write_text(values)
    (folder / "manifest.py").write_text(manifest)
    try:
        return build(configuration, folder / "manifest.py", folder / "firmware", name="small")
    except (BuildError, RuntimeMissingError, OracleMissingError) as error:
        missing(f"no firmware {configuration.name}: {error}")


def test_constants(firmware: Firmware) -> None:
    assert "made by mpyc" in firmware.content
    assert firmware.run("import values as v; print(v.INTS)") == (0, f"{tuple(_FITTING)}\n")
    assert firmware.run("import values as v; print(v.NESTED)") == (0, f"{_NESTED!r}\n")
    for check in CHECKS:
        assert firmware.run(f"import values as v; print({check})") == (0, "True\n"), check


def test_what_only_some_can_hold(firmware: Firmware) -> None:
    """Integers of any size, and text among the names that is longer than one byte can say."""
    if "LONGINT_IMPL=2" in firmware.configuration.settings:
        assert firmware.run("import values as v; print(v.HUGE)") == (0, f"{tuple(_HUGE)}\n")
    if "QSTR_BYTES_IN_LEN=2" in firmware.configuration.settings:
        assert firmware.run("import values as v; print(v.LONG == 'n' * 300)") == (0, "True\n")


_RUN_ALL = """\
for name in {names}:
    try:
        k = __import__(name)
        print(name[{skip}:], k.run(k.N) == k.CHECK)
    except Exception:
        print(name[{skip}:], "fails")
"""


def _right(said: str) -> set[str]:
    lines = [line.split() for line in said.splitlines()]
    assert {result for _, result in lines} <= {"True", "fails"}
    return {name for name, result in lines if result == "True"}


def test_native_code(firmware: Firmware) -> None:
    """Kernels give their results where they do so as bytecode that the firmware makes itself.

    Others need modules that it lacks, as do some twins with viper functions; and integers that are too large
    for it native code may have as words.
    """
    if "EMIT_THUMB" not in firmware.configuration.settings:
        assert not any(_prefix(mode) in firmware.content for mode in _NATIVE_MODES)
        return
    for mode in _NATIVE_MODES:
        names, prefix = kernels(mode), _prefix(mode)
        frozen = [prefix + name for name in names]
        status, said = firmware.run(_RUN_ALL.format(names=frozen, skip=len(prefix)))
        assert status == 0, said
        if mode.emit == "viper":
            assert len(_right(said)) >= 9
            continue
        status, expected = firmware.run(_RUN_ALL.format(names=names, skip=0), folder=KERNELS, path="")
        assert status == 0, expected
        assert _right(said) >= _right(expected)
        assert len(_right(expected)) >= 25
