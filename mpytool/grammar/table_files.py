"""Where the parse tables come from: ``tables.bin`` in the package, the user's cache folder, or Lark.

``tables.bin`` is made when the package is built. A file is only used if it begins with the key of the present
grammar. This runs at every start, so it imports next to nothing.
"""

from __future__ import annotations

import functools
import os
from binascii import crc32

from mpytool.grammar.tables import FORMAT, MARSHAL_VERSION, Tables, unpack_blob
from mpytool.grammar.tokens import KIND_NAMES

_FOLDER = os.path.dirname(__file__)
GRAMMAR_FILE = os.path.join(_FOLDER, "grammar.lark")
PACKAGED_FILE = os.path.join(_FOLDER, "tables.bin")


def read_grammar() -> bytes:
    """The text of grammar.lark."""
    with open(GRAMMAR_FILE, "rb") as file:
        return file.read()


def _checksum(data: bytes) -> bytes:
    return crc32(data).to_bytes(4, "big") + len(data).to_bytes(4, "big")


def _key(grammar: bytes) -> bytes:
    text = f"{FORMAT} {MARSHAL_VERSION} {KIND_NAMES}".encode()
    return _checksum(text + grammar)


def _sealed(key: bytes, blob: bytes) -> bytes:
    """What a file of tables holds: the key of the grammar, a checksum, the tables."""
    return key + _checksum(blob) + blob


def packaged_blob() -> bytes:
    """What belongs into ``tables.bin``."""
    grammar = read_grammar()
    from mpytool.grammar.make_tables import build_blob

    return _sealed(_key(grammar), build_blob(grammar.decode()))


def _read_blob(path: str, key: bytes) -> bytes | None:
    """The tables in a file; None if there is none, or it is of another grammar or damaged."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    blob = data[2 * len(key) :]
    return blob if data == _sealed(key, blob) else None


def _write_blob(path: str, data: bytes) -> None:
    """Write a cache file whole or not at all; a folder that cannot be written is no error."""
    import tempfile

    temporary = None
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=os.path.basename(path))
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            try:
                os.unlink(temporary)
            except OSError:
                return


def load_blob() -> bytes:
    grammar = read_grammar()
    key = _key(grammar)
    blob = _read_blob(PACKAGED_FILE, key)
    if blob is not None:
        return blob
    from platformdirs import user_cache_dir

    path = os.path.join(user_cache_dir("mpyc"), f"tables-{key.hex()}.bin")
    blob = _read_blob(path, key)
    if blob is None:
        from mpytool.grammar.make_tables import build_blob

        blob = build_blob(grammar.decode())
        _write_blob(path, _sealed(key, blob))
    return blob


@functools.cache
def load() -> Tables:
    """The tables of the present grammar, loaded once in a process."""
    return unpack_blob(load_blob())
