"""Many random viper functions: ``python -m tests.programs.viper_bulk --march x64 --count 3000 --seed 0``.

Each is compiled, run on a real MicroPython, and compared with the model's results for the target's word.
Prints each that differs, with ``--reduce`` its program without what does not matter. Exit status 1 if any.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tests.peers.emission import WORD_BITS, Compiler, Emission, compiler_named, runtime_for
from tests.peers.runtimes import Runtime
from tests.programs.bulk_command import bulk_parser, run_bulk
from tests.programs.judge import NO_FAULT, REDUCING_SECONDS, Failure, Fault, Program, judge
from tests.programs.reduce import smallest
from tests.programs.viper import Line, model_of, program_of_seed, text_of
from tests.programs.viper_model import ModelError, printed


def program(seed: int, word_bits: int) -> Program:
    """The program of a seed with what its model prints; a few divide what cannot be divided safely."""
    lines = program_of_seed(seed, word_bits)
    try:
        return made(seed, lines, word_bits)
    except ModelError:
        return Program(seed, text_of(lines), None)


def made(seed: int, lines: list[Line], word_bits: int) -> Program:
    """A program of some lines. Raises what the model raises if they are no defined program."""
    return Program(seed, text_of(lines), printed(model_of(lines), word_bits).rstrip("\n"))


def failures(
    seeds: Sequence[int], compiler: Compiler, emission: Emission, runtime: Runtime, fault: Fault = NO_FAULT
) -> list[Failure]:
    """The programs of some seeds that fail."""
    bits = WORD_BITS[emission.march]
    return judge([program(seed, bits) for seed in seeds], compiler, emission, runtime, fault=fault)


def reduced(
    failure: Failure, compiler: Compiler, emission: Emission, runtime: Runtime, fault: Fault = NO_FAULT
) -> str:
    """The smallest program that fails in the same way."""
    bits = WORD_BITS[emission.march]

    def is_bad(lines: list[Line]) -> bool:
        try:
            candidate = made(failure.seed, lines, bits)
        except Exception:  # no program, or one without a defined meaning
            return False
        found = judge([candidate], compiler, emission, runtime, fault=fault, seconds=REDUCING_SECONDS)
        return [_way(f) for f in found] == [_way(failure)]

    lines = smallest(program_of_seed(failure.seed, bits), is_bad, _simpler)
    found = judge([made(failure.seed, lines, bits)], compiler, emission, runtime, fault=fault)
    return "\n".join([text_of(lines), *map(str, found)])


def _way(failure: Failure) -> tuple[str, bool]:
    """What must stay while a program is reduced: a name that got lost is no wrong number."""
    return failure.kind, "printed 'raised" in failure.detail


def _simpler(lines: list[Line]) -> Iterator[list[Line]]:
    """The lines without one compound statement or function, or with its block in its place."""
    for at, head in enumerate(lines):
        end = at + 1
        while end < len(lines) and lines[end].depth > head.depth:
            end += 1
        if end == at + 1:
            continue
        start = at - 1 if at and lines[at - 1].viper.startswith("@") else at
        yield lines[:start] + lines[end:]
        if head.depth:
            inner = [Line(line.depth - 1, line.viper, line.model) for line in lines[at + 1 : end]]
            yield lines[:at] + inner + lines[end:]


_Here = tuple[Compiler, Emission, Runtime]
_here: _Here | None = None
"""What a worker process uses."""


def _start(compiler: str, emission: Emission, runtime: Runtime) -> None:
    global _here
    _here = (compiler_named(compiler), emission, runtime)


def _work(seeds: Sequence[int]) -> list[Failure]:
    assert _here is not None
    return failures(seeds, *_here)


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print. Exit status 1 if any program fails."""
    arguments = bulk_parser("tests.programs.viper_bulk", __doc__).parse_args(argv)
    emission = Emission(arguments.march, "bytecode", arguments.optimize)
    runtime = runtime_for(emission.march, arguments.runtime)
    start = (_start, (arguments.compiler, emission, runtime))
    return run_bulk(arguments, emission, runtime, start, _work, reduced)


if __name__ == "__main__":
    sys.exit(main())
