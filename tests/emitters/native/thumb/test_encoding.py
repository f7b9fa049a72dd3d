"""The instruction table of Thumb against capstone: every row, every register, the extremes of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import capstone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.thumb import instructions
from mpytool.emitters.native.thumb.encoding import EncodingError, Feature, Field, Instruction, t16, t32
from mpytool.emitters.native.thumb.instructions import CONDITIONS, SHIFTS

ROWS: dict[str, Instruction] = {
    name: row for name, row in vars(instructions).items() if isinstance(row, Instruction)
}
ADDRESS = 0x1000_0000
NAMES = [f"r{n}" for n in range(9)] + ["sb", "sl", "fp", "ip", "sp", "lr", "pc"]

UNPREDICTABLE: dict[str, tuple[int, ...]] = {
    "VLDR": (15,),
    "VSTR": (15,),
    "BX": (15,),
    "BLX": (15,),
    "ADD_H": (13,),
}
"""Registers that the manual forbids, so that a disassembler may say anything; of rows of 32 bits that are not
here 13 and 15."""

BASES = re.compile(r"\[\{n\}")
"""Of wide loads and stores sp can be the base; of some arithmetic, too."""

_machine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)


def disassemble(code: bytes) -> str:
    """The one instruction that some bytes are, in lower case."""
    found = list(_machine.disasm_lite(code, ADDRESS))
    assert len(found) == 1, f"{code.hex()} is {found}"
    address, size, mnemonic, operands = found[0]
    assert (address, size) == (ADDRESS, len(code))
    return plain(f"{mnemonic} {operands}".strip())


def plain(text: str) -> str:
    """Each number as the word that it is, in decimal; offsets of 0 left out."""
    text = re.sub(r"#(-?(?:0x[0-9a-f]+|\d+))", lambda found: f"#{int(found[1], 0) & 0xFFFFFFFF}", text)
    return text.replace(", #0]", "]")


def is_float(row: Instruction, field: Field) -> bool:
    """Whether a field is a floating-point register: it has five bits."""
    return row.needs is Feature.FP and field.name != "i" and field.highest == 31


def values_of(name: str, field: Field) -> list[int]:
    """All values of a register, a condition or a short list; of a number those where something changes."""
    row = ROWS[name]
    if field.name == "c":
        return list(range(len(CONDITIONS)))
    if field.name == "l":
        lists = [0b11 << n for n in range(field.highest.bit_length() - 1)] + [
            field.highest,
            0b1001,
            0b11000001,
        ]
        # A wide list must not hold sp, nor lr and pc at once, nor only one register
        return [bits for bits in lists if row.size == 2 or not (bits & 1 << 13 or bits >> 14 == 3)]
    if name == "MRS" and field.name == "n":
        return [5, 17]
    if field.name == "s":
        return list(range(4))
    if field.modified:
        return MODIFIED
    if field.name not in ("i", "w"):
        forbidden = UNPREDICTABLE.get(name, (13, 15) if row.size == 4 else ())
        if (field.name == "n" and BASES.search(row.syntax)) or (name in ("ADDW", "SUBW", "ADD_M", "SUB_M")):
            forbidden = (15,) if field.name == "n" else (13, 15)
        if name == "CMP_H" and field.name == "n":
            forbidden = tuple(range(8))
        return [n for n in range(field.highest + 1) if n not in forbidden or is_float(row, field)]
    low, high, step = field.lowest, field.highest, field.scale
    bits = [step << n for n in range(21) if step << n <= high]
    numbers = {low, low + step, -step, 0, step, high - step, high, *bits, *(b - step for b in bits)}
    return sorted(n for n in numbers if low <= n <= high)


MODIFIED = sorted(
    {low * copies for low in (0, 1, 0x7F, 0x80, 0xFF) for copies in (1, 0x10001, 0x1000100, 0x1010101)}
    | {number << shift for number in (0x80, 0xAB, 0xFF) for shift in range(1, 25)}
)


def operands_of(name: str) -> Iterator[tuple[int, ...]]:
    """Each field over all its values while the others stand still, at two places."""
    pools = [values_of(name, field) for field in ROWS[name].fields]
    seen = set()
    for rest in (
        [pool[0] for pool in pools],
        [pool[-1] for pool in pools],
        [pool[len(pool) // 2] for pool in pools],
    ):
        for number, pool in enumerate(pools):
            for value in pool:
                chosen = (*rest[:number], value, *rest[number + 1 :])
                if chosen not in seen:
                    seen.add(chosen)
                    yield chosen
    if not pools:
        yield ()


def register_list(name: str, bits: int) -> str:
    if name in ("PUSH", "POP") and bits & 0x100:
        bits = bits & 0xFF | 1 << (14 if name == "PUSH" else 15)
    return "{" + ", ".join(NAMES[n] for n in range(16) if bits >> n & 1) + "}"


def expected(name: str, values: tuple[int, ...]) -> str:
    """The syntax of a row with its operands, as capstone writes it."""
    row = ROWS[name]
    words: dict[str, str] = {}
    for field, value in zip(row.fields, values, strict=True):
        match field.name:
            case "c":
                words["c"] = CONDITIONS[value].replace("cs", "hs").replace("cc", "lo")
            case "l":
                words["l"] = register_list(name, value)
            case "s":
                words["s"] = SHIFTS[value]
            case "w":
                words["w"] = str(value + 1)
            case "i":
                words["i"] = str(ADDRESS + 4 + value if is_distance(name) else value)
            case letter if is_float(row, field):
                words[letter] = f"s{value}"
            case letter if name == "MRS" and letter == "n":
                words[letter] = {5: "ipsr", 17: "basepri"}[value]
            case letter:
                words[letter] = NAMES[value]
    if name in ("LSRS_I", "ASRS_I") and words["i"] == "0":
        words["i"] = "32"
    text = row.syntax.format(**words)
    if "s" in words:
        text = shifted(text)
    if name == "LSLS_I" and words["i"] == "0":
        return f"movs {words['d']}, {words['m']}"
    if name == "VMRS" and values == (15,):
        return "vmrs apsr_nzcv, fpscr"
    return plain(text.replace(", lsl #0]", "]"))


def is_distance(name: str) -> bool:
    return name in ("B", "B_W", "B_C", "B_C_W", "BL", "CBZ", "CBNZ")


def shifted(text: str) -> str:
    """Counts of 0 as they are meant."""
    if not text.endswith("#0"):
        return text
    if text.startswith(("lsl", "ror")):  # other forms of these instructions
        text = text.removesuffix(", #0").replace("lsl", "mov")
        return text.replace("ror.w", "rrx").replace("rors.w", "rrxs")
    if text.endswith(", lsl #0"):
        return text.removesuffix(", lsl #0")
    if text.endswith(", ror #0"):
        return text.removesuffix(", ror #0") + ", rrx"
    return text.removesuffix("#0") + "#32"


@pytest.mark.parametrize("name", [name for name in ROWS if name != "IT"])
def test_row_reads_back(name: str) -> None:
    for values in operands_of(name):
        assert disassemble(ROWS[name].encode(*values)) == expected(name, values), f"{name} {values}"


def test_it_blocks_read_back() -> None:
    for code, condition in enumerate(CONDITIONS):
        for mask in range(1, 16):
            then_bits = [mask >> bit & 1 for bit in range(3, (mask & -mask).bit_length() - 1, -1)]
            letters = "".join("t" if bit == (code & 1) else "e" for bit in then_bits)
            name = condition.replace("cs", "hs").replace("cc", "lo")
            assert disassemble(instructions.IT.encode(code, mask)) == f"it{letters} {name}"


@pytest.mark.parametrize("name", ROWS)
def test_what_does_not_fit_is_refused(name: str) -> None:
    row = ROWS[name]
    good = [field.lowest for field in row.fields]
    row.encode(*good)
    for index, field in enumerate(row.fields):
        wrong = [field.lowest - field.scale, field.highest + field.scale]
        wrong += [field.highest - 1, field.lowest + 1] if field.scale > 1 else []
        for value in wrong:
            with pytest.raises(EncodingError, match=re.escape(row.syntax)):
                row.encode(*good[:index], value, *good[index + 1 :])


def test_rows_do_not_overlap() -> None:
    """No two rows can make the same bytes, as far as the tested operands go."""
    made: dict[bytes, str] = {}
    for name in ROWS:
        # A shift by 0 is a form of MOV in the manual; IT without a mask is a hint.
        for values in operands_of(name) if name != "IT" else ():
            other = made.setdefault(ROWS[name].encode(*values), name)
            assert other == name, f"{other} and {name} are both {ROWS[name].encode(*values).hex()}"


WRONG_ROWS = [
    ("nop", "101111110000000"),  # 15 bits
    ("mov {d}, {m}", "01000110 D mmmm ddd"),  # D belongs to nothing
    ("bx {m}", "010001110 nnnn 000"),  # there is no m
    ("x {d}", "00000000 dd 000 ddd"),  # the copies differ
]


@pytest.mark.parametrize(("syntax", "pattern"), WRONG_ROWS)
def test_a_row_that_makes_no_sense_is_refused(syntax: str, pattern: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        t16(syntax, pattern)


@given(st.integers(0, 0xFFFF), st.integers(0, 15))
def test_scattered_bits_are_put_where_they_belong(value: int, register: int) -> None:
    row = t32("movw {d}, #{i}", "11110 j 100100 iiii 0 kkk dddd llllllll", i="ijkl")
    code = row.encode(register, value)
    high, low = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little")
    assert (high & 15) << 12 | (high >> 10 & 1) << 11 | (low >> 12 & 7) << 8 | low & 255 == value
    assert low >> 8 & 15 == register
