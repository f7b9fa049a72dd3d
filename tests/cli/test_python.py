"""``mpyc-python``: everything to the real Python, but makemanifest.py to ``mpyc freeze``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.manifest.trees import make_tree
from tests.peers.apt import AptError, install
from tests.peers.places import ROOT

SCRIPT = f"#!{sys.executable}\nfrom mpytool.cli.python import main\nmain()\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A port with its source tree, whose makemanifest.py must not be run; and the program itself."""
    make_tree(tmp_path)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/makemanifest.py").write_text("raise SystemExit('the real one was run')\n")
    (tmp_path / "manifest.py").write_text('module("a.py")\nc_module("cmod")\n')
    program = tmp_path / "mpyc-python"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    return tmp_path


def _environment(tree: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MPYC_CACHE_DIR": str(tree / "cache"),
        "MPYC_PYTHON": sys.executable,
    }


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tree / "mpyc-python"), *arguments],
        cwd=tree,
        env=_environment(tree),
        capture_output=True,
        text=True,
        check=False,
    )


def test_other_programs(tree: Path) -> None:
    assert _run(tree, "-c", "import sys; print(sys.argv[1:])", "x", "y z").stdout == "['x', 'y z']\n"
    assert _run(tree, "-c", "raise SystemExit(7)").returncode == 7
    assert _run(tree, "--version").stdout.startswith("Python 3")
    (tree / "other.py").write_text("print('other')\n")
    assert _run(tree, "other.py").stdout == "other\n"


def test_makemanifest(tree: Path) -> None:
    variables = ["-v", f"MPY_DIR={tree}", "-v", f"PORT_DIR={tree}"]
    done = _run(tree, "tools/makemanifest.py", "--list-c-modules", *variables, "manifest.py")
    assert (done.stdout, done.returncode) == (f"{tree}/cmod\n", 0)
    done = _run(tree, "tools/makemanifest.py", "-o", "out.c", *variables, "manifest_none.py")
    assert done.returncode == 1
    assert "error[E0803]" in done.stderr


CMAKE = """\
# What py/mkrules.cmake of MicroPython does with manifests.
cmake_minimum_required(VERSION 3.13)
project(firmware NONE)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(MICROPY_DIR ${CMAKE_SOURCE_DIR})
set(MICROPY_FROZEN_CONTENT ${CMAKE_BINARY_DIR}/frozen_content.c)
execute_process(
    COMMAND "${Python3_EXECUTABLE}" "${MICROPY_DIR}/tools/makemanifest.py"
        --list-c-modules -v MPY_DIR=${MICROPY_DIR} -v PORT_DIR=${MICROPY_DIR} "${MICROPY_FROZEN_MANIFEST}"
    OUTPUT_VARIABLE C_MODULES
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE RESULT
)
if(NOT RESULT EQUAL 0)
    message(FATAL_ERROR "C modules: ${RESULT}")
endif()
message(STATUS "C modules: ${C_MODULES}")
add_custom_target(
    BUILD_FROZEN_CONTENT ALL
    BYPRODUCTS ${MICROPY_FROZEN_CONTENT}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/genhdr
    COMMAND ${CMAKE_COMMAND} -E copy ${MICROPY_DIR}/qstrs.h ${CMAKE_BINARY_DIR}/genhdr/qstrdefs.preprocessed.h
    COMMAND ${Python3_EXECUTABLE} ${MICROPY_DIR}/tools/makemanifest.py -o ${MICROPY_FROZEN_CONTENT}
        -v MPY_DIR=${MICROPY_DIR} -v PORT_DIR=${MICROPY_DIR} -b "${CMAKE_BINARY_DIR}" -f-march=armv6m
        --mpy-tool-flags= ${MICROPY_FROZEN_MANIFEST}
    VERBATIM
)
"""


def test_cmake(tree: Path) -> None:
    """CMake takes it for a Python, and a build like MicroPython's makes its frozen content with it."""
    if shutil.which("cmake") is None or shutil.which("make") is None:
        try:
            install("cmake", "make")
        except AptError as error:
            missing(f"cmake: {error}")
    (tree / "CMakeLists.txt").write_text(CMAKE)
    (tree / "qstrs.h").write_text("QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (2))\n")
    (tree / "a.py").write_text("@micropython.asm_thumb\ndef f(r0):\n    add(r0, r0, 1)\n")
    settings = [
        f"-DPython3_EXECUTABLE={tree / 'mpyc-python'}",
        f"-DMICROPY_FROZEN_MANIFEST={tree / 'manifest.py'}",
    ]
    for command in (["cmake", "-S", ".", "-B", "build", *settings], ["cmake", "--build", "build"]):
        done = subprocess.run(
            command, cwd=tree, env=_environment(tree), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        if "-S" in command:
            assert f"C modules: {tree}/cmod\n" in done.stdout
    assert "made by mpyc" in (tree / "build/frozen_content.c").read_text()
