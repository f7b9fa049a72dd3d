"""Variables in paths: ``$(PORT_DIR)/modules``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from mpytool.files import InputError
from mpytool.manifest.errors import BAD_ARGUMENT, UNSET_VARIABLE, RefusedError
from mpytool.patterns import late

_VARIABLE = late(r"\$\(([^)]*)\)")


def parse_variables(definitions: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` each; a value that is a path that exists becomes absolute. Raises InputError."""
    found = {}
    for definition in definitions:
        name, equals, value = definition.partition("=")
        if not equals or not name:
            raise InputError(f"'{definition}' is no NAME=VALUE")
        found[name] = os.path.abspath(value) if os.path.exists(value) else value
    return found


def resolve(path: object, variables: Mapping[str, str], what: str) -> str:
    """An absolute path with the variables replaced, relative to the current folder. Raises RefusedError."""
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if not isinstance(path, str):
        raise RefusedError(BAD_ARGUMENT, what=what, wanted="a path", found=type(path).__name__)

    def value(match: re.Match[str]) -> str:
        found = variables.get(match[1])
        if found is None:
            known = ", ".join(variables) or "none"
            raise RefusedError(UNSET_VARIABLE, name=match[1], path=path, known=known)
        return found

    return os.path.abspath(_VARIABLE.sub(value, path))
