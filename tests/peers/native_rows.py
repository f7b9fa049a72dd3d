"""What native code is known to fail: rows with a reason. A row that is not needed fails the run."""

from __future__ import annotations

from dataclasses import dataclass

LIFTED: frozenset[str] = frozenset(
    {
        "basics/annotate_var.py",
        "basics/del_deref.py",
        "basics/del_local.py",
        "basics/exception_chain.py",
        "basics/gen_yield_from_close.py",
        "basics/scope_implicit.py",
        "basics/try_finally_return2.py",
        "basics/try_reraise.py",
        "basics/try_reraise2.py",
        "basics/unboundlocal.py",
        "misc/features.py",
    }
)
"""Tests that MicroPython's runner leaves out with mpy-cross's native code and that ours must pass.

They need unbound locals to be noticed, ``raise`` without a value, or ``raise ... from``. The others that it
leaves out want what only the virtual machine has: lines in tracebacks, events between bytecodes, settrace.
"""


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A test of MicroPython's suite that our native code need not pass, where and why."""

    test: str
    marches: tuple[str, ...]
    reason: str


KNOWN_FAILURES: tuple[KnownFailure, ...] = (
    KnownFailure(
        "basics/exception_chain.py",
        ("x64", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
        "the virtual machine warns that a cause is forgotten; native code cannot know whether it would",
    ),
)
