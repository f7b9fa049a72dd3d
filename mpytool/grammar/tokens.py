"""Token kinds and the token list: what the lexer makes and the parser reads.

A kind is a small int, the position of its row in KINDS. The grammar file names terminals as the first
column does.
"""

from __future__ import annotations

#: (terminal name in grammar.lark, spelling or None where the text varies)
KINDS: tuple[tuple[str, str | None], ...] = (
    # Never in the grammar: meeting one is a syntax error
    ("INVALID", None),
    ("DEDENT_MISMATCH", None),
    ("LONELY_STRING_OPEN", None),
    ("MALFORMED_FSTRING", None),
    ("UNICODE_NAME", None),  # a string with a \\N{...} escape
    ("NAME_TOO_LONG", None),  # over 255 bytes; a RuntimeError without a line where a NAME could stand
    # Structure and literals
    ("END", None),
    ("NEWLINE", None),
    ("INDENT", None),
    ("DEDENT", None),
    ("NAME", None),
    ("INTEGER", None),
    ("FLOAT_OR_IMAG", None),
    ("STRING", None),  # interned when the parser takes it: a qstr
    ("LONG_STRING", None),  # not interned: a constant object
    ("BYTES", None),
    ("ELLIPSIS", "..."),
    # Keywords (`__debug__` becomes True or False in the lexer)
    ("FALSE", "False"),
    ("NONE", "None"),
    ("TRUE", "True"),
    ("AND", "and"),
    ("AS", "as"),
    ("ASSERT", "assert"),
    ("ASYNC", "async"),
    ("AWAIT", "await"),
    ("BREAK", "break"),
    ("CLASS", "class"),
    ("CONTINUE", "continue"),
    ("DEF", "def"),
    ("DEL", "del"),
    ("ELIF", "elif"),
    ("ELSE", "else"),
    ("EXCEPT", "except"),
    ("FINALLY", "finally"),
    ("FOR", "for"),
    ("FROM", "from"),
    ("GLOBAL", "global"),
    ("IF", "if"),
    ("IMPORT", "import"),
    ("IN", "in"),
    ("IS", "is"),
    ("LAMBDA", "lambda"),
    ("NONLOCAL", "nonlocal"),
    ("NOT", "not"),
    ("OR", "or"),
    ("PASS", "pass"),
    ("RAISE", "raise"),
    ("RETURN", "return"),
    ("TRY", "try"),
    ("WHILE", "while"),
    ("WITH", "with"),
    ("YIELD", "yield"),
    # Operators and delimiters
    ("TILDE", "~"),
    ("LESS", "<"),
    ("MORE", ">"),
    ("DBL_EQUAL", "=="),
    ("LESS_EQUAL", "<="),
    ("MORE_EQUAL", ">="),
    ("NOT_EQUAL", "!="),
    ("PIPE", "|"),
    ("CARET", "^"),
    ("AMPERSAND", "&"),
    ("DBL_LESS", "<<"),
    ("DBL_MORE", ">>"),
    ("PLUS", "+"),
    ("MINUS", "-"),
    ("STAR", "*"),
    ("AT", "@"),
    ("DBL_SLASH", "//"),
    ("SLASH", "/"),
    ("PERCENT", "%"),
    ("DBL_STAR", "**"),
    ("ASSIGN", ":="),
    ("PIPE_EQUAL", "|="),
    ("CARET_EQUAL", "^="),
    ("AMPERSAND_EQUAL", "&="),
    ("DBL_LESS_EQUAL", "<<="),
    ("DBL_MORE_EQUAL", ">>="),
    ("PLUS_EQUAL", "+="),
    ("MINUS_EQUAL", "-="),
    ("STAR_EQUAL", "*="),
    ("AT_EQUAL", "@="),
    ("DBL_SLASH_EQUAL", "//="),
    ("SLASH_EQUAL", "/="),
    ("PERCENT_EQUAL", "%="),
    ("DBL_STAR_EQUAL", "**="),
    ("PAREN_OPEN", "("),
    ("PAREN_CLOSE", ")"),
    ("BRACKET_OPEN", "["),
    ("BRACKET_CLOSE", "]"),
    ("BRACE_OPEN", "{"),
    ("BRACE_CLOSE", "}"),
    ("COMMA", ","),
    ("COLON", ":"),
    ("PERIOD", "."),
    ("SEMICOLON", ";"),
    ("EQUAL", "="),
    ("ARROW", "->"),
)  # fmt: skip

KIND_NAMES: tuple[str, ...] = tuple(name for name, _ in KINDS)
KIND_OF_NAME: dict[str, int] = {name: kind for kind, name in enumerate(KIND_NAMES)}
KIND_OF_SPELLING: dict[str, int] = {text: kind for kind, (_, text) in enumerate(KINDS) if text is not None}


class Tokens:
    """The tokens of one source file, as parallel lists indexed by token number.

    Token 0 is a dummy that stands for "nowhere": its line is 0. ``lines`` are mpy-cross's line numbers, which
    drift upward after an f-string whose fields contain newlines (``py/lexer.c`` counts those twice);
    ``starts`` and ``ends`` are character offsets into ``text``, always true. A token that comes out of
    an f-string's rewriting has the offsets of the piece of the literal that it stands for.

    ``values``: NAME, NAME_TOO_LONG, STRING, LONG_STRING a str (see ``values.py``), BYTES a bytes, INTEGER and
    FLOAT_OR_IMAG the text of the number without its underscores, other kinds None.
    """

    __slots__ = ("ends", "kinds", "lines", "starts", "text", "values")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[int] = []
        self.values: list[object] = []
        self.lines: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def truncate(self, count: int) -> None:
        """Drop all tokens but the first ``count``."""
        for column in (self.kinds, self.values, self.lines, self.starts, self.ends):
            del column[count:]
