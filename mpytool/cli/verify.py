"""``mpyc verify``: prove that ``.mpy`` files are well formed and safe to run."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mpytool.batch import Outcome, guarded
from mpytool.cli.process import end_on_signals
from mpytool.cli.report import FORMATS, Reporter
from mpytool.diagnostics import Diagnostic, Location, Note, Severity, ToolError
from mpytool.errors import READ_FAILED
from mpytool.files import STDIN, STDIN_NAME, Job, file_diagnostic, read_file
from mpytool.mpyfile.verify import Finding, Policy, verify
from mpytool.mpyfile.verify.policy import DENIABLE
from mpytool.options import ARCHES


@click.command("verify", short_help="Prove that .mpy files are well formed and safe to run.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--deny", multiple=True, type=click.Choice(DENIABLE), help="Reject what is well formed too; repeatable."
)
@click.option("--max-state", type=click.IntRange(1), metavar="N", help="The most state slots of a function.")
@click.option("--arch", type=click.Choice(ARCHES[1:]), help="Reject machine code for any other architecture.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the findings.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit status says it.")
def command(
    files: tuple[str, ...],
    deny: tuple[str, ...],
    max_state: int | None,
    arch: str | None,
    style: str,
    quiet: bool,
) -> int:
    """Prove that .mpy files are well formed and that their bytecode is safe to run.

    Each finding has a code, the function, the offset in the file and the reason. FILE - is standard input.
    What is proved and what is not is described in docs/verify.md: machine code cannot be proved.

    Exit status: 0 if nothing was found, 1 if something was or a file could not be read, 2 for a wrong
    command line.
    """
    policy = Policy(frozenset(deny), max_state, arch)
    failed = False
    reporter = Reporter(style, len(files), quiet=quiet)
    with end_on_signals(), reporter:
        for path in files:
            shown = STDIN_NAME if path == STDIN else path
            result = guarded(lambda path=path: _read(path), path)  # type: ignore[misc]
            diagnostics = result if isinstance(result, tuple) else tuple(_check(result, shown, policy))
            failed = failed or bool(diagnostics)
            if not quiet:
                reporter.add(Outcome(Job(path, shown, "-"), diagnostics))
    return int(failed)


def _read(path: str) -> bytes:
    try:
        return read_file(path)
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, path, error)]) from None


def _check(data: bytes, shown: str, policy: Policy) -> Iterator[Diagnostic]:
    for finding in verify(data, policy):
        yield _diagnostic(finding, shown)


def _diagnostic(finding: Finding, shown: str) -> Diagnostic:
    notes = []
    if finding.function is not None:
        where = f"in {finding.function}"
        if finding.code_offset is not None:
            where += f", at offset {finding.code_offset} of its code"
        notes.append(Note(where))
    return Diagnostic(
        Severity.ERROR,
        finding.code,
        "ValueError",
        f"at {finding.offset:#x}: {finding.message}",
        Location(shown, 0, 0, 0, 0),
        notes=tuple(notes),
    )
