"""Runs manifests, and turns whatever goes wrong in them into diagnostics with their lines."""

from __future__ import annotations

import os
from collections.abc import Callable

from mpytool.diagnostics import Diagnostic
from mpytool.files import read_file
from mpytool.manifest import errors
from mpytool.manifest.errors import ManifestError, RefusedError, diagnostic_at
from mpytool.manifest.language import Language
from mpytool.manifest.model import Collection
from mpytool.manifest.places import Texts, notes_of

_TEXT_NAME = "<manifest>"
_SIGNALLED = 128
"""SystemExit with more than this is a signal's, see cli/process.py."""
_PREFIX = f"{Language.__name__}."
"""What Python puts before a method's name when it is called wrongly."""


class Manifests:
    """Manifests run one after the other, in one language: a file included by one is not run again.

    While one runs, its folder is the current one of the process, and its functions are called from its own
    Python code: this is not for several threads.
    """

    def __init__(self, variables: dict[str, str], *, listing: bool = False) -> None:
        self.collection = Collection()
        for value in variables.values():
            self.collection.asked_for[os.path.abspath(value)] = None
        self._texts = Texts()
        self._programs: list[bytes] = []
        self._language = Language(variables, self.collection, self._texts, self._run_file, listing=listing)

    def run(self, path: str) -> None:
        """Run the manifest in a file, or in a folder's ``manifest.py``. Raises ManifestError."""
        self._guarded(lambda: self._language.include(os.path.abspath(path)), path)

    def run_text(self, text: str) -> None:
        """Run a manifest that is given as text, in the current folder. Raises ManifestError."""
        data = text.encode("utf-8", "surrogateescape")
        self._guarded(lambda: self._execute(_TEXT_NAME, data, _TEXT_NAME, {}), _TEXT_NAME)

    def are_closed(self) -> bool:
        """Whether nothing decided the result but what the collection has the names of (``closed.py``)."""
        from mpytool.manifest.closed import is_closed

        functions = self._language.names({})
        return all(is_closed(program, functions) for program in self._programs)

    def _run_file(self, path: str, given: dict[str, object]) -> None:
        shown = self._texts.shown(path)
        try:
            data = read_file(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise RefusedError(errors.NO_MANIFEST, path=shown, reason=reason) from None
        self.collection.inputs[path] = None
        before = os.getcwd()
        os.chdir(os.path.dirname(path))
        try:
            self._execute(path, data, shown, given)
        finally:
            os.chdir(before)

    def _execute(self, name: str, data: bytes, shown: str, given: dict[str, object]) -> None:
        self._texts.add(name, data, shown)
        self._programs.append(data)
        exec(compile(data, name, "exec", dont_inherit=True), self._language.names(given))

    def _guarded(self, action: Callable[[], None], file: str) -> None:
        here = os.getcwd()
        try:
            action()
        except SystemExit as error:
            if isinstance(error.code, int) and error.code > _SIGNALLED:
                raise  # a request to end this process
            raise ManifestError([self._diagnostic(error, file)]) from None
        except Exception as error:
            raise ManifestError([self._diagnostic(error, file)]) from None
        finally:
            os.chdir(here)

    def _diagnostic(self, error: Exception | SystemExit, file: str) -> Diagnostic:
        places = self._texts.of_traceback(error.__traceback__)
        if isinstance(error, SyntaxError) and error.filename is not None and self._texts.has(error.filename):
            start = error.offset or 1
            end = error.end_offset if error.end_lineno == error.lineno and error.end_offset else start + 1
            places.insert(0, self._texts.on_line(error.filename, error.lineno or 1, start, end))
        place = places[0] if places else None
        notes = tuple(notes_of(places))
        name = type(error).__name__
        if isinstance(error, RefusedError):
            return diagnostic_at(
                place, error.kind, file=file, notes=notes, message=str(error), hint=error.hint
            )
        if isinstance(error, SyntaxError):
            return diagnostic_at(place, errors.SYNTAX, file=file, notes=notes, type=name, what=error.msg)
        if isinstance(error, TypeError) and str(error).startswith(_PREFIX):
            what = str(error).removeprefix(_PREFIX)
            signature = self._language.signature(what.partition("(")[0])
            if signature is not None:
                return diagnostic_at(
                    place, errors.BAD_CALL, file=file, notes=notes, type=name, what=what, signature=signature
                )
        what = f"{name}: {error}" if str(error) else name
        hint = self._language.hint_at(error.name) if isinstance(error, NameError) else None
        return diagnostic_at(place, errors.RAISED, file=file, notes=notes, type=name, what=what, hint=hint)
