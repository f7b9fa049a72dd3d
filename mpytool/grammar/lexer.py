"""Text to tokens, exactly as mpy-cross reads it (``py/lexer.c``).

The text is cut into pieces by one regular expression and the pieces are looked up (``pieces.py``), a whole
window of text at a time. Most pieces are tokens as they are. What remains to be done happens per event: a
line end (NEWLINE, INDENT and DEDENT, or nothing inside brackets), adjacent strings, and what only the exact
scanner understands (``fstrings.py``). An f-string puts text into the stream; it is cut into pieces by itself
where it stands alone, otherwise the window is replaced by that text and what follows it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate, compress
from operator import add

from mpytool.grammar.pieces import (
    BLANKS,
    BYTES,
    CLASSES,
    HARD,
    INVALID,
    JOIN,
    LONG_STRING,
    MULTI_LINE_KINDS,
    NEWLINE,
    STRING,
    Pieces,
    find_pieces,
    is_interned_early,
    text_width,
)
from mpytool.grammar.strings import canonical
from mpytool.grammar.tokens import KIND_OF_NAME, Tokens
from mpytool.patterns import late
from mpytool.qstrs import LONG_POOL, MAX_SHORT_STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mpytool.grammar.fstrings import StringToken

_NAME = KIND_OF_NAME["NAME"]
_INDENT = KIND_OF_NAME["INDENT"]
_UNICODE_NAME = KIND_OF_NAME["UNICODE_NAME"]
_DEDENT = KIND_OF_NAME["DEDENT"]
_DEDENT_MISMATCH = KIND_OF_NAME["DEDENT_MISMATCH"]
_END = KIND_OF_NAME["END"]

_FULL_WINDOW = 65536
_SMALL_WINDOW = 512
_LOOKAHEAD = 4  # the exact scanner looks at most so many characters ahead of what it takes
_STRING_KINDS = (STRING, LONG_STRING, *(kind for kind, plain in MULTI_LINE_KINDS.items() if plain != BYTES))
_MAX_INDENT = 0xFFFF  # mpy-cross keeps 16 bits of a line's indentation

#: In the classes of pieces: adjacent strings (group 1), line ends, hard pieces, strings over several lines.
_EVENT = re.compile(rb"([sm])(?=[nj]*+[smx])|[njxm]")
_BLANK_START = late(r"[ \t\v\f]++(?:#[^\n]*+)?+|#[^\n]*+")
_NOT_PLAIN = late(rb"[njxm]|ss")


class _Lexer:
    """The state of one file.

    ``window`` is the text being read; it is followed by ``text[tail:]``. Its first ``fence`` characters were
    injected by the literal at ``origin``, the others are those of the text before ``tail``.
    """

    __slots__ = (
        "fence",
        "indents",
        "level",
        "line",
        "origin",
        "pieces",
        "size",
        "stopped",
        "tail",
        "text",
        "tokens",
        "window",
    )

    def __init__(self, text: str, tokens: Tokens, pieces: Pieces) -> None:
        self.text = text
        self.tokens = tokens
        self.pieces = pieces
        self.window = ""
        self.tail = 0
        self.size = _FULL_WINDOW
        self.fence = 0
        self.origin = (0, 0)
        self.line = 1
        self.level = 0  # open brackets; mpy-cross lets it become negative
        self.indents = [0]
        self.stopped = False

    # --- windows

    def place(self, position: int) -> int:
        """The offset in the text of a position in the window that is not injected."""
        return position - len(self.window) + self.tail

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text of a range of the window."""
        first = self.origin[0] if start < self.fence else self.place(start)
        last = self.origin[1] if end <= self.fence else self.place(end)
        return first, max(first, last)

    def refill(self, position: int) -> None:
        """Let the window begin at ``position`` and have ``size`` characters if there are so many."""
        rest = self.window[position:]
        self.fence = max(0, self.fence - position)
        wanted = max(0, self.size - len(rest))
        self.window = rest + self.text[self.tail : self.tail + wanted]
        self.tail = min(self.tail + wanted, len(self.text))

    def restart(self, position: int, injected: str, origin: tuple[int, int]) -> None:
        """Put ``injected`` before what is at ``position``, and forget the pieces made so far."""
        fence = max(0, self.fence - position)
        cut = max(position + _SMALL_WINDOW, self.fence)
        if cut < len(self.window):
            self.tail -= len(self.window) - cut
            self.window = self.window[position:cut]
        else:
            self.window = self.window[position:]
        if injected:
            if not self.window and self.tail >= len(self.text):
                injected += "\n"  # the final line end that mpy-cross supplies
            self.window = injected + self.window
            self.origin = origin
            fence += len(injected)
        self.fence = fence
        self.size = max(_SMALL_WINDOW, len(self.window))
        # Only what a t-string joined to another string injects can begin with blanks.
        blanks = _BLANK_START.match(self.window)
        while blanks is not None and blanks.end() == len(self.window) and self.tail < len(self.text):
            self.size *= 2
            self.refill(0)
            blanks = _BLANK_START.match(self.window)
        if blanks is not None:
            self.window = self.window[blanks.end() :]
            self.fence = max(0, self.fence - blanks.end())

    # --- tokens

    def put(self, kind: int, value: object, line: int, start: int, end: int) -> None:
        tokens = self.tokens
        tokens.kinds.append(kind)
        tokens.values.append(value)
        tokens.lines.append(line)
        tokens.starts.append(start)
        tokens.ends.append(end)

    def stop(self, kind: int, start: int, end: int) -> None:
        """A token that nothing can follow."""
        self.put(kind, None, self.line, *self.span(start, end))
        self.stopped = True

    def run(self) -> None:
        text = self.text
        blanks = BLANKS.match(text)
        assert blanks is not None
        begin = blanks.end()
        self.tail = begin
        self.line += text.count("\n", 0, begin)
        line = self.line
        kinds = self.tokens.kinds
        misplaced = (
            begin < len(text)
            and text[begin] != "\n"
            and text_width(text[text.rfind("\n", 0, begin) + 1 : begin]) > 0
        )
        self.refill(0)
        while self.window and not self.stopped and not (misplaced and len(kinds) > 1):
            resume = self.read_window()
            if resume < 0:
                continue
            if resume == 0 or self.size < _FULL_WINDOW:
                self.size *= 2  # at 0 not even one token is surely complete
            else:
                self.size = _FULL_WINDOW
            self.refill(resume)
        if misplaced and kinds[1] != _UNICODE_NAME:  # reading that raises an exception at once
            self.tokens.truncate(1)
            self.line = line
            self.put(_INDENT, None, line, begin, begin)
        self.put(_END, None, self.line, len(text), len(text))

    def read_window(self) -> int:
        """Add the tokens of the window; returns where the next one begins, or -1 after a restart."""
        pieces = self.pieces
        tokens = self.tokens
        parts: list[str] = find_pieces(self.window)
        kinds = list(map(pieces.__getitem__, parts))
        values = list(map(pieces.value_of.__getitem__, parts))
        classes = bytes(kinds).translate(CLASSES)
        offsets = list(accumulate(map(len, parts), initial=0))
        ends = list(map(add, offsets, map(pieces.length_of.__getitem__, parts)))
        keep = len(parts)
        if self.tail < len(self.text):
            # The last piece may be cut off (of an ellipsis two), and strings before it may be adjacent to it.
            keep -= 1
            while keep and parts[keep - 1] == ".":
                keep -= 1
            keep = len(classes[:keep].rstrip(b"smnj"))
        starts, ends = self.spans(offsets, ends)
        layout_of = pieces.layout_of
        lines = tokens.lines
        line = self.line
        level = self.level
        indent = self.indents[-1]
        done = 0  # pieces before this one have their tokens
        lined = 0  # and before this one their lines
        counted = 0  # and before this one are in the level
        for event in _EVENT.finditer(classes, 0, keep):
            index = event.start()
            if index < done:
                continue
            kind = kinds[index]
            if kind == NEWLINE:
                level += classes.count(b"(", counted, index) - classes.count(b")", counted, index)
                counted = index
                if level == 0:
                    lines += [line] * (index + 1 - lined)
                    lined = index + 1
                    added, column = layout_of[parts[index]]
                    if column == indent:
                        line += added
                        continue
                    self.copy(kinds, values, starts, ends, done, lined)
                    done = lined
                    here = starts[lined]
                    self.line = line
                    if not self.dent(column, line + added, here):
                        return -1
                    line += added
                    indent = self.indents[-1]
                    continue
            elif event.lastindex is None and kind in MULTI_LINE_KINDS:
                kinds[index] = MULTI_LINE_KINDS[kind]
                lines += [line] * (index + 1 - lined)
                lined = index + 1
                line += layout_of[parts[index]][0]
                continue
            lines += [line] * (index - lined)
            self.copy(kinds, values, starts, ends, done, index)
            done = lined = index + 1
            if event.lastindex is None and kind != HARD:
                line += layout_of[parts[index]][0]
                continue
            level += classes.count(b"(", counted, index) - classes.count(b")", counted, index)
            counted = index
            self.line = line
            self.level = level
            if kind != HARD:
                last = self.join(parts, kinds, values, index)
                if last >= 0:
                    tokens.starts.append(starts[index])
                    tokens.ends.append(ends[last])
                    done = lined = last + 1
                    line = self.line
                    continue
            from mpytool.grammar.fstrings import STRING_START, scan_string  # few files pay for it

            position = offsets[index]
            if not STRING_START.match(self.window, position):
                self.stop(INVALID, position, position + 1)
                return -1
            string = scan_string(self.window, position, level != 0)
            if string.resume + _LOOKAHEAD > len(self.window) and self.tail < len(self.text):
                return position
            following = bisect_left(offsets, string.resume)
            aligned = following < keep and offsets[following] == string.resume
            if not self.put_string(string, position, aligned):
                return -1
            done = lined = counted = following
            line = self.line
            level = self.level
        lines += [line] * (keep - lined)
        self.copy(kinds, values, starts, ends, done, keep)
        self.line = line
        self.level = level + classes.count(b"(", counted, keep) - classes.count(b")", counted, keep)
        return offsets[keep]

    def spans(self, offsets: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
        """Starts (one more) and ends in the text, from those in the window."""
        shift = self.place(0)
        fence = self.fence
        if not shift and not fence:
            return offsets, ends
        starts_in_text = [offset + shift for offset in offsets]
        ends_in_text = [end + shift for end in ends]
        if fence:
            first, last = self.origin
            injected = bisect_left(offsets, fence)
            starts_in_text[:injected] = [first] * injected
            for index in range(min(injected, len(ends))):
                if ends[index] <= fence:
                    ends_in_text[index] = last
        return starts_in_text, ends_in_text

    def copy(
        self, kinds: list[int], values: list[object], starts: list[int], ends: list[int], begin: int, end: int
    ) -> None:
        """Add the pieces ``begin`` to ``end`` as tokens, except for their lines."""
        tokens = self.tokens
        tokens.kinds += kinds[begin:end]
        tokens.values += values[begin:end]
        tokens.starts += starts[begin:end]
        tokens.ends += ends[begin:end]

    def dent(self, column: int, line: int, place: int) -> bool:
        """What a change of indentation gives, behind its NEWLINE; whether to go on.

        ``line`` and ``place`` are those of the next token.
        """
        indents = self.indents
        if column > indents[-1]:
            indents.append(column & _MAX_INDENT)
            self.put(_INDENT, None, line, place, place)
            return True
        dedents = 0
        while column < indents[-1]:
            indents.pop()
            dedents += 1
        if column != indents[-1]:
            # The mismatch takes the place of the NEWLINE.
            tokens = self.tokens
            tokens.kinds[-1] = _DEDENT_MISMATCH
            tokens.starts[-1] = tokens.ends[-1] = place
            self.stopped = True
            return False
        tokens = self.tokens
        tokens.kinds += [_DEDENT] * dedents
        tokens.values += [None] * dedents
        tokens.lines += [line] * dedents
        tokens.starts += [place] * dedents
        tokens.ends += [place] * dedents
        return True

    # --- strings

    def join(self, parts: list[str], kinds: list[int], values: list[object], index: int) -> int:
        """Add the token of adjacent strings, but not its place; returns the last one's index.

        -1: one of them is hard, and nothing was added.
        """
        layout_of = self.pieces.layout_of
        texts: list[str] = []
        data: list[bytes] = []
        added = 0  # line ends in the strings and between them
        between = 0
        last = index
        while index < len(kinds):
            kind = kinds[index]
            value = values[index]
            if kind == HARD:
                return -1
            if kind == JOIN or (kind == NEWLINE and self.level != 0):
                between += layout_of[parts[index]][0]
            elif isinstance(value, str) and kind in _STRING_KINDS and not data:
                texts.append(value)
            elif isinstance(value, bytes) and not texts:
                data.append(value)
            else:
                break
            if value is not None:
                last = index
                added += between
                between = 0
                if kind in MULTI_LINE_KINDS:
                    added += layout_of[parts[index]][0]
            index += 1
        tokens = self.tokens
        if data:
            tokens.kinds.append(BYTES)
            tokens.values.append(b"".join(data))
        else:
            text = canonical("".join(texts))
            tokens.kinds.append(self.string_kind(text))
            tokens.values.append(text)
        tokens.lines.append(self.line)
        self.line += added
        return last

    def string_kind(self, text: str) -> int:
        if is_interned_early(text, self.pieces.interned):
            return STRING
        self.pieces.long_strings.add(text)
        return LONG_STRING

    def put_string(self, string: StringToken, position: int, aligned: bool) -> bool:
        """Add what the exact scanner found; whether to go on with the pieces that there are.

        ``aligned``: whether a piece begins where reading resumes.
        """
        origin = self.span(position, string.end)
        kind = string.kind
        if string.value is None:
            self.put(kind, None, self.line, *origin)
            self.stopped = True
            return False
        if isinstance(string.value, str) and kind == LONG_STRING:
            kind = self.string_kind(string.value)
        self.put(kind, string.value, self.line, *origin)
        self.line += self.window.count("\n", position, string.resume)
        if string.injected and not self.inject(string, origin):
            self.restart(string.resume, string.injected, origin)
            return False
        if not aligned:
            self.restart(string.resume, "", origin)
        return aligned

    def inject(self, string: StringToken, origin: tuple[int, int]) -> bool:
        """Add the tokens of injected text, if it does not depend on what follows it and is on one line."""
        text = string.injected
        if (
            text[0] not in ".("
            or "#" in text
            or (string.resume >= len(self.window) and self.tail >= len(self.text))
        ):
            return False
        pieces = self.pieces
        parts: list[str] = find_pieces(text)
        kinds = list(map(pieces.__getitem__, parts))
        classes = bytes(kinds).translate(CLASSES)
        if _NOT_PLAIN.search(classes):
            return False
        tokens = self.tokens
        tokens.kinds += kinds
        tokens.values += map(pieces.value_of.__getitem__, parts)
        tokens.lines += [self.line] * len(parts)
        starts = [origin[0]] * len(parts)
        ends = [origin[1]] * len(parts)
        offsets = list(accumulate(map(len, parts), initial=0))
        for offset, size, source in string.fields:
            if source >= self.fence:
                shift = self.place(source) - offset
                for index in range(bisect_left(offsets, offset), bisect_left(offsets, offset + size)):
                    starts[index] = offsets[index] + shift
                    ends[index] = starts[index] + pieces.length_of[parts[index]]
        tokens.starts += starts
        tokens.ends += ends
        self.level += classes.count(b"(") - classes.count(b")")
        return True


def _mark_interned(tokens: Tokens, texts: set[str]) -> None:
    """Make strings of ``texts`` STRING where a name of that text was read before them."""
    seen: set[object] = set()
    kinds = tokens.kinds
    values = tokens.values
    for index in compress(range(len(values)), map(texts.__contains__, values)):
        if kinds[index] == _NAME:
            seen.add(values[index])
        elif kinds[index] == LONG_STRING and values[index] in seen:
            kinds[index] = STRING


def tokenize(text: str, *, optimise: int, interned: Iterable[str]) -> Tokens:
    """The tokens of a file, END last; after a token that is not in the grammar nothing but END follows.

    ``text`` is the decoded file (``values.decode_text``). ``interned`` are the names that mpy-cross has
    interned before it reads the file, besides those of its own: a string over 10 bytes is a STRING if it is
    one of these, or a name that occurs before it. A file's own errors are tokens (see ``tokens.py``);
    nothing is raised.
    """
    tokens = Tokens(text)
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\1")
    if plain and plain[-1] != "\n":
        plain += "\n"
    known = LONG_POOL.union(name for name in interned if len(name) > MAX_SHORT_STRING or not name.isascii())
    pieces = Pieces(optimise, known)
    lexer = _Lexer(plain, tokens, pieces)
    lexer.put(INVALID, None, 0, 0, 0)
    lexer.run()
    both = pieces.long_names & pieces.long_strings
    if both:
        _mark_interned(tokens, both)
    if "\r\n" in text:
        ends = [match.start() - index for index, match in enumerate(re.finditer("\r\n", text))]
        tokens.starts = [offset + bisect_left(ends, offset) for offset in tokens.starts]
        tokens.ends = [offset + bisect_left(ends, offset) for offset in tokens.ends]
    length = len(text)
    for offsets in (tokens.starts, tokens.ends):
        index = len(offsets) - 1
        while index >= 0 and offsets[index] > length:
            offsets[index] = length
            index -= 1
    return tokens
