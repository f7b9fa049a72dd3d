"""The folders of packages that ``require()`` searches."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mpytool.manifest import errors
from mpytool.manifest.errors import RefusedError


class Libraries:
    """Named folders, in the order in which they are searched; each is looked through once.

    ``searched`` gets every folder in them.
    """

    def __init__(self, searched: dict[str, None]) -> None:
        self._searched = searched
        self._folders: dict[str, str] = {}
        self._order: list[str] = []
        self._indexes: dict[str, dict[str, str]] = {}

    def add(self, name: str, folder: str, *, first: bool) -> None:
        """Add a folder, behind or before those that are there."""
        self._folders[name] = folder
        self._order.insert(0 if first else len(self._order), folder)

    def find(self, package: str, library: str | None, first: str | None) -> str:
        """The folder of a package: in one library if that is named, else ``first`` and then in all.

        Raises RefusedError.
        """
        if library is None:
            searched = [*([first] if first else []), *self._order]
        elif library in self._folders:
            searched = [self._folders[library]]
        else:
            hint = close_names(library, self._folders, "add_library() adds one")
            raise RefusedError(errors.NO_LIBRARY, name=library, hint=hint)
        for folder in searched:
            found = self._index(folder).get(package)
            if found is not None:
                return found
        raise RefusedError(errors.NO_PACKAGE, name=package, hint=self._hint(package, searched))

    def _hint(self, package: str, searched: list[str]) -> str:
        if not searched:
            return "no library is known: set -v MPY_LIB_DIR=... to micropython-lib, or call add_library()"
        known = [name for folder in searched for name in self._index(folder)]
        places = ", ".join(searched)
        if not known:
            return f"there is nothing in {places}; 'make submodules' fetches micropython-lib"
        return close_names(package, known, f"searched were {places}")

    def _index(self, folder: str) -> dict[str, str]:
        """The packages of a library to their folders; of several with one name the first."""
        found = self._indexes.get(folder)
        if found is None:
            found = self._indexes[folder] = {}
            self._searched[folder] = None
            for path, folders, files in os.walk(folder):
                folders.sort()
                self._searched[path] = None
                if "manifest.py" in files:
                    found.setdefault(os.path.basename(path), path)
        return found


def close_names(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint at what a name may be meant to be."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known))
    return f"close to it: {', '.join(close)}" if close else otherwise
