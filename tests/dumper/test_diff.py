"""Comparing two builds."""

from __future__ import annotations

from mpytool.dumper.diff import format_diff
from mpytool.mpyfile.read import read
from tests.dumper.samples import NATIVE_SOURCE, PROGRAMS, compiled
from tests.peers.oracle import CachedOracle

OLD = """\
def same(): return 1
def changed(a):
    while a:
        a -= 1
    return a
def gone(): pass
"""

NEW = """\
# one line more
def same(): return 1
def changed(a):
    print(a)
    while a:
        a -= 1
    return a
def come(): return b'a constant'
"""

EXPECTED = """\
--- old.mpy
+++ new.mpy

qstrs, sorted
-gone
+come
+print

constants, sorted
+b'a constant'

function <module>, 20 -> 21 bytes
 ...
   STORE_NAME same
   MAKE_FUNCTION child 1 (changed)
   STORE_NAME changed
-  MAKE_FUNCTION child 2 (gone)
-  STORE_NAME gone
+  MAKE_FUNCTION child 2 (come)
+  STORE_NAME come
   LOAD_CONST_NONE
   RETURN_VALUE

function <module>.changed, 18 -> 25 bytes
 ...
 bytecode changed(a)
 n_state 3, n_exc_stack 0, scope_flags 0x0, cells -
+  LOAD_GLOBAL print
+  LOAD_FAST_MULTI 0 (a)
+  CALL_FUNCTION positional 1, keyword 0
+  POP_TOP
   JUMP -> L1
  L0:
   LOAD_FAST_MULTI 0 (a)

- function <module>.gone, 7 bytes

+ function <module>.come, 8 bytes
+bytecode come()
+n_state 1, n_exc_stack 0, scope_flags 0x0, cells -
+  LOAD_CONST_OBJ b'a constant'
+  RETURN_VALUE

2 functions changed, 1 added, 1 removed, 1 the same (1 with other line numbers)
"""


def _diff(old: bytes, new: bytes) -> str:
    return format_diff(read(old), read(new), "old.mpy", "new.mpy")


def test_diff() -> None:
    assert _diff(compiled(OLD), compiled(NEW)) == EXPECTED


def test_no_difference() -> None:
    data = compiled(PROGRAMS[0].read_bytes())
    text = _diff(data, data)
    assert text.splitlines()[:2] == ["--- old.mpy", "+++ new.mpy"]
    assert text.splitlines()[-1].startswith("no difference in ")


def test_only_lines_differ() -> None:
    text = _diff(compiled("x = 1\nx = 2\n"), compiled("x = 1\n\nx = 2\n"))
    last = text.splitlines()[-1]
    assert last == "0 functions changed, 0 added, 0 removed, 1 the same (1 with other line numbers)"


def test_long_functions_are_compared_at_their_ends() -> None:
    body = "".join(f"f({i})\n" for i in range(2000))
    text = _diff(compiled(body + "x\n" + body), compiled(body + "y\n" + body))
    assert "-  LOAD_NAME x\n+  LOAD_NAME y\n" in text
    assert len(text.splitlines()) < 20


def test_native_code(cached_peer: CachedOracle) -> None:
    old = cached_peer.compile(NATIVE_SOURCE, "n.py", "-march=x64")
    new = cached_peer.compile(NATIVE_SOURCE.replace(b"a + b", b"a - b"), "n.py", "-march=x64")
    assert isinstance(old, bytes)
    assert isinstance(new, bytes)
    lines = _diff(old, new).splitlines()
    assert "-  call rax  ; call mp_binary_op +" in lines
    assert "+  call rax  ; call mp_binary_op -" in lines
    assert sum(line.startswith("function ") for line in lines) == 1
