"""What manifests come to: files with the paths that a firmware finds them by, and C modules."""

from __future__ import annotations

import enum

from mpytool.diagnostics import Diagnostic, Note
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Kind(enum.Enum):
    """How a file is frozen."""

    SOURCE = "source"
    """A ``.py`` that is compiled."""
    MPY = "mpy"
    """A ``.mpy`` that is taken as it is."""
    TEXT = "text"
    """A ``.py`` whose text is frozen; it is compiled whenever it is imported."""


class Metadata(Record):
    """What ``metadata()`` says of a package; all None where it was not called."""

    __slots__ = ("description", "version", "license", "author", "stdlib", "pypi", "pypi_publish", "is_set")

    def __init__(
        self,
        description: str | None = None,
        version: str | None = None,
        license: str | None = None,
        author: str | None = None,
        stdlib: bool = False,
        pypi: str | None = None,
        pypi_publish: str | None = None,
        is_set: bool = False,
    ) -> None:
        self.description = description
        self.version = version
        self.license = license
        self.author = author
        self.stdlib = stdlib
        self.pypi = pypi
        self.pypi_publish = pypi_publish
        self.is_set = is_set


class Entry(Record):
    """One file.

    ``path``      where it lies, absolute
    ``target``    its path in the firmware, ``pkg/a.py``, with slashes on every system
    ``opt``       optimisation level, None for that of the run
    ``metadata``  of the package that it belongs to; complete when the manifests have ended
    ``named``     the place in a manifest that names it, None where the command line did
    """

    __slots__ = ("path", "target", "kind", "opt", "metadata", "named")

    def __init__(
        self,
        path: str,
        target: str,
        kind: Kind,
        opt: int | None = None,
        metadata: Metadata | None = None,
        named: Note | None = None,
    ) -> None:
        self.path: Final = path
        self.target: Final = target
        self.kind: Final = kind
        self.opt: Final = opt
        self.metadata: Final = Metadata() if metadata is None else metadata
        self.named: Final = named

    def decisive(self) -> str:
        """What of this decides what is frozen, besides the file's contents; a NUL ends each part."""
        return f"{self.path}\0{self.target}\0{self.kind.value}\0{self.opt}\0{self.metadata.version}\0"


class Collection(Record):
    """What some manifests come to, in order.

    ``inputs`` are the files and folders that it was made of, ``libraries`` the folders in which packages were
    searched, ``asked_for`` what may be a file, a folder or nothing.
    """

    __slots__ = ("entries", "c_modules", "inputs", "libraries", "asked_for", "warnings")

    def __init__(
        self,
        entries: list[Entry] | None = None,
        c_modules: list[str] | None = None,
        inputs: dict[str, None] | None = None,
        libraries: dict[str, None] | None = None,
        asked_for: dict[str, None] | None = None,
        warnings: list[Diagnostic] | None = None,
    ) -> None:
        self.entries = [] if entries is None else entries
        self.c_modules = [] if c_modules is None else c_modules
        self.inputs = {} if inputs is None else inputs
        self.libraries = {} if libraries is None else libraries
        self.asked_for = {} if asked_for is None else asked_for
        self.warnings = [] if warnings is None else warnings
