"""From what manifests name to a frozen image: compiled through the cache, on several processes."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence

from mpytool.batch import Outcome, run_jobs
from mpytool.cache import Cache
from mpytool.diagnostics import Diagnostic, Note
from mpytool.errors import READ_FAILED
from mpytool.files import Job, file_diagnostic, read_file
from mpytool.manifest.errors import ManifestError
from mpytool.manifest.model import Entry, Kind
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mpytool.freezer import FreezeSettings, FrozenImage, FrozenModule
    from mpytool.manifest.kept import KeptCache

_HAS_VERSION = b"__version__ ="


class Named:
    """An entry, under the name by which the firmware finds it."""

    __slots__ = ("name", "entry", "data")

    def __init__(self, name: str, entry: Entry, data: bytes = b"") -> None:
        self.name = name
        self.entry = entry
        self.data = data


class Freezing:
    """One image in the making: ``contents`` first, to its end, then ``image``.

    ``level`` is an optimisation level that counts more than what manifests say.
    """

    def __init__(self, entries: Iterable[Entry], options: Options, *, level: int | None = None) -> None:
        self.entries = unique(entries)
        self._options = options
        self._level = level
        self._found: list[Named | None] = [None] * len(self.entries)
        check_names([Named(e.target, e) for e in self.entries if e.kind is not Kind.MPY])

    @property
    def found(self) -> list[Named]:
        """What was read, in the order of the entries."""
        return [named for named in self._found if named is not None]

    def contents(self, *, cache: Cache | None, processes: int) -> Generator[Outcome, None, None]:
        """Read and compile; one Outcome for each entry. No image can be made if one of them failed."""
        numbers = {}
        jobs = []
        for number, entry in enumerate(self.entries):
            if entry.kind is Kind.SOURCE:
                job = source_job(entry, self._options, self._level)
                numbers[id(job)] = number
                jobs.append(job)

        def keep(job: Job, data: bytes) -> None:
            number = numbers[id(job)]
            self._found[number] = Named(job.name, self.entries[number], data)

        yield from run_jobs(jobs, self._options, keep, cache=cache, processes=processes)
        for number, entry in enumerate(self.entries):
            if entry.kind is not Kind.SOURCE:
                yield self._take(number, entry)

    def _take(self, number: int, entry: Entry) -> Outcome:
        job = Job(entry.path, entry.target, entry.target)
        name = entry.target
        try:
            data = read_file(entry.path)
            if entry.kind is Kind.MPY:
                name = _name_of_mpy(entry, data)
        except OSError as error:
            return Outcome(job, (file_diagnostic(READ_FAILED, entry.path, error),))
        except MpyFormatError as error:
            return Outcome(job, (at_manifest(error.in_file(entry.path), entry),))
        self._found[number] = Named(name, entry, data)
        return Outcome(job, (), len(data), len(data))

    def image(self, settings: FreezeSettings, cache: KeptCache | None) -> FrozenImage:
        """The frozen image. Raises ManifestError with the line of the manifest that names the culprit."""
        from mpytool.freezer import FreezeError, FrozenText, freeze

        found = self.found
        check_names(found)
        make = _read_module if cache is None else cache.module
        modules = [make(n.name, n.data) for n in found if n.entry.kind is not Kind.TEXT]
        texts = [FrozenText(n.name, n.data) for n in found if n.entry.kind is Kind.TEXT]
        try:
            image = freeze(modules, texts, settings)
        except FreezeError as error:
            entries = {named.name: named.entry for named in found}
            raise ManifestError([_in_source(d, entries) for d in error.diagnostics]) from None
        if cache is not None:
            compiled = [n.data for n in found if n.entry.kind is not Kind.TEXT]
            cache.keep(dict(zip(compiled, modules, strict=True)))
        return image


def _read_module(name: str, data: bytes) -> FrozenModule:
    from mpytool.freezer import FrozenModule
    from mpytool.mpyfile.read import read

    return FrozenModule(name, read(data))


def unique(entries: Iterable[Entry]) -> list[Entry]:
    """The entries without those that name the same file in the same way again."""
    first: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        first.setdefault((entry.path, entry.target, entry.kind, entry.opt), entry)
    return list(first.values())


def source_job(entry: Entry, options: Options, level: int | None) -> Job:
    """The compilation of a source. With the version of its package at the end, unless it has one."""
    optimise = level if level is not None else entry.opt
    own = None if optimise is None else options.changed(optimise=optimise)
    appended = b""
    version = entry.metadata.version
    if version:
        try:
            has_version = _HAS_VERSION in read_file(entry.path)
        except OSError:  # will be said when it is compiled
            has_version = True
        if not has_version:
            appended = f"\n\n__version__ = {version!r}\n".encode()
    return Job(entry.path, entry.target, entry.target, appended, own)


def _name_of_mpy(entry: Entry, data: bytes) -> str:
    """The path under which a ``.mpy`` file is found.

    That is the name embedded in it if a manifest names the file, as with ``mpy-tool.py``; but where no import
    could find that, and without a manifest, it is the file's own path. Raises MpyFormatError.
    """
    from mpytool.mpyfile.read import read

    embedded = read(data).qstrs[0]
    findable = embedded.endswith((".py", ".mpy")) and not embedded.startswith("/")
    findable = findable and ".." not in embedded.split("/")
    if entry.named is not None and findable:
        return embedded
    return os.path.splitext(entry.target)[0] + ".py"


def check_names(found: Sequence[Named]) -> None:
    """Raises ManifestError, with the lines that name them, where two entries have one name."""
    first: dict[str, Entry] = {}
    wrong: list[Diagnostic] = []
    for named in found:
        other = first.setdefault(named.name, named.entry)
        if other is not named.entry:
            from mpytool.freezer.errors import SAME_PATH, FreezeError

            diagnostic = FreezeError(SAME_PATH, named.entry.path, name=named.name).diagnostics[0]
            diagnostic = at_manifest(diagnostic, named.entry)
            note = Note(f"the other is {other.path}")
            if other.named is not None:
                note = other.named.changed(message=f"the other, {other.path}, is named here")
            wrong.append(diagnostic.changed(notes=(*diagnostic.notes, note)))
    if wrong:
        raise ManifestError(wrong)


def at_manifest(diagnostic: Diagnostic, entry: Entry) -> Diagnostic:
    """A diagnostic about a file as one about the line of the manifest that names it, if one does."""
    named = entry.named
    if named is None or named.location is None:
        return diagnostic
    note = Note(f"the file is {diagnostic.location.file}")
    lines = ((named.location.line, named.text or ""),)
    notes = (*diagnostic.notes, note)
    return diagnostic.changed(location=named.location, source_lines=lines, notes=notes)


def _in_source(diagnostic: Diagnostic, entries: dict[str, Entry]) -> Diagnostic:
    """A diagnostic of the freezer, which names a frozen module, as one about its file."""
    entry = entries.get(diagnostic.location.file)
    if entry is None:
        return diagnostic
    located = diagnostic.changed(location=diagnostic.location.changed(file=entry.path))
    return at_manifest(located, entry)
