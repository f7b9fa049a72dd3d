"""Files that tell make and ninja what an output depends on, as compilers write them with ``-MD``."""

from __future__ import annotations

from collections.abc import Iterable


def format_depfile(output: str, inputs: Iterable[str]) -> str:
    """One rule; and an empty one for each input, so that make goes on when one is gone."""
    escaped = [_escape(path) for path in dict.fromkeys(inputs)]
    lines = [f"{_escape(output)}: \\", *(f"  {path} \\" for path in escaped)]
    lines[-1] = lines[-1].removesuffix(" \\")
    return "\n".join([*lines, *(f"{path}:" for path in escaped)]) + "\n"


def _escape(path: str) -> str:
    return path.replace("\\", "/").replace("$", "$$").replace("#", "\\#").replace(" ", "\\ ")
