"""``mpyc freeze``: modules as C for a firmware; a drop-in for MicroPython's ``tools/makemanifest.py``.

What is typed comes as a dict, as click (``freeze.py``) or the shorter way (``freeze_argv.py``) read it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing, redirect_stdout

from mpytool.cli.options import given_options
from mpytool.cli.process import cores, end_on_signals, write_stdout
from mpytool.cli.report import Reporter
from mpytool.files import STDIN, InputError
from mpytool.options import Options
from mpytool.program import program_files
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from mpytool.diagnostics import Diagnostic
    from mpytool.manifest.collect import Manifests
    from mpytool.manifest.frozen import Freezing
    from mpytool.manifest.header import Firmware
    from mpytool.manifest.kept import KeptCache
    from mpytool.manifest.stamp import Stamp
    from mpytool.program import ProgramFile

HEADER = "genhdr/qstrdefs.preprocessed.h"
_TRUSTED = "MPY_DIR"
"""The variable that every build of a firmware sets: with it all arguments are manifests."""
_64_BIT = ("x64", "rv64imc")


class _Settings(Record):
    """The command line, understood. ``header`` is None where the firmware's names are not known."""

    __slots__ = ("output", "depfile", "header", "options", "level", "longint", "mpz_dig_size")

    def __init__(
        self,
        output: str,
        depfile: str | None,
        header: str | None,
        options: Options,
        level: int | None,
        longint: str,
        mpz_dig_size: int,
    ) -> None:
        self.output: Final = output
        self.depfile: Final = depfile
        self.header: Final = header
        self.options: Final = options
        self.level: Final = level
        self.longint: Final = longint
        self.mpz_dig_size: Final = mpz_dig_size

    @property
    def word_size(self) -> int:
        return 8 if self.options.arch in _64_BIT else 4


def freeze(
    given: dict[str, Any], command: Sequence[str], program: Sequence[ProgramFile] | None = None
) -> int:
    """Run the command, whose words are ``command``; the exit status. Raises InputError.

    ``program`` is what is known of this program's files.
    """
    from mpytool.manifest.variables import parse_variables

    variables = parse_variables(given["variables"])
    if not given["inputs"] and not given["manifests"]:
        raise InputError("no input; 'mpyc freeze --help' shows what can be given")
    settings = None if given["list_c_modules"] else _settings(given)
    with end_on_signals():
        manifests = _collect(given, variables)
        if manifests is None:
            return 1
        if settings is None:
            for path in manifests.collection.c_modules:
                _print(f"{path}\n")
            return 0
        return _freeze(manifests, settings, given, command, program or program_files())


def _print(text: str) -> None:
    """Print now, so that what fails, fails here. Raises OSError."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _settings(given: dict[str, Any]) -> _Settings:
    from mpytool.cli.freeze_flags import DIGIT_SIZES, LONG_INTS, parse_compiler_flags, parse_tool_flags

    output = given["output"]
    if output is None:
        raise InputError("name the C file with -o")
    options, level = given_options(given), None
    if given["mpy_cross_flags"] is not None:
        if options != Options(optimise=options.optimise):
            raise InputError("-f says how to compile, and so do other options")
        flags = parse_compiler_flags(given["mpy_cross_flags"])
        level = flags.level
        options = flags.options.changed(optimise=options.optimise if level is None else level)
    longint, digit_size = parse_tool_flags(given["mpy_tool_flags"])
    longint = given["longint"] or longint or "mpz"
    digit_size = given["mpz_dig_size"] or digit_size or 16
    if longint not in LONG_INTS:
        raise InputError(f"--longint {longint}: there are {', '.join(LONG_INTS)}")
    if digit_size not in DIGIT_SIZES:
        raise InputError(f"--mpz-dig-size {digit_size}: there are {', '.join(map(str, DIGIT_SIZES))}")
    depfile = given["depfile"]
    if given["depend"] and depfile is None:
        if output == STDIN:
            raise InputError("-MD needs -MF FILE where the output has no name")
        depfile = os.path.splitext(output)[0] + ".d"
    header = given["qstr_header"]
    if header is None and given["build_dir"] is not None:
        header = os.path.join(given["build_dir"], HEADER)
    return _Settings(output, depfile, header, options, level, longint, digit_size)


def _collect(given: dict[str, Any], variables: dict[str, str]) -> Manifests | None:
    """Run the manifests; None, and the reason is told, if one is wrong."""
    from mpytool.diagnostics import ToolError
    from mpytool.manifest.collect import Manifests
    from mpytool.manifest.inputs import take_input

    manifests = Manifests(variables, listing=given["list_c_modules"])
    as_manifest = _TRUSTED in variables or given["list_c_modules"]
    wrong: tuple[Diagnostic, ...] = ()
    try:
        # What a manifest prints must not get into what this command prints.
        with redirect_stdout(sys.stderr):
            for path in given["manifests"]:
                manifests.run(path)
            for argument in given["inputs"]:
                take_input(manifests, argument, as_manifest=as_manifest)
    except ToolError as error:
        wrong = error.diagnostics
    return None if _tell(given, (*manifests.collection.warnings, *wrong)) else manifests


def _tell(given: dict[str, Any], diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Show diagnostics; whether there are errors among them."""
    from mpytool.batch import Outcome
    from mpytool.files import Job

    reporter = Reporter(given["style"], 1, quiet=True)
    with reporter:
        if diagnostics:
            reporter.add(Outcome(Job("", "", ""), diagnostics))
    return reporter.exit_status != 0


