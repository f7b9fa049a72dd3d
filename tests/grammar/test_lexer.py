"""The lexer against a table of cases, against the plain lexer, and against hostile input."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.grammar import lexer
from mpytool.grammar.lexer import tokenize
from mpytool.grammar.print_tokens import format_tokens
from mpytool.grammar.tokens import KIND_NAMES, KIND_OF_NAME, Tokens
from mpytool.values import decode_text
from tests.grammar import slow_lexer

TABLE = Path(__file__).parent / "data" / "tokens.test"
_HEAD = re.compile(r"^\[case (.*)\]$", re.MULTILINE)
_ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)", re.DOTALL)


def read_cases() -> Iterator[tuple[str, str, str]]:
    """(name, source as written, expected tokens)."""
    parts = _HEAD.split(TABLE.read_text())
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        source, _, expected = body.strip("\n").partition("[out]\n")
        yield name, source, expected + "\n" if expected else ""


def unescape(match: re.Match[bytes]) -> bytes:
    text = match[1]
    if text.startswith(b"x"):
        return bytes([int(text[1:], 16)])
    return {b"t": b"\t", b"r": b"\r", b"n": b"\n", b"\\": b"\\"}[text]


def source_text(written: str) -> str:
    data = written.encode()
    data = data.removesuffix(b"\\c\n") if data.endswith(b"\\c\n") else data
    return decode_text(_ESCAPE.sub(unescape, data))


def regenerate() -> None:
    parts = _HEAD.split(TABLE.read_text())
    out = [parts[0]]
    for name, source, _ in read_cases():
        source = source if source.endswith("\n") or not source else source + "\n"
        tokens = tokenize(source_text(source), optimise=0, interned=())
        out.append(f"[case {name}]\n{source}[out]\n{format_tokens(tokens)}\n")
    TABLE.write_text("".join(out))


@pytest.mark.parametrize(("source", "expected"), [pytest.param(s, e, id=n) for n, s, e in read_cases()])
def test_table(source: str, expected: str) -> None:
    text = source_text(source)
    tokens = tokenize(text, optimise=0, interned=())
    assert format_tokens(tokens) == expected
    assert disagreement(text) is None


def columns(tokens: Tokens) -> list[tuple[str, object, int]]:
    return [
        (KIND_NAMES[kind], value, line)
        for kind, value, line in zip(tokens.kinds, tokens.values, tokens.lines, strict=True)
    ]


def disagreement(text: str, optimise: int = 0, interned: tuple[str, ...] = ()) -> str | None:
    """The first token that the two lexers see differently."""
    fast = tokenize(text, optimise=optimise, interned=interned)
    slow = slow_lexer.tokenize(text, optimise=optimise, interned=interned)
    for index, (ours, theirs) in enumerate(zip(columns(fast), columns(slow), strict=False)):
        if ours != theirs:
            return f"token {index}: {ours} should be {theirs}"
    if len(fast.kinds) != len(slow.kinds):
        return f"{len(fast.kinds)} tokens should be {len(slow.kinds)}"
    for index in range(len(fast.kinds)):
        # The plain lexer knows of an injected token only from which literal it came
        inside = slow.starts[index] <= fast.starts[index] <= fast.ends[index] <= slow.ends[index]
        is_bad = fast.kinds[index] < KIND_OF_NAME["END"]
        if not (inside or (is_bad and fast.starts[index] == slow.starts[index])):
            return f"token {index} {columns(fast)[index]}: wrong range"
    return None


@contextmanager
def small_windows(size: int) -> Iterator[None]:
    with mock.patch.object(lexer, "_FULL_WINDOW", size), mock.patch.object(lexer, "_SMALL_WINDOW", size):
        yield


PIECES = st.sampled_from(
    [
        *"()[]{}:,.;=!\\#'\"\n\t rubftNx\r\0\f$-+",
        *("'''", '"""', "\\\n", "\r\n", "  ", "    ", "\n    ", "\n  "),
        *(
            "name",
            "a_rather_long_name",
            "'a_rather_long_name'",
            '"a_rather_long_name"',
            "if",
            "in",
            "__debug__",
        ),
        *('f"', "f'", "t'", 't"', 'rb"', "rf'", "f'''", 't"""', "rt'", "br'", "b'", "b'x'", "'y'", "f'{z}'"),
        *("!r}", "!s:", "={", "=}", "{{", "}}", "{a}", "{a", "{b:{w}}"),
        *("é", "\udcff", "\udcc3", "\udca9", "😀", "\\x41", "\\777", "\\u00e9", "\\ud800", "\\N{x}"),
        *("\\xg", "\\U00110000", "1", "0x_f", "1e", ".5", "1_0.", "<<=", "->", ":=", "...", "!="),
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join), st.integers(0, 1))
def test_agrees_with_the_plain_lexer(source: str, optimise: int) -> None:
    text = decode_text(source.encode("utf-8", "surrogateescape"))
    assert disagreement(text, optimise, ("another_long_name",)) is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_agrees_on_any_bytes(data: bytes) -> None:
    assert disagreement(decode_text(data)) is None


