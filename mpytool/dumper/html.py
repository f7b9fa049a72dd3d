"""A ``.mpy`` file as one page: source, code and bytes side by side, and a map of where the bytes go.

The page is a template with its style, its program and its data put in; it loads nothing from anywhere, and
says so in a content security policy that lets no other program run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import mmap
import re
from importlib.resources import files

from mpytool.dumper.html_data import page_data

_ASSETS = "assets"
_PLACE = re.compile(r"\{\{(\w+)\}\}")

_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
)


def format_html(buffer: bytes | bytearray | memoryview | mmap.mmap, source: str | None, name: str) -> str:
    """The page for a file, with the text of its program if that is at hand.

    ``name`` is what the page calls the file. MpyFormatError if the file is not well-formed. The text is
    ASCII but for the assets' own characters, whatever the file holds.
    """
    program = _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    parts = {
        "policy": _POLICY.format(digest=digest),
        "title": html.escape(name).encode("ascii", "xmlcharrefreplace").decode(),
        "css": _asset("page.css"),
        "js": program,
        "data": script_json(page_data(buffer, source, name)),
    }
    return _PLACE.sub(lambda place: parts[place[1]], _asset("page.html"))


def script_json(value: object) -> str:
    """JSON that may stand in a script element: no ``<``, so nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return files("mpytool.dumper").joinpath(_ASSETS, name).read_text("utf-8")
