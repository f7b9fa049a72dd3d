"""Many files in one run: from the cache where possible, over several processes where that pays.

Where there are too few files for that, the processes share the native functions of each.

The results come in the order of the inputs. This process alone reads, asks the cache and writes outputs; the
workers only turn source bytes into output bytes, so that an interrupt leaves nothing behind but finished
files.
Nothing of the compiler, nor of multiprocessing, is imported before a file has to be compiled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable

from mpytool.diagnostics import Diagnostic, Location, Note, Severity, ToolError
from mpytool.errors import INTERNAL, READ_FAILED, WRITE_FAILED
from mpytool.files import Job, file_diagnostic, read_file
from mpytool.options import Options
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from mpytool.cache import Cache


_POOL_BYTES = 150_000
"""Sources that must wait before processes are started: about what one core compiles while they start."""
_CHUNK_BYTES = 60_000
_CHUNK_FILES = 24


class Outcome(Record):
    """What became of one job; it failed exactly if there are errors among ``diagnostics``. Sizes in bytes."""

    __slots__ = ("job", "diagnostics", "source_size", "output_size", "cached")

    def __init__(
        self,
        job: Job,
        diagnostics: tuple[Diagnostic, ...] = (),
        source_size: int = 0,
        output_size: int = 0,
        cached: bool = False,
    ) -> None:
        self.job: Final = job
        self.diagnostics: Final = diagnostics
        self.source_size: Final = source_size
        self.output_size: Final = output_size
        self.cached: Final = cached

    @property
    def failed(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)


class _Item:
    """A job on its way. ``result`` is the output or why there is none; None until it is compiled."""

    __slots__ = ("job", "options", "source", "size", "key", "cached", "result")

    def __init__(
        self,
        job: Job,
        options: Options,
        source: bytes = b"",
        size: int = 0,
        key: bytes | None = None,
        cached: bool = False,
        result: bytes | tuple[Diagnostic, ...] | None = None,
    ) -> None:
        self.job = job
        self.options = options
        self.source = source
        self.size = size
        self.key = key
        self.cached = cached
        self.result = result


_Task = tuple[bytes, str, str, Options]  # source, embedded name, path
_Result = bytes | tuple[Diagnostic, ...]
_Chunk = list[_Task]


def compile_bytes(source: bytes, name: str, path: str, options: Options, processes: int = 1) -> _Result:
    """The ``.mpy`` file of one source, or what is wrong with it. ``processes``: as ``compile_source``."""

    def action() -> bytes:
        from mpytool.compiler import compile_source

        module = compile_source(source, name=name, options=options, path=path, processes=processes)
        return module.to_bytes()

    return guarded(action, path)


def guarded(action: Callable[[], bytes], path: str) -> _Result:
    """What ``action`` returns or, if it raises an Exception, what to say about ``path`` because of that."""
    try:
        return action()
    except ToolError as error:
        return error.diagnostics
    except Exception as error:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return (_internal(path, text, _raised_at(error)),)


def _internal(path: str, text: str, notes: tuple[Note, ...] = ()) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        INTERNAL.code,
        INTERNAL.type,
        INTERNAL.message.format(error=text),
        Location(path, 0, 0, 0, 0),
        INTERNAL.hint,
        notes,
    )


def _raised_at(error: Exception) -> tuple[Note, ...]:
    """The innermost place in the program's own code, for a report."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None:
        return ()
    return (Note(f"raised in {step.tb_frame.f_code.co_filename}, line {step.tb_lineno}"),)


def run_jobs(
    jobs: Iterable[Job],
    options: Options,
    write: Callable[[Job, bytes], None],
    *,
    cache: Cache | None = None,
    processes: int = 1,
) -> Generator[Outcome, None, None]:
    """Compile every job and hand its output to ``write`` (which may raise OSError); one Outcome each, in
    order.

    Close the iterator when leaving it early: that ends the workers.
    """
    window: deque[_Item] = deque()  # what was read and not yet written, in order
    waiting: list[_Item] = []  # those of them that no process has yet
    pool: _Pool | None = None
    size = 0
    try:
        for job in jobs:
            item = _probe(job, options, cache)
            window.append(item)
            if item.result is None:
                if processes <= 1:
                    item.result = _compile_item(item, processes)
                else:
                    waiting.append(item)
                    size += len(item.source)
                    if pool is None and size >= _POOL_BYTES and len(waiting) > 1:
                        pool = _Pool(processes)
                    if pool is not None and (size >= _CHUNK_BYTES or len(waiting) >= _CHUNK_FILES):
                        pool.submit(waiting)
                        waiting, size = [], 0
            while window and window[0].result is not None:
                yield _finish(window.popleft(), write, cache)
                if pool is not None:
                    pool.collect(0)
        if pool is not None and waiting:
            pool.submit(waiting)
        for item in window:
            while item.result is None:
                if pool is None:
                    item.result = _compile_item(item, processes)
                else:
                    pool.collect()
            yield _finish(item, write, cache)
            if pool is not None:
                pool.collect(0)
    finally:
        if pool is not None:
            pool.close()


