"""Random functions whose loops compute with integers around 2**32: hashes, random numbers, and odd ones.

Most values stay below 2**32, by masks; some leave it, are negative, or are no integers at all, from the start
or in the middle of a loop. Programs end: loops are bounded, and only masked values are multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.programs.chooser import Chooser, from_seed

Lines = list[str]

PRELUDE = """\
glob = 3
class Odd:
    def __xor__(self, x):
        return 7
    __rxor__ = __and__ = __add__ = __mul__ = __xor__
    def __repr__(self):
        return "Odd"
def odd(x, i):
    if i == 2:
        return (None, 1.5, "s", -x if isinstance(x, int) else x, True, Odd(), 1 << 40, -1)[len(str(x)) % 8]
    if i == 4:
        raise ValueError(x)
    return x
def same(x, *rest):
    return x
def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print("!", type(e).__name__)
"""
HEAD = """\
from prelude import Odd, odd, same, show
glob = 3
tuple_ = (0, 0x1DB71064, 0x3FFFFFFF, 0x40000000, 0xEDB88320, 0xFFFFFFFF, 7, 0x80000000)
mixed = (0xCB61B38C, 1, -1, 1 << 32, 0x9B64C2B0, None, -0x40000001, 3)
"""

_MASKS = ("0xFFFFFFFF", "0xFFFFFFFF", "0xFFFFFFFF", "0x7FFFFFFF", "0x80000000", "0xFFFFFFF0", "0x40000000")
_ODD_MASKS = ("0xFF", "0x3FFFFFFF", "0xFFFF", "0x1FFFFFFFF", "(-4)", "0")
_WIDE = (
    "0xFFFFFFFF", "0x811C9DC5", "0xEDB88320", "0x40000000", "0x7FFFFFFF", "0x80000000", "0xC0000000",
    "0x3FFFFFFF", "0x80000001", "1103515245", "0x9E3779B1",
)  # fmt: skip
_SMALL = ("0", "1", "2", "3", "5", "7", "31", "32", "33", "255", "65521", "0x01000193", "1664525")
_ODD = (
    "-1", "-2", "-0x40000000", "-0x40000001", "-0x80000000", "0x100000000", "0x100000001", "1 << 35",
    "-(1 << 33)", "1 << 70", "True", "None", "1.5", "'x'", "Odd()",
)  # fmt: skip
_DATA = (
    "b'abcdef'", "bytearray(b'\\x00\\xff\\x80\\x7f')", "[1, 2, 3, 4]", "(5, 40, 0x3FFFFFFF)", "range(5)",
    "[0x3FFFFFFF, 0x40000000, 0xFFFFFFFF, 0x80000000, 9]",
)  # fmt: skip
_ODD_DATA = (
    "[]", "[0xFFFFFFFF, -1, 3]", "[1, 2, None, 3]", "[1, 1 << 32, 5]", "[7, 1.5]", "[0xEDB88320, True, 2]",
    "'ab'", "[2, 1, 0, -1, -2]", "[-0x80000000, -0x40000001]",
)  # fmt: skip
_ARRAYS = (
    "array('I', [0x3FFFFFFF, 0x40000000, 0xFFFFFFFF, 0x80000000, 9])", "array('L', [1, 0xFFFFFFFE, 3])",
    "array('i', [0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, -1, -0x80000000])", "array('H', [1, 0xFFFF, 7])",
    "array('h', [1, 0x7FFF, -1, -32768])", "memoryview(b'abc')", "array('b', [1, 127, -1])",
)  # fmt: skip
_TABLES = (
    "[0, 0x77073096, 0xEE0E612C, 0x990951BA, 5, 0x40000000, 0xFFFFFFFF, 1]", "[1, 2, 3, 4, 5, 6, 7, 8]",
    "(1, 0xFFFFFFFF, 3, 0xFFFFFFFE, 0x7FFFFFFF, 6, 7, 8)",
)  # fmt: skip
_ODD_TABLES = (
    "[0xFFFFFFFF, -1, 1 << 32, 3, 0x80000000, 1.5, 6, 7]", "bytearray(range(248, 256))", "b'zz'",
    "[-1, -0x40000001, 3, 4, -5, 6, 7, 8]",
)  # fmt: skip


_TABLE_NAMES = ("tab", "tab", "tab", "tuple_", "tuple_", "tuple_", "mixed")


@dataclass(slots=True)
class _Place:
    """``words`` are locals that are integers mostly; ``loops`` counts loops around, ``steps`` what may count
    iterations."""

    words: list[str]
    steps: list[str] = field(default_factory=list)


class Generator:
    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.serial = 0

    # --- expressions ----------------------------------------------------------------------------------------

    def leaf(self, place: _Place) -> str:
        choose = self.choose
        match choose.integer(0, 9):
            case 0 | 1 | 2 | 3:
                return choose.pick(place.words)
            case 4 | 5 if place.steps:
                return choose.pick(place.steps)
            case 6:
                return f"{choose.pick(_TABLE_NAMES)}[{self.small(place)} & 7]"
            case 7:
                return choose.pick(_SMALL)
        return choose.pick(_WIDE)

    def small(self, place: _Place) -> str:
        choose = self.choose
        word = choose.pick(place.words)
        return choose.pick((f"({word} & 0xFF)", f"({word} >> 28)", f"({word} ^ {self.step(place)})"))

    def step(self, place: _Place) -> str:
        return self.choose.pick(place.steps) if place.steps else "3"

    def mask(self) -> str:
        return self.choose.pick(_ODD_MASKS if self.choose.one_in(8) else _MASKS)

    def masked(self, place: _Place, depth: int = 2) -> str:
        """Something below 2**32, or nearly so."""
        choose, word = self.choose, self.choose.pick(place.words)
        a = self.value(place, depth - 1)
        count = choose.pick(("1", "3", "5", "13", "31", f"({self.step(place)} & 7)"))
        forms = (
            f"({a} & {self.mask()})",
            f"(({word} & {self.mask()}) * {choose.pick((*_SMALL, *_WIDE))} & {self.mask()})",
            f"((({word} & 0xFFFFFFFF) * {choose.pick(_SMALL)} + {a}) & {self.mask()})",
            f"(({word} << {count}) & {self.mask()})",
            f"((({word} << {count}) | ({word} >> (32 - {count}))) & 0xFFFFFFFF)",
            f"({word} >> {count})",
            f"(~{a} & {self.mask()})",
            f"(-{a} & {self.mask()})",
            f"(({a} - {self.leaf(place)}) & {self.mask()})",
            f"({a} % {choose.pick(('0x100000000', '0x80000000', '65521', '10', '256', '0xFFFFFFFB', '1'))})",
            f"({a} // {choose.pick(('3', '16', '0x80000000', '1'))})",
        )
        return choose.pick(forms)

    def unmasked(self, place: _Place) -> str:
        """One operation that may or may not leave the range."""
        choose, word, a = self.choose, f"({self.choose.pick(place.words)} & {self.mask()})", self.leaf(place)
        forms = (
            f"{word} + {a}",
            f"{word} - {a}",
            f"{a} - {word}",
            f"{word} * {choose.pick(('2', '3', '5', '0x10001'))}",
            f"({word} >> {choose.pick(('4', '16', '20'))}) * ({a} & 0xFFFF)",
            f"{word} << {choose.pick(('1', '4', '31', f'({self.step(place)} & 3)'))}",
            f"({word} >> 16) << ({self.step(place)} & 31)",
            f"{word} * 3 + {a}",
            f"({word} - {a}) ^ 5",
            f"({a} + {word}) - {word}",
            f"{word} // ({self.step(place)} + 1)",
            f"{word} % ({self.step(place)} | 1)",
            f"{a} - 0x40000000 + {self.step(place)}",
            f"({self.step(place)} - 3) ^ {word}",
            f"{word} >> {self.step(place)}",
            f"{word} << {self.step(place)} & 0xFFFFFFFF",
        )
        return choose.pick(forms)

    def value(self, place: _Place, depth: int = 2) -> str:
        choose = self.choose
        if depth <= 0 or choose.one_in(4):
            return self.leaf(place)
        match choose.integer(0, 5):
            case 0 | 1 | 2:
                return self.masked(place, depth)
        a, b = self.value(place, depth - 1), self.value(place, depth - 1)
        return f"({a} {choose.pick(('^', '^', '+', '-', '|', '&'))} {b})"

    def condition(self, place: _Place) -> str:
        choose, a = self.choose, self.value(place, 1)
        forms = (
            f"{choose.pick(place.words)} & 1",
            f"{a} {choose.pick(('<', '>', '==', '!=', '<=', '>='))} {self.leaf(place)}",
            f"not {a}",
            f"{a} & {choose.pick(('0x80000000', '1', '0x40000000'))}",
            f"{a}",
            f"{choose.pick(place.words)} is {choose.pick((choose.pick(place.words), 'None'))}",
        )
        return choose.pick(forms if choose.one_in(12) else forms[:-1])

    # --- statements -----------------------------------------------------------------------------------------

    def new_name(self) -> str:
        self.serial += 1
        return f"n{self.serial}"

    def update(self, place: _Place) -> Lines:
        choose, word, other = self.choose, self.choose.pick(place.words), self.choose.pick(place.words)
        if choose.one_in(6):
            second = choose.pick(("t", "t >> 3", "t ^ 1"))
            return [f"t = {self.unmasked(place)}", f"{word} = t & {self.mask()}", f"{other} = {second}"]
        forms = (
            f"{word} = {self.masked(place, 3)}",
            f"{word} = {self.masked(place)}",
            f"{word} ^= {self.masked(place)}",
            f"{word} = tab[({word} ^ {self.step(place)}) & 3] ^ ({word} >> 8)",
            f"{word} = ({word} * 31 + data[{self.step(place)} & 1]) & {self.mask()}",
            f"{word} ^= data[{self.small(place)} & 3]",
            f"{word} = {self.value(place)}",
            f"{word} = {self.unmasked(place)}",
            f"{word} = {self.unmasked(place)}",
            f"{word} = {self.unmasked(place)}",
            f"{word} = {word} if {other} {choose.pick(('<', '>=', '=='))} {self.leaf(place)} else {other}",
            f"{word} {choose.pick(('&=', '|=', '%='))} {self.mask()}",
            f"{word} {choose.pick(('+=', '-=', '>>='))} {choose.pick(_SMALL[1:9])}",
        )
        return [choose.pick(forms)]

    def other(self, place: _Place) -> Lines:
        choose, word = self.choose, self.choose.pick(place.words)
        forms = (
            f"out.append({word})",
            f"print({word}, {self.value(place, 1)})",
            f"out[{self.step(place)} & 1] = {self.value(place, 1)}",
            f"{word} = same({word}, {self.leaf(place)})",
            f"{word} = odd({word}, {self.step(place)})",
            f"tab[{self.small(place)} & 7] = {self.masked(place)}",
            f"{word} = {choose.pick(_ODD)}",
            f"{word}, {choose.pick(place.words)} = {choose.pick(place.words)}, {word}",
            f"glob = {word}",
        )
        return [choose.pick(forms)]

    def block(self, place: _Place, levels: int, count: int) -> Lines:
        choose = self.choose
        lines: Lines = []
        for _ in range(count):
            kind = choose.integer(0, 14)
            if kind < 8 or kind > 12 or levels <= 0:
                made = self.update(place)
            elif kind == 11:
                made = self.other(place)
            elif kind == 8:
                made = [f"if {self.condition(place)}:", *self.suite(place, levels)]
                if choose.one_in(2):
                    made += ["else:", *self.suite(place, levels)]
            elif kind == 9 and place.steps:
                leaving = choose.pick(("break", "continue", "return h"))
                made = [f"if {self.condition(place)}:", f"    {leaving}"]
            elif kind == 10:
                made = self.guarded(place, levels)
            else:
                made = self.loop(place, levels)
            lines += made
        return lines

    def suite(self, place: _Place, levels: int) -> Lines:
        lines = self.block(place, levels - 1, self.choose.pick((1, 2, 3, 4)))
        return ["    " + line for line in lines]

    def guarded(self, place: _Place, levels: int) -> Lines:
        choose = self.choose
        lines = ["try:", *self.suite(place, levels)]
        if choose.one_in(3):
            return [*lines, "finally:", *self.suite(place, 0)]
        error = choose.pick(("ValueError", "Exception", "TypeError"))
        return [*lines, f"except {error}:", *self.suite(place, 0)]

    def loop(self, place: _Place, levels: int) -> Lines:
        choose, step = self.choose, self.new_name()
        inside = _Place(place.words, [*place.steps, step])
        heads: tuple[Lines, ...] = (
            [f"for {step} in data:"],
            [f"for {step} in range({choose.integer(1, 6)}):"],
            [f"for {step} in range({choose.integer(3, 8)}):", f"    {choose.pick(place.words)} ^= {step}"],
            [f"{step} = 0", f"while {step} < {choose.integer(1, 6)}:", f"    {step} += 1"],
        )
        return [*choose.pick(heads), *self.suite(inside, levels)]

    # --- functions ------------------------------------------------------------------------------------------

    def initial(self) -> str:
        return self.choose.pick(_ODD if self.choose.one_in(16) else (*_WIDE, *_WIDE, *_SMALL))

    def function(self, name: str) -> Lines:
        choose = self.choose
        words = ["h", "x", "a"][: choose.integer(1, 3)]
        lines = [f"{word} = {self.initial()}" for word in words]
        place = _Place(["p", *words] if choose.one_in(2) else words)
        lines += ["out = [0, 0]"]
        lines += self.loop(place, choose.pick((1, 2, 2, 3)))
        lines += self.block(place, 1, choose.integer(0, 2))
        if "h" not in place.words:
            lines.insert(0, "h = 1")
        returned = choose.pick(("h", "(h, out)", f"({', '.join(place.words)}, out)", self.value(place)))
        head = [f"def {name}(data, tab, p):"]
        if any("glob" in line for line in lines):
            lines.insert(0, "global glob")
        return [*head, *("    " + line for line in [*lines, f"return {returned}"])]

    def program(self) -> str:
        choose = self.choose
        has_arrays = choose.one_in(3)
        lines: Lines = ["from array import array", "memoryview"] if has_arrays else []
        for number in range(choose.pick((1, 1, 2, 3))):
            name = f"f{number}"
            lines += self.function(name)
            for _ in range(8):
                data, table = (
                    choose.pick(odd if choose.one_in(4) else usual)
                    for usual, odd in ((_DATA, _ODD_DATA), (_TABLES, _ODD_TABLES))
                )
                if has_arrays and choose.integer(0, 2):
                    data, table = choose.pick(_ARRAYS), choose.pick((table, choose.pick(_ARRAYS)))
                given = (data, table, self.initial())
                lines.append(f"show({name}, {', '.join(given)})")
        return HEAD + "\n".join([*lines, "print(glob)"]) + "\n"


def program_of_seed(seed: int) -> str:
    """The program that a number stands for."""
    return Generator(from_seed(seed)).program()
