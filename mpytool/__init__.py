"""mpyc: an ahead-of-time compiler and ``.mpy`` toolchain for MicroPython.

    import mpytool
    module = mpytool.compile_source("print('hello')", name="hello.py")
    data = module.to_bytes()

The names below are the public library; they are loaded when first used.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all of this
    from mpytool.compiler import compile_source
    from mpytool.diagnostics import CompileError, Diagnostic, ToolError
    from mpytool.module import CompiledModule, RawCode
    from mpytool.mpyfile.errors import MpyFormatError
    from mpytool.mpyfile.read import read
    from mpytool.mpyfile.verify import Finding, Policy, verify
    from mpytool.options import Options

__all__ = [
    "CompileError",
    "CompiledModule",
    "Diagnostic",
    "Finding",
    "MpyFormatError",
    "Options",
    "Policy",
    "RawCode",
    "ToolError",
    "__version__",
    "compile_source",
    "read",
    "verify",
]

_HOMES: dict[str, str] = {
    "CompileError": "mpytool.diagnostics",
    "CompiledModule": "mpytool.module",
    "Diagnostic": "mpytool.diagnostics",
    "Finding": "mpytool.mpyfile.verify",
    "MpyFormatError": "mpytool.mpyfile.errors",
    "Options": "mpytool.options",
    "Policy": "mpytool.mpyfile.verify",
    "RawCode": "mpytool.module",
    "ToolError": "mpytool.diagnostics",
    "compile_source": "mpytool.compiler",
    "read": "mpytool.mpyfile.read",
    "verify": "mpytool.mpyfile.verify",
}


def __getattr__(name: str) -> object:
    # A command that needs only one part must not pay for the start of the others.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