def _freeze(
    manifests: Manifests,
    settings: _Settings,
    given: dict[str, Any],
    command: Sequence[str],
    program: Sequence[ProgramFile],
) -> int:
    from mpytool.manifest.stamp import Stamp

    cache = None
    stamp = None
    if not given["no_cache"]:
        from mpytool.cache import default_folder
        from mpytool.manifest.kept import KeptCache

        cache = KeptCache(default_folder(), program, settings.output)
        # JSON has the sizes, which are known at the end of the long way only.
        if settings.output != STDIN and given["style"] != "json" and not manifests.collection.warnings:
            decided = [repr(settings), *[entry.decisive() for entry in manifests.collection.entries]]
            inputs = [*manifests.collection.inputs, *([settings.header] if settings.header else [])]
            stamp = Stamp(cache, decided, inputs, settings.output)
            if stamp.holds() and (settings.depfile is None or os.path.exists(settings.depfile)):
                if given["verbose"]:
                    _print(f"{settings.output} is up to date\n")
                _remember(manifests, settings, given, inputs, command, program)
                return 0
    return _make(manifests, settings, given, cache, stamp)


def _remember(
    manifests: Manifests,
    settings: _Settings,
    given: dict[str, Any],
    inputs: list[str],
    command: Sequence[str],
    program: Sequence[ProgramFile],
) -> None:
    """Let this command end at once the next time, if it had nothing to say and nothing unknown decided it."""
    if given["style"] != "human" or given["verbose"] or settings.header is None or not manifests.are_closed():
        return
    from mpytool.again import remember

    found = manifests.collection
    outputs = [settings.output, *([settings.depfile] if settings.depfile is not None else [])]
    remember(command, program, [*inputs, *found.libraries], found.asked_for, outputs)


def _make(
    manifests: Manifests,
    settings: _Settings,
    given: dict[str, Any],
    cache: KeptCache | None,
    stamp: Stamp | None,
) -> int:
    """Compile, freeze, write; the exit status."""
    from mpytool.diagnostics import ToolError
    from mpytool.manifest.frozen import Freezing
    from mpytool.manifest.frozen_c import frozen_c

    try:
        freezing = Freezing(manifests.collection.entries, settings.options, level=settings.level)
        if not _contents(freezing, given, cache):
            return 1
        found = freezing.found
        made = frozen_c(freezing, _firmware(settings, given), cache)
        changed = _write(settings, made.text)
        if settings.depfile is not None:
            _write_depfile(settings.depfile, settings, manifests.collection.inputs)
    except ToolError as error:
        _tell(given, error.diagnostics)
        return 1
    if stamp is not None:
        stamp.keep()
    if settings.output == STDIN:
        return 0
    if given["style"] == "json":
        from mpytool.cli.freeze_report import format_json

        _print(format_json(settings.output, found, made, settings.word_size, changed=changed))
    elif changed and not given["quiet"]:
        from mpytool.cli.freeze_report import format_table

        _print(format_table(settings.output, found, made, settings.word_size))
    return 0


def _contents(freezing: Freezing, given: dict[str, Any], cache: KeptCache | None) -> bool:
    """Compile and read everything; whether nothing failed."""
    count = len(freezing.entries)
    processes = given["jobs"] or cores()
    reporter = Reporter(given["style"], count, quiet=given["quiet"], verbose=given["verbose"])
    with reporter, closing(freezing.contents(cache=cache, processes=processes)) as outcomes:
        for outcome in outcomes:
            reporter.add(outcome)
    if cache is not None:
        cache.close()
    return reporter.exit_status == 0


def _firmware(settings: _Settings, given: dict[str, Any]) -> Firmware:
    """What is known of the firmware. A build may have nothing to freeze."""
    from mpytool.manifest import errors
    from mpytool.manifest.header import Firmware

    if settings.header is None:
        _tell(given, (errors.diagnostic_at(None, errors.NO_HEADER, file=settings.output),))
    arch = None if settings.options.arch == "none" else settings.options.arch
    is_build = given["build_dir"] is not None
    return Firmware(settings.longint, settings.mpz_dig_size, arch, is_build, settings.header)


def _write(settings: _Settings, data: bytes) -> bool:
    """Write the output if it changes; whether it did. Raises ToolError."""
    from mpytool.diagnostics import ToolError
    from mpytool.errors import WRITE_FAILED
    from mpytool.files import file_diagnostic, write_if_changed

    try:
        if settings.output == STDIN:
            write_stdout(data)
            return True
        return write_if_changed(settings.output, data)
    except OSError as error:
        raise ToolError([file_diagnostic(WRITE_FAILED, settings.output, error)]) from None


def _write_depfile(path: str, settings: _Settings, inputs: dict[str, None]) -> None:
    from mpytool.cli.modules import write_output
    from mpytool.manifest.depfile import format_depfile

    paths = [*inputs, *([settings.header] if settings.header is not None else [])]
    text = format_depfile(settings.output, paths)
    write_output(path, text.encode("utf-8", "surrogateescape"), make_folders=True)
