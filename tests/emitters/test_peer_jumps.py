"""Sizes of jumps and tables in whole files, against mpy-cross: loops whose bodies are near every limit."""

from __future__ import annotations

import pytest

from mpytool.compiler import compile_source
from mpytool.diagnostics import CompileError
from tests.peers.oracle import Oracle, Rejection

pytestmark = pytest.mark.peer


def space(n_bytes: int, indent: int) -> str:
    """Statements that make so many bytes (not 1) and leave nothing: ``b`` is 2 bytes, ``-b`` is 3."""
    lines = ["-b"] * (n_bytes % 2) + ["b"] * ((n_bytes - 3 * (n_bytes % 2)) // 2)
    return "".join(" " * indent + line + "\n" for line in lines)


def same(peer: Oracle, source: str) -> None:
    expected = peer.compile(source.encode(), "m.py")
    assert isinstance(expected, bytes)
    assert compile_source(source, name="m.py").to_bytes().hex(" ") == expected.hex(" ")


@pytest.mark.parametrize("spaces", [(8, 44, 6, 59), (10, 42, 8, 59)])
def test_a_jump_that_grows_for_one_pass(peer: Oracle, spaces: tuple[int, int, int, int]) -> None:
    a, b, c, d = spaces
    same(
        peer,
        "def f(x, b, c):\n for i in x:\n"
        + space(a, 2)
        + "  if b:\n"
        + space(b, 3)
        + "   if c: continue\n"
        + space(c, 3)
        + "   break\n"
        + space(d, 2),
    )


FORMS = [
    "def f(b):\n while b:\n  if b: continue\n{2}  if b: break\n",
    "def f(b):\n for i in b:\n  if b: continue\n{2}  if b: break\n else:\n  b\n",
    "def f(b):\n for i in range(b):\n  try:\n{3}   break\n  except b:\n   continue\n",
    "def f(b):\n while 1:\n  with b:\n{3}   if b and b or b: return\n",
    "def f(b):\n try:\n{2} finally:\n  b\n return b if b else b\n",
]


@pytest.mark.parametrize("form", FORMS)
def test_bodies_near_the_limits(peer: Oracle, form: str) -> None:
    # All sizes in one file: one question to the peer a form.
    sizes = [*range(36, 70), *range(90, 136), 16300]
    same(peer, "".join(form.replace("{2}", space(n, 2)).replace("{3}", space(n, 3)) for n in sizes))


def test_too_large(peer: Oracle) -> None:
    source = "def f(b):\n while b:\n" + space(17000, 2)
    expected = peer.compile(source.encode(), "m.py")
    with pytest.raises(CompileError) as caught:
        compile_source(source, name="m.py")
    said = caught.value.diagnostics[0].peer
    assert said is not None
    assert expected == Rejection(said.type, said.message, said.line, said.scope)


def test_a_stack_of_more_than_16_bits(peer: Oracle) -> None:
    same(peer, "def f(x):\n return [" + "x," * 70000 + "]\n")
