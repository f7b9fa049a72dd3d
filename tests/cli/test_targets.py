"""``mpyc targets`` and the table behind it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.options import ARCHES
from mpytool.targets import UnknownTargetError, all_targets, find_target
from tests.cli.conftest import Tree


def test_table(tree: Tree) -> None:
    lines = tree.mpyc("targets").output.splitlines()
    assert lines[0].split() == ["target", "architecture", "bits"]
    assert lines[1].split()[:3] == ["rp2040", "armv6m", "31"]
    assert len(lines) == 1 + len(all_targets())
    assert "teensy41" in tree.mpyc("targets", "--boards", "mimxrt").output


def test_json(tree: Tree) -> None:
    rows = json.loads(tree.mpyc("targets", "--format", "json").output)
    by_name = {row["name"]: row for row in rows}
    assert by_name["unix-x64"]["arch"] == "x64"
    assert by_name["unix-x64"]["small_int_bits"] == 63
    assert json.loads(tree.mpyc("targets", "pico-w", "--format", "json").output)[0]["name"] == "rp2040"


def test_unknown_name(tree: Tree) -> None:
    result = tree.mpyc("targets", "esp33")
    assert result.exit_code == 2
    assert "esp32" in result.stderr


def test_names_are_unique_and_values_possible() -> None:
    names: list[str] = []
    for target in all_targets():
        assert target.arch in ARCHES
        assert target.small_int_bits in (31, 47, 63)
        names += [target.name, *target.boards]
    assert len(names) == len(set(names))
    assert all(name == name.lower() and "_" not in name for name in names)


@pytest.mark.parametrize(
    ("name", "arch", "bits"),
    [
        ("rp2040", "armv6m", 31),
        ("rp2350", "armv7emsp", 31),
        ("esp32", "xtensawin", 31),
        ("esp32c3", "rv32imc", 31),
        ("stm32f4", "armv7emsp", 31),
        ("pyboard", "armv7emsp", 31),
        ("samd51", "armv7emsp", 31),
        ("nrf52840", "armv7emsp", 31),
        ("NUCLEO_F446RE", "armv7emsp", 31),
        ("RPI_PICO2_W", "armv7emsp", 31),
        ("ESP32_GENERIC_S3", "xtensawin", 31),
        ("Teensy 4.1", "armv7emdp", 31),
        ("mpy:0x1306", "armv6m", 31),
        ("mpy:0x0b06", "x64", 63),
        ("mpy:0x2306", "armv7emdp", 31),
        ("mpy:6", "none", 31),
        ("mpy:0x306", "none", 31),
        ("mpy:0x1206", "none", 31),
    ],
)
def test_find(name: str, arch: str, bits: int) -> None:
    target = find_target(name)
    assert (target.arch, target.small_int_bits) == (arch, bits)


def test_arch_flags_of_a_board() -> None:
    assert find_target("mpy:0x22f06").arch_flags == 2


@pytest.mark.parametrize("text", ["", "x", "-6", "0x1305", "0x3706", "0x21306", "0x8306", "1.5"])
def test_impossible_integers(text: str) -> None:
    with pytest.raises(UnknownTargetError):
        find_target("mpy:" + text)


@given(st.integers(-(1 << 20), 1 << 40))
def test_any_integer_is_a_target_or_refused(value: int) -> None:
    try:
        target = find_target(f"mpy:{value}")
    except UnknownTargetError:
        return
    assert target.arch in ARCHES
