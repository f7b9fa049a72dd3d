"""Many random programs in native code: ``python -m tests.programs.native --march x64 --count 1000 --seed 0``.

What a program prints as native code must be what it prints as bytecode made by mpy-cross, on the same real
MicroPython. Prints each that differs, with ``--reduce`` without what does not matter. Exit status 1 if any.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.peers.emission import (
    BYTECODE,
    Compiler,
    Emission,
    MpyCross,
    RejectedError,
    compiler_named,
    runtime_for,
)
from tests.peers.runtimes import Runtime
from tests.programs import generator, runnable, word_loops
from tests.programs.batch import run_batch
from tests.programs.bulk_command import bulk_parser, run_bulk
from tests.programs.judge import NO_FAULT, REDUCING_SECONDS, Failure, Fault, Program, difference, judge
from tests.programs.reduce import smallest

SECONDS = 10.0
"""How long a batch may take as bytecode; what takes longer does not end."""

ODD_PRELUDE = """\
class Any:
    def _one(self, *args, **kw):
        global left
        left -= 1
        if left < 0:
            raise MemoryError
        return self
    __call__ = __add__ = __sub__ = __mul__ = __getitem__ = __getattr__ = __and__ = __or__ = __iadd__ = _one
    __enter__ = __setitem__ = __delitem__ = __lt__ = __gt__ = __iter__ = _one
    def __exit__(self, *args):
        return left % 3 == 0
    def __bool__(self):
        self._one()
        return left % 2 == 0
    def __next__(self):
        self._one()
        if left % 4 == 0:
            raise StopIteration
        return self
