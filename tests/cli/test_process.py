"""The program as a process: signals, several processes with the real compiler, what is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mpytool import compile_source

ROOT = Path(__file__).parents[2]
MPYC = [sys.executable, "-m", "mpytool.cli"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "MPYC_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}


def write_sources(folder: Path, count: int, lines: int) -> None:
    for number in range(count):
        (folder / f"m{number:03}.py").write_text(f"def f{number}(a, b=[1, 2]):\n    return a + b\n" * lines)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_leave_whole_files(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals, status: int
) -> None:
    write_sources(tmp_path, 150, 600)
    line = [*MPYC, "compile", ".", "--out-dir", "out", "-j", "2", "--no-cache"]
    process = subprocess.Popen(line, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
    out = tmp_path / "out"
    deadline = time.monotonic() + 60
    while not list(out.glob("*.mpy")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == status
    assert b"Traceback" not in said
    written = os.listdir(out)
    assert 0 < len(written) < 150
    assert all(name.endswith(".mpy") for name in written)
    for name in written[:10]:
        source = Path(name).with_suffix(".py")
        module = compile_source((tmp_path / source).read_bytes(), name=f"./{source}")
        assert (out / name).read_bytes() == module.to_bytes()


def test_processes_change_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    write_sources(tmp_path, 60, 100)
    (tmp_path / "bad.py").write_text("x = (\n")
    said = []
    for jobs in ("1", "3"):
        line = [
            *MPYC,
            "compile",
            ".",
            "--out-dir",
            f"out{jobs}",
            "-j",
            jobs,
            "--no-cache",
            "--format",
            "json",
        ]
        done = subprocess.run(line, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
        assert done.returncode == 1
        said.append(done.stderr)
    assert said[0] == said[1]
    one, three = (
        {path.name: path.read_bytes() for path in (tmp_path / f"out{jobs}").iterdir()} for jobs in ("1", "3")
    )
    assert one == three
    assert len(one) == 60


def test_processes_share_the_native_functions_of_a_file(tmp_path: Path, environment: dict[str, str]) -> None:
    write_sources(tmp_path, 1, 60)
    outputs = []
    for jobs in ("1", "3"):
        line = [*MPYC, "compile", "m000.py", "-o", f"{jobs}.mpy", "-j", jobs, "--no-cache"]
        subprocess.run([*line, "-X", "emit=native", "-march=x64"], cwd=tmp_path, env=environment, check=True)
        outputs.append((tmp_path / f"{jobs}.mpy").read_bytes())
    assert outputs[0] == outputs[1]


def test_imports_only_what_is_needed(tmp_path: Path, environment: dict[str, str]) -> None:
    """Each of these libraries would cost several times the start of Python."""
    (tmp_path / "a.py").write_text("x = 1\n")
    subprocess.run([*MPYC, "compile", "a.py"], cwd=tmp_path, env=environment, check=True)
    code = (
        "import sys; from mpytool.cli.app import run; run(['compile', 'a.py'] + sys.argv[1:]); "
        "print(*sorted({'lark', 'construct', 'rich', 'multiprocessing', 'json', "
        "'mpytool.compiler'} & set(sys.modules)))"
    )
    for extra, expected in (([], b""), (["--no-cache"], b"mpytool.compiler")):
        line = [sys.executable, "-c", code, *extra]
        done = subprocess.run(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, check=True)
        assert done.stdout.strip() == expected


def test_closed_standard_output(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    reader, writer = os.pipe()
    os.close(reader)
    line = [*MPYC, "compile", "a.py", "-o", "-"]
    done = subprocess.run(line, cwd=tmp_path, env=environment, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.returncode == 1
    assert b"cannot write '<stdout>'" in done.stderr
    assert b"Traceback" not in done.stderr
