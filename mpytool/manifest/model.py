"""What manifests come to: files with the paths that a firmware finds them by, and C modules."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from mpytool.diagnostics import Diagnostic, Note


class Kind(enum.Enum):
    """How a file is frozen."""

    SOURCE = "source"
    """A ``.py`` that is compiled."""
    MPY = "mpy"
    """A ``.mpy`` that is taken as it is."""
    TEXT = "text"
    """A ``.py`` whose text is frozen; it is compiled whenever it is imported."""


@dataclass(slots=True)
class Metadata:
    """What ``metadata()`` says of a package; all None where it was not called."""

    description: str | None = None
    version: str | None = None
    license: str | None = None
    author: str | None = None
    stdlib: bool = False
    pypi: str | None = None
    pypi_publish: str | None = None
    is_set: bool = False


@dataclass(slots=True, frozen=True)
class Entry:
    """One file.

    ``path``      where it lies, absolute
    ``target``    its path in the firmware, ``pkg/a.py``, with slashes on every system
    ``opt``       optimisation level, None for that of the run
    ``metadata``  of the package that it belongs to; complete when the manifests have ended
    ``named``     the place in a manifest that names it, None where the command line did
    """

    path: str
    target: str
    kind: Kind
    opt: int | None = None
    metadata: Metadata = field(default_factory=Metadata)
    named: Note | None = None

    def decisive(self) -> str:
        """What of this decides what is frozen, besides the file's contents; a NUL ends each part."""
        return f"{self.path}\0{self.target}\0{self.kind.value}\0{self.opt}\0{self.metadata.version}\0"


@dataclass(slots=True)
class Collection:
    """What some manifests come to, in order.

    ``inputs`` are the files and folders that it was made of, ``libraries`` the folders in which packages were
    searched, ``asked_for`` what may be a file, a folder or nothing.
    """

    entries: list[Entry] = field(default_factory=list)
    c_modules: list[str] = field(default_factory=list)
    inputs: dict[str, None] = field(default_factory=dict)
    libraries: dict[str, None] = field(default_factory=dict)
    asked_for: dict[str, None] = field(default_factory=dict)
    warnings: list[Diagnostic] = field(default_factory=list)
