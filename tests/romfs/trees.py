"""Random trees of files, and the images of the format's documentation."""

from __future__ import annotations

from hypothesis import strategies as st

from mpytool.romfs.image import Entry, File, Folder

NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
CONTENTS = st.binary(max_size=300)


def _folder(children: st.SearchStrategy[list[Entry]]) -> st.SearchStrategy[Folder]:
    return st.builds(Folder, NAMES, children)


def _unique(entries: st.SearchStrategy[Entry]) -> st.SearchStrategy[list[Entry]]:
    return st.lists(entries, max_size=5, unique_by=lambda entry: entry.name)


FILES = st.builds(File, NAMES, CONTENTS)
TREES: st.SearchStrategy[Folder] = st.builds(
    Folder,
    st.just(""),
    _unique(st.recursive(FILES, lambda inner: _folder(_unique(inner)), max_leaves=12)),
)

DOCUMENTED = bytes.fromhex(
    "d2cd31 8029 050b 05612e747874 0203 68690a 0408 0164 0504 0165 0200"
    "0208 7368617265642121 0506 0170 03020819"
)
"""46 bytes: ``a.txt``, ``d/e`` (empty), eight anonymous bytes and ``p``, which points at them."""


def plain(folder: Folder) -> dict[str, object]:
    """A tree as nested dictionaries from names to bytes."""
    return {
        entry.name: plain(entry) if isinstance(entry, Folder) else bytes(entry.data)
        for entry in folder.entries
    }
