"""One string token read exactly as ``py/lexer.c`` reads it, and the rewriting of f- and t-strings.

``f"a{x!r:>{w}}"`` is the string ``a{!r:>{}}`` followed by the text ``.format((x),(w),)``, which the lexer
then reads in place of what follows; ``t"a{x:d}"`` is the name ``__template__`` followed by
``(("a","",),(x),"x",None,"d",)``. The fast lexer comes here for these, and for every literal that something
is wrong with: the order in which mpy-cross notices errors is kept here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.grammar.pieces import BLANKS
from mpytool.grammar.strings import canonical, code_point, non_ascii_escape
from mpytool.grammar.tokens import KIND_OF_NAME
from mpytool.patterns import late
from mpytool.values import decode_text, encode_text

_INVALID = KIND_OF_NAME["INVALID"]
_LONELY = KIND_OF_NAME["LONELY_STRING_OPEN"]
_MALFORMED = KIND_OF_NAME["MALFORMED_FSTRING"]
_UNICODE_NAME = KIND_OF_NAME["UNICODE_NAME"]
_END = KIND_OF_NAME["END"]
_NAME = KIND_OF_NAME["NAME"]
_LONG_STRING = KIND_OF_NAME["LONG_STRING"]
_BYTES = KIND_OF_NAME["BYTES"]

STRING_START = late(r"((?:r[bft]|[bft]r|[rubft])?+)(['\"])")
BLANKS_AND_NEWLINES = late(r"(?:[ \t\n\v\f]++|\\\n|#[^\n]*+)*+")
_RUN = late(r"""[^"'\\{}\n]++""")
_FIELD_RUN = late(r"[^\[\]{}:!]++")
_CONVERSION = late(r"![rs][:}]")
_OCTAL = late(r"[0-7]{1,3}+")
_HEX = late(r"[0-9a-fA-F]*+")
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_SIMPLE = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
}
_MOST_TEMPLATE_FIELDS = 63  # 1 + 4 * fields arguments fit the 8 bits of a call


