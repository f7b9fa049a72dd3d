"""Work on what lies in this process's memory, shared out over forks of it.

Nothing is sent to them, for a fork has all that there was when it began, and only results come back. That is
what large forms of functions want, which take longer to send than to work on. (``workers.py`` is for many
small tasks that are known one after the other.)
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Fork:
    """``process`` is its number; ``pipe``, a file descriptor, is where its answers come from."""

    process: int
    pipe: int
    share: list[int]


def work_in_forks(
    work: Callable[[Item], Result], items: Sequence[Item], weights: Sequence[int], processes: int
) -> list[Result]:
    """``work`` of each item, in order. ``weights`` says how long each takes, in any unit.

    Results are what ``marshal`` can write. A fork that ends early or raises leaves its share to this process.
    """
    first, *others = _shares(weights, processes if can_fork() else 1)
    results: dict[int, Result] = {}
    forks: list[_Fork] = []
    try:
        for share in others:
            try:
                forks.append(_start(work, items, share))
            except OSError:  # too many processes, or too little memory for one more
                first += share
        results.update((i, work(items[i])) for i in first)
        for fork in forks:
            answers: list[Result] | None = _answers(fork)
            if answers is None:
                answers = [work(items[i]) for i in fork.share]
            results.update(zip(fork.share, answers, strict=True))
    finally:
        for fork in forks:
            os.kill(fork.process, signal.SIGKILL)
            os.waitpid(fork.process, 0)
            os.close(fork.pipe)
    return [results[i] for i in range(len(items))]


def can_fork() -> bool:
    """Whether this process may fork: another thread may hold a lock that the fork would wait for."""
    threading = sys.modules.get("threading")
    return sys.platform == "linux" and (threading is None or threading.active_count() == 1)


def _shares(weights: Sequence[int], count: int) -> list[list[int]]:
    """Indices in up to ``count`` shares of about the same weight, none of them empty but the first."""
    shares: list[list[int]] = [[] for _ in range(max(count, 1))]
    loads = [0] * len(shares)
    for index in sorted(range(len(weights)), key=lambda i: -weights[i]):
        lightest = loads.index(min(loads))
        shares[lightest].append(index)
        loads[lightest] += weights[index]
    return [share for number, share in enumerate(shares) if share or not number]


def _start(work: Callable[[Item], Result], items: Sequence[Item], share: list[int]) -> _Fork:
    ours, theirs = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(ours)
        os.close(theirs)
        raise
    if process == 0:
        _serve(work, [items[i] for i in share], theirs)
    os.close(theirs)
    return _Fork(process, ours, share)


def _serve(work: Callable[[Item], Result], share: Sequence[Item], pipe: int) -> NoReturn:
    """The life of a fork. It leaves without the rites of a process that ends: those are its parent's."""
    try:
        # An interrupt at the terminal reaches all processes; the first one then ends the others.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with open(pipe, "wb") as file:
            file.write(marshal.dumps([work(item) for item in share]))
    finally:
        os._exit(0)


def _answers(fork: _Fork) -> list[Result] | None:
    """What a fork answers; None if it ended before it had written all of it."""
    with open(fork.pipe, "rb", closefd=False) as file:
        data = file.read()
    try:
        answers: list[Result] = marshal.loads(data)
    except EOFError:
        return None
    return answers
