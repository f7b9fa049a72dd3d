"""The first step of the lexer: cutting text into pieces, and what each distinct piece means.

A piece is one token, or one line end, with the blanks and the comment behind it. Programs repeat
themselves, so a piece is understood once and looked up afterwards; ``lexer.py`` says what becomes of them.
"""

from __future__ import annotations

import re

from mpytool.grammar.strings import DECODERS, BadEscapeError
from mpytool.grammar.tokens import KIND_OF_NAME, KIND_OF_SPELLING
from mpytool.patterns import late
from mpytool.qstrs import MAX_QSTR, MAX_SHORT_STRING
from mpytool.values import encode_text

NAME = KIND_OF_NAME["NAME"]
NEWLINE = KIND_OF_NAME["NEWLINE"]
STRING = KIND_OF_NAME["STRING"]
LONG_STRING = KIND_OF_NAME["LONG_STRING"]
BYTES = KIND_OF_NAME["BYTES"]
INVALID = KIND_OF_NAME["INVALID"]
_INTEGER = KIND_OF_NAME["INTEGER"]
_FLOAT_OR_IMAG = KIND_OF_NAME["FLOAT_OR_IMAG"]
_NAME_TOO_LONG = KIND_OF_NAME["NAME_TOO_LONG"]

# Kinds that only pieces have, above those of tokens.
JOIN = 250  # a backslash and a line end
HARD = 251  # an f- or t-string, a literal with something wrong, a character that begins no token
MULTI_LINE = 200  # added to the kind of a string that contains line ends
MULTI_LINE_KINDS = {MULTI_LINE + kind: kind for kind in (STRING, LONG_STRING, BYTES)}

_CLASS_OF_KIND = {
    NEWLINE: "n",
    JOIN: "j",
    HARD: "x",
    STRING: "s",
    LONG_STRING: "s",
    BYTES: "s",
    **dict.fromkeys(MULTI_LINE_KINDS, "m"),
    **dict.fromkeys((KIND_OF_SPELLING[opening] for opening in "([{"), "("),
    **dict.fromkeys((KIND_OF_SPELLING[closing] for closing in ")]}"), ")"),
}
CLASSES = bytes(ord(_CLASS_OF_KIND.get(kind, ".")) for kind in range(256))
"""For ``bytes.translate``: the kinds of pieces to one letter each, so that ``re`` finds what needs care."""

# Letters, the underscore and all that is not ASCII, said by what they are not: compiling a set that reaches
# beyond ASCII takes a hundred times as long, at every start.
_HEAD = r"[^\x00-@\[-\^`{-\x7f]"
_NAME = _HEAD + r"[^\x00-/:-@\[-\^`{-\x7f]*+"
_PREFIX = r"(?:r[bft]|[bft]r|[rubft])?+"
_STRING = _PREFIX + (
    r'(?:"(?!"")[^"\\\n]*+(?:\\[\s\S][^"\\\n]*+)*+"'
    r"|'(?!'')[^'\\\n]*+(?:\\[\s\S][^'\\\n]*+)*+'"
    r'|"""[^"\\]*+(?:(?:\\[\s\S]|""?+(?!"))[^"\\]*+)*+"""'
    r"|'''[^'\\]*+(?:(?:\\[\s\S]|''?+(?!'))[^'\\]*+)*+''')"
)
_NUMBER = r"0[xXoObB][A-Za-z0-9._]*+|\.?+[0-9](?:[eE][+-]?+|[A-Za-z0-9._])*+"
_OPERATOR = r"\*\*?+=?+|//?+=?+|<<?+=?+|>>?+=?+|->|[-+&|%^@=:]=?+|!=|\.\.\.|\."
_NEWLINE = r"\n(?:[ \t\n\v\f]++|#[^\n]*+|\\\n)*+"
# Most frequent first. What cannot be read takes the rest of the text, so that nothing is looked at twice.
_TOKEN = (
    rf"{_NAME}(?![\"'])|{_NEWLINE}|[()\[\]{{}},;~]|\.(?![.0-9])|{_STRING}|{_PREFIX}[\"'][\s\S]*+"
    rf"|{_NUMBER}|{_OPERATOR}|{_NAME}|\\\n|[\s\S]++"
)
_FIND_TOKEN = late(_TOKEN)
_FIND_STRING = late(_STRING)
_FIND_NAME = late(_NAME)
find_pieces = re.compile(rf"(?:{_TOKEN})[ \t\v\f]*+(?:#[^\n]*+)?+").findall
"""Text that begins with no blank, into its pieces; joined they are the text."""
BLANKS = re.compile(r"(?:[ \t\v\f]++|\\\n|#[^\n]*+)*+")
"""What may stand between two tokens of a line, or before the first."""

_PREFIX_AND_QUOTES = late(rf"({_PREFIX})(\"\"\"|'''|\"|')")

_SEED_KINDS = {text + blank: kind for text, kind in KIND_OF_SPELLING.items() for blank in ("", " ")}
_SEED_LENGTHS = {text + blank: len(text) for text in KIND_OF_SPELLING for blank in ("", " ")}


def text_width(indentation: str) -> int:
    """Columns of the blanks in front of a line; a tab leads to the next multiple of 8."""
    return len(indentation.expandtabs(8)) if "\t" in indentation else len(indentation)


