"""The text form of the low form, its verifier on broken text, and what expansion makes of functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.emitters.native.build import build_function
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.expand import expand_function
from mpytool.emitters.native.expand.runtime import Layout
from mpytool.emitters.native.low import number_low
from mpytool.emitters.native.print_low import format_low, parse_low
from mpytool.emitters.native.ssa import number_values
from mpytool.emitters.native.viper_types import type_function
from mpytool.grammar.frontend import parse
from mpytool.lowering import lower
from mpytool.options import Goal, Options
from mpytool.print_ir import IrTextError
from mpytool.source import Source
from tests.casefile import Case, read_cases

DATA = Path(__file__).parent / "data"
CASES = read_cases(DATA / "low.test")
NATIVE = Options(emit="native", arch="x64")
LAYOUT = Layout(word=8, nlr_words=13, has_divide=True, bool_is_word=False)
THUMB = Layout(word=4, nlr_words=19, has_divide=True, bool_is_word=True, short_calls=True)
LAYOUTS = {"-march=armv7em": THUMB, "-march=armv6m": dataclasses.replace(THUMB, has_divide=False)}


def _broken() -> Iterator[tuple[str, str, list[str]]]:
    for part in (DATA / "broken.low").read_text().split("\n\n"):
        title, *lines = part.strip().splitlines()
        text = "\n".join(line for line in lines if not line.startswith("!"))
        yield title, text, [line[2:] for line in lines if line.startswith("!")]


@pytest.mark.parametrize(("title", "text", "messages"), list(_broken()), ids=lambda value: str(value)[:30])
def test_verifier_names_what_is_wrong(title: str, text: str, messages: list[str]) -> None:
    (function,) = parse_low(text)
    assert check_low(function) == messages, title
    assert format_low(function) == text + "\n"


@pytest.mark.parametrize(
    "line", ["b0: form b1", "  v0 = nothing_like_it", "  v0 = const", "  v0 = const 1 2", "  branch xx v0 v0"]
)
def test_text_that_is_none(line: str) -> None:
    with pytest.raises(IrTextError, match="line 3"):
        parse_low(f'function "f" word 8 inputs 4\nb0:\n{line}\n')


def _expanded(source: str, goal: Goal = Goal.SIZE, layout: Layout = LAYOUT) -> str:
    """What the first function of a program becomes, before anything is improved."""
    file = Source(source.encode(), "t.py")
    program = lower(parse(file, NATIVE), file, NATIVE)
    function = program.functions[1]
    ssa = build_function(function)
    type_function(ssa, function, program, file, NATIVE)
    number_values(ssa)
    low = expand_function(ssa, function, Numbering("t.py"), layout, goal).low
    number_low(low)
    assert check_low(low) == []
    text = format_low(low)
    assert format_low(parse_low(text)[0]) == text
    return text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_expansion(case: Case) -> None:
    flags = case.flags.split()
    layout = next((LAYOUTS[flag] for flag in flags if flag in LAYOUTS), LAYOUT)
    goals = [Goal(flag.removeprefix("--optimize=")) for flag in flags if flag.startswith("--optimize=")]
    case.check(_expanded(case.source, *(goals or [Goal.SIZE]), layout))


def test_documentation_shows_what_is_expanded() -> None:
    """The first two blocks in ``docs/native.md``, of the function that it follows through the stages."""
    page = (Path(__file__).parents[3] / "docs/native.md").read_text()
    source = page.partition("```python\n")[2].partition("```")[0]
    shown = [part.partition("```")[0] for part in page.split("```low\n")[1:3]]
    printed = _expanded(source)
    assert len(shown) == 2
    assert all(part in printed for part in shown)
