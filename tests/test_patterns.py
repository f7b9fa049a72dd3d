"""Late patterns do what patterns do, and are compiled when they are used."""

from __future__ import annotations

import re

import pytest

from mpytool.patterns import late


def test_as_a_pattern() -> None:
    pattern = late(r"(a+)b", re.IGNORECASE)
    for _ in range(2):
        match = pattern.fullmatch("aAB")
        assert match is not None
        assert match[1] == "aA"
        assert pattern.sub("-", "xaby") == "x-y"
        assert [m[0] for m in pattern.finditer("ab aab", 1)] == ["aab"]
    assert late(rb"[0-9]+").fullmatch(b"x17y", 1, 3) is not None


def test_nothing_is_compiled_before() -> None:
    pattern = late("(")
    with pytest.raises(re.error):
        pattern.match("")
    with pytest.raises(AttributeError):
        late("a").nothing  # type: ignore[attr-defined]  # noqa: B018
