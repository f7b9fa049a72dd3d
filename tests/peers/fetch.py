"""Things that tests fetch once into the cache folder, also when several test processes want them at once."""

from __future__ import annotations

import fcntl
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.peers.places import cache_dir

_DONE = ".complete"


def fetched(name: str, fetch: Callable[[Path], None]) -> Path:
    """The folder ``name`` of the cache; ``fetch`` fills it if it is not there in whole.

    Others wait meanwhile. What ``fetch`` raises is passed on, and nothing is kept.
    """
    folder = cache_dir() / name
    if (folder / _DONE).exists():
        return folder
    with open(cache_dir() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            fetch(folder)
            (folder / _DONE).touch()
    return folder


def extract(archive: tarfile.TarFile, folder: Path, members: list[tarfile.TarInfo] | None = None) -> None:
    """Unpack an archive, refusing members that would land outside of the folder."""
    # Debian 12's Python 3.11.2 has no filters yet; there the attribute means nothing
    archive.extraction_filter = getattr(tarfile, "data_filter", None)
    archive.extractall(folder, members)
