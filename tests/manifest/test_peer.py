"""Manifests run here and by MicroPython's own manifestfile.py: the same files under the same names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mpytool.manifest.collect import Manifests
from mpytool.manifest.errors import ManifestError
from mpytool.manifest.variables import parse_variables
from tests.casefile import Case, read_cases
from tests.conftest import missing
from tests.manifest.trees import make_tree
from tests.peers.runtimes import RuntimeMissingError, micropython_source

pytestmark = pytest.mark.peer

_PEER = """
import io, json, sys
sys.path.insert(0, sys.argv[1])
import manifestfile
kinds = {manifestfile.KIND_FREEZE_AS_STR: "text", manifestfile.KIND_FREEZE_AS_MPY: "source",
         manifestfile.KIND_FREEZE_MPY: "mpy"}
out, sys.stdout = sys.stdout, io.StringIO()
found = manifestfile.ManifestFile(manifestfile.MODE_FREEZE, json.loads(sys.argv[2]))
found.execute("manifest.py")
rows = [[f.full_path, f.target_path, kinds[f.kind], f.opt, f.metadata.version] for f in found.files()]
json.dump(rows, out)
"""

NOT_THERE: dict[str, str] = {
    "c_module": "newer than the tree",
    "listing": "newer than the tree",
    "require unix-ffi": "older than the tree, where it is an option of the package",
    "freeze some": "a folder among several scripts is refused: only files are expected",
    "freeze a folder inside": "variables are not replaced before the script is looked for",
    "an exception caught": "prints another text",
    "module with folders": "takes a level above 3 as it is",
}
"""Cases that manifestfile.py of 1.25 sees otherwise, and why."""

CASES = [
    case
    for case in read_cases(Path(__file__).with_name("data") / "accepted.test")
    if case.name not in NOT_THERE
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_same_files(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        tools = micropython_source() / "tools"
    except RuntimeMissingError as error:
        missing(str(error))
    make_tree(tmp_path)
    (tmp_path / "manifest.py").write_text(case.source)
    monkeypatch.chdir(tmp_path)
    variables = parse_variables(["MPY_DIR=.", "PORT_DIR=port", "BOARD_DIR=board", "MPY_LIB_DIR=lib"])
    done = subprocess.run(
        [sys.executable, "-c", _PEER, str(tools), json.dumps(variables)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs = [tuple(row) for row in json.loads(done.stdout)]
    manifests = Manifests(variables)
    manifests.run("manifest.py")
    ours = [
        (entry.path, entry.target, entry.kind.value, entry.opt, entry.metadata.version)
        for entry in manifests.collection.entries
    ]
    # Theirs are in the order of the folder on the disk.
    assert sorted(ours, key=str) == sorted(theirs, key=str)


def _wanted_package(path: Path, variables: dict[str, str]) -> str | None:
    """Run a manifest; the package that it misses, if it misses one. Anything else that is wrong is raised."""
    manifests = Manifests(variables)
    try:
        manifests.run(str(path))
    except ManifestError as error:
        found = re.fullmatch("no library has a package '(.*)'", error.diagnostics[0].message)
        if found is None:
            raise
        return found[1]
    return None


def test_manifests_of_micropython(tmp_path: Path) -> None:
    """Every board's own manifest runs, with packages made up for those of micropython-lib."""
    try:
        source = micropython_source()
    except RuntimeMissingError as error:
        missing(str(error))
    library = tmp_path / "lib"
    paths = sorted(source.glob("ports/*/boards/**/manifest*.py"))
    assert len(paths) > 60
    for path in paths:
        port = source / "ports" / path.relative_to(source / "ports").parts[0]
        variables = {
            "MPY_DIR": str(source),
            "PORT_DIR": str(port),
            "BOARD_DIR": str(path.parent),
            "MPY_LIB_DIR": str(library),
            "MCU_CORE": "hp",  # of the makefiles of alif and of the Arduino boards
            "ARDUINO_LIB_DIR": str(library),
        }
        wanted: set[str] = set()
        while (package := _wanted_package(path, variables)) is not None:
            assert package not in wanted
            wanted.add(package)
            folder = library / "python-stdlib" / package
            folder.mkdir(parents=True)
            (folder / "manifest.py").touch()
