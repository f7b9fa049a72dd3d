"""Files from an image, never outside of the folder that they belong in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from mpytool.diagnostics import Diagnostic
from mpytool.errors import WRITE_FAILED
from mpytool.files import file_diagnostic, write_whole
from mpytool.romfs import errors
from mpytool.romfs.image import Entry, File, Image, walk

_FOREIGN = '\\:*?"<>|' if sys.platform == "win32" else ""
"""Characters that an image may use in names, and this system may not."""


def select(image: Image, wanted: Iterable[str], file: str) -> list[tuple[str, Entry]]:
    """The entries with these paths and what is below them; all for none. Raises RomfsError for an unknown."""
    entries = list(walk(image.root))
    names = [path.strip("/") for path in wanted]
    known = {path for path, _ in entries}
    unknown = [errors.finding(errors.NO_SUCH_ENTRY, file, path=name) for name in names if name not in known]
    if unknown:
        raise errors.RomfsError(unknown)
    if not names:
        return entries
    below = tuple(f"{name}/" for name in names)
    exact = set(names)
    return [(path, entry) for path, entry in entries if path in exact or path.startswith(below)]


def extract(entries: Iterable[tuple[str, Entry]], folder: str) -> Iterator[tuple[str, Diagnostic | None]]:
    """Write entries below ``folder``, which is made; yields each path, and what went wrong with it.

    Files that exist are replaced. A link on the way is an error, wherever it leads.
    """
    for path, entry in entries:
        yield path, _extract(path, entry, folder)


def _extract(path: str, entry: Entry, folder: str) -> Diagnostic | None:
    parts = path.split("/")
    target = os.path.join(folder, *parts)
    # The reader has refused these; what is written here shall not depend on it.
    if any(part in ("", ".", "..") or any(c in _FOREIGN for c in part) for part in parts):
        return errors.finding(errors.BAD_NAME, target, name=ascii(path[:80]), reason="is none on this system")
    for depth in range(1, len(parts) + 1):
        step = os.path.join(folder, *parts[:depth])
        if os.path.islink(step):
            return errors.finding(errors.LINK_IN_THE_WAY, target, path=step)
    try:
        if isinstance(entry, File):
            write_whole(target, bytes(entry.data), make_folders=True)
        else:
            os.makedirs(target, exist_ok=True)
    except OSError as error:
        return file_diagnostic(WRITE_FAILED, target, error)
    except ValueError as error:  # a name that this system has no encoding for
        return file_diagnostic(WRITE_FAILED, target, OSError(0, str(error)))
    return None
