"""The public library: names, arguments, threads."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mpytool
from mpytool import CompileError, Options, compile_source

SOURCES = [path.read_bytes() for path in sorted((Path(__file__).parent / "data" / "programs").glob("*.py"))]


def test_public_names_exist() -> None:
    for name in mpytool.__all__:
        assert getattr(mpytool, name) is not None


def test_text_and_bytes_are_the_same_source() -> None:
    text = "x = 'ä\udc80'\n"
    assert (
        compile_source(text, name="a.py").to_bytes()
        == compile_source(text.encode("utf-8", "surrogateescape"), name="a.py").to_bytes()
    )


def test_options_are_used() -> None:
    with_assert = compile_source("assert x", name="a.py").to_bytes()
    assert compile_source("assert x", name="a.py", options=Options(optimise=1)).to_bytes() != with_assert


def test_errors_name_the_path_and_the_peer_the_source_name() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("x = )", name="embedded.py", path="dir/real.py")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.location.file == "dir/real.py"
    assert str(caught.value) == diagnostic.message


def test_threads_do_not_notice_each_other() -> None:
    def compile_all(start: int) -> list[bytes]:
        order = SOURCES[start:] + SOURCES[:start]
        results = [compile_source(source, name="a.py").to_bytes() for source in order]
        return results[len(order) - start :] + results[: len(order) - start]

    alone = compile_all(0)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(result == alone for result in pool.map(compile_all, range(8)))
    finally:
        sys.setswitchinterval(interval)


def test_the_collector_is_as_it_was() -> None:
    for was_on in (True, False):
        (gc.enable if was_on else gc.disable)()
        try:
            compile_source("x = 1", name="a.py")
            assert gc.isenabled() is was_on
            with pytest.raises(CompileError):
                compile_source("x = ", name="a.py")
            assert gc.isenabled() is was_on
        finally:
            gc.enable()


def test_running_out_of_memory_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("mpytool.compiler.lower", full)
    with pytest.raises(CompileError) as caught:
        compile_source("x = 1", name="a.py")
    assert caught.value.diagnostics[0].code == "E0241"


def test_deep_nesting_compiles_and_leaves_the_recursion_limit_alone() -> None:
    limit = sys.getrecursionlimit()
    depth = 10_000
    for opening, closing in (("[", "]"), ("(", ",)"), ("f(", ")"), ("{1:", "}"), ("-", ""), ("not ", "")):
        compile_source("x = " + opening * depth + "a" + closing * depth, name="a.py").to_bytes()
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize(("count", "accepted"), [(255, True), (257, False)])
def test_closing_over_too_many_variables_is_a_diagnostic(count: int, accepted: bool) -> None:
    """A cell's number is one byte in the file; mpy-cross ends by an assertion there."""
    names = [f"v{i}" for i in range(count)]
    source = "def f(" + ", ".join(names) + "):\n def g(): return " + " + ".join(names) + "\n"
    if accepted:
        assert compile_source(source, name="a.py").to_bytes()
        return
    with pytest.raises(CompileError) as caught:
        compile_source(source, name="a.py")
    assert caught.value.diagnostics[0].code == "E0302"


def test_absurd_nesting_is_a_diagnostic() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("x = " + "[" * 300_000 + "]" * 300_000, name="a.py")
    assert caught.value.diagnostics[0].code == "E0240"
