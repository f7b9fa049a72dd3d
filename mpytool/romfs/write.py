"""Image from tree: the bytes that ``mpremote romfs build`` makes of the same files."""

from __future__ import annotations

from mpytool.romfs.image import MAGIC, Folder, Kind
from mpytool.values import encode_text
from mpytool.varint import encode_varuint


def write_image(root: Folder) -> bytes:
    """The image of a tree, of an even number of bytes. Folders may nest up to image.MAX_DEPTH."""
    payload = _records(root)
    length = encode_varuint(len(payload))
    if (len(MAGIC) + len(length) + len(payload)) % 2:
        length = b"\x80" + length  # the number stays what it is
    return MAGIC + length + payload


def _records(folder: Folder) -> bytes:
    records = bytearray()
    for entry in folder.entries:
        name = encode_text(entry.name)
        head = encode_varuint(len(name)) + name
        if isinstance(entry, Folder):
            records += _record(Kind.FOLDER, head + _records(entry))
        else:
            records += _record(Kind.FILE, head + _record(Kind.DATA, bytes(entry.data)))
    return bytes(records)


def _record(kind: Kind, payload: bytes) -> bytes:
    return encode_varuint(kind) + encode_varuint(len(payload)) + payload
