"""The arguments of ``mpyc freeze`` as builds of MicroPython give them, read without click.

Importing click takes longer than all else that a build in which little has changed needs.
"""

from __future__ import annotations

from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEFAULTS: dict[str, Any] = {
    "inputs": (),
    "output": None,
    "manifests": (),
    "variables": (),
    "build_dir": None,
    "qstr_header": None,
    "longint": None,
    "mpz_dig_size": None,
    "mpy_cross_flags": None,
    "mpy_tool_flags": "",
    "list_c_modules": False,
    "depend": False,
    "depfile": None,
    "quiet": False,
    "verbose": False,
    "style": "human",
    "no_cache": False,
    "optimise": 0,
    "extras": (),
    "arch": None,
    "arch_flags": None,
    "small_int_bits": None,
    "goal": "balanced",
    "target": None,
    "jobs": None,
}
_SHORT = {"-o": "output", "-v": "variables", "-b": "build_dir", "-f": "mpy_cross_flags"}
_TOOL_FLAGS = "--mpy-tool-flags"


def parse(arguments: Sequence[str]) -> dict[str, Any] | None:
    """What click would make of the arguments; None if there is any that only click understands."""
    given = dict(_DEFAULTS)
    rest = iter(arguments)
    for argument in rest:
        name = _SHORT.get(argument[:2])
        value: str | None
        if argument == "--list-c-modules":
            given["list_c_modules"] = True
            continue
        if argument[:1] != "-" and argument:
            name, value = "inputs", argument
        elif argument.startswith(_TOOL_FLAGS + "="):
            name, value = "mpy_tool_flags", argument[len(_TOOL_FLAGS) + 1 :]
        elif argument == _TOOL_FLAGS:
            name, value = "mpy_tool_flags", next(rest, None)
        else:
            value = argument[2:] or next(rest, None)
        if name is None or value is None:
            return None
        given[name] = (*given[name], value) if isinstance(given[name], tuple) else value
    return given
