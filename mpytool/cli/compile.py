"""``mpyc compile``: Python files to ``.mpy`` files."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

import click

from mpytool.cli.argv import normalise
from mpytool.cli.options import build_options
from mpytool.cli.process import end_on_signals, write_stdout
from mpytool.cli.report import FORMATS, Reporter
from mpytool.files import InputError, Job, collect_inputs, plan_jobs, write_whole
from mpytool.options import Options

STAGES = ("tokens", "tree", "scopes", "ir", "ssa", "bytecode")


class _CompileCommand(click.Command):
    """Reads mpy-cross's option syntax besides click's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with_value = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        return super().parse_args(ctx, normalise(args, with_value))


@click.command("compile", cls=_CompileCommand, short_help="Compile Python files to .mpy files.")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("-o", "--output", metavar="FILE", help="Output file, for one input; - is standard output.")
@click.option(
    "--out-dir", metavar="DIR", help="Write each output below DIR, as its input lies below the base."
)
@click.option("--base", metavar="DIR", help="The base of --out-dir. [default: the current folder]")
@click.option(
    "-s", "--source-name", metavar="NAME", help="Source name to embed. [default: the path as given]"
)
@click.option(
    "-O", "--optimise", "optimise", type=click.IntRange(0, 3), default=0, metavar="[0-3]",
    help="Optimisation level; -O is -O1. From 1 asserts are dropped, at 3 line numbers too.",
)  # fmt: skip
@click.option(
    "-X", "extras", multiple=True, metavar="OPT",
    help="emit=bytecode|native|viper, source-lines, no-source-lines, heapsize=N (no effect).",
)  # fmt: skip
@click.option(
    "--arch", "--march", "arch", metavar="ARCH", help="Architecture of native code; also -march=ARCH."
)
@click.option(
    "--march-flags", metavar="FLAGS", help="Its extensions: a number or zba,zcmp; also -march-flags=."
)
@click.option(
    "--msmall-int-bits", metavar="N", help="Bits of a small int, 31 if not said; also -msmall-int-bits=N."
)
@click.option("--target", metavar="NAME", help="A board or chip instead of --arch; see 'mpyc targets'.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    show_default=False,
    metavar="N",
    help="Processes. [default: one a core]",
)
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
        options = build_options(
            extras=given["extras"],
            optimise=given["optimise"],
            arch=given["arch"],
            arch_flags=given["march_flags"],
            small_int_bits=given["msmall_int_bits"],
            target=given["target"],
        )
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

    processes = min(given["jobs"] or _cores(), len(jobs))
    with reporter, closing(run_jobs(jobs, options, write, cache=cache, processes=processes)) as outcomes:
        for outcome in outcomes:
            reporter.add(outcome)
    if cache is not None:
        cache.close()
    return reporter.exit_status


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
