"""``mpyc compile --print``: the text form of one stage of the compilation."""

from __future__ import annotations

from mpytool.batch import Outcome, guarded
from mpytool.cli.process import write_stdout
from mpytool.cli.report import Reporter
from mpytool.errors import READ_FAILED, WRITE_FAILED
from mpytool.files import Job, file_diagnostic, read_file, write_whole
from mpytool.options import Options


def print_stages(
    stage: str, jobs: list[Job], options: Options, output: str | None, reporter: Reporter
) -> int:
    """Print the stage of each input to standard output or, for one input, to ``output``; the exit status."""
    with reporter:
        for job in jobs:
            reporter.add(_print_stage(stage, job, options, output, titled=len(jobs) > 1))
    return reporter.exit_status


def _print_stage(stage: str, job: Job, options: Options, output: str | None, *, titled: bool) -> Outcome:
    from mpytool.compiler import stage_text
    from mpytool.values import encode_text

    try:
        source = read_file(job.path)
    except OSError as error:
        return Outcome(job, (file_diagnostic(READ_FAILED, job.shown, error),))

    def action() -> bytes:
        return encode_text(stage_text(stage, source, name=job.name, options=options, path=job.shown))

    result = guarded(action, job.shown)
    if not isinstance(result, bytes):
        return Outcome(job, result)
    if titled:
        result = b"# " + encode_text(job.shown) + b"\n" + result
    try:
        if output is None or output == "-":
            write_stdout(result)
        else:
            write_whole(output, result)
    except OSError as error:
        return Outcome(job, (file_diagnostic(WRITE_FAILED, output or "<stdout>", error),))
    return Outcome(job)
