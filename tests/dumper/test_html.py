"""The page of ``mpyc dump --html``: its data, and how it behaves in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import time
import zlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool import compile_source
from mpytool.dumper.html import format_html, script_json
from mpytool.dumper.html_data import page_data
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.regions import regions
from mpytool.options import Options
from mpytool.print_bytecode import line_starts
from tests.conftest import missing
from tests.peers.browser import Browser, BrowserMissingError
from tests.peers.oracle import Oracle
from tests.peers.places import ROOT

SENSOR = (ROOT / "examples/sensor.py").read_text()

HOSTILE = '''\
def f(x):
    """</script><script>window.broken = 1</script><!-- <b>bold</b> & "quoted" -->"""
    return getattr(x, "<img src=x onerror=window.broken=2>") or "\\u202eevil\\u202c" or {"\\udc80": "]]>"}
'''


def _module(source: str, name: str = "m.py") -> bytes:
    return compile_source(source, name=name).to_bytes()


def _large() -> tuple[bytes, str]:
    """A file of 500 KB, half of it code, half constants; and the source that its functions all have."""
    body = "".join(f"    a{i} = x.method_{i}(a, {i * 1000}, [b'{i}', a, x])\n" for i in range(20))
    source = f"def f(x, a):\n{body}"
    module = compile_source(source, name="large.py")
    child = module.root.children[0]
    module.root.children = [child] * (250_000 // (len(child.data) + 2))
    module.constants = [*module.constants, *(f"constant {i} " * 20 for i in range(1000))]
    return module.to_bytes(), source


# --- the data ----------------------------------------------------------------------------------------------


def _expand(flat: list[int]) -> list[tuple[int, int]]:
    pairs, at = [], 0
    for step, value in zip(flat[::2], flat[1::2], strict=True):
        at += step
        pairs.append((at, value))
    return pairs


def test_regions_are_rows() -> None:
    data = _module(SENSOR)
    page = page_data(data, SENSOR, "sensor.mpy")
    assert base64.b64decode(page["bytes"]) == data
    assert sum(page["length"]) == len(data)
    assert sum(page["run"][2::3]) == len(page["length"]) == len(page["text"]) == len(page["operand"])
    assert len(page["strings"]) == len(set(page["strings"]))
    kinds = [
        page["kinds"][k] for k, n in zip(page["run"][::3], page["run"][2::3], strict=True) for _ in range(n)
    ]
    assert kinds == [region.kind for region in regions(data)]


def test_lines_and_references() -> None:
    """Each instruction has the line of the line table; each jump aims at a row with its label."""
    source = "x = 1\nfor i in (1, 2):\n    if i: print('one', i)\n\nprint(2)\n"
    module = compile_source(source, name="m.py")
    assert module.root.prelude is not None
    page = page_data(module.to_bytes(), source, "m.mpy")
    line_at = dict(_expand(page["line"]))
    first = min(line_at)
    starts, at, lines = dict(line_starts(module.root.prelude.line_table)), 0, {}
    for i, length in enumerate(page["length"]):
        if i >= first:
            lines[at] = line_at.get(i)
            at += length
    changed = {offset: line for offset, line in lines.items() if line is not None}
    assert changed == {0: 1, **starts}
    labels = {i: page["strings"][number] for i, number in _expand(page["label"])}
    jumps = [
        (page["strings"][page["operand"][i]], labels[target])
        for i, target in _expand(page["ref"])
        if target in labels
    ]
    assert len(jumps) >= 3
    assert all(label in operand for operand, label in jumps)
    named = {
        (page["strings"][page["operand"][i]], page["strings"][page["text"][target]])
        for i, target in _expand(page["ref"])
        if target not in labels
    }
    assert any(operand == "print" and "'print'" in what for operand, what in named)


def test_no_lines_without_tables() -> None:
    stripped = compile_source(SENSOR, name="m.py", options=Options(optimise=3)).to_bytes()
    assert page_data(stripped, SENSOR, "m.mpy")["line"] == []


def test_native_code(peer: Oracle) -> None:
    """Native code is shown by instruction, jumps have labels, and no byte is lost."""
    source = "@micropython.native\ndef f(x):\n    while x:\n        x = x - 1\n"
    data = peer.compile(source.encode(), "m.py", "-march=armv7m")
    assert isinstance(data, bytes)
    page = page_data(data, source, "m.mpy")
    assert base64.b64decode(page["bytes"]) == data
    assert sum(page["length"]) == len(data)
    native = {page["strings"][number] for number, kind in enumerate(page["ops"]) if kind == "n"}
    assert {"push", "ldr", "blx"} <= native
    rows = [i for i, number in enumerate(page["text"]) if page["strings"][number] in native]
    assert len(rows) > 20
    targets = {target for i, target in _expand(page["ref"]) if i in rows}
    assert targets
    assert targets <= {i for i, _ in _expand(page["label"])}


def test_escaping() -> None:
    page = format_html(_module(HOSTILE, "<b>.py"), HOSTILE, "</title><script>window.broken = 3</script>.mpy")
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<b>" not in page
    assert "</title><script>" not in page
    assert page.encode("utf-8")
    assert not re.search(r"\{\{\w+\}\}", page)


def test_policy_names_the_program() -> None:
    page = format_html(_module("pass"), None, "m.mpy")
    program = page.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page)


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_script_json(value: Any) -> None:
    text = script_json(value)
    assert text.isascii()
    assert "<" not in text
    assert json.loads(text) == value


def test_malformed() -> None:
    with pytest.raises(MpyFormatError):
        format_html(b"M\x06\x00", None, "m.mpy")


def test_assets_are_in_the_package() -> None:
    """They lie in the package, which the wheel takes whole, and no ignore rule names their endings."""
    folder = files("mpytool.dumper").joinpath("assets")
    assert {each.name for each in folder.iterdir()} >= {"page.html", "page.css", "page.js"}
    ignored = (ROOT / ".gitignore").read_text().split()
    assert not any(line.endswith((".html", ".css", ".js")) for line in ignored)


# --- in a browser ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    try:
        window = Browser(tmp_path_factory.mktemp("profile"))
    except BrowserMissingError as error:
        missing(str(error))
    yield window
    window.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages to look at, and where their screenshots go."""
    folder = tmp_path_factory.mktemp("pages")
    large, large_source = _large()
    made = {
        "sensor": (_module(SENSOR, "sensor.py"), SENSOR, "sensor.mpy"),
        "alone": (_module(SENSOR, "sensor.py"), None, "sensor.mpy"),
        "hostile": (_module(HOSTILE, "<b>.py"), HOSTILE, "</title><script>window.broken = 3</script>.mpy"),
        "large": (large, large_source, "large.mpy"),
    }
    paths = {}
    for name, (data, source, title) in made.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(format_html(data, source, title), "utf-8")
    return paths


