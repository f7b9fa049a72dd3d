"""Shares of work for forks: what comes back, and what happens when a fork ends early or is not wanted."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from mpytool import forks
from mpytool.forks import work_in_forks

HERE = os.getpid()


def double(number: int) -> tuple[int, bool]:
    """And whether a fork did it."""
    return 2 * number, os.getpid() != HERE


@pytest.fixture
def only_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest-xdist and timeouts have threads, which take no locks that these forks want.
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("only_thread")
@pytest.mark.parametrize("processes", [1, 2, 3, 20])
def test_results_are_in_order(processes: int) -> None:
    items = list(range(10))
    results = work_in_forks(double, items, [1] * 10, processes)
    assert [result for result, _ in results] == [2 * item for item in items]
    assert sum(in_fork for _, in_fork in results) == 10 - -(-10 // processes)


def test_of_nothing() -> None:
    assert work_in_forks(double, [], [], 4) == []


@pytest.mark.usefixtures("only_thread")
def test_weights_make_the_shares() -> None:
    results = work_in_forks(double, [1, 2, 3, 4], [9, 3, 3, 3], 2)
    assert [in_fork for _, in_fork in results] == [False, True, True, True]


@pytest.mark.usefixtures("only_thread")
def test_answers_larger_than_a_pipe() -> None:
    results = work_in_forks(lambda size: b"x" * size, [3_000_000] * 6, [1] * 6, 3)
    assert [len(result) for result in results] == [3_000_000] * 6


def _raise() -> None:
    raise ValueError("only in a fork")


@pytest.mark.usefixtures("only_thread")
@pytest.mark.parametrize("end", [lambda: os._exit(0), lambda: os.kill(os.getpid(), signal.SIGKILL), _raise])
def test_a_fork_that_ends_leaves_its_share(end: object) -> None:
    def work(number: int) -> tuple[int, bool]:
        if os.getpid() != HERE and number == 7:
            assert callable(end)
            end()
        return double(number)

    results = work_in_forks(work, list(range(10)), [1] * 10, 2)
    assert [result for result, _ in results] == [2 * n for n in range(10)]
    assert not any(in_fork for _, in_fork in results)


@pytest.mark.usefixtures("only_thread")
def test_an_error_here_ends_the_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    fork = os.fork

    def noted() -> int:
        started.append(fork())
        return started[-1]

    monkeypatch.setattr(os, "fork", noted)

    def work(number: int) -> int:
        if os.getpid() == HERE:
            raise ValueError(number)
        threading.Event().wait()
        return number

    with pytest.raises(ValueError, match="0"):
        work_in_forks(work, [0, 1, 2], [1, 1, 1], 3)
    assert len(started) == 2
    for process in started:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


@pytest.mark.usefixtures("only_thread")
def test_no_more_processes_are_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    assert work_in_forks(double, [1, 2, 3], [1, 1, 1], 2) == [(2, False), (4, False), (6, False)]


def test_no_forks_beside_threads() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not forks.can_fork()
        assert work_in_forks(double, [1, 2], [1, 1], 2) == [(2, False), (4, False)]
    finally:
        stop.set()
        thread.join()
