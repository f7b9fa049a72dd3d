"""Reading and writing images, sound ones and broken ones."""

from __future__ import annotations

import pytest
from hypothesis import given

from mpytool.diagnostics import Severity
from mpytool.mpyfile.errors import FormatErrorKind
from mpytool.romfs import errors
from mpytool.romfs.errors import RomfsError
from mpytool.romfs.image import MAGIC, MAX_DEPTH, File, Folder, walk
from mpytool.romfs.read import examine, read_image
from mpytool.romfs.write import write_image
from mpytool.varint import encode_varuint
from tests.romfs.trees import DOCUMENTED, TREES, plain


@given(TREES)
def test_what_is_written_is_read(tree: Folder) -> None:
    data = write_image(tree)
    image = read_image(data, "x")
    assert plain(image.root) == plain(tree)
    assert image.size == len(data)
    assert len(data) % 2 == 0
    for _, entry in walk(image.root):
        if isinstance(entry, File):
            assert data[entry.offset : entry.offset + len(entry.data)] == bytes(entry.data)


def test_documented_image() -> None:
    image = read_image(DOCUMENTED + b"trailing", "x")
    assert plain(image.root) == {"a.txt": b"hi\n", "d": {"e": b""}, "p": b"shared!!"}
    assert (image.size, image.trailing) == (46, 8)
    assert [
        (path, entry.offset, isinstance(entry, File) and entry.pointed) for path, entry in walk(image.root)
    ] == [("a.txt", 0x0F, False), ("d", 0x12, False), ("d/e", 0x1C, False), ("p", 0x1E, True)]


def test_contents_are_views() -> None:
    data = bytearray(DOCUMENTED)
    image = read_image(memoryview(data), "x")
    data[0x0F] = ord("H")
    assert bytes(next(e.data for _, e in walk(image.root) if isinstance(e, File))) == b"Hi\n"


def test_smallest_image() -> None:
    assert write_image(Folder("")) == bytes.fromhex("d2cd3100")
    assert read_image(bytes.fromhex("d2cd3100"), "x").root.entries == []


def _record(kind: int, payload: bytes) -> bytes:
    return encode_varuint(kind) + encode_varuint(len(payload)) + payload


def _image(payload: bytes) -> bytes:
    return MAGIC + encode_varuint(len(payload)) + payload


def _file(name: bytes, inside: bytes = _record(2, b"x")) -> bytes:
    return _record(5, encode_varuint(len(name)) + name + inside)


def _nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = _record(4, b"\x01d" + data)
    return _image(data)


