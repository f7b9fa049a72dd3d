"""Random MicroPython programs, deep and odd, most of them valid: the hypothesis strategy and its parts."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.programs.chooser import Chooser, from_draw, from_seed
from tests.programs.layout import Line, Style, Writer, draw_style
from tests.programs.statements import Statements

_SPOILERS = (
    "(",
    ")",
    ":",
    "=",
    "*",
    "**",
    ",",
    "if",
    "else",
    "lambda",
    "yield",
    "1",
    "'s'",
    "->",
    "@",
    "not",
    "async",
)


def _spoil(choose: Chooser, lines: list[Line]) -> None:
    """Damage one random logical line: delete, double, replace or swap a token."""
    line = choose.pick(lines)
    while line.block and choose.integer(0, 2):
        line = choose.pick(line.block)
    at = choose.integer(0, len(line.tokens) - 1)
    match choose.integer(0, 4):
        case 0:
            del line.tokens[at]
        case 1:
            line.tokens.insert(at, line.tokens[at])
        case 2:
            line.tokens[at] = choose.pick(_SPOILERS)
        case 3:
            line.tokens.insert(at, choose.pick(_SPOILERS))
        case _:
            line.block = None
    if not line.tokens:
        line.tokens.append("pass")


def make_program(choose: Chooser) -> str:
    """One program; about one in ten is damaged on purpose."""
    budget = choose.pick((10, 30, 60, 120, 250))
    lines = Statements(choose, budget).module()
    if choose.one_in(10):
        _spoil(choose, lines)
    style: Style = draw_style(choose)
    return Writer(choose, style).text(lines)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A random program; shrinks to fewer and simpler statements."""
    return make_program(from_draw(draw))


def program_of_seed(seed: int) -> str:
    """The program that a number stands for: the same today and tomorrow, and much quicker than hypothesis."""
    return make_program(from_seed(seed))
