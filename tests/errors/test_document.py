"""docs/errors.md and the table of errors agree."""

from __future__ import annotations

from tests.errors.document import PAGE, format_rows, page, rows


def test_codes_are_unique() -> None:
    codes = [row.code for row in (*rows(), *format_rows())]
    assert len(codes) == len(set(codes))


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.errors.document"
