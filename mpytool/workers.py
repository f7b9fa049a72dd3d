"""Worker processes for ``batch.py``: each has a pipe of its own, and nothing is shared between them.

There are no threads and no locks here, so an interrupt at any moment can end the workers without waiting for
anything: ``concurrent.futures`` may wait for ever when its processes are ended from outside.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Worker:
    """``ticket`` numbers the task that it works on, None while it waits for one."""

    process: BaseProcess
    pipe: Connection[Any, Any]
    ticket: int | None = None


class Workers(Generic[Task, Answer]):
    """Up to ``count`` processes that apply ``work`` to tasks; both must be picklable. ``close`` ends them.

    ``answers`` holds what came back, by ticket; None for a task whose process ended before it answered.
    """

    def __init__(self, count: int, work: Callable[[Task], Answer]) -> None:
        self._count = count
        self._work = work
        self._workers: list[_Worker] = []
        self._queue: deque[tuple[int, Task]] = deque()
        self._tickets = 0
        self.answers: dict[int, Answer | None] = {}

    @property
    def backlog(self) -> int:
        """Tasks that no process has begun."""
        return len(self._queue)

    def submit(self, task: Task) -> int:
        """Queue a task; its ticket."""
        ticket = self._tickets
        self._tickets += 1
        self._queue.append((ticket, task))
        self._hand_out()
        return ticket

    def collect(self, timeout: float | None = None) -> None:
        """Take in the answers that are there; without a timeout, in seconds, wait for at least one."""
        busy = [worker for worker in self._workers if worker.ticket is not None]
        ready = set(wait([worker.pipe for worker in busy], timeout))
        for worker in busy:
            if worker.pipe not in ready or worker.ticket is None:
                continue
            try:
                answer = worker.pipe.recv()
            except (EOFError, OSError):
                answer = None
                self._drop(worker)
            self.answers[worker.ticket] = answer
            worker.ticket = None
        self._hand_out()

    def close(self) -> None:
        """End every process at once."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in list(self._workers):
            self._drop(worker)
        self._queue.clear()

    def _hand_out(self) -> None:
        # A process has one task at a time: two ends that both write into full pipes would wait for ever.
        for worker in list(self._workers):
            if self._queue and worker.ticket is None:
                self._give(worker)
        while self._queue and len(self._workers) < self._count:
            self._give(self._start())

    def _give(self, worker: _Worker) -> None:
        ticket, task = self._queue.popleft()
        worker.ticket = ticket
        try:
            worker.pipe.send(task)
        except OSError:
            self._drop(worker)
            self.answers[ticket] = None

    def _start(self) -> _Worker:
        ours, theirs = multiprocessing.Pipe()
        # A forked child holds our ends of all pipes, and must close them to see when this process ends.
        forked = multiprocessing.get_start_method() == "fork"
        inherited = [worker.pipe for worker in self._workers] + [ours] if forked else []
        process = multiprocessing.Process(target=_serve, args=(theirs, inherited, self._work), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _drop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.terminate()
        worker.pipe.close()
        worker.process.join()


def _serve(
    pipe: Connection[Any, Any], inherited: list[Connection[Any, Any]], work: Callable[[Any], Any]
) -> None:
    """The life of a worker: answer tasks until the other end is closed."""
    # An interrupt at the terminal reaches all processes; the first one then ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    try:
        while True:
            pipe.send(work(pipe.recv()))
    except (EOFError, OSError):
        pass
