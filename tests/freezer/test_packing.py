"""Packed arrays have every piece where they say, and every window has what its code needs where it says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mpytool.freezer.packing import Packed, pack
from mpytool.freezer.windows import FAR, NEAR, Demand, overlap_tables

_PIECES = st.lists(st.binary(max_size=6).map(lambda data: bytes(byte % 3 for byte in data)), max_size=30)


def _array(pieces: list[bytes], packed: Packed, width: int) -> bytes:
    return b"".join([pieces[number][shared * width :] for number, shared in packed.order])


@given(
    pieces=_PIECES,
    given_arrays=st.lists(st.binary(max_size=8).map(lambda d: bytes(b % 3 for b in d)), max_size=2),
)
@example(pieces=[b"\0", b"a\0", b"ba\0", b"\0a", b"a\0\0"], given_arrays=[b"ba\0"])
def test_bytes(pieces: list[bytes], given_arrays: list[bytes]) -> None:
    packed = pack(pieces, given_arrays)
    arrays = [_array(pieces, packed, 1), *given_arrays]
    assert packed.size == len(arrays[0]) <= sum(map(len, set(pieces)))
    for piece, home, offset in zip(pieces, packed.homes, packed.offsets, strict=True):
        assert arrays[home][offset : offset + len(piece)] == piece


@given(pieces=_PIECES)
def test_wide_items(pieces: list[bytes]) -> None:
    """Items of two bytes are found at even places only."""
    wide = [bytes(byte for pair in piece for byte in (0, pair)) for piece in pieces]
    packed = pack(wide, (), 2)
    array = _array(wide, packed, 2)
    assert packed.size * 2 == len(array)
    for piece, offset in zip(wide, packed.offsets, strict=True):
        assert array[offset * 2 : offset * 2 + len(piece)] == piece


@given(pieces=_PIECES)
def test_not_shared(pieces: list[bytes]) -> None:
    packed = pack(pieces, (), share=False)
    assert _array(pieces, packed, 1) == b"".join(pieces)


def test_suffixes_and_overlaps() -> None:
    """What the page on freezing shows, counted in bytes."""
    pieces = [b"read\0", b"readinto\0", b"into\0", b"\0\x5b"]
    packed = pack(pieces)
    assert packed.size == 5 + 9 + 2 - 1
    assert _array(pieces, packed, 1).count(b"into") == 1


_TABLES = st.lists(
    st.tuples(st.lists(st.integers(0, 400), max_size=300, unique=True), st.booleans()), max_size=8
)


def _demand(number: int, entries: list[int], fixed: bool) -> Demand:
    if fixed:
        return Demand(fixed=[-number - 1, *entries])
    return Demand(entries[: NEAR - 1], entries[NEAR - 1 :], first=-number - 1)


@given(tables=_TABLES, share=st.booleans())
@example(tables=[(list(range(300)), False), (list(range(100, 400)), False), ([1, 2], True)], share=True)
def test_windows(tables: list[tuple[list[int], bool]], share: bool) -> None:
    demands = [_demand(number, *table) for number, table in enumerate(tables)]
    result = overlap_tables(demands, share)
    assert sum(result.added) == len(result.entries)
    for demand, window in zip(demands, result.windows, strict=True):
        table = result.entries[window.start :]
        if demand.fixed is not None:
            assert table[: len(demand.fixed)] == demand.fixed
            continue
        assert table[0] == demand.first
        assert set(window.near) == set(demand.near)
        assert set(window.far) == set(demand.far)
        assert all(0 < at < NEAR and table[at] == entry for entry, at in window.near.items())
        assert all(NEAR <= at < FAR and table[at] == entry for entry, at in window.far.items())


def test_far_beyond_reach() -> None:
    """Where the common end of the array is too far away, a table brings its far entries along."""
    fixed = [Demand(fixed=list(range(n * 1000, n * 1000 + 1000))) for n in range(17)]
    far = list(range(100_000, 100_050))
    near = list(range(90_000, 90_000 + NEAR - 1))
    result = overlap_tables([*fixed, Demand(near, far, first=-1)], True)
    window = result.windows[-1]
    assert [result.entries[window.start + at] for at in window.far.values()] == list(window.far)
    assert sorted(window.far) == far


def test_common_entries_are_near() -> None:
    """Two small tables with three entries in common are one array with those once."""
    demands = [Demand([1, 2, 3, 4], first=-1), Demand([2, 3, 4, 5], first=-2)]
    result = overlap_tables(demands, True)
    assert len(result.entries) == 7
    assert [len(window.near) for window in result.windows] == [4, 4]


def test_constants_have_no_first_entry() -> None:
    result = overlap_tables([Demand([1, 2]), Demand([2]), Demand()], True)
    assert len(result.entries) == 2
    assert result.windows[2].start == -1
