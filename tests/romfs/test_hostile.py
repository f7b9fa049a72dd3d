"""Images nobody should trust: mutations of sound ones, and random bytes."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.diagnostics import Severity
from mpytool.romfs.check import check_image
from mpytool.romfs.extract import extract
from mpytool.romfs.image import MAGIC, File, Folder, walk
from mpytool.romfs.read import examine
from mpytool.romfs.write import write_image
from mpytool.varint import encode_varuint
from tests.romfs.trees import DOCUMENTED, TREES


def _check(data: bytes) -> None:
    """Whatever is read lies inside, is bounded, and can be written again if there is nothing to say."""
    image, findings = examine(data, "x")
    assert len(findings) <= 100
    if image is None:
        assert findings
        return
    entries = list(walk(image.root))
    for path, entry in entries:
        assert all(part not in ("", ".", "..") for part in path.split("/"))
        if isinstance(entry, File):
            assert 0 <= entry.offset <= entry.offset + len(entry.data) <= image.size <= len(data)
    assert sum(len(path.encode("utf-8", "surrogateescape")) for path, _ in entries) <= 64 * len(data) + 2**20
    if not any(finding.severity is Severity.ERROR for finding in findings):
        again, nothing = examine(write_image(image.root), "x")
        assert nothing == []
        assert again is not None
        assert [path for path, _ in walk(again.root)] == [path for path, _ in entries]
    check_image(data, "x")


@given(TREES, st.data())
def test_mutations(tree: Folder, draw: st.DataObject) -> None:
    data = bytearray(write_image(tree))
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data) - 1))
        match draw.draw(st.sampled_from(("set", "cut", "insert", "remove"))):
            case "set":
                data[at] = draw.draw(st.sampled_from((0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0xFF)))
            case "cut":
                del data[at + 1 :]
            case "insert":
                data[at:at] = draw.draw(st.binary(max_size=6))
            case "remove" if len(data) > 1:
                del data[at]
    _check(bytes(data))


@given(st.binary(max_size=200))
def test_random_payload(payload: bytes) -> None:
    _check(MAGIC + encode_varuint(len(payload)) + payload)


def test_every_byte_changed() -> None:
    for at in range(len(DOCUMENTED)):
        for value in range(256):
            _check(DOCUMENTED[:at] + bytes((value,)) + DOCUMENTED[at + 1 :])


def test_every_cut() -> None:
    for size in range(len(DOCUMENTED)):
        image, findings = examine(DOCUMENTED[:size], "x")
        assert image is None
        assert findings


@settings(max_examples=40)
@given(st.lists(st.sampled_from(("..", ".", "", "a", "b", "/etc", "a/../..", "\0", "\\..")), max_size=4))
def test_extraction_stays_inside(parts: list[str]) -> None:
    """Even if the reader's checks were not there."""
    import tempfile

    with tempfile.TemporaryDirectory() as top:
        inside = Path(top, "in")
        inside.mkdir()
        entries = [("/".join(parts) or "..", File("x", b"data"))]
        list(extract(entries, str(inside)))
        everything = {os.path.relpath(path, top).split("/")[0] for path in Path(top).rglob("*")}
        assert everything <= {"in"}
