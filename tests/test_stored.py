"""Diagnostics in the cache."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.diagnostics import Diagnostic, Location, Note, Peer, Severity
from mpytool.stored import dump_result, load_result

texts = st.text(st.characters(codec=None), max_size=20)
numbers = st.integers(0, 10**6)
locations = st.builds(Location, texts, numbers, numbers, numbers, numbers)
diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(Severity),
    texts,
    texts,
    texts,
    locations,
    st.none() | texts,
    st.lists(st.builds(Note, texts, st.none() | locations), max_size=3).map(tuple),
    st.none() | st.builds(Peer, texts, texts, numbers, st.none() | texts),
    st.lists(st.tuples(numbers, texts), max_size=3).map(tuple),
)


@given(st.lists(diagnostics, min_size=1, max_size=3).map(tuple))
def test_round_trip(result: tuple[Diagnostic, ...]) -> None:
    assert load_result(dump_result(result)) == result


def test_files_are_stored_as_they_are() -> None:
    assert load_result(dump_result(b"M\x06")) == b"M\x06"


@pytest.mark.parametrize("data", [b"[", b"[1]", b"[[1, 2]]", b'[["error"]]', b"[{}]", b"[\xff"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        load_result(data)