def _open(browser: Browser, page: Path) -> None:
    browser.resize(1280, 800)
    browser.prefer("light")
    browser.open(page)
    browser.wait("document.documentElement.dataset.ready === 'yes'")


def _quiet(browser: Browser, page: Path) -> None:
    """Nothing was asked for but the page, and the console is empty."""
    asked = [url for url in browser.requests() if not url.startswith("data:")]
    assert {url.partition("#")[0] for url in asked} <= {page.resolve().as_uri()}
    assert browser.log("browser") == []


_FIND = """[...document.querySelectorAll('#code .row.ins')].filter(row => {
    const box = row.getBoundingClientRect(), pane = document.querySelector('#code').getBoundingClientRect();
    return row.querySelector('.op')?.textContent === arguments[0]
        && box.top > pane.top + 25 && box.bottom < pane.bottom;
}).map(row => '#' + row.id)[0]"""

_LIT = """({
    source: [...document.querySelectorAll('#source .hit u')].map(e => Number(e.textContent)),
    code: [...document.querySelectorAll('#code .hit .op')].map(e => e.textContent),
    bytes: [...document.querySelectorAll('#bytes div:nth-child(2) > .hit')].map(e => e.textContent).join(' '),
    seen: [...document.querySelectorAll('#source .hit, #code .hit, #bytes .hit')].filter(e => {
        const box = e.getBoundingClientRect(), pane = e.closest('.view').getBoundingClientRect();
        return box.top >= pane.top - 1 && box.bottom <= pane.bottom + 1;
    }).map(e => e.closest('.view').id),
})"""


def _lit(browser: Browser) -> dict[str, Any]:
    """What is lit, once the panes have come to rest."""
    browser.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    before = None
    for _ in range(100):
        places = browser.run(
            "return ['source', 'code', 'bytes'].map(id => document.getElementById(id).scrollTop)"
        )
        if places == before:
            break
        before = places
        time.sleep(0.06)
    lit: dict[str, Any] = browser.run(f"return {_LIT}")
    return lit


