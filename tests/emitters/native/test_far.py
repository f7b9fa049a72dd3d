"""Functions of more than 64 KiB of machine code on Thumb: jumps, handlers and resumed generators reach.

``test_run.test_large_function`` has one for x86-64.
"""

from __future__ import annotations

import pytest

from mpytool import compile_source
from mpytool.options import Options
from tests.conftest import RuntimeOf
from tests.peers.emission import RUNTIME_OF

HEAD = """
class X:
    b = 1
    c = ()
    def a(self, i):
        if i < 0:
            raise ValueError(i)
        return i
"""

LOOP = """
def f(x, k, t=0):
    for r in range(k):
        try:
{lines}            x.a(r - 1)
        except ValueError as e:
            print("handled", e)
        finally:
            t += 1
    else:
        print("else")
    return t
print(f(X(), 3), f(t=5, x=X(), k=1))
"""

GENERATOR = """
def g(x, t=0):
    try:
{lines}        x.a(-5)
    except ValueError as e:
        yield e.args
    except KeyError:
        yield "key"
it = g(X())
print(next(it), next(it), it.send(5), it.throw(KeyError), list(it), list(g(X())))
"""

FAR = 0x10000


def loop(count: int) -> tuple[str, str]:
    """A loop around everything, with ways out of it all along; and what it prints."""
    lines = ""
    for i in range(count):
        lines += f"            t += x.a({i}) if x.b else len(x.c)\n"
        if i % 50 == 7:
            lines += f"            if t == -{i}: break\n            if t == -{i}: continue\n"
    total = count * (count - 1) // 2
    said = "handled -1\nelse\n"
    return LOOP.format(lines=lines), f"{said}{said}{3 * (total + 1)} {total + 6}\n"


def generator(count: int) -> tuple[str, str]:
    lines, t, yielded = "", 0, []
    for i in range(count):
        lines += f"        t += x.a({i})\n"
        t += i
        if i % (count // 4) == 7:
            lines += "        t += (yield t) or 0\n"
            yielded.append(t)
    every = [*yielded, (-5,)]
    return GENERATOR.format(lines=lines), f"{yielded[0]} {yielded[1]} {yielded[2] + 5} key [] {every}\n"


@pytest.mark.peer
@pytest.mark.parametrize("march", ["armv6m", "armv7m"])
@pytest.mark.parametrize(("program", "count"), [(loop, 750), (generator, 2200)], ids=["loop", "generator"])
def test_far(program: object, count: int, march: str, runtime_of: RuntimeOf) -> None:
    assert callable(program)
    source, expected = program(count)
    data = compile_source(HEAD + source, name="far.py", options=Options("native", arch=march)).to_bytes()
    assert len(data) > FAR
    result = runtime_of(RUNTIME_OF[march]).run({"far.mpy": data}, "far")
    assert (result.output, result.status) == (expected, 0)
