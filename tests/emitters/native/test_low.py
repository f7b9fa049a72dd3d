"""The text form of the low form, and its verifier on broken text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.print_low import format_low, parse_low
from mpytool.print_ir import IrTextError

DATA = Path(__file__).parent / "data"


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
