"""What it costs to get into native code and out again: emitted instructions for one activation.

The functions are native or viper, their caller is bytecode, so all emitted instructions are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

TURNS = 100


@dataclass(frozen=True, slots=True)
class EntryPath:
    """A module whose ``run`` activates a function TURNS times, besides what happens once."""

    title: str
    text: str

    @property
    def source(self) -> bytes:
        return f"import micropython\nN = {TURNS}\nCHECK = {TURNS}\n{self.text}".encode()


ENTRY_PATHS: dict[str, EntryPath] = {
    "send": EntryPath(
        "a native generator resumed with `send`",
        """
@micropython.native
def echo():
    x = None
    while True:
        x = yield x

def run(n):
    g = echo()
    next(g)
    for i in range(n):
        g.send(i)
    return n
""",
    ),
    "callback": EntryPath(
        "a one-argument viper callback (`int`)",
        """
@micropython.viper
def callback(x: int) -> int:
    return x

def run(n):
    f = callback
    for i in range(n):
        f(i)
    return n
""",
    ),
    "object": EntryPath(
        "a one-argument viper callback (`object`)",
        """
@micropython.viper
def callback(x):
    return x

def run(n):
    f = callback
    for i in range(n):
        f(i)
    return n
""",
    ),
    "native": EntryPath(
        "a one-argument native function",
        """
@micropython.native
def callback(x):
    return x

def run(n):
    f = callback
    for i in range(n):
        f(i)
    return n
""",
    ),
}
