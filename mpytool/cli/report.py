"""What a run says on standard error: diagnostics in the wanted format, progress, a summary."""

from __future__ import annotations

import os
import sys
import time

from mpytool.batch import Outcome
from mpytool.diagnostics import Diagnostic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

FORMATS = ("human", "json", "github", "sarif")

_MANY = 8
"""Inputs above which a run gets a summary and may get a progress bar."""
_PATIENCE = 0.5
"""Seconds of work before the progress bar appears."""


class Reporter:
    """Takes the outcomes of one run, in order. A context: progress and summary end with it."""

    def __init__(self, style: str, total: int, *, quiet: bool = False, verbose: bool = False) -> None:
        self._style = style
        self._total = total
        self._chatty = style in ("human", "github")  # in the others every byte belongs to the format
        self._verbose = verbose and self._chatty and not quiet
        self._terminal = sys.stderr.isatty()
        self._summary = self._chatty and not quiet and (total > _MANY or (verbose and total > 1))
        self._may_progress = self._terminal and not quiet and style == "human" and total > _MANY
        self._colour = self._terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._kept: list[Diagnostic] = []
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._done = self._failed = self._cached = 0

    @property
    def exit_status(self) -> int:
        """1 if anything failed."""
        return 1 if self._failed else 0

    def add(self, outcome: Outcome) -> None:
        """One input is done with."""
        self._done += 1
        self._failed += outcome.failed
        self._cached += outcome.cached and not outcome.failed
        if outcome.diagnostics:
            self._show(outcome.diagnostics)
        elif self._verbose:
            how = "cached" if outcome.cached else "compiled"
            target = "standard output" if outcome.job.output == "-" else outcome.job.output
            sizes = f"{outcome.source_size:,} -> {outcome.output_size:,} bytes"
            self._say(f"{how} {outcome.job.shown} -> {target} ({sizes})\n")
        if self._may_progress:
            self._advance()

    def _show(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        if self._style == "human":
            from mpytool.render.human import render as render_human

            self._say("".join(render_human(d, colour=self._colour) + "\n" for d in diagnostics))
        elif self._style == "json":
            from mpytool.render.jsonl import render as render_json

            self._say("".join(map(render_json, diagnostics)))
        elif self._style == "github":
            from mpytool.render.github import render as render_github

            self._say("".join(map(render_github, diagnostics)))
        else:
            self._kept.extend(diagnostics)

    def _say(self, text: str) -> None:
        # The bar, if any, is taken away first and drawn again below.
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except UnicodeEncodeError:
            sys.stderr.write(text.encode("ascii", "backslashreplace").decode("ascii"))

    def _advance(self) -> None:
        if self._progress is None:
            if time.monotonic() - self._started < _PATIENCE or self._done == self._total:
                return
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("compiling"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            # No refreshing thread: processes may be forked while the bar is shown.
            self._progress = Progress(
                *columns, console=Console(stderr=True), transient=True, auto_refresh=False
            )
            self._task = self._progress.add_task("", total=self._total)
            self._progress.start()
        if self._task is not None:
            self._progress.update(self._task, completed=self._done, refresh=True)

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        if kind is not None:
            return
        if self._style == "sarif":
            from mpytool.render.sarif import document

            self._say(document(self._kept))
        elif self._summary:
            good = self._done - self._failed
            parts = [f"{good:,} compiled" + (f" ({self._cached:,} from the cache)" if self._cached else "")]
            if self._failed:
                parts.append(f"{self._failed:,} failed")
            self._say(f"mpyc: {', '.join(parts)} in {time.monotonic() - self._started:.1f} s\n")
