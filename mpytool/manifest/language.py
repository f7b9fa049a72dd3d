"""The functions that a manifest can call, as MicroPython's ``tools/manifestfile.py`` defines them.

Relative paths mean files beside the manifest, because that folder is the current one while it runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter

from mpytool.manifest import errors
from mpytool.manifest.errors import RefusedError
from mpytool.manifest.libraries import Libraries, close_names
from mpytool.manifest.model import Collection, Entry, Kind, Metadata
from mpytool.manifest.places import Place, Texts
from mpytool.manifest.variables import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Includer(Protocol):
        """Runs another manifest; its options are ``given``."""

        def __call__(self, path: str, given: dict[str, object]) -> None: ...


LIBRARIES = ("micropython", "python-stdlib", "python-ecosys")
"""Those of micropython-lib that ``require()`` searches without being told."""

_SUFFIXES = {".py": Kind.SOURCE, ".mpy": Kind.MPY}


class Options:
    """What ``options`` is in a manifest: the keywords of its ``include()``, None for what is not given."""

    def __init__(self, given: dict[str, object]) -> None:
        self._given = given
        self._defaults: dict[str, object] = {}

    def defaults(self, **values: object) -> None:
        """What options are that are not given."""
        self._defaults = values

    def __getattr__(self, name: str) -> object:
        return self._given.get(name, self._defaults.get(name))


class Language:
    """The functions, and what they have gathered. ``listing`` looks for C modules only."""

    def __init__(
        self,
        variables: dict[str, str],
        collection: Collection,
        texts: Texts,
        include: Includer,
        *,
        listing: bool,
    ) -> None:
        self._variables = variables
        self._collection = collection
        self._texts = texts
        self._run = include
        self._listing = listing
        self._metadata = [Metadata()]
        self._visited: set[str] = set()
        self._libraries = Libraries(collection.libraries)
        if variables.get("MPY_LIB_DIR"):
            for name in LIBRARIES:
                self.add_library(name, f"$(MPY_LIB_DIR)/{name}")

    def names(self, given: dict[str, object]) -> dict[str, object]:
        """The globals of a manifest whose ``include()`` had these keywords."""
        functions: tuple[Callable[..., object], ...] = (
            self.metadata, self.include, self.require, self.add_library, self.package, self.module,
            self.c_module, self.freeze, self.freeze_as_str, self.freeze_as_mpy, self.freeze_mpy,
        )  # fmt: skip
        return {**{function.__name__: function for function in functions}, "options": Options(given)}

    def signature(self, name: str) -> str | None:
        """The arguments of a function, as one would write them; None if there is no such function."""
        function = self.names({}).get(name)
        if not callable(function):
            return None
        import inspect

        parameters = inspect.signature(function).parameters.values()
        return ", ".join(str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)

    def hint_at(self, name: str | None) -> str | None:
        """What an unknown name may be meant to be."""
        return close_names(name, self.names({}), "") or None if name else None

    def _is_folder(self, path: str) -> bool:
        self._collection.asked_for[path] = None
        return os.path.isdir(path)

    def _is_file(self, path: str) -> bool:
        self._collection.asked_for[path] = None
        return os.path.isfile(path)

    def _resolve(self, path: object, what: str) -> str:
        return resolve(path, self._variables, what)

    # --- packages ------------------------------------------------------------------------------------------

    def metadata(
        self,
        *,
        description: str | None = None,
        version: str | None = None,
        license: str | None = None,
        author: str | None = None,
        stdlib: bool = False,
        pypi: str | None = None,
        pypi_publish: str | None = None,
    ) -> Metadata:
        """Describe the package; without arguments what was said of it."""
        found = self._metadata[-1]
        fields = {
            "description": description,
            "version": version,
            "license": license,
            "author": author,
            "stdlib": stdlib,
            "pypi": pypi,
            "pypi_publish": pypi_publish,
        }
        if any(value not in (None, False) for value in fields.values()):
            if found.is_set:
                raise RefusedError(errors.METADATA_TWICE)
            for name, value in fields.items():
                setattr(found, name, value)
            found.is_set = True
        return found

    def include(self, manifest_path: str | Iterable[str], **kwargs: object) -> None:
        """Run another manifest, or several; each is run once. A folder stands for its ``manifest.py``."""
        if not isinstance(manifest_path, str | os.PathLike):
            for path in _iterable(manifest_path, "the manifest", "a path or paths"):
                self.include(path, **kwargs)
            return
        path = self._resolve(manifest_path, "the manifest")
        if self._is_folder(path):
            path = os.path.join(path, "manifest.py")
        if path not in self._visited:
            self._visited.add(path)
            self._run(path, kwargs)

    def require(
        self,
        name: str,
        version: str | None = None,
        unix_ffi: bool = False,
        pypi: str | None = None,
        library: str | None = None,
        **kwargs: object,
    ) -> None:
        """Run the manifest of a package in a library. ``version`` and ``pypi`` change nothing here."""
        if not isinstance(name, str):
            raise _wrong("the package", "a name", name)
        # Releases before 1.23 asked for unix-ffi here; since then it is a library to be added.
        first = None
        if unix_ffi and self._variables.get("MPY_LIB_DIR"):
            first = self._resolve("$(MPY_LIB_DIR)/unix-ffi", "the library")
        found = self._libraries.find(name, library, first)
        self._metadata.append(Metadata())
        try:
            self.include(found, **kwargs)
        finally:
            self._metadata.pop()

    def add_library(self, library: str, library_path: str, prepend: bool = False) -> None:
        """Add a folder of packages to those that ``require()`` searches, behind or before them."""
        path = self._resolve(library_path, "the path of a library")
        self._libraries.add(library, path, first=prepend)

    # --- files ---------------------------------------------------------------------------------------------

    def package(
        self,
        package_path: str,
        files: Iterable[str] | None = None,
        base_path: str = ".",
        opt: int | None = None,
    ) -> None:
        """Freeze the ``.py`` files of a package, or some of them."""
        if self._listing:
            return
        base = self._resolve(base_path, "base_path")
        if not isinstance(package_path, str):
            raise _wrong("the package", "a path", package_path)
        if files is None:
            self._add_folder(base, package_path, (".py",), None, opt)
        else:
            for file in _iterable(files, "files", "a list of paths"):
                self._add(base, os.path.join(package_path, file), "package", (".py",), None, opt)

    def module(self, module_path: str, base_path: str = ".", opt: int | None = None) -> None:
        """Freeze one ``.py`` file."""
        if self._listing:
            return
        base = self._resolve(base_path, "base_path")
        if not isinstance(module_path, str):
            raise _wrong("the module", "a path", module_path)
        self._add(base, module_path, "module", (".py",), None, opt)

    def freeze(self, path: str, script: object = None, opt: int | None = None) -> None:
        """Freeze ``.py`` and ``.mpy`` files: all in a folder, or those that ``script`` names."""
        self._freeze("freeze", path, script, (".py", ".mpy"), None, opt)

    def freeze_as_mpy(self, path: str, script: object = None, opt: int | None = None) -> None:
        """The same for ``.py`` files only."""
        self._freeze("freeze_as_mpy", path, script, (".py",), None, opt)

    def freeze_mpy(self, path: str, script: object = None, opt: int | None = None) -> None:
        """The same for ``.mpy`` files only."""
        self._freeze("freeze_mpy", path, script, (".mpy",), None, opt)

    def freeze_as_str(self, path: str) -> None:
        """Freeze the text of all ``.py`` files in a folder."""
        self._freeze("freeze_as_str", path, None, (".py",), Kind.TEXT, None)

    def _freeze(
        self,
        function: str,
        path: str,
        script: object,
        suffixes: tuple[str, ...],
        kind: Kind | None,
        opt: int | None,
    ) -> None:
        if self._listing:
            return
        base = self._resolve(path, "the path")
        if not self._is_folder(base):
            hint = None
            if os.path.isfile(base):
                hint = f'write {function}("{os.path.dirname(str(path)) or "."}", "{os.path.basename(base)}")'
            raise RefusedError(errors.NO_FOLDER, path=self._texts.shown(base), hint=hint)
        if script is None:
            self._add_folder(base, "", suffixes, kind, opt)
        elif isinstance(script, str):
            if self._is_folder(os.path.join(base, script)):
                self._add_folder(base, script, suffixes, kind, opt)
            else:
                self._add(base, script, function, suffixes, kind, opt)
        else:
            for each in _iterable(script, "the script", "a path or paths"):
                self._freeze(function, path, each, suffixes, kind, opt)

    def c_module(self, module_path: str) -> None:
        """Name the folder of a C module that is to be built in."""
        path = self._resolve(module_path, "the path of a C module")
        if not self._is_folder(path):
            raise RefusedError(errors.NO_FOLDER, path=self._texts.shown(path))
        if not any(self._is_file(os.path.join(path, f"micropython.{kind}")) for kind in ("mk", "cmake")):
            raise RefusedError(errors.NO_C_MODULE, path=self._texts.shown(path))
        self._collection.c_modules.append(path)

    def _add_folder(
        self, base: str, inside: str, suffixes: tuple[str, ...], kind: Kind | None, opt: int | None
    ) -> None:
        """Add what is in ``base/inside``, at any depth, with paths relative to ``base``."""
        top = os.path.join(base, inside) if inside else base
        if not self._is_folder(top):
            raise RefusedError(errors.NO_FOLDER, path=self._texts.shown(top))
        place = self._texts.of_caller()
        target = os.path.relpath(top, base)
        found = False
        for path in files_below(top, self._collection.inputs):
            if path.lower().endswith(suffixes):
                found = True
                inner = path[len(top) :].lstrip(os.sep)
                self._append(path, os.path.join(target, inner), kind, opt, place)
        if not found:
            wanted = " or ".join(suffixes)
            warning = errors.diagnostic_at(
                place, errors.NOTHING_FOUND, wanted=wanted, path=self._texts.shown(top)
            )
            self._collection.warnings.append(warning)

    def _add(
        self,
        base: str,
        inside: str,
        function: str,
        suffixes: tuple[str, ...],
        kind: Kind | None,
        opt: int | None,
    ) -> None:
        path = os.path.join(base, inside)
        if not inside.lower().endswith(suffixes):
            wanted = " or ".join(suffixes)
            raise RefusedError(
                errors.WRONG_SUFFIX, path=self._texts.shown(path), wanted=wanted, function=function
            )
        if not self._is_file(path):
            raise RefusedError(errors.NO_FILE, path=self._texts.shown(path), hint=self._close_file(path))
        self._append(path, inside, kind, opt, self._texts.of_caller())

    def _append(
        self, path: str, target: str, kind: Kind | None, opt: int | None, place: Place | None
    ) -> None:
        if opt is not None and (not isinstance(opt, int) or opt < 0):
            raise _wrong("opt", "a level from 0 to 3", opt)
        path = os.path.abspath(path)
        self._collection.inputs[path] = None
        target = os.path.normpath(target).replace(os.sep, "/")
        if kind is None:
            kind = _SUFFIXES[os.path.splitext(path)[1].lower()]
        level = None if opt is None else min(int(opt), 3)
        named = None if place is None else place.note("named here")
        self._collection.entries.append(Entry(path, target, kind, level, self._metadata[-1], named))

    def _close_file(self, path: str) -> str | None:
        """A hint at files in the same folder whose names are like that of one which is missing."""
        from difflib import get_close_matches

        folder, name = os.path.split(path)
        try:
            close = get_close_matches(name, os.listdir(folder))
        except OSError:
            return f"there is no folder '{self._texts.shown(folder)}' either"
        return f"close to it: {', '.join(close)}" if close else None


def files_below(top: str, folders: dict[str, None]) -> Iterator[str]:
    """The files of a folder at any depth, in the order of their names; ``folders`` gets those looked into.

    Links are followed, but not to a folder that they lie in. Raises OSError.
    """
    stack = [(top, os.path.isfile(top), frozenset[tuple[int, int]]())]
    while stack:
        path, is_file, above = stack.pop()
        if is_file:
            yield path
        elif os.path.isdir(path):
            status = os.stat(path)
            here = (status.st_dev, status.st_ino)
            if here not in above:
                folders[path] = None
                above |= {here}
                with os.scandir(path) as entries:
                    inside = [(entry.path, _is_file(entry), above) for entry in entries]
                stack += sorted(inside, reverse=True, key=itemgetter(0))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Without asking the file system where it has said so already; links may lead nowhere."""
    return os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file()


def _iterable(values: object, what: str, wanted: str) -> Iterator[str]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise _wrong(what, wanted, values)
    for value in values:
        if not isinstance(value, str):
            raise _wrong(f"each of {what}", "a path", value)
        yield value


def _wrong(what: str, wanted: str, found: object) -> RefusedError:
    return RefusedError(errors.BAD_ARGUMENT, what=what, wanted=wanted, found=ascii(found)[:80])
