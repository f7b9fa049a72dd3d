"""The oracle, its parser of messages and the explainer of differences, by themselves."""

from __future__ import annotations

import pytest

from tests.peers.explain import explain
from tests.peers.oracle import Oracle, Rejection, parse_rejection

pytestmark = pytest.mark.peer


def test_accepts(peer: Oracle) -> None:
    answer = peer.compile(b"x = 1\n", "a.py")
    assert isinstance(answer, bytes)
    assert answer[:4] == b"M\x06\x00\x1f"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"x = 1\nif:\n", Rejection("SyntaxError", "invalid syntax", 2, None)),
        (
            b"def f():\n  def g():\n   break\n",
            Rejection("SyntaxError", "'break'/'continue' outside loop", 3, "g"),
        ),
        (b"return\n", Rejection("SyntaxError", "'return' outside function", 1, "<module>")),
        (b"(" * 10, Rejection("SyntaxError", "invalid syntax", 2, None)),
    ],
)
def test_rejects(peer: Oracle, source: bytes, expected: Rejection) -> None:
    assert peer.compile(source, "a.py") == expected


def test_big_heap_is_tried(peer: Oracle) -> None:
    source = b"x = [" + b"'a', 1.5, " * 60_000 + b"]\n"
    assert isinstance(peer.compile(source, "a.py"), bytes)


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        (
            b"MemoryError: memory allocation failed\n",
            Rejection("MemoryError", "memory allocation failed", 0, None),
        ),
        (
            b'Traceback (most recent call last):\n  File "a, line 1\n.py", line 7, in f\nValueError: a: b\n',
            Rejection("ValueError", "a: b", 7, "f"),
        ),
        (
            b'Traceback (most recent call last):\n  File "a.py", line 7\nNotImplementedError\n',
            Rejection("NotImplementedError", "", 7, None),
        ),
    ],
)
def test_parse_rejection(stderr: bytes, expected: Rejection) -> None:
    assert parse_rejection(stderr) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "part"),
    [
        (b"x = 1\n", b"x = 2\n", "opcode 0"),
        (b"def f(a): pass\n", b"def f(b): pass\n", "arg_names: ours [\"'a'\"], theirs [\"'b'\"]"),
        (b"def f():\n def g(): return a\n", b"def f():\n def g(): return b\n", "<module>/0:f/0:g: opcode 0"),
        (b"x = 'a b'\n", b"x = 'a c'\n", "opcode 0"),
        (b"x = 2**99\n", b"x = 2**98\n", "opcode 0"),
        (b"f()\ng()\n", b"f()\n\ng()\n", "function <module>: line_table"),
    ],
)
def test_explain(peer: Oracle, ours: bytes, theirs: bytes, part: str) -> None:
    mine, peers = peer.compile(ours, "a.py"), peer.compile(theirs, "a.py")
    assert isinstance(mine, bytes)
    assert isinstance(peers, bytes)
    assert part in explain(mine, peers)


def test_explain_never_raises(peer: Oracle) -> None:
    whole = peer.compile(b"def f(a):\n    return [a, 'b', 2.5]\n", "a.py")
    assert isinstance(whole, bytes)
    for end in range(len(whole)):
        assert explain(whole[:end], whole)
        assert explain(whole[:end] + b"\xff" + whole[end + 1 :], whole)