def is_short(text: str) -> bool:
    """Whether a string is always interned, for its length."""
    return len(text) <= MAX_SHORT_STRING and (text.isascii() or len(encode_text(text)) <= MAX_SHORT_STRING)


def is_interned_early(text: str, interned: frozenset[str]) -> bool:
    """Whether a string is interned whatever was read before it."""
    return is_short(text) or text in interned


class Pieces(dict[str, int]):
    """What the pieces of one file mean: piece → kind, and beside it ``value_of`` and ``length_of``.

    ``length_of`` is the token's own length, 0 for a line end. ``layout_of`` has the number of line ends and
    the column behind the last, for pieces that contain any. ``long_names`` and ``long_strings`` are the
    texts over MAX_SHORT_STRING that a name, or a string not interned beforehand, has.
    """

    __slots__ = ("interned", "layout_of", "length_of", "long_names", "long_strings", "value_of")

    def __init__(self, optimise: int, interned: frozenset[str]) -> None:
        debug = KIND_OF_NAME["FALSE" if optimise else "TRUE"]
        super().__init__(_SEED_KINDS)
        self.value_of: dict[str, object] = dict.fromkeys(_SEED_KINDS)
        self.length_of: dict[str, int] = dict(_SEED_LENGTHS)
        self.layout_of: dict[str, tuple[int, int]] = {}
        self.long_names: set[str] = set()
        self.long_strings: set[str] = set()
        self.interned = interned
        self._put("__debug__", debug, None, 9)

    def _put(self, piece: str, kind: int, value: object, length: int) -> int:
        self[piece] = kind
        self.value_of[piece] = value
        self.length_of[piece] = length
        return kind

    def __missing__(self, piece: str) -> int:
        first = piece[0]
        # What most pieces are needs no regular expression, whose compilation takes longer than small files.
        bare = piece.rstrip(" \t\v\f")
        if bare in _SEED_KINDS:
            return self._put(piece, _SEED_KINDS[bare], None, len(bare))
        if bare.isidentifier():
            known = self.get(bare)
            if known is not None:
                return self._put(piece, known, self.value_of[bare], len(bare))
            return self._name(piece, bare)
        if bare.isdecimal() and bare.isascii():
            return self._number(piece, bare)
        if (
            piece[-1] == first
            and first in "\"'"
            and "\\" not in piece
            and "\n" not in piece
            and "#" not in piece
        ):
            return self._plain_string(piece)
        if first == "\n":
            ends = piece.count("\n")
            self.layout_of[piece] = (ends, text_width(piece[piece.rindex("\n") + 1 :]))
            return self._put(piece, NEWLINE, None, 0)
        match = _FIND_TOKEN.match(piece)
        assert match is not None
        token = match[0]
        if token == "\\\n":
            self.layout_of[piece] = (1, 0)
            return self._put(piece, JOIN, None, 0)
        if token[-1] in "\"'":
            return self._string(piece, token)
        if "0" <= first <= "9" or (first == "." and len(token) > 1 and token != "..."):
            return self._number(piece, token)
        kind = self.get(token)
        if kind is not None and token != piece:
            return self._put(piece, kind, self.value_of[token], len(token))
        if _FIND_NAME.fullmatch(token):
            return self._name(piece, token)
        return self._put(piece, HARD, None, len(token))

    def _name(self, piece: str, name: str) -> int:
        if len(name) > MAX_SHORT_STRING or not is_short(name):
            if len(encode_text(name)) > MAX_QSTR:
                return self._put(piece, _NAME_TOO_LONG, name, len(name))
            self.long_names.add(name)
        return self._put(piece, NAME, name, len(name))

    def _number(self, piece: str, token: str) -> int:
        has_prefix = token[0] == "0" and token[1:2] in tuple("xXoObB")
        text = token.replace("_", "")
        kind = _INTEGER
        if "." in text or "j" in text or "J" in text:
            kind = _FLOAT_OR_IMAG
        if not has_prefix and ("e" in text or "E" in text):
            kind = _FLOAT_OR_IMAG
            text = text.replace("E", "e")
        return self._put(piece, kind, text, len(token))

    def _plain_string(self, piece: str) -> int:
        """A piece that is a literal on one line without prefix and backslash."""
        if piece[:3] == piece[0] * 3:
            if piece[-3:] != piece[:3] or len(piece) < 6:
                return self._put(piece, HARD, None, len(piece))
            return self._put_string(piece, piece, piece[3:-3])
        return self._put_string(piece, piece, piece[1:-1])

    def _string(self, piece: str, token: str) -> int:
        match = _PREFIX_AND_QUOTES.match(token)
        if match is None or not _FIND_STRING.fullmatch(token):
            return self._put(piece, HARD, None, len(token))
        prefix, quotes = match.groups()
        decode = DECODERS.get(prefix)
        if decode is None:
            return self._put(piece, HARD, None, len(token))
        try:
            value = decode(token[match.end() : len(token) - len(quotes)])
        except BadEscapeError:
            return self._put(piece, HARD, None, len(token))
        return self._put_string(piece, token, value)

    def _put_string(self, piece: str, token: str, value: str | bytes) -> int:
        kind = BYTES
        if isinstance(value, str):
            kind = STRING
            if not is_interned_early(value, self.interned):
                kind = LONG_STRING
                self.long_strings.add(value)
        ends = token.count("\n")
        if ends:
            self.layout_of[piece] = (ends, 0)
            kind += MULTI_LINE
        return self._put(piece, kind, value, len(token))
