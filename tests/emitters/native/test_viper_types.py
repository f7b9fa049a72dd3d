"""Source → typed SSA text; what comes out is sound, of all programs that are accepted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from mpytool.compiler import stage_text
from mpytool.diagnostics import CompileError
from mpytool.emitters.native.build import build_function
from mpytool.emitters.native.check import check_ssa
from mpytool.emitters.native.print_ssa import format_ssa, parse_ssa
from mpytool.emitters.native.viper_types import type_function
from mpytool.grammar.frontend import parse
from mpytool.ir import Emitter
from mpytool.lowering import lower
from mpytool.options import Options
from mpytool.source import Source
from tests.casefile import Case, read_cases
from tests.emitters.native.viper_programs import DIFFERENT, programs
from tests.peers.oracle import parse_flags

CASES = read_cases(Path(__file__).parent / "data" / "viper_types.test")
OPTIONS = (Options(arch="x64"), Options(arch="armv6m"), Options(arch="x64", small_int_bits=63))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    options = parse_flags(case.flags or "-march=x64")
    case.check(stage_text("typed", case.source, name="t.py", options=options))


def _check(source: str, options: Options) -> int:
    """How many viper functions came out sound."""
    file = Source(source.encode(), "t.py")
    program = lower(parse(file, options), file, options)
    n = 0
    for function in program.functions:
        if function.emitter is Emitter.VIPER:
            ssa = build_function(function)
            type_function(ssa, function, program, file, options)
            text = format_ssa(ssa)
            assert check_ssa(ssa) == [], f"{source}\n{text}"
            assert format_ssa(parse_ssa(text)[0]) == text
            n += 1
    return n


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_sound(case: Case) -> None:
    assert _check(case.source, parse_flags(case.flags or "-march=x64"))


def test_all_that_is_accepted_is_sound() -> None:
    sources = [*programs(), *(source for source, _, _ in DIFFERENT)]
    n_sound = 0
    for source in sources:
        for options in OPTIONS:
            with suppress(CompileError):
                n_sound += _check(source, options)
    assert n_sound > 1500
