"""Worker processes: what they answer, and what happens when they, or their parent, are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from mpytool.workers import Workers


def work(task: tuple[str, int]) -> object:
    kind, number = task
    if kind == "die":
        os._exit(number)
    if kind == "sleep":
        time.sleep(number)
    if kind == "big":
        return b"x" * number
    return number * 2, os.getpid()


@pytest.fixture
def workers() -> Iterator[Workers[tuple[str, int], object]]:
    found: Workers[tuple[str, int], object] = Workers(2, work)
    yield found
    found.close()


def collect(workers: Workers[tuple[str, int], object], tickets: list[int]) -> list[object]:
    while not set(tickets) <= set(workers.answers):
        workers.collect()
    return [workers.answers[ticket] for ticket in tickets]


def test_answers_by_ticket(workers: Workers[tuple[str, int], object]) -> None:
    tickets = [workers.submit(("double", n)) for n in range(50)]
    answers = collect(workers, tickets)
    assert [a[0] for a in answers if isinstance(a, tuple)] == [n * 2 for n in range(50)]
    assert workers.backlog == 0


def test_tasks_and_answers_larger_than_a_pipe(workers: Workers[tuple[str, int], object]) -> None:
    tickets = [workers.submit(("big", 3_000_000)) for _ in range(6)]
    assert [len(a) for a in collect(workers, tickets) if isinstance(a, bytes)] == [3_000_000] * 6


def test_worker_that_dies_is_replaced(workers: Workers[tuple[str, int], object]) -> None:
    kinds = ["double", "die", "double", "die", "die", "double", "double"]
    tickets = [workers.submit((kind, 1)) for kind in kinds]
    answers = collect(workers, tickets)
    assert [answer is None for answer in answers] == [kind == "die" for kind in kinds]


def test_closing_does_not_wait(workers: Workers[tuple[str, int], object]) -> None:
    for _ in range(4):
        workers.submit(("sleep", 60))
    began = time.monotonic()
    workers.close()
    assert time.monotonic() - began < 10


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_workers_end_when_their_parent_is_killed() -> None:
    code = (
        "from mpytool.workers import Workers; from tests.test_workers import work\n"
        "w = Workers(2, work); t = [w.submit(('double', n)) for n in (1, 2)]\n"
        "while len(w.answers) < 2: w.collect()\n"
        "print(*(w.answers[n][1] for n in t), flush=True); w.submit(('sleep', 1)); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pids = process.stdout.readline().split()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(os.path.exists(f"/proc/{pid}") and not _is_zombie(pid) for pid in pids)


def _is_zombie(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
