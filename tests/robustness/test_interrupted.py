"""A run that fails half-way (full disk, Ctrl-C) leaves whole files or none, and says so in one line."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers.corpus import sources, standard_library
from tests.peers.explain import bytes_read
from tests.peers.places import ROOT

MPYC = (sys.executable, "-c", "from mpytool.cli import main; main()")
CROSS = (sys.executable, "-c", "from mpytool.cli.cross import main; main()")

SOURCE = "x = [" + ", ".join(f"'string number {i}'" for i in range(2_000)) + "]\n"


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))


def _run(
    arguments: tuple[str, ...],
    folder: Path,
    before: Callable[[], None] | None = None,
    stdout: str | None = None,
) -> subprocess.CompletedProcess[str]:
    with open(stdout or "/dev/null", "w") as out:
        return subprocess.run(
            arguments,
            cwd=folder,
            env=_environment(folder),
            preexec_fn=before,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize("old", [None, b"the old file"])
@pytest.mark.parametrize(
    "command",
    [(*MPYC, "compile", "-o", "out.mpy", "big.py"), (*CROSS, "-o", "out.mpy", "big.py")],
    ids=["mpyc", "mpyc-cross"],
)
def test_full_disk(tmp_path: Path, command: tuple[str, ...], old: bytes | None) -> None:
    """No file may grow beyond 4 kB, as on a full disk: an old output stays, a new one is not there."""
    (tmp_path / "big.py").write_text(SOURCE)
    if old is not None:
        (tmp_path / "out.mpy").write_bytes(old)
    done = _run(command, tmp_path, _limit_file_size)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr or command[2] == CROSS[2]
    assert 'File "/' not in done.stderr, done.stderr
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left == ({"big.py", "out.mpy"} if old is not None else {"big.py"})
    assert old is None or (tmp_path / "out.mpy").read_bytes() == old


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "command",
    [(*MPYC, "compile", "-o", "-", "big.py"), (*CROSS, "-o", "-", "big.py")],
    ids=["mpyc", "mpyc-cross"],
)
def test_full_standard_output(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "big.py").write_text(SOURCE)
    done = _run(command, tmp_path, stdout="/dev/full")
    assert done.returncode not in (0, None), done.stderr
    assert 'File "/' not in done.stderr, done.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("wait", [0.15, 0.6, 1.2])
def test_ctrl_c(tmp_path: Path, jobs: str, wait: float) -> None:
    """Interrupted while it compiles many files: what is there is whole, nothing else is there."""
    listed = [str(file.path) for file in list(sources(standard_library()))[:600]]
    (tmp_path / "list.txt").write_text("\n".join(listed))
    process = subprocess.Popen(
        [*MPYC, "compile", "-j", jobs, "--out-dir", "out", "--no-cache", "@list.txt"],
        cwd=tmp_path,
        env=_environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(wait)
    # The terminal signals the whole foreground group, workers included.
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT), stderr
    assert "Traceback" not in stderr, stderr
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [path for path in left if path.suffix != ".mpy"] == []
    for path in left:
        _check_whole(path.read_bytes())


def _check_whole(data: bytes) -> None:
    """A ``.mpy`` file has no length field; the reader of the tests reads it to its last byte."""
    assert bytes_read(data) == len(data)
