"""Low text → improved low text; what is improved stays sound, and improving it again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.improve import improve
from mpytool.emitters.native.print_low import format_low, parse_low
from tests.casefile import Case, read_cases

CASES = read_cases(Path(__file__).parent / "data" / "improve.test")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    (function,) = parse_low(case.source)
    assert check_low(function) == []
    improve(function)
    assert check_low(function) == []
    text = format_low(function)
    case.check(text)
    improve(function)
    assert format_low(function) == text
