"""mpy-cross's spelling of options in the syntax that click reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence

_LONG = ("march", "march-flags", "msmall-int-bits")


def normalise(arguments: Sequence[str], with_value: Collection[str]) -> list[str]:
    """``-march=x64``, ``-msmall-int-bits=63`` and ``-march-flags=zba`` get a second dash, ``-O``… becomes
    ``--optimise=N``.

    ``with_value`` are the options whose value is the next argument, which is then left alone, as is all
    after ``--``.
    """
    result: list[str] = []
    value_next = False
    for position, argument in enumerate(arguments):
        if value_next:
            value_next = False
        elif argument == "--":
            return [*result, *arguments[position:]]
        elif argument.startswith("-O"):
            argument = f"--optimise={_level(argument[2:])}"
        elif argument[1:].split("=", 1)[0] in _LONG and argument.startswith("-"):
            argument = "-" + argument
            value_next = "=" not in argument
        else:
            value_next = argument in with_value
        result.append(argument)
    return result


def _level(text: str) -> str:
    """The level that follows ``-O``: a number, or one more for each further ``O``."""
    if not text.strip("O"):
        return str(len(text) + 1)
    return text
