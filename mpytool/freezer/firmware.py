"""The names that a firmware already has, from the ``genhdr/qstrdefs.preprocessed.h`` of its build.

Lines ``QCFG(BYTES_IN_LEN, (1))`` are settings, lines ``Q(text)`` names (``py/makeqstrdata.py``,
``parse_input_headers``); all others are left alone. The C name of a text is not unique: of two texts with the
same C name the firmware has the first one only.
"""

from __future__ import annotations

from mpytool.qstrs import STATIC_QSTRS
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_CONTROLS = {"\\n": "\n", "\\r\\n": "\r\n"}

# fmt: off
_NAMED = {
    '"': "quot", "&": "amp", "<": "lt", ">": "gt",
    " ": "space", "'": "squot", ",": "comma", ".": "dot", ":": "colon", ";": "semicolon", "/": "slash",
    "%": "percent", "#": "hash", "(": "paren_open", ")": "paren_close", "[": "bracket_open",
    "]": "bracket_close", "{": "brace_open", "}": "brace_close", "*": "star", "!": "bang", "\\": "backslash",
    "+": "plus", "$": "dollar", "=": "equals", "?": "question", "@": "at_sign", "^": "caret", "|": "pipe",
    "~": "tilde", "-": "hyphen",
}
# fmt: on
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


class FirmwareQstrs(Record):
    """``known`` are the texts besides the static ones, to their C names without ``MP_QSTR_``."""

    __slots__ = ("known", "bytes_in_len", "bytes_in_hash")

    def __init__(self, known: dict[str, str], bytes_in_len: int, bytes_in_hash: int) -> None:
        self.known: Final = known
        self.bytes_in_len: Final = bytes_in_len
        self.bytes_in_hash: Final = bytes_in_hash


class QstrHeaderError(ValueError):
    """The text is no preprocessed header: it has no settings, or a setting that is no number."""


def escape_qstr(text: str) -> str:
    """The C name of a qstr, without ``MP_QSTR_``: ``<module>`` is ``_lt_module_gt_``."""
    if (text.isidentifier() and text.isascii()) or _PLAIN.issuperset(text):
        return text
    return "".join([c if c in _PLAIN else f"_{_NAMED.get(c) or _name_beyond(c)}_" for c in text])


def _name_beyond(character: str) -> str:
    """What stands for a character without a name of its own: that of HTML, or its number."""
    if character.isascii():
        return f"0x{ord(character):02x}"
    from html.entities import codepoint2name

    return codepoint2name.get(ord(character)) or f"0x{ord(character):02x}"


STATIC_NAMES: dict[str, str] = {text: escape_qstr(text) for text in STATIC_QSTRS}
"""The texts that every firmware has, to their C names."""


def read_qstr_header(text: str) -> FirmwareQstrs:
    """What the lines of ``qstrdefs.preprocessed.h`` say. QstrHeaderError if that is not what it is."""
    config: dict[str, int] = {}
    names: list[str] = []
    known: dict[str, str] = {}
    seen = set(STATIC_NAMES.values())
    for line in [line.strip() for line in text.splitlines() if "Q" in line]:
        if line.startswith("QCFG(") and line.endswith(")"):
            setting, _, value = line[5:-1].rpartition(", ")
            value = value.removeprefix("(").removesuffix(")")
            try:
                config[setting] = int(value)
            except ValueError:
                raise QstrHeaderError(f"{setting} is {value!r}, which is no number") from None
        elif line.startswith("Q(") and line.endswith(")"):
            names.append(line[2:-1])
    for name in dict.fromkeys(names):
        qstr = _CONTROLS.get(name, name)
        identifier = escape_qstr(qstr)
        if identifier not in seen:
            seen.add(identifier)
            known[qstr] = identifier
    missing = {"BYTES_IN_LEN", "BYTES_IN_HASH"} - config.keys()
    if missing:
        raise QstrHeaderError(f"it has no line QCFG({min(missing)}, ...)")
    return FirmwareQstrs(known, config["BYTES_IN_LEN"], config["BYTES_IN_HASH"])
