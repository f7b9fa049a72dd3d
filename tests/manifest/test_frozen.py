"""From entries to jobs: versions at the end of sources, levels, and entries that are there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool import compile_source
from mpytool.manifest.depfile import format_depfile
from mpytool.manifest.frozen import Freezing, source_job, unique
from mpytool.manifest.model import Entry, Kind, Metadata
from mpytool.options import Options


@pytest.mark.parametrize(
    ("text", "version", "appended"),
    [
        ("A = 1", "1.2'", b'\n\n__version__ = "1.2\'"\n'),
        ("A = 1\n", None, b""),
        ("A = 1\n", "", b""),
        ("__version__ = '9'\n", "1.2", b""),
        ("__version__='9'\n", "1.2", b"\n\n__version__ = '1.2'\n"),
    ],
)
def test_version(tmp_path: Path, text: str, version: str | None, appended: bytes) -> None:
    """As makemanifest.py does it, with the one spelling that it looks for."""
    (tmp_path / "a.py").write_text(text)
    entry = Entry(str(tmp_path / "a.py"), "a.py", Kind.SOURCE, metadata=Metadata(version=version))
    assert source_job(entry, Options(), None).appended == appended
    freezing = Freezing([entry], Options())
    assert not any(outcome.diagnostics for outcome in freezing.contents(cache=None, processes=1))
    assert freezing.found[0].data == compile_source(text.encode() + appended, name="a.py").to_bytes()


@pytest.mark.parametrize(
    ("opt", "level", "optimise"), [(None, None, 1), (0, None, 0), (3, None, 3), (3, 2, 2), (None, 0, 0)]
)
def test_level(opt: int | None, level: int | None, optimise: int) -> None:
    """The manifest's counts more than the run's, and one among the flags of mpy-cross more than that."""
    job = source_job(Entry("/a.py", "a.py", Kind.SOURCE, opt), Options(optimise=1), level)
    assert (job.options or Options(optimise=1)).optimise == optimise


def test_unique() -> None:
    a = Entry("/a.py", "a.py", Kind.SOURCE)
    others = [
        Entry("/a.py", "a.py", Kind.SOURCE, 1),
        Entry("/a.py", "b.py", Kind.SOURCE),
        Entry("/a.py", "a.py", Kind.TEXT),
    ]
    assert unique([a, *others, Entry("/a.py", "a.py", Kind.SOURCE)]) == [a, *others]


def test_depfile() -> None:
    assert format_depfile("o 1.c", ["/a.py", "/b", "/a.py"]) == "o\\ 1.c: \\\n  /a.py \\\n  /b\n/a.py:\n/b:\n"
    assert format_depfile("o.c", []) == "o.c: \\\n".removesuffix(" \\\n") + "\n"
