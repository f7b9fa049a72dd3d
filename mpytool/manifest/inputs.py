"""What a command line names, besides manifests: modules and folders of them."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from mpytool.diagnostics import ToolError
from mpytool.errors import READ_FAILED
from mpytool.files import InputError, file_diagnostic
from mpytool.manifest.collect import Manifests
from mpytool.manifest.language import files_below
from mpytool.manifest.model import Entry, Kind

MANIFEST_NAMES = "manifest*.py"
"""How a manifest is called, where nothing else says that it is one."""

_KINDS = {".py": Kind.SOURCE, ".mpy": Kind.MPY}


def is_manifest(path: str) -> bool:
    """Whether a path looks like that of a manifest."""
    return fnmatchcase(os.path.basename(path), MANIFEST_NAMES)


def take_input(manifests: Manifests, argument: str, *, as_manifest: bool) -> None:
    """Take a manifest, a module or a folder; with ``as_manifest`` any ``.py``, and a manifest's text.

    Raises InputError for what is none of these, ManifestError for what is wrong in a manifest.
    """
    manifests.collection.asked_for[os.path.abspath(argument)] = None
    if os.path.isdir(argument):
        _take_folder(manifests, argument)
        return
    suffix = os.path.splitext(argument)[1].lower()
    if suffix == ".py" and (as_manifest or is_manifest(argument)):
        manifests.run(argument)
    elif suffix in _KINDS:
        _take_file(manifests, argument, os.path.basename(argument), _KINDS[suffix])
    elif as_manifest:
        manifests.run_text(argument)
    else:
        raise InputError(f"'{argument}' is no .py or .mpy file and no folder")


def _take_folder(manifests: Manifests, folder: str) -> None:
    """Take the modules of a folder: a package under its own name, else what is in it."""
    top = os.path.abspath(folder)
    manifests.collection.asked_for[os.path.join(top, "__init__.py")] = None
    base = os.path.dirname(top) if os.path.isfile(os.path.join(top, "__init__.py")) else top
    inputs: dict[str, None] = {}
    try:
        found = [path for path in files_below(top, inputs) if _suffix(path) in _KINDS]
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, folder, error)]) from None
    if not found:
        raise InputError(f"there is no .py or .mpy file in '{folder}'")
    manifests.collection.inputs.update(inputs)
    for path in found:
        target = os.path.relpath(path, base).replace(os.sep, "/")
        _take_file(manifests, path, target, _KINDS[_suffix(path)])


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _take_file(manifests: Manifests, path: str, target: str, kind: Kind) -> None:
    absolute = os.path.abspath(path)
    manifests.collection.inputs[absolute] = None
    manifests.collection.entries.append(Entry(absolute, target, kind))
