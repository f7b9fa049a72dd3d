"""Random viper functions, of which most have some error of type.

Errors come many in one statement, in nested blocks and over several lines: which of them mpy-cross reports,
and for which line, depends on all that.
"""

from __future__ import annotations

from random import Random

_SIGNATURE = "o, q, b: bool, i: int, j: int, u: uint, p: ptr, p8: ptr8, p32: ptr32"
_RESULTS = ("", "", " -> int", " -> uint", " -> bool")
_LEAVES = (
    "o", "q", "b", "i", "j", "u", "p", "p8", "p32", "x", "y", "z", "1", "7", "True", "'s'", "[]", "None",
)  # fmt: skip
_BINARY = ("+", "-", "*", "&", "<<", "//", "<", "==", "!=", "in", "is", "/")
_RIGHT = (
    "x = o", "y = i", "z = u", "y = i + 1", "i = p8[j]", "p32[i] = u", "o(i, u)", "x = o.a", "y += i",
    "z = u >> 3", "i = int(o)", "p8[u] = i & 255", "j = i", "o = q(x)", "y = i // j", "u = uint(i)",
)  # fmt: skip
_OTHER = (
    "del x",
    "raise o",
    "raise i",
    "assert i",
    "o.a = i",
    "pass",
    "x, y = o",
    "o(i)",
    "return",
    "return i",
)


def random_function(seed: int) -> str:
    """One function, valid Python; the same for the same seed."""
    writer = _Writer(Random(seed))
    head = f"@micropython.viper\ndef f({_SIGNATURE}){writer.random.choice(_RESULTS)}:\n"
    return head + writer.block(1, 2) + writer.block(1, 2)


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        #: whether mistakes are likely
        self.rate = random.choice((0.05, 0.3))

    def expression(self, depth: int) -> str:
        pick = self.random.choice
        if depth <= 0 or self.random.random() < 0.35:
            return pick(_LEAVES)
        one, two, three = (self.expression(depth - 1) for _ in range(3))
        # None where control flow meets has another type for us; see viper_programs.DIFFERENT
        first, last = one.replace("None", "o"), three.replace("None", "i")
        return pick(
            (
                f"({one} {pick(_BINARY)} {two})",
                f"({one} {pick(_BINARY)} {two})",
                f"({pick(('-', '~', 'not ', '+'))}{one})",
                f"{pick(('int', 'uint', 'bool', 'ptr8', 'ptr32', 'ptr'))}({one})",
                f"{pick(('o', 'q', 'x'))}({one}, {two})",
                f"{pick(('o', 'p8', 'p32', 'x', 'i'))}[{one}]",
                f"({first} {pick(('and', 'or'))} {last})",
                f"({first} if {two} else {last})",
                f"({one},\n {two})",
                f"o.m({one})",
            )
        )

    def block(self, indent: int, depth: int) -> str:
        return "".join(self.statement(indent, depth) for _ in range(self.random.choice((1, 1, 2, 3))))

    def statement(self, indent: int, depth: int) -> str:
        pick = self.random.choice
        margin = " " * indent
        if depth > 0 and self.random.random() < 0.3:
            return self.compound(indent, depth)
        if self.random.random() > self.rate:
            return f"{margin}{pick(_RIGHT)}\n"
        value, index = self.expression(2), self.expression(1)
        return margin + pick(
            (
                f"{pick(('x', 'y', 'z', 'i', 'o', 'w'))} = {value}\n",
                f"{pick(('p8', 'p32', 'o', 'x'))}[{index}] = {value}\n",
                f"return {value}\n",
                f"{value}\n",
                f"{pick(('x', 'i', 'u', 'y'))} {pick(('+=', '-=', '//=', '>>='))} {value}\n",
                f"{pick(_OTHER)}\n",
            )
        )

    def compound(self, indent: int, depth: int) -> str:
        pick = self.random.choice
        margin = " " * indent
        body, other = self.block(indent + 1, depth - 1), self.block(indent + 1, depth - 1)
        is_right = self.random.random() > self.rate
        condition = pick(("i", "o", "b", "u < 3", "i == j", "not o")) if is_right else self.expression(1)
        ends = pick(("i", "3", "i, j", "u, u", "j, 3, 2") if is_right else ("o", "u", "o, 1"))
        return pick(
            (
                f"{margin}if {condition}:\n{body}{margin}else:\n{other}",
                f"{margin}if {condition}:\n{body}",
                f"{margin}while {condition}:\n{body}",
                f"{margin}for {pick(('i', 'y', 'w'))} in range({ends}):\n{body}",
                f"{margin}for {pick(('x', 'v', 'i'))} in o:\n{body}",
                f"{margin}try:\n{body}{margin}except ValueError:\n{other}",
                f"{margin}try:\n{body}{margin}finally:\n{other}",
                f"{margin}with o as {pick(('x', 'v'))}:\n{body}",
            )
        )
