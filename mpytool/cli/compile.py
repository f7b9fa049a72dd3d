"""``mpyc compile``: Python files to ``.mpy`` files."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from mpytool.cli.compiling import CompilerCommand, compiler_options
from mpytool.cli.options import given_options
from mpytool.cli.process import cores, end_on_signals, write_stdout
from mpytool.cli.report import FORMATS, Reporter
from mpytool.files import InputError, Job, collect_inputs, plan_jobs, write_whole
from mpytool.options import Options

STAGES = ("tokens", "tree", "scopes", "ir", "ssa", "typed", "low", "machine", "bytecode")


@click.command("compile", cls=CompilerCommand, short_help="Compile Python files to .mpy files.")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("-o", "--output", metavar="FILE", help="Output file, for one input; - is standard output.")
@click.option(
    "--out-dir", metavar="DIR", help="Write each output below DIR, as its input lies below the base."
)
@click.option("--base", metavar="DIR", help="The base of --out-dir. [default: the current folder]")
@click.option(
    "-s", "--source-name", metavar="NAME", help="Source name to embed. [default: the path as given]"
)
@compiler_options
@click.option("-q", "--quiet", is_flag=True, help="Nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is done with each file.")
@click.option(
    "--print", "stage", type=click.Choice(STAGES), help="Print a stage of the compilation, compile nothing."
)
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics.")
@click.option("--no-cache", is_flag=True, help="Neither read nor fill the compile cache.")
def command(**given: Any) -> int:
    """Compile Python files to MicroPython .mpy files, byte for byte as mpy-cross does.

    INPUT is a file, a folder (all .py files in it, at any depth), @FILE (a list, one path a line) or -
    (standard input). An output goes beside its input unless -o or --out-dir says otherwise.

    Exit status: 0 if all was compiled, 1 if an input failed, 2 for a wrong command line.
    """
    try:
        jobs = _plan(given)
        options = given_options(given)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    reporter = Reporter(given["style"], len(jobs), quiet=given["quiet"], verbose=given["verbose"])
    with end_on_signals():
        if given["stage"] is not None:
            from mpytool.cli.stages import print_stages

            return print_stages(given["stage"], jobs, options, given["output"], reporter)
        return _compile(jobs, options, given, reporter)


def _plan(given: dict[str, Any]) -> list[Job]:
    if given["output"] is not None and given["out_dir"] is not None:
        raise InputError("-o and --out-dir exclude each other")
    if given["base"] is not None and given["out_dir"] is None:
        raise InputError("--base needs --out-dir")
    if given["stage"] is not None and given["out_dir"] is not None:
        raise InputError("--print writes to standard output or to the file of -o")
    if not given["inputs"]:
        raise InputError("no input; 'mpyc compile --help' shows what can be given")
    inputs = collect_inputs(given["inputs"])
    if not inputs:
        raise InputError("no input: the list is empty")
    return plan_jobs(
        inputs,
        output=given["output"],
        out_dir=given["out_dir"],
        base=given["base"],
        name=given["source_name"],
    )


def _compile(jobs: list[Job], options: Options, given: dict[str, Any], reporter: Reporter) -> int:
    from mpytool.batch import run_jobs

    cache = None
    if not given["no_cache"]:
        from mpytool.cache import Cache, default_folder

        cache = Cache(default_folder())
    make_folders = given["out_dir"] is not None

    def write(job: Job, data: bytes) -> None:
        if job.output == "-":
            write_stdout(data)
        else:
            write_whole(job.output, data, make_folders=make_folders)

    processes = given["jobs"] or cores()
    with reporter, closing(run_jobs(jobs, options, write, cache=cache, processes=processes)) as outcomes:
        for outcome in outcomes:
            reporter.add(outcome)
    if cache is not None:
        cache.close()
    return reporter.exit_status