class _UnicodeNameError(Exception):
    """Raised at a ``\\N``; mpy-cross stops right there, and ``end`` is the position behind it."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


@dataclass(slots=True)
class StringToken:
    """One string token, its adjacent literals joined.

    ``kind`` is LONG_STRING (the lexer decides whether it is interned), BYTES, NAME for ``__template__``, or
    one of the kinds not in the grammar. ``end`` is the end of the last literal, ``resume`` where reading
    goes on: behind the blanks that follow. ``injected`` is text to be read before that, and ``fields`` says
    where in it (offset, length) which text (offset) was copied to.
    """

    kind: int
    value: str | bytes | None
    end: int
    resume: int
    injected: str
    fields: list[tuple[int, int, int]]


class _Scanner:
    """The state that adjacent literals share."""

    __slots__ = ("args", "args_length", "fields", "kind", "text", "value")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kind = _END  # until the first literal says what it is
        self.value: list[str] = []  # for bytes: a character is a byte
        self.args: list[str] = []
        self.args_length = 0
        self.fields: list[tuple[int, int, int]] = []

    def add_args(self, text: str) -> None:
        self.args.append(text)
        self.args_length += len(text)

    def literal(self, position: int, prefix: str, quote: str) -> int:
        """Read the literal whose first quote is at ``position``; returns where it ends."""
        text = self.text
        length = len(text)
        position += 1
        quotes = 1
        if text.startswith(quote * 2, position):
            quotes = 3
            position += 2
        raw = "r" in prefix
        template = "t" in prefix
        has_fields = template or "f" in prefix
        if has_fields and not template and not self.args_length:
            self.add_args(".format(")
        if template and not self.args_length:
            self.value.append("((" + quote * quotes)
        value = self.value
        kind_is_bytes = self.kind == _BYTES
        interpolations = 0
        nesting = 0  # open braces, while in the format text of a t-string's field
        nested = False
        format_mark = 0
        closing = 0
        while position < length and closing < quotes:
            char = text[position]
            if char == quote:
                closing += 1
                value.append(char)
                position += 1
                continue
            if char == "\n":
                if quotes == 1:
                    break
                if template:  # does not reset the count of closing quotes
                    value.append("\\n")
                else:
                    closing = 0
                    value.append(char)
                position += 1
                continue
            closing = 0
            run = _RUN.match(text, position)
            if run is not None:
                value.append(_bytes_as_text(run[0]) if kind_is_bytes else run[0])
                position = run.end()
            elif char == "{" and has_fields:
                if nesting:
                    nesting += 1
                    value.append(char)
                    position += 1
                elif text.startswith("{{", position):
                    value.append("{" if template else "{{")
                    position += 2
                else:
                    position = self.field(position + 1, quote, quotes if template else 0)
                    if template:
                        nesting = 1
                        format_mark = len(value)
                    value.append("{")
            elif char == "\\":
                if not template:
                    position = self.escape(position + 1, raw)
                elif raw:
                    value.append("\\\\")
                    position += 1
                else:  # read again later, as part of the injected text
                    value.append("\\" + (text[position + 1 : position + 2] or "\0"))
                    position += 2
            elif char == "}" and template:
                if nesting:
                    nesting -= 1
                    if nesting:
                        nested = True
                        value.append(char)
                    else:
                        interpolations += 1
                        spec = "".join(value[format_mark + 1 :])
                        del value[format_mark:]
                        self.add_args(("f" if nested else "") + quote + spec + quote + ",")
                        nested = False
                    position += 1
                else:
                    value.append(char)
                    if not text.startswith("}}", position):
                        self.kind = _MALFORMED
                        position += 1
                    else:
                        position += 2
            else:
                value.append(char)
                position += 1
        if closing < quotes:
            self.kind = _LONELY
        if template:
            if nesting:
                self.kind = _MALFORMED
            if interpolations > _MOST_TEMPLATE_FIELDS:
                self.args.insert(0, "(")
                self.args_length += 1
                self.fields = [(offset + 1, size, source) for offset, size, source in self.fields]
                self.add_args(")")
        else:
            del value[len(value) - closing :]
        return min(position, length)

    def field(self, position: int, quote: str, template_quotes: int) -> int:
        """Copy a field's expression to the arguments; ``template_quotes`` is 0 in an f-string.

        Like mpy-cross it sees no quotes and no parentheses: the expression ends at the first ``:``, ``}`` or
        conversion outside [] and {}.
        """
        text = self.text
        length = len(text)
        start = position
        level = 0
        while position < length:
            run = _FIELD_RUN.match(text, position)
            if run is not None:
                position = run.end()
                continue
            char = text[position]
            if level == 0 and (char in ":}" or (char == "!" and _CONVERSION.match(text, position))):
                break
            if char in "[{":
                level += 1
            elif char in "]}":
                level -= 1
            position += 1
        expression = text[start:position]
        debug = expression.endswith("=")
        if debug:
            self.value.append(expression)
            expression = expression[:-1]
        if template_quotes:
            expression = expression.rstrip(" \t\n\v\f\r")
        if not expression:
            self.kind = _MALFORMED
        self.fields.append((self.args_length + 1, len(expression), start))
        self.add_args("(" + expression + "),")
        if not template_quotes:
            return position
        shown = expression.replace("\\", "\\\\").replace(quote, "\\" + quote)
        conversion = "None,"
        if text.startswith("!", position):
            conversion = quote + text[position + 1 : position + 2] + quote + ","
            position += 2
        elif debug and not text.startswith(":", position):
            conversion = "'r',"
        self.add_args(quote + shown + quote + "," + conversion)
        self.value.append(quote * template_quotes + "," + quote * template_quotes)
        return position + 1 if text.startswith(":", position) else position

    def escape(self, position: int, raw: bool) -> int:
        """Read what follows a backslash; returns the position behind it. _UnicodeNameError."""
        text = self.text
        char = text[position : position + 1]
        kind = self.kind
        value = self.value
        end = position + 1
        piece: str | None
        if not raw and char == "\n":
            return end
        if not raw and char in _SIMPLE:
            piece = _SIMPLE[char]
        elif not raw and char == "N":
            raise _UnicodeNameError(end)
        elif not raw and char != "" and (char == "x" or (char in "uU" and kind != _BYTES)):
            wanted = _HEX_DIGITS[char]
            digits = _HEX.match(text, end, end + wanted)
            assert digits is not None
            if len(digits[0]) < wanted:
                # mpy-cross goes on behind the character that is no digit, whatever it is
                self.kind = _INVALID
                return digits.end() + 1
            end += wanted
            piece = _code(int(digits[0], 16), kind)
        elif not raw and char != "" and char in "01234567":
            octal = _OCTAL.match(text, position)
            assert octal is not None
            end = octal.end()
            piece = _code(int(octal[0], 8), kind)
        elif kind == _BYTES:
            piece = "\\" + _bytes_as_text(char)
        elif char > "\x7f":
            piece = non_ascii_escape(char)
        else:
            piece = "\\" + char
        if piece is None or kind not in (_LONG_STRING, _BYTES):
            self.kind = _INVALID
        else:
            value.append(piece)
        return end


def _bytes_as_text(text: str) -> str:
    return encode_text(text).decode("latin-1")


def _code(code: int, kind: int) -> str | None:
    """The text of a numeric escape, None if it is out of range for the kind of literal."""
    if kind == _BYTES:
        return chr(code) if code < 0x100 else None
    return code_point(code) if code < 0x110000 else None


def scan_string(text: str, position: int, skip_newlines: bool) -> StringToken:
    """Read the string token that starts at ``position`` (STRING_START must match there).

    ``skip_newlines``: whether brackets are open, so that literals on several lines are adjacent.
    """
    scanner = _Scanner(text)
    blanks = BLANKS_AND_NEWLINES if skip_newlines else BLANKS
    is_template = False
    end = resume = position
    start = STRING_START.match(text, position)
    while start is not None:
        prefix, quote = start.groups()
        is_template = is_template or "t" in prefix
        kind = _BYTES if "b" in prefix else _LONG_STRING
        if scanner.kind == _END:
            scanner.kind = kind
        elif scanner.kind != kind:
            break
        try:
            end = scanner.literal(start.end(1), prefix, quote)
        except _UnicodeNameError as error:
            return StringToken(_UNICODE_NAME, None, error.end, error.end, "", [])
        gap = blanks.match(text, end)
        assert gap is not None
        resume = gap.end()
        start = STRING_START.match(text, resume)
    value = "".join(scanner.value)
    if scanner.kind == _BYTES:
        result: str | bytes = value.encode("latin-1")
    elif scanner.kind == _LONG_STRING:
        result = canonical(value)
    else:
        return StringToken(scanner.kind, None, end, resume, "", [])
    injected = "".join(scanner.args)
    fields = scanner.fields
    if is_template:
        head = (result if isinstance(result, str) else decode_text(result)) + ",),"
        fields = [(offset + len(head), size, source) for offset, size, source in fields]
        return StringToken(_NAME, "__template__", end, resume, head + injected + ")", fields)
    return StringToken(scanner.kind, result, end, resume, injected + ")" if injected else "", fields)
