"""``mpyc-cross``: a drop-in for the ``mpy-cross`` program (``mpy-cross/main.c``).

Its arguments, exit statuses, and words on standard output and standard error. No cache, no configuration;
click is not imported, for this program is started once for each file of a firmware.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from mpytool.cflags import parse_arch_flags, parse_c_integer
from mpytool.files import STDIN, STDIN_NAME
from mpytool.options import ARCHES, DEFAULT_SMALL_INT_BITS, EMITTERS, Options
from mpytool.version import MICROPYTHON_BANNER, MPY_SUB_VERSION, MPY_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_USAGE = """\
usage: {program} [<opts>] [-X <implopt>] [--] <input filename>
Options:
--version : show version information
-o : output file, - for standard output (default: the input's name with .mpy, or standard output for -)
-s : source filename to embed (default: the input file)
-v : accepted, has no effect
-O[N] : optimisation level N

Target specific options:
-msmall-int-bits=number : set the maximum bits used to encode a small-int
-march=<arch> : set architecture for native emitter;
                {arches}
-march-flags=<flags> : set architecture-specific flags, a number or names joined by commas
                       supported flags for rv32imc: zba, zcmp

Implementation specific options:
  emit={{bytecode,native,viper}} -- set the default code emitter
  heapsize=<n> -- accepted, has no effect
  source-lines    -- include source line numbers (default)
  no-source-lines -- exclude source line numbers
"""


class _ExitError(Exception):
    """The program ends here: ``status``, and what goes to standard output and standard error before."""

    def __init__(self, status: int, out: str = "", err: str = "") -> None:
        super().__init__(out or err)
        self.status = status
        self.out = out
        self.err = err


class _Arguments:
    __slots__ = ("input", "output", "name", "optimise", "arch", "arch_flags", "small_int_bits")

    def __init__(self) -> None:
        self.input: str | None = None
        self.output: str | None = None
        self.name: str | None = None
        self.optimise = 0
        self.arch = "none"
        self.arch_flags: str | None = None
        self.small_int_bits = DEFAULT_SMALL_INT_BITS


def main() -> None:
    """The console script ``mpyc-cross``."""
    try:
        status = run(sys.argv)
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def run(argv: Sequence[str]) -> int:
    """Run one command line, the program's name first; the exit status."""
    try:
        emit, source_lines = _read_extras(argv)
        arguments = _read_arguments(argv)
        options = _make_options(arguments, emit, source_lines)
        if arguments.input is None:
            raise _ExitError(1, err="no input file\n")
        _compile(arguments.input, arguments, options)
    except _ExitError as end:
        sys.stdout.write(end.out)
        sys.stderr.write(end.err)
        sys.stderr.flush()
        return end.status
    return 0


def _usage(argv: Sequence[str]) -> NoReturn:
    raise _ExitError(1, _USAGE.format(program=argv[0], arches=", ".join((*ARCHES[1:-1], "host", "debug"))))


def _read_extras(argv: Sequence[str]) -> tuple[str, bool]:
    """The ``-X`` options, read before all others and wherever they stand: default emitter, source lines."""
    emit, source_lines = "bytecode", True
    rest = iter(argv[1:])
    for argument in rest:
        if argument != "-X":
            continue
        value = next(rest, None)
        if value is None:
            _usage(argv)
        if value.startswith("emit=") and value[5:] in EMITTERS:
            emit = value[5:]
        elif value in ("source-lines", "no-source-lines"):
            source_lines = value == "source-lines"
        elif not value.startswith("heapsize="):
            _usage(argv)
    return emit, source_lines


def _read_arguments(argv: Sequence[str]) -> _Arguments:
    found = _Arguments()
    rest = iter(argv[1:])
    options = True
    for argument in rest:
        if not options or not argument.startswith("-") or argument == STDIN:
            if found.input is not None:
                raise _ExitError(1, err="multiple input files\n")
            found.input = argument.replace("\\", "/")
        elif argument == "--":
            options = False
        else:
            _read_option(argv, argument, rest, found)
    return found


def _read_option(argv: Sequence[str], option: str, rest: Iterator[str], found: _Arguments) -> None:
    """Take one option, and its value from ``rest`` if it has one, into ``found``."""
    head, equals, value = option.partition("=")
    if option == "-X":
        next(rest, None)
    elif option in ("-o", "-s"):
        following = next(rest, None)
        if following is None:
            _usage(argv)
        if option == "-o":
            found.output = following
        else:
            found.name = following.replace("\\", "/")
    elif option == "--version":
        line = f"{MICROPYTHON_BANNER}; mpy-cross emitting mpy v{MPY_VERSION}.{MPY_SUB_VERSION}\n"
        raise _ExitError(0, line)
    elif option.startswith("-O"):
        found.optimise = _level(option[1:])
    elif head == "-msmall-int-bits" and equals:
        bits = parse_c_integer(value)
        if bits is None:
            _usage(argv)
        found.small_int_bits = bits & 0xFF
    elif head == "-march" and value and value != "none":
        found.arch = _architecture(argv, value)
    elif head == "-march-flags" and equals:
        found.arch_flags = value
    elif option != "-v":
        _usage(argv)


def _level(text: str) -> int:
    """``O2`` is 2, ``OO`` too."""
    if text[1:2] in tuple("0123456789"):
        return min(int(text[1]), 3)
    return min(len(text) - len(text.lstrip("O")), 3)


def _architecture(argv: Sequence[str], name: str) -> str:
    if name == "host":
        from mpytool.targets import machine

        name = machine()[0]
        if name == "none":
            raise _ExitError(1, err="unable to determine host architecture for -march=host\n")
    elif name not in ARCHES:
        _usage(argv)
    return name


def _make_options(arguments: _Arguments, emit: str, source_lines: bool) -> Options:
    arch = arguments.arch
    flags = 0
    if arguments.arch_flags is not None:
        parsed = parse_arch_flags(arguments.arch_flags, arch)
        if parsed is None:
            raise _ExitError(1, err="unrecognised arch flags\n")
        flags = parsed
    if emit != "bytecode" and arch == "none":
        raise _ExitError(1, err="arch not specified\n")
    return Options(emit, arguments.optimise, source_lines, arguments.small_int_bits, arch, flags)


def _compile(path: str, arguments: _Arguments, options: Options) -> None:
    """Compile and write. Raises _ExitError for every failure."""
    from mpytool.files import read_file
    from mpytool.render.mpy_cross import os_error

    shown = STDIN_NAME if path == STDIN else path
    name = shown if arguments.name is None else arguments.name
    try:
        source = read_file(path)
    except OSError as error:
        # A folder can be opened there, and fails only when it is read.
        place = None if os.path.isdir(path) else shown
        raise _ExitError(1, err=os_error(error.errno or 0, place)) from None
    data = _translate(source, name, shown, options)
    output = arguments.output
    if output is None:
        output = STDIN if path == STDIN else os.fsdecode(os.fsencode(path)[:-2] + b"mpy")
    try:
        if output == STDIN:
            from mpytool.cli.process import write_stdout

            write_stdout(data)
        else:
            from mpytool.files import write_whole

            write_whole(output, data)
    except OSError as error:
        raise _ExitError(1, err=os_error(error.errno or 0, None if output == STDIN else output)) from None


def _translate(source: bytes, name: str, path: str, options: Options) -> bytes:
    from mpytool.diagnostics import ToolError
    from mpytool.render.mpy_cross import render

    try:
        from mpytool.compiler import compile_source

        return compile_source(source, name=name, options=options, path=path).to_bytes()
    except ToolError as error:
        # mpy-cross stops at the first.
        raise _ExitError(1, err=render(error.diagnostics[0], path=path, name=name)) from None
    except Exception as error:
        if os.environ.get("MPYC_DEBUG"):
            raise
        raise _ExitError(1, err=f"RuntimeError: {type(error).__name__}: {error}\n") from None