A = _file(b"a")
POINTERS = b"".join(_file(b"%d" % i, _record(3, encode_varuint(60_000) + b"\x04")) for i in range(100))
NUMBERS = [b"%d" % number for number in range(999)]
BROKEN: dict[str, tuple[bytes, FormatErrorKind, list[str]]] = {
    "empty": (b"", errors.NO_IMAGE, []),
    "other magic": (b"\xd2\xcd\x32\x00", errors.NO_IMAGE, []),
    "no length": (MAGIC + b"\x80", errors.CUT_OFF, []),
    "short": (MAGIC + b"\x05abc", errors.CUT_OFF, []),
    "endless length": (MAGIC + b"\xff" * 40 + b"\x00", errors.LONG_NUMBER, []),
    "long kind": (_image(A + b"\xff" * 40 + b"\x00"), errors.LONG_NUMBER, ["a"]),
    "long name length": (_image(_record(5, b"\xff" * 40 + b"\x00")), errors.LONG_NUMBER, []),
    "long pointer": (_image(_file(b"p", _record(3, b"\xff" * 40))), errors.LONG_NUMBER, []),
    "record beyond": (_image(A + b"\x01\x7f"), errors.OUTSIDE, ["a"]),
    "folder beyond": (_image(_record(4, b"\x01d\x05\x7f") + A), errors.OUTSIDE, ["d", "a"]),
    "head beyond": (_image(A + b"\x05"), errors.OUTSIDE, ["a"]),
    "name beyond": (_image(_record(5, b"\x09a") + A), errors.OUTSIDE, ["a"]),
    "no name": (_image(_record(5, b"") + A), errors.OUTSIDE, ["a"]),
    "data beyond": (_image(_file(b"f", b"\x02\x09abc") + A), errors.OUTSIDE, ["a"]),
    "cut pointer": (_image(_file(b"p", _record(3, b"\x01")) + A), errors.OUTSIDE, ["a"]),
    "unused": (_image(A + b"\x00\x00" + _file(b"b")), errors.UNUSED, ["a"]),
    "pointer outside": (_image(_file(b"p", _record(3, b"\x02\x7f")) + A), errors.POINTER_OUTSIDE, ["a"]),
    "huge pointer": (
        _image(_file(b"p", _record(3, b"\x02" + encode_varuint(1 << 62))) + A),
        errors.POINTER_OUTSIDE,
        ["a"],
    ),
    "no data": (_image(_file(b"f", _record(1, b"pad")) + A), errors.NO_DATA, ["a"]),
    "unused in a file": (_image(_file(b"f", b"\x00\x00" + _record(2, b"x")) + A), errors.UNUSED, ["a"]),
    "deep": (_nested(MAX_DEPTH + 1), errors.TOO_DEEP, ["/".join("d" * n) for n in range(1, MAX_DEPTH + 2)]),
    "shared too often": (
        _image(_record(2, bytes(60_000)) + POINTERS),
        errors.TOO_MUCH,
        [str(i) for i in range((64 * 61_000 + (1 << 20)) // 60_000)],
    ),
    "long paths": (
        _image(
            _record(4, encode_varuint(3000) + b"d" * 3000 + b"".join(_file(b"%d" % i) for i in range(999)))
        ),
        errors.TOO_MUCH,
        [],
    ),
    "no letters": (_image(_file(b"") + A), errors.BAD_NAME, ["a"]),
    "dot": (_image(_file(b".") + A), errors.BAD_NAME, ["a"]),
    "dots": (_image(_record(4, b"\x02.." + A) + A), errors.BAD_NAME, ["a"]),
    "slash": (_image(_file(b"../a") + A), errors.BAD_NAME, ["a"]),
    "nul": (_image(_file(b"a\0b") + A), errors.BAD_NAME, ["a"]),
    "twice": (_image(A + _record(4, b"\x01a")), errors.DUPLICATE, ["a"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_images(name: str) -> None:
    data, kind, readable = BROKEN[name]
    image, findings = examine(data, "x")
    # A file whose data is malformed has none besides
    assert {finding.code for finding in findings} | {errors.NO_DATA.code} == {kind.code, errors.NO_DATA.code}
    assert findings[0].code == kind.code
    assert all(finding.severity is Severity.ERROR for finding in findings)
    if name not in ("shared too often", "long paths"):  # how many are read depends on the limit
        assert [path for path, _ in walk(image.root)] == readable if image else readable == []
    else:
        assert image is not None
        assert len(list(walk(image.root))) < 99 * 10
    with pytest.raises(RomfsError):
        read_image(data, "x")


def test_deepest_folder() -> None:
    image = read_image(_nested(MAX_DEPTH), "x")
    assert len(list(walk(image.root))) == MAX_DEPTH


def test_what_is_skipped() -> None:
    """Padding, anonymous data, unknown kinds, and numbers that begin with zeros."""
    padded = _record(1, b"..") + b"\x80\x80\x80\x02\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01x"
    image, findings = examine(_image(_record(9, b"?") + _file(b"f", padded) + _record(2, b"blob")), "x")
    assert image is not None
    assert plain(image.root) == {"f": b"x"}
    assert [(f.code, f.severity) for f in findings] == [(errors.UNKNOWN_KIND.code, Severity.WARNING)]


def test_findings_are_bounded() -> None:
    _, findings = examine(_image(_file(b"") * 1000), "x")
    assert len(findings) == 100


def test_every_row_has_a_case() -> None:
    """Rows that no image can show are about building and extracting: see test_build and test_extract."""
    rows = {row.code for row in vars(errors).values() if isinstance(row, FormatErrorKind)}
    shown = {kind.code for _, kind, _ in BROKEN.values()} | {errors.UNKNOWN_KIND.code}
    built = {
        row.code
        for row in (
            errors.NO_FILE,
            errors.LINK_CYCLE,
            errors.BAD_MODULE,
            errors.LINK_IN_THE_WAY,
            errors.NO_SUCH_ENTRY,
        )
    }
    assert rows == shown | built
