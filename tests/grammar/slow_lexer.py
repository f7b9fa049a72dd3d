"""A plain second lexer: one byte at a time, no tables, no cleverness; the judge of ``mpytool.grammar.lexer``.

It reads the same facts (``py/lexer.c``) but shares no code with the fast one, only the numbering of kinds.
Offsets are those of whole tokens; tokens injected by an f-string carry the offsets of the literal.
"""

from __future__ import annotations

from collections.abc import Iterable

from mpytool.grammar.tokens import KIND_NAMES, KIND_OF_NAME, KIND_OF_SPELLING, Tokens
from mpytool.qstrs import LONG_POOL
from mpytool.values import decode_text, encode_text

END_OF_FILE = -1
BLANKS = b" \t\n\v\f\r"
DIGITS = b"0123456789"
LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OPERATORS = sorted((s for s in KIND_OF_SPELLING if not s[0].isalpha()), key=len, reverse=True)
SIMPLE_ESCAPES = dict(zip(b"\\'\"abtnvfr", b"\\'\"\a\b\t\n\v\f\r", strict=True))


class NamedUnicodeError(Exception):
    """A ``\\N`` escape was met."""


def encode_code_point(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogatepass")


class SlowLexer:
    def __init__(self, text: str, optimise: int, interned: Iterable[str]) -> None:
        self.tokens = Tokens(text)
        self.optimise = optimise
        self.interned = set(interned) | LONG_POOL
        # What is still to be read, last byte first: (byte, start, end of its character)
        self.pending: list[tuple[int, int, int]] = []
        offset = 0
        after_cr = False
        for char in text:
            end = offset + 1
            if char == "\n" and after_cr:
                byte, start, _ = self.pending.pop()
                self.pending.append((byte, start, end))
                after_cr = False
            else:
                after_cr = char == "\r"
                for byte in encode_text("\n" if after_cr else char.replace("\0", "\1")):
                    self.pending.append((byte, offset, end))
            offset = end
        if self.pending and self.pending[-1][0] != 10:
            self.pending.append((10, offset, offset))
        self.length = offset
        self.pending.reverse()
        self.line = 1
        self.column = 0
        self.level = 0
        self.indents = [0]
        self.end_of_last = 0
        # One literal's state, shared by the literals that are concatenated
        self.kind = ""
        self.value = bytearray()
        self.args = bytearray()

    # --- the stream

    def peek(self, ahead: int = 0) -> int:
        return self.pending[-1 - ahead][0] if ahead < len(self.pending) else END_OF_FILE

    def peek_char(self, ahead: int = 0) -> str:
        byte = self.peek(ahead)
        return "" if byte == END_OF_FILE else chr(byte)

    def at(self, choices: str, ahead: int = 0) -> bool:
        char = self.peek_char(ahead)
        return char != "" and char in choices

    def advance(self) -> None:
        byte, _, self.end_of_last = self.pending.pop() if self.pending else (END_OF_FILE, 0, self.end_of_last)
        if byte == 10:
            self.line += 1
            self.column = 0
        elif byte == 9:
            self.column = self.column // 8 * 8 + 8
        else:
            self.column += 1

    def start_here(self) -> int:
        return self.pending[-1][1] if self.pending else self.length

    def skip_blanks(self, stop_at_newline: bool) -> bool:
        while self.peek() != END_OF_FILE:
            if self.at("\n") and stop_at_newline and self.level == 0:
                return True
            if self.peek() in BLANKS:
                self.advance()
            elif self.at("#"):
                while not self.at("\n") and self.peek() != END_OF_FILE:
                    self.advance()
            elif self.at("\\") and self.at("\n", 1):
                self.advance()
                self.advance()
            else:
                break
        return False

    # --- tokens

    def add(self, kind: str, line: int, start: int, end: int, value: object = None) -> None:
        tokens = self.tokens
        tokens.kinds.append(KIND_OF_NAME[kind])
        tokens.values.append(value)
        tokens.lines.append(line)
        tokens.starts.append(start)
        tokens.ends.append(end)

    def run(self) -> Tokens:
        self.add("INVALID", 0, 0, 0)
        self.skip_blanks(True)
        misplaced = self.column != 0 and not self.at("\n")
        line, start = self.line, self.start_here()
        while self.next_token() and not misplaced:
            pass
        if misplaced and self.tokens.kinds[1] != KIND_OF_NAME["UNICODE_NAME"]:
            self.tokens.truncate(1)
            self.line = line
            self.add("INDENT", line, start, start)
            self.pending.clear()
        stopped = self.tokens.kinds[-1] < KIND_OF_NAME["END"] and self.tokens.lines[-1] > 0
        self.add("END", self.tokens.lines[-1] if stopped else self.line, self.length, self.length)
        return self.tokens

    def next_token(self) -> bool:
        """Whether to go on."""
        newline = self.skip_blanks(True)
        line, start = self.line, self.start_here()
        if newline:
            return self.newline_token(line, start)
        if self.peek() == END_OF_FILE:
            return False
        if self.is_string():
            return self.string_token(line, start)
        if self.is_name_byte() and not self.at("0123456789"):
            self.name_token(line, start)
            return True
        if self.peek() in DIGITS or (self.at(".") and self.peek(1) in DIGITS):
            self.number_token(line, start)
            return True
        for operator in OPERATORS:
            if all(self.at(char, i) for i, char in enumerate(operator)):
                for _ in operator:
                    self.advance()
                if operator in "([{":
                    self.level += 1
                elif operator in ")]}":
                    self.level -= 1
                self.add(KIND_NAMES[KIND_OF_SPELLING[operator]], line, start, self.end_of_last)
                return True
        self.advance()
        self.add("INVALID", line, start, self.end_of_last)
        return False

    def newline_token(self, line: int, start: int) -> bool:
        end = self.pending[-1][2]
        self.skip_blanks(False)
        here = self.start_here()
        if self.column > self.indents[-1]:
            self.indents.append(self.column & 0xFFFF)
            self.add("NEWLINE", line, start, end)
            self.add("INDENT", self.line, here, here)
            return True
        dedents = 0
        while self.column < self.indents[-1]:
            self.indents.pop()
            dedents += 1
        if self.column != self.indents[-1]:
            self.add("DEDENT_MISMATCH", line, here, here)
            return False
        self.add("NEWLINE", line, start, end)
        for _ in range(dedents):
            self.add("DEDENT", self.line, here, here)
        return True

    def is_name_byte(self) -> bool:
        byte = self.peek()
        return byte >= 0x80 or (byte != END_OF_FILE and byte in LETTERS + DIGITS + b"_")

    def name_token(self, line: int, start: int) -> None:
        name = bytearray()
        while self.is_name_byte():
            name.append(self.peek())
            self.advance()
        self.add_name(bytes(name), line, start)

    def add_name(self, name: bytes, line: int, start: int) -> None:
        text = decode_text(name)
        kind = "NAME"
        value: str | None = text
        if text == "__debug__":
            kind, value = ("FALSE" if self.optimise else "TRUE"), None
        elif text in KIND_OF_SPELLING:
            kind, value = text.upper(), None
        elif len(name) > 255:
            kind = "NAME_TOO_LONG"
        else:
            self.interned.add(text)
        self.add(kind, line, start, self.end_of_last, value)

    def number_token(self, line: int, start: int) -> None:
        is_float = self.at(".")
        has_prefix = self.at("0") and self.at("bBoOxX", 1)
        digits = self.peek_char()
        self.advance()
        while True:
            char = self.peek_char()
            if not has_prefix and self.at("eE"):
                is_float = True
                digits += "e"
                self.advance()
                if self.at("+-"):
                    digits += self.peek_char()
                    self.advance()
            elif self.at("._") or (char != "" and self.peek() in LETTERS + DIGITS):
                is_float = is_float or char in ".jJ"
                digits += char.replace("_", "")
                self.advance()
            else:
                break
        self.add("FLOAT_OR_IMAG" if is_float else "INTEGER", line, start, self.end_of_last, digits)

    # --- strings

    def prefix_length(self) -> int:
        """-1: no string starts here."""
        for prefix in ("", "r", "u", "b", "f", "t", "rb", "br", "rf", "fr", "rt", "tr"):
            if all(self.at(char, i) for i, char in enumerate(prefix)) and self.at("'\"", len(prefix)):
                return len(prefix)
        return -1

    def is_string(self) -> bool:
        return self.prefix_length() >= 0

    def string_token(self, line: int, start: int) -> bool:
        self.kind = ""
        self.value = bytearray()
        self.args = bytearray()
        had_template = False
        end = start
        while self.is_string():
            prefix = "".join(self.peek_char(i) for i in range(self.prefix_length()))
            # A t-string counts even where the concatenation stops before it
            had_template = had_template or "t" in prefix
            kind = "BYTES" if "b" in prefix else "STRING"
            if self.kind == "":
                self.kind = kind
            elif self.kind != kind:
                break
            for _ in prefix:
                self.advance()
            try:
                self.literal(prefix)
            except NamedUnicodeError:
                self.add("UNICODE_NAME", line, start, self.end_of_last)
                return False
            end = self.end_of_last
            self.skip_blanks(True)
        if self.kind not in ("STRING", "BYTES"):
            self.add(self.kind, line, start, end)
            return False
        if had_template:
            self.args = bytearray(self.value + b",)," + self.args)
            self.add("NAME", line, start, end, "__template__")
        elif self.kind == "BYTES":
            self.add("BYTES", line, start, end, bytes(self.value))
        else:
            text = decode_text(bytes(self.value))
            short = len(self.value) <= 10
            self.add("STRING" if short or text in self.interned else "LONG_STRING", line, start, end, text)
        if self.args:
            if not self.pending:
                self.pending.append((10, start, end))
            for byte in reversed(self.args + b")"):
                self.pending.append((byte, start, end))
        return True

    def literal(self, prefix: str) -> None:
        quote = self.peek_char()
        self.advance()
        count = 1
        if self.at(quote) and self.at(quote, 1):
            self.advance()
            self.advance()
            count = 3
        if "f" in prefix and not self.args:
            self.args += b".format("
        template = "t" in prefix
        if template and not self.args:
            self.value += b"((" + quote.encode() * count
        fields = 0
        format_start = 0
        nesting = 0  # in a t-string's format text: how many braces are open
        nested = False
        closing = 0
        while self.peek() != END_OF_FILE and closing < count and not (count == 1 and self.at("\n")):
            if self.at(quote):
                closing += 1
                self.take()
                continue
            if template and self.at("\n"):
                self.value += b"\\n"
                self.advance()
                continue
            closing = 0
            if ("f" in prefix or template) and self.at("{"):
                if nesting:
                    nesting += 1
                    self.take()
                    continue
                self.advance()
                if self.at("{"):
                    self.value += b"{" if template else b"{{"
                    self.advance()
                    continue
                debug = self.field(template)
                if template:
                    self.template_field(quote, count, debug)
                    nesting = 1
                    format_start = len(self.value)
                self.value += b"{"
                continue
            if template and self.at("\\"):
                self.value += b"\\"
                if "r" in prefix:
                    self.value += b"\\"
                    self.advance()
                else:
                    self.advance()
                    self.take()
            elif self.at("\\"):
                self.escape("r" in prefix)
            elif template and nesting and self.at("}"):
                nesting -= 1
                if nesting:
                    nested = True
                    self.take()
                else:
                    fields += 1
                    self.args += b"f" if nested else b""
                    nested = False
                    self.args += quote.encode() + self.value[format_start + 1 :] + quote.encode() + b","
                    del self.value[format_start:]
                    self.advance()
            elif template and self.at("}"):
                self.take()
                if self.at("}"):
                    self.advance()
                else:
                    self.kind = "MALFORMED_FSTRING"
            else:
                self.take()
        if closing < count:
            self.kind = "LONELY_STRING_OPEN"
        if template:
            if nesting:
                self.kind = "MALFORMED_FSTRING"
            if fields > 63:
                self.args = bytearray(b"(" + self.args + b")")
        elif closing:
            del self.value[-closing:]

    def take(self) -> None:
        self.value.append(max(self.peek(), 0))
        self.advance()

    def field(self, template: bool) -> bool:
        """Move one field's expression to ``args``; whether it was written ``{expression=}``."""
        expression = bytearray()
        level = 0
        while self.peek() != END_OF_FILE:
            if level == 0 and (self.at(":}") or (self.at("!") and self.at("rs", 1) and self.at(":}", 2))):
                break
            if self.at("[{"):
                level += 1
            elif self.at("]}"):
                level -= 1
            expression.append(self.peek())
            self.advance()
        debug = expression.endswith(b"=")
        if debug:
            self.value += expression
            del expression[-1:]
        if template:
            expression = bytearray(expression.rstrip(BLANKS))
        if not expression:
            self.kind = "MALFORMED_FSTRING"
        self.args += b"(" + expression + b"),"
        self.expression = expression
        return debug

    def template_field(self, quote: str, count: int, debug: bool) -> None:
        mark = quote.encode()
        shown = self.expression.replace(b"\\", b"\\\\").replace(mark, b"\\" + mark)
        self.args += mark + shown + mark + b","
        self.value += mark * count + b"," + mark * count
        if self.at("!"):
            self.advance()
            self.args += mark + self.peek_char().encode() + mark + b","
            self.advance()
        elif debug and not self.at(":"):
            self.args += b"'r',"
        else:
            self.args += b"None,"
        if self.at(":"):
            self.advance()

    def escape(self, raw: bool) -> None:
        self.advance()
        byte = self.peek()
        code = byte
        if raw:
            self.value += b"\\"
        elif byte == 10:
            self.advance()
            return
        elif byte in SIMPLE_ESCAPES:
            code = SIMPLE_ESCAPES[byte]
        elif self.at("N"):
            self.advance()
            raise NamedUnicodeError
        elif self.at("uU") and self.kind == "BYTES":
            self.value += b"\\"
        elif self.at("xuU"):
            code = 0
            for _ in range({"x": 2, "u": 4, "U": 8}[self.peek_char()]):
                self.advance()
                if not self.at("0123456789abcdefABCDEF"):
                    self.kind = "INVALID"
                    code = 0
                    break
                code = code * 16 + int(self.peek_char(), 16)
        elif self.at("01234567"):
            code = int(self.peek_char())
            digits = 1
            while digits < 3 and self.at("01234567", 1):
                self.advance()
                code = code * 8 + int(self.peek_char())
                digits += 1
        else:
            self.value += b"\\"
        if self.kind == "STRING" and 0 <= code < 0x110000:
            self.value += encode_code_point(code)
        elif self.kind == "BYTES" and 0 <= code < 0x100:
            self.value.append(code)
        else:
            self.kind = "INVALID"
        self.advance()


def tokenize(text: str, *, optimise: int, interned: Iterable[str]) -> Tokens:
    return SlowLexer(text, optimise, interned).run()