@pytest.mark.parametrize("folder", ["mpytool", "tests"])
def test_agrees_on_our_own_files(folder: str) -> None:
    for path in sorted((Path(__file__).parents[2] / folder).rglob("*.py")):
        assert disagreement(decode_text(path.read_bytes())) is None, path


@pytest.mark.parametrize("size", [1, 7, 32, 200])
def test_windows(size: int) -> None:
    """Text longer than a window, cut at every kind of token."""
    unit = "x = ('aa' 'bb'\n  f'{a}{b:{w}}' , \"\"\"q\n\n\"\"\", b'z') # comment\nif a:\n  t'{c}'\n"
    with small_windows(size):
        for shift in range(0, 90, 7):
            assert disagreement("#" * shift + "\n" + unit * 3) is None


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.integers(1, 40))
def test_windows_of_any_text(source: str, size: int) -> None:
    with small_windows(size):
        assert disagreement(decode_text(source.encode("utf-8", "surrogateescape"))) is None


def test_name_too_long() -> None:
    tokens = tokenize("a" * 255 + " " + "é" * 128, optimise=0, interned=())
    assert [KIND_NAMES[kind] for kind in tokens.kinds[1:3]] == ["NAME", "NAME_TOO_LONG"]


def test_ranges_of_fields() -> None:
    text = "x = f'{abc}{d.efg:>{width}}'\r\nlast\r\n"
    tokens = tokenize(text, optimise=0, interned=())
    for kind, value, start, end in zip(tokens.kinds, tokens.values, tokens.starts, tokens.ends, strict=True):
        if kind == KIND_OF_NAME["NAME"] and value != "format":
            assert text[start:end] == value


HOSTILE = {
    "quotes": '"' * 100_000,
    "apostrophes with a gap": "' " * 100_000,
    "open triple": '"""' + '\\"""' * 100_000,
    "open triples": "''' \"\"\" " * 50_000,
    "two quotes": '"""' + '"" ' * 100_000,
    "backslashes": "'" + "\\" * 300_000,
    "long line": "[" + "1, " * 300_000 + "]",
    "strings in brackets": "(" + "'a'\n" * 100_000 + ")",
    "strings on lines": "'a'\n" * 100_000,
    "f-strings": "f'{a}'\n" * 30_000,
    "adjacent f-strings": "(" + "f'{a}' " * 50_000 + ")",
    "f-strings with comments": "f'{a#}'\n)\n" * 20_000,
    "f-strings with quotes": "f'{\"}'\"))\n" * 20_000,
    "f-strings on two lines": "f'''{a\n}'''\n" * 20_000,
    "nested f-strings": "f\"{f'{x}'}\"\n" * 20_000,
    "f-strings on one line": "f\"{f'{x}'}\";" * 20_000,
    "open fields": "f'{" * 100_000,
    "open brackets": "f'{[" + "[" * 300_000,
    "t-strings": "t'{a:{b}}'\n" * 20_000,
    "names": "".join(f"long_name_number_{i} 'long_name_number_{i}'\n" for i in range(20_000)),
    "indentation": "".join(" " * i + "if a:\n" for i in range(1_000)),
    "comments": "#\n" * 300_000,
    "continuations": "\\\n" * 300_000,
    "dots": "." * 300_000,
    "digits": "1" * 1_000_000,
    "exponents": "1" + "e+" * 300_000,
    "carriage returns": "a\r\n" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_takes_linear_time(name: str) -> None:
    started = time.process_time()
    tokens = tokenize(HOSTILE[name], optimise=0, interned=())
    taken = time.process_time() - started
    assert tokens.kinds[-1] == KIND_OF_NAME["END"]
    assert taken < 5, taken  # quadratic would be minutes


if __name__ == "__main__":
    regenerate()
