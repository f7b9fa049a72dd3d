"""Settings of the whole interpreter that compiling wants otherwise for a moment.

Both belong to the process, not to a thread, so both are changed under a lock and put back by whoever
leaves last.
"""

from __future__ import annotations

import gc
import sys
from _thread import allocate_lock
from collections.abc import Iterator
from contextlib import contextmanager

_lock = allocate_lock()
_compilations = 0
_collector_was_on = False
_deep_work = allocate_lock()


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No cyclic garbage collection while at least one thread is inside.

    A compilation makes many objects and next to no cycles; the collector would look at all of the syntax
    tree again and again, a quarter of the time for a large file, and more than proportionally.
    """
    global _compilations, _collector_was_on
    with _lock:
        if _compilations == 0:
            _collector_was_on = gc.isenabled()
            gc.disable()
        _compilations += 1
    try:
        yield
    finally:
        with _lock:
            _compilations -= 1
            if _compilations == 0 and _collector_was_on:
                gc.enable()


@contextmanager
def recursion_up_to(frames: int) -> Iterator[None]:
    """A recursion limit of at least ``frames``, for one thread at a time.

    It harms no other thread: calls from Python to Python use no C stack.
    """
    with _deep_work:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, frames))
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)