def _probe(job: Job, options: Options, cache: Cache | None) -> _Item:
    item = _Item(job, job.options or options)
    try:
        item.source = read_file(job.path) + job.appended
        item.size = len(item.source)
    except OSError as error:
        item.result = (file_diagnostic(READ_FAILED, job.shown, error),)
        return item
    if cache is not None:
        item.key = cache.key(item.source, job.name, job.shown, item.options)
        item.result = _recall(cache, item.key)
        item.cached = item.result is not None
    return item


def _recall(cache: Cache, key: bytes) -> _Result | None:
    from mpytool.stored import load_result

    stored = cache.get(key)
    try:
        return None if stored is None else load_result(stored)
    except ValueError:
        return None


def _keep(cache: Cache, key: bytes, result: _Result) -> None:
    """Store what depends on the source alone: not what went wrong inside."""
    from mpytool.stored import dump_result

    if isinstance(result, bytes) or all(d.code != INTERNAL.code for d in result):
        cache.put(key, dump_result(result))


def _compile_item(item: _Item, processes: int) -> _Result:
    return compile_bytes(item.source, item.job.name, item.job.shown, item.options, processes)


def _finish(item: _Item, write: Callable[[Job, bytes], None], cache: Cache | None) -> Outcome:
    result = item.result
    if result is None:
        raise AssertionError("a file was passed on before it was compiled")
    if cache is not None and item.key is not None and not item.cached:
        _keep(cache, item.key, result)
    if not isinstance(result, bytes):
        return Outcome(item.job, result, item.size, 0, item.cached)
    try:
        write(item.job, result)
    except OSError as error:
        shown = "<stdout>" if item.job.output == "-" else item.job.output
        return Outcome(item.job, (file_diagnostic(WRITE_FAILED, shown, error),), item.size)
    return Outcome(item.job, (), item.size, len(result), item.cached)


class _Pool:
    """Chunks of items at the workers."""

    def __init__(self, processes: int) -> None:
        import sys

        from mpytool.workers import Workers

        # Where workers are forks of this process, they find the compiler loaded.
        if sys.platform == "linux":
            import mpytool.compiler  # noqa: F401

        self._workers: Workers[_Chunk, list[_Result]] = Workers(processes, _compile_chunk)
        self._limit = 2 * processes
        self._out: dict[int, list[_Item]] = {}

    def submit(self, items: list[_Item]) -> None:
        """Give the items to the workers in chunks; waits while they have more than keeps them busy."""
        chunk: list[_Item] = []
        size = 0
        for item in items:
            chunk.append(item)
            size += len(item.source)
            if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_FILES:
                self._submit_chunk(chunk)
                chunk, size = [], 0
        if chunk:
            self._submit_chunk(chunk)
        while self._workers.backlog > self._limit:
            self.collect()

    def _submit_chunk(self, chunk: list[_Item]) -> None:
        tasks = [(item.source, item.job.name, item.job.shown, item.options) for item in chunk]
        self._out[self._workers.submit(tasks)] = chunk

    def collect(self, timeout: float | None = None) -> None:
        """Fill in the results that have come; without a timeout, in seconds, wait for some."""
        workers = self._workers
        if not workers.answers:
            workers.collect(timeout)
        for ticket in list(workers.answers):
            results = workers.answers.pop(ticket)
            chunk = self._out.pop(ticket)
            if results is None:
                ended = "the compiling process ended unexpectedly (out of memory?)"
                results = [(_internal(item.job.shown, ended),) for item in chunk]
            for item, result in zip(chunk, results, strict=True):
                item.result = result
                item.source = b""

    def close(self) -> None:
        """End the workers at once; what they have is dropped."""
        self._workers.close()


def _compile_chunk(chunk: _Chunk) -> list[_Result]:
    return [compile_bytes(source, name, path, options) for source, name, path, options in chunk]