def _png_colours(data: bytes) -> int:
    """How many different rows of pixels a PNG has; also checks that it is one."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width >= 800
    assert height >= 600
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    raw = zlib.decompress(packed)
    step = len(raw) // height
    return len({raw[i : i + step] for i in range(0, len(raw), step)})


def test_pointing_at_an_instruction(browser: Browser, pages: dict[str, Path]) -> None:
    _open(browser, pages["sensor"])
    assert _lit(browser)["code"] == []
    browser.point(browser.wait(_FIND, "IMPORT_NAME"))
    lit = _lit(browser)
    assert lit["code"] == ["IMPORT_NAME"]
    (line,) = lit["source"]
    assert SENSOR.splitlines()[line - 1].startswith(("import", "from"))
    assert lit["bytes"].startswith("1b ")
    assert set(lit["seen"]) == {"source", "code", "bytes"}
    assert "IMPORT_NAME" in browser.run("return document.getElementById('status').textContent")
    assert browser.run("return document.querySelectorAll('.tile.hit').length") == 1
    assert _png_colours(browser.screenshot()) > 50
    _quiet(browser, pages["sensor"])


def test_pointing_at_a_line_and_a_byte(browser: Browser, pages: dict[str, Path]) -> None:
    _open(browser, pages["sensor"])
    line = SENSOR.splitlines().index("import time") + 1
    browser.point(f"#source-{line - 1}")
    lit = _lit(browser)
    assert lit["source"] == [line]
    assert lit["code"] == ["LOAD_CONST_SMALL_INT_MULTI", "LOAD_CONST_NONE", "IMPORT_NAME", "STORE_NAME"]
    browser.run("document.getElementById('bytes').scrollTop = 0")
    browser.wait("document.getElementById('byte-0')")
    browser.point("#byte-0")
    lit = _lit(browser)
    assert (lit["source"], lit["bytes"]) == ([], "4d")
    assert "header" in browser.run("return document.getElementById('status').textContent")
    _quiet(browser, pages["sensor"])


def test_pinning(browser: Browser, pages: dict[str, Path]) -> None:
    _open(browser, pages["sensor"])
    browser.point(browser.wait(_FIND, "IMPORT_NAME"), click=True)
    pinned = _lit(browser)
    assert pinned["code"] == ["IMPORT_NAME"]
    assert re.fullmatch(r"#0x[0-9a-f]+", browser.run("return location.hash"))
    browser.point("#source-3")
    assert _lit(browser)["bytes"] == pinned["bytes"]
    browser.press("Escape")
    assert _lit(browser)["bytes"] == ""
    assert browser.run("return location.hash") == ""


def test_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    """All panes can be walked through without a pointer."""
    _open(browser, pages["sensor"])
    browser.run("document.getElementById('source').focus()")
    line = SENSOR.splitlines().index("import time")
    browser.press("Home", *["Down"] * line)
    assert _lit(browser)["source"] == [line + 1]
    assert (
        browser.run("return document.activeElement.getAttribute('aria-activedescendant')") == f"source-{line}"
    )
    browser.press("Tab", "Tab", "Tab")
    assert browser.run("return document.activeElement.id") == "code"
    assert _lit(browser)["code"][0] == "LOAD_CONST_SMALL_INT_MULTI"
    browser.press("Down", "Down", "Enter")
    assert _lit(browser)["code"] == ["IMPORT_NAME"]
    browser.press("Escape", "Left")
    assert (
        browser.run("return document.querySelector('#code .cursor').getAttribute('aria-expanded')") == "true"
    )
    browser.press("Left")
    assert (
        browser.run("return document.querySelector('#code .cursor').getAttribute('aria-expanded')") == "false"
    )
    browser.press("Tab", "Tab", "End")
    assert browser.run("return document.activeElement.id") == "bytes"
    data = _module(SENSOR, "sensor.py")
    assert _lit(browser)["bytes"].endswith(f"{data[-1]:02x}")


def test_light_and_dark(browser: Browser, pages: dict[str, Path]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    _open(browser, pages["sensor"])
    browser.run("localStorage.clear()")
    light = browser.run(f"return {ground}")
    browser.prefer("dark")
    dark = browser.wait(f"{ground} !== arguments[0] && {ground}", light)
    browser.point("#theme", click=True)
    assert browser.wait(f"{ground} === arguments[0]", light)
    browser.point("#theme", click=True)
    assert browser.wait(f"{ground} === arguments[0]", dark)
    assert browser.run("return document.getElementById('theme').getAttribute('aria-pressed')") == "true"
    assert _png_colours(browser.screenshot()) > 50
    browser.run("localStorage.clear()")
    _quiet(browser, pages["sensor"])


def test_search(browser: Browser, pages: dict[str, Path]) -> None:
    _open(browser, pages["sensor"])
    browser.press("/", *"import_from")
    browser.wait(
        "document.querySelectorAll('.result').length > 0 && !document.getElementById('results').hidden"
    )
    browser.press("Enter")
    assert _lit(browser)["code"] == ["IMPORT_FROM"]
    assert browser.run("return document.getElementById('results').hidden")


def test_map(browser: Browser, pages: dict[str, Path]) -> None:
    """The tiles cover what they say: none lies on another, and a click leads there."""
    _open(browser, pages["sensor"])
    tiles = browser.run("""return [...document.querySelectorAll('.tile')].map(t => {
        const b = t.getBoundingClientRect();
        return [b.left, b.top, b.right, b.bottom, t.getAttribute('aria-label')];
    })""")
    assert len(tiles) > 20
    for i, (left, top, right, bottom, _) in enumerate(tiles):
        for other in tiles[:i]:
            assert (
                min(right, other[2]) - max(left, other[0]) < 0.6
                or min(bottom, other[3]) - max(top, other[1]) < 0.6
            )
    browser.point(".tile.k-constants")
    assert browser.wait("!document.getElementById('tip').hidden")
    assert "constants" in browser.run("return document.getElementById('tip').textContent")
    browser.point(".tile.k-constants", click=True)
    lit = _lit(browser)
    assert lit["source"] == []
    assert "bytes" in lit["seen"]
    assert browser.run("return document.querySelector('.tile.hit').className").startswith("tile k-constants")


def test_narrow_and_without_source(browser: Browser, pages: dict[str, Path]) -> None:
    """Nothing is cut off at 800 pixels; without source its pane is not there."""
    for name in ("sensor", "alone"):
        _open(browser, pages[name])
        browser.resize(800, 700)
        assert browser.wait("document.documentElement.scrollWidth <= 800")
        boxes = browser.run("""return [...document.querySelectorAll('.pane, .bar > *, #tiles')]
            .filter(e => e.offsetParent).map(e => e.getBoundingClientRect())
            .map(box => [box.left, box.right, box.height])""")
        assert [b for b in boxes if b[0] < 0 or b[1] > 800 or b[2] < 20] == []
        shown = browser.run("return document.getElementById('source-pane').offsetParent !== null")
        assert shown == (name == "sensor")
        _quiet(browser, pages[name])


def test_hostile_names(browser: Browser, pages: dict[str, Path]) -> None:
    _open(browser, pages["hostile"])
    browser.press("/", *"onerror")
    browser.wait("document.querySelectorAll('.result').length > 0")
    browser.press("Enter")
    _lit(browser)
    assert browser.run("return window.broken ?? null") is None
    assert browser.run("return document.querySelectorAll('img, b i b, script').length") == 2
    assert "</title><script>" in browser.run("return document.title")
    assert "\u202e" not in browser.run("return document.body.innerText")
    _quiet(browser, pages["hostile"])


def test_large_file(browser: Browser, pages: dict[str, Path]) -> None:
    """Half a megabyte: few rows exist at a time, and every step is quick."""
    begin = time.monotonic()
    _open(browser, pages["large"])
    assert time.monotonic() - begin < 10
    assert browser.run("return document.querySelectorAll('.row').length") < 400
    begin = time.monotonic()
    for part in (0.3, 0.9, 0.6):
        browser.run(
            "const v = document.getElementById('code'); v.scrollTop = v.scrollHeight * arguments[0]", part
        )
        browser.point(browser.wait(_FIND, "LOAD_METHOD"))
        lit = _lit(browser)
        assert lit["code"] == ["LOAD_METHOD"]
        assert set(lit["seen"]) == {"source", "code", "bytes"}
    assert time.monotonic() - begin < 10
    assert browser.run("return document.querySelectorAll('*').length") < 15_000
    _quiet(browser, pages["large"])