left = 200
a = b = d = value = long_identifier_name = zz = Any()
c = [1, 2, 3]
x = 5
y = "text"
"""
"""The module ``prelude`` of the programs of ``generator``, which are odd in form and say little: values."""

ODD_HEAD = "from prelude import Any, a, b, c, d, long_identifier_name, value, x, y, zz\n_p = Any()\n"


UNLIKE_PYTHON = "unlike Python"

PYTHON = Runtime("python", sys.version_info[:2], (sys.executable, "-B", "-W", "ignore"))
"""The Python that runs this, as a runtime."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Which programs: ``odd`` ones are of ``generator``, ``words`` of ``word_loops``, the others of
    ``runnable``; ``like_python`` ones must also print what they print here.
    """

    is_odd: bool = False
    beyond_peer: bool = True
    like_python: bool = False
    is_words: bool = False

    @property
    def library(self) -> dict[str, str]:
        """The modules that programs of the kind import."""
        if self.is_words:
            return {"prelude": word_loops.PRELUDE}
        if self.is_odd:
            return {"prelude": ODD_PRELUDE}
        return {"prelude": runnable.PYTHON_PRELUDE if self.like_python else runnable.PRELUDE}

    def split(self, seed: int) -> tuple[str, list[str]]:
        """The lines that every program of the kind begins with, and those of one seed."""
        if self.is_odd:
            return ODD_HEAD, generator.program_of_seed(seed).splitlines()
        if self.is_words:
            return word_loops.HEAD, word_loops.program_of_seed(seed)[len(word_loops.HEAD) :].splitlines()
        text = runnable.program_of_seed(seed, self.beyond_peer, self.like_python)
        head = runnable.PYTHON_HEAD if self.like_python else runnable.HEAD
        return head, text[len(head) :].splitlines()


def programs(
    texts: Sequence[tuple[int, str]], march: str, peer: Compiler, runtime: Runtime, kind: Kind
) -> list[Program]:
    """Programs with what they print as bytecode: None where mpy-cross refuses or they do not end."""
    plain = Emission(march, BYTECODE.emit)
    library = {name: peer(text.encode(), f"{name}.py", plain) for name, text in kind.library.items()}
    made: dict[int, bytes] = {}
    for seed, text in texts:
        try:
            made[seed] = peer(text.encode(), "random.py", plain)
        except RejectedError:
            continue
    ran = run_batch(runtime, list(made.values()), seconds=SECONDS, library=library)
    results = dict(zip(made, ran, strict=True))
    found = []
    for seed, text in texts:
        result = results.get(seed)
        found.append(Program(seed, text, None if result is None or result.end else result.output))
    return found


_ADDRESS = re.compile("(0x| at )[0-9a-f]+")
_WARNING = "Warning: exception chaining not supported\n"
"""Only the virtual machine warns (``native_rows.KNOWN_FAILURES``)."""


_DEEP = re.compile(r"([\[{(][^\[{(\n]{0,40})\1{9,}")
"""What holds itself is printed until the stack is full."""


def _agree(expected: str, printed: str) -> bool:
    """Whether two outputs agree, but for addresses of objects, and for how deep what is ten deep goes."""
    expected, printed = (_DEEP.sub(r"\1", _ADDRESS.sub("at", text)) for text in (expected, printed))
    return expected.replace(_WARNING, "") == printed


_MORE_SPECIAL = {"UnboundLocalError": "NameError", "RecursionError": "RuntimeError"}
"""What Python raises where MicroPython raises something more general."""


_KEPT = ("it = g(*args)", "it = g(*args); kept.append(it)")
_KEEP = "import builtins; vars(builtins).setdefault('kept', [])"
"""Generators that are not run to their end would be closed when nobody has them any more."""


def unlike_python(found: Sequence[Program], kind: Kind) -> list[Failure]:
    """The programs whose bytecode prints something else than Python does."""
    # How much memory there is, Python does not define
    said = [program for program in found if "MemoryError" not in (program.expected or "MemoryError")]
    library = {name: text.replace(*_KEPT).encode() for name, text in kind.library.items()}
    sources = [program.source.encode() for program in said]
    ran = run_batch(PYTHON, sources, before=_KEEP, library=library)
    failures = []
    for program, result in zip(said, ran, strict=True):
        assert program.expected is not None
        output = result.output + result.end
        for name, general in _MORE_SPECIAL.items():
            output = output.replace(name, general)
        if not _agree(program.expected, output):
            failures.append(Failure(program.seed, UNLIKE_PYTHON, difference(output, program.expected)))
    return failures


def failures(
    seeds: Sequence[int],
    compiler: Compiler,
    emission: Emission,
    runtime: Runtime,
    kind: Kind,
    fault: Fault = NO_FAULT,
) -> list[Failure]:
    """The programs of some seeds that fail."""
    texts = []
    for seed in seeds:
        prelude, lines = kind.split(seed)
        texts.append((seed, prelude + "\n".join(lines) + "\n"))
    found = programs(texts, emission.march, MpyCross(), runtime, kind)
    silent = [program.seed for program in found if program.expected is None]
    assert kind.is_odd or len(silent) <= 1 + len(found) // 20, f"programs that say nothing: {silent}"
    unlike = unlike_python(found, kind) if kind.like_python else []
    return unlike + judge(found, compiler, emission, runtime, fault=fault, agree=_agree, library=kind.library)


def reduced(failure: Failure, compiler: Compiler, emission: Emission, runtime: Runtime, kind: Kind) -> str:
    """The smallest program that fails in the same way, without its prelude."""
    prelude, lines = kind.split(failure.seed)
    peer = MpyCross()

    def found(lines: list[str], may_lack_names: bool) -> list[Failure]:
        text = prelude + "\n".join(lines) + "\n"
        made = programs([(failure.seed, text)], emission.march, peer, runtime, kind)
        if not may_lack_names and "NameError" in (made[0].expected or ""):
            return []
        if failure.kind == UNLIKE_PYTHON:
            return unlike_python(made, kind)
        return judge(
            made, compiler, emission, runtime, agree=_agree, seconds=REDUCING_SECONDS, library=kind.library
        )

    # A name that lost its assignment would be another failure.
    may_lack_names = not found(lines, may_lack_names=False)

    def is_bad(fewer: list[str]) -> bool:
        return [f.kind for f in found(fewer, may_lack_names)] == [failure.kind]

    lines = smallest(lines, is_bad, _simpler)
    return "\n".join([*lines, *map(str, found(lines, may_lack_names))])


def _simpler(lines: list[str]) -> Iterator[list[str]]:
    """The lines without one compound statement, or with its block in its place."""

    def depth(line: str) -> int:
        return len(line) - len(line.lstrip(" "))

    for at, head in enumerate(lines):
        end = at + 1
        while end < len(lines) and depth(lines[end]) > depth(head):
            end += 1
        if end > at + 1:
            yield lines[:at] + lines[end:]
            yield lines[:at] + [line[4:] for line in lines[at + 1 : end]] + lines[end:]


_Here = tuple[Compiler, Emission, Runtime, Kind]
_here: _Here | None = None
"""What a worker process uses."""


def _start(compiler: str, emission: Emission, runtime: Runtime, kind: Kind) -> None:
    global _here
    _here = (compiler_named(compiler), emission, runtime, kind)


def _work(seeds: Sequence[int]) -> list[Failure]:
    assert _here is not None
    return failures(seeds, *_here)


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print. Exit status 1 if any program fails."""
    parser = bulk_parser("tests.programs.native", __doc__)
    parser.add_argument("--odd", action="store_true", help="programs that are odd in form, but say little")
    parser.add_argument("--words", action="store_true", help="loops on integers around 2**32")
    parser.add_argument("--like-python", action="store_true", help="programs that Python must run alike")
    arguments = parser.parse_args(argv)
    emission = Emission(arguments.march, "native", arguments.optimize)
    kind = Kind(
        arguments.odd,
        beyond_peer=arguments.compiler != "mpy-cross",
        like_python=arguments.like_python,
        is_words=arguments.words,
    )
    runtime = runtime_for(emission.march, arguments.runtime)
    return run_bulk(
        arguments,
        emission,
        runtime,
        (_start, (arguments.compiler, emission, runtime, kind)),
        _work,
        functools.partial(reduced, kind=kind),
    )


if __name__ == "__main__":
    sys.exit(main())
