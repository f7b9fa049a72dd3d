"""Inputs that are huge in one direction end in a result or a diagnostic, in bounded time and memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.robustness.limits import compile_limited

SECONDS = 20.0
"""Limit for one input; a slow CI machine needs about a third of it for the slowest."""

MEGABYTES = 1500.0


def _nested_blocks(head: str, depth: int) -> str:
    return "".join(" " * i + head + "\n" for i in range(depth)) + " " * depth + "pass\n"


INPUTS: dict[str, Callable[[], str]] = {
    "open parentheses": lambda: "(" * 10_000,
    "nested parentheses": lambda: "x = " + "(" * 10_000 + "1" + ")" * 10_000 + "\n",
    "nested lists": lambda: "x = " + "[" * 10_000 + "]" * 10_000 + "\n",
    "nested dicts": lambda: "x = " + "{1:" * 10_000 + "2" + "}" * 10_000 + "\n",
    "nested tuples": lambda: "x = " + "(" * 10_000 + ",)" * 10_000 + "\n",
    "nested calls": lambda: "f(" * 10_000 + ")" * 10_000 + "\n",
    "nested subscripts": lambda: "a[" * 10_000 + "0" + "]" * 10_000 + "\n",
    "mixed brackets": lambda: "([{" * 3_400 + "\n",
    "wrongly closed": lambda: "(" * 5_000 + "]" * 5_000 + "\n",
    "unary chain": lambda: "x = " + "-" * 10_000 + "y\n",
    "not chain": lambda: "x = " + "not " * 10_000 + "y\n",
    "power chain": lambda: "x = " + "y ** " * 10_000 + "y\n",
    "lambda chain": lambda: "x = " + "lambda: " * 10_000 + "0\n",
    "ternary chain": lambda: "x = " + "a if b else " * 10_000 + "c\n",
    "attribute chain": lambda: "x = a" + ".b" * 50_000 + "\n",
    "call chain": lambda: "x = a" + "()" * 50_000 + "\n",
    "sum of names": lambda: "x = " + "a + " * 100_000 + "a\n",
    "sum of numbers": lambda: "x = " + "1 + " * 100_000 + "1\n",
    "product of numbers": lambda: "x = " + "99999999 * " * 20_000 + "1\n",
    "comparison chain": lambda: "x = " + "a < " * 50_000 + "a\n",
    "and or chain": lambda: "x = " + "a and b or " * 50_000 + "c\n",
    "power of power": lambda: "x = 9 ** 9 ** 9 ** 9\n",
    "huge shift": lambda: "x = 1 << 10 ** 12\n",
    "huge shifts": lambda: "".join(f"x{i} = 1 << {i * 1000}\n" for i in range(500)),
    "assignment chain": lambda: "x = " * 50_000 + "1\n",
    "elif chain": lambda: "if a:\n pass\n" + "elif b:\n pass\n" * 10_000,
    "decorators": lambda: "@d\n" * 10_000 + "def f(): pass\n",
    "nested if": lambda: _nested_blocks("if x:", 1_000),
    "nested def": lambda: _nested_blocks("def f():", 400),
    "nested class": lambda: _nested_blocks("class A:", 400),
    "nested try": lambda: "".join(" " * i + "try:\n" for i in range(500)) + " " * 500 + "pass\n",
    "nested for": lambda: _nested_blocks("for i in x:", 500),
    "nested with": lambda: _nested_blocks("with x:", 500),
    "nested comprehensions": lambda: "x = " + "[i for i in " * 1_000 + "y" + "]" * 1_000 + "\n",
    "nested f-strings": lambda: "x = " + 'f"{' * 500 + "\n",
    "long name": lambda: "x" * 1_000_000 + " = 1\n",
    "long string": lambda: 'x = "' + "s" * 1_000_000 + '"\n',
    "long bytes": lambda: 'x = b"' + "s" * 1_000_000 + '"\n',
    "long escapes": lambda: 'x = "' + "\\x41" * 250_000 + '"\n',
    "long comment": lambda: "# " + "c" * 1_000_000 + "\nx = 1\n",
    "long number": lambda: "x = " + "7" * 1_000_000 + "\n",
    "long hexadecimal": lambda: "x = 0x" + "7" * 1_000_000 + "\n",
    "long float": lambda: "x = 0." + "7" * 1_000_000 + "\n",
    "long exponent": lambda: "x = 1e" + "7" * 100_000 + "\n",
    "blanks": lambda: " " * 1_000_000 + "\n",
    "indented far": lambda: "if x:\n" + " " * 1_000_000 + "pass\n",
    "tabs": lambda: "if x:\n" + "\t" * 100_000 + "pass\n",
    "newlines": lambda: "\n" * 1_000_000 + "x = 1\n",
    "backslashes": lambda: "x = \\\n" * 1 + "\\\n" * 200_000 + "1\n",
    "semicolons": lambda: "x;" * 200_000 + "\n",
    "unterminated string": lambda: 'x = """' + "line\n" * 200_000,
    "f-string fields": lambda: 'x = f"' + "{a}" * 20_000 + '"\n',
    "adjacent strings": lambda: "x = " + '"abc" ' * 50_000 + "\n",
    "list literal": lambda: "x = [" + ", ".join(map(str, range(100_000))) + "]\n",
    "tuple literal": lambda: "x = (" + ", ".join(map(str, range(100_000))) + ")\n",
    "string list": lambda: "x = [" + ", ".join(f"'s{i}'" for i in range(100_000)) + "]\n",
    "float tuple": lambda: "x = (" + ", ".join(f"{i}.5" for i in range(100_000)) + ")\n",
    "big int list": lambda: "x = [" + ", ".join(str(10**10 + i) for i in range(50_000)) + "]\n",
    "dict literal": lambda: "x = {" + ", ".join(f"'k{i}': {i}" for i in range(100_000)) + "}\n",
    "set literal": lambda: "x = {" + ", ".join(map(str, range(100_000))) + "}\n",
    "call arguments": lambda: "f(" + ", ".join(["a"] * 100_000) + ")\n",
    "keyword arguments": lambda: "f(" + ", ".join(f"k{i}=1" for i in range(20_000)) + ")\n",
    "parameters": lambda: "def f(" + ", ".join(f"p{i}" for i in range(20_000)) + "): pass\n",
    "locals": lambda: "def f():\n" + "".join(f" v{i} = {i}\n" for i in range(20_000)),
    "names": lambda: "".join(f"v{i} = {i}\n" for i in range(50_000)),
    "functions": lambda: "".join(f"def f{i}(): return {i}\n" for i in range(20_000)),
    "constants": lambda: "".join(f"C{i} = const({i})\n" for i in range(20_000)),
    "imports": lambda: "from a import " + ", ".join(f"n{i}" for i in range(20_000)) + "\n",
    "globals": lambda: "def f():\n global " + ", ".join(f"n{i}" for i in range(20_000)) + "\n",
    "deletions": lambda: "del " + ", ".join(f"n{i}" for i in range(20_000)) + "\n",
    "targets": lambda: ", ".join(f"n{i}" for i in range(20_000)) + " = x\n",
    "closures": lambda: (
        "def f(" + ", ".join(f"p{i}" for i in range(200)) + "):\n"
        " def g():\n  return " + " + ".join(f"p{i}" for i in range(200)) + "\n"
    ),
    "statements in a function": lambda: "def f(a):\n" + " a = a + 1\n" * 50_000,
    "loop of many bytes": lambda: "while x:\n" + " a = a + 1\n" * 20_000,
}


@pytest.mark.parametrize("what", sorted(INPUTS))
def test_large(what: str) -> None:
    outcome = compile_limited(INPUTS[what]().encode(), SECONDS)
    assert outcome.is_civil, outcome
    assert outcome.seconds < SECONDS, outcome
    assert outcome.megabytes < MEGABYTES, outcome
