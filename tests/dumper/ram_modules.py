"""Sources whose import is measured: as libraries are written, and with much of one thing."""

from __future__ import annotations


def _lines(template: str, count: int) -> str:
    """The template as often, with its number for @, and @ for ~."""
    return "".join(template.replace("@", str(i)).replace("~", "@") for i in range(count))


def _returning(template: str, count: int) -> str:
    return "def f():\n    return [" + _lines(template, count) + "]\n"


_COLLECTIONS = '''\
class ChainMap:
    """Several dicts as one."""

    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __getitem__(self, key):
        for mapping in self.maps:
            if key in mapping:
                return mapping[key]
        raise KeyError(key)

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __iter__(self):
        seen = set()
        for mapping in self.maps:
            for key in mapping:
                if key not in seen:
                    seen.add(key)
                    yield key

    def __len__(self):
        return len(list(iter(self)))

    def new_child(self, mapping=None):
        return ChainMap({} if mapping is None else mapping, *self.maps)

    @property
    def parents(self):
        return ChainMap(*self.maps[1:])


class Counter(dict):
    @classmethod
    def of(cls, items):
        self = cls()
        for item in items:
            self[item] = self.get(item, 0) + 1
        return self

    def most_common(self, n=None):
        found = sorted(self.items(), key=lambda pair: -pair[1])
        return found if n is None else found[:n]


__all__ = ("ChainMap", "Counter")
'''

_LOGGING = """\
import sys
import time

CRITICAL, ERROR, WARNING, INFO, DEBUG = 50, 40, 30, 20, 10
_NAMES = {CRITICAL: "CRIT", ERROR: "ERROR", WARNING: "WARN", INFO: "INFO", DEBUG: "DEBUG"}
_FORMAT = "%(levelname)s:%(name)s:%(message)s"


class Record:
    def set(self, name, level, message):
        self.name = name
        self.levelno = level
        self.levelname = _NAMES.get(level, "Level %s" % level)
        self.message = message


class Handler:
    def __init__(self, level=0):
        self.level = level
        self.formatter = None

    def close(self):
        pass

    def format(self, record):
        return self.formatter.format(record)


class StreamHandler(Handler):
    def __init__(self, stream=None):
        super().__init__()
        self.stream = sys.stderr if stream is None else stream
        self.terminator = "\\n"

    def emit(self, record):
        if record.levelno >= self.level:
            self.stream.write(self.format(record) + self.terminator)


class Logger:
    def __init__(self, name, level=0):
        self.name = name
        self.level = level
        self.handlers = []

    def log(self, level, message, *args):
        if level < self.level:
            return
        record = Record()
        record.set(self.name, level, message % args if args else message)
        for handler in self.handlers:
            handler.emit(record)

    def debug(self, message, *args):
        self.log(DEBUG, message, *args)

    def error(self, message, *args):
        self.log(ERROR, message, *args)

    def exception(self, message, *args, exc_info=True):
        self.log(ERROR, message, *args)


def getLogger(name=None, _known={}):
    if name not in _known:
        _known[name] = Logger(name)
    return _known[name]
"""

_TEXTWRAP = """\
_PUNCTUATION = ("...", "--", ". ", "! ", "? ")


def words(text):
    return text.split()


def wrap(text, width=70, initial_indent="", subsequent_indent="", *, break_long_words=True):
    lines = []
    line = initial_indent
    for word in words(text):
        while break_long_words and len(word) > width:
            lines.append(word[:width])
            word = word[width:]
        if len(line) + len(word) + 1 > width and line.strip():
            lines.append(line)
            line = subsequent_indent
        line = line + " " + word if line.strip() else line + word
    if line.strip():
        lines.append(line)
    return lines


def fill(text, width=70, **options):
    return "\\n".join(wrap(text, width, **options))


def shorten(text, width, placeholder=" [a part of the text has been left out]"):
    text = " ".join(words(text))
    return text if len(text) <= width else text[: width - len(placeholder)] + placeholder


def dedent(text):
    margin = None
    for line in text.split("\\n"):
        content = line.lstrip()
        if content:
            indent = len(line) - len(content)
            margin = indent if margin is None else min(margin, indent)
    return "\\n".join(line[margin or 0 :] for line in text.split("\\n"))
"""

_DRIVER = """\
try:
    from micropython import const
except ImportError:
    const = lambda x: x

_ADDRESS = const(0x76)
_REG_ID = const(0xD0)
REGISTERS = [0xF2, 0xF4, 0xF5, 0xE0]
LIMITS = {"low": -40.5, "high": 85.25, "step": 0.0625}
INIT = b"\\x00\\x01\\x02\\x03 a sequence of bytes for the display \\xff\\xfe"


class Sensor:
    SCALE = 5120.0
    _table = (0, 1, 2, 4, 8, 16)

    def __init__(self, bus, address=_ADDRESS, *, oversampling=1):
        self._bus = bus
        self._address = address
        self._buffer = bytearray(8)
        self._fine = 0
        self.oversampling = oversampling

    def _read(self, register, count):
        return self._bus.readfrom_mem(self._address, register, count)

    def _write(self, register, value):
        self._bus.writeto_mem(self._address, register, bytes([value]))

    @property
    def temperature(self):
        raw = self._read(0xFA, 3)
        value = raw[0] << 12 | raw[1] << 4 | raw[2] >> 4
        a = (value / 16384.0 - 123.25) * self.SCALE
        self._fine = int(a)
        return a / 5120.0

    @staticmethod
    def crc(data):
        crc = 0xFFFF
        for byte in data:
            crc ^= byte << 8
            for _ in range(8):
                crc = crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1
        return crc & 0xFFFF


if __name__ == "__main__":
    def demonstrate():
        print(Sensor(None).temperature)
    demonstrate()
"""

_GENERATORS = """\
def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(items):
    kept = []
    for item in items:
        yield item
        kept.append(item)
    while kept:
        yield from kept


def chain(*iterables):
    for iterable in iterables:
        yield from iterable


def accumulate(items, function=lambda a, b: a + b):
    total = None
    for item in items:
        total = item if total is None else function(total, item)
        yield total


def product(*pools, repeat=1):
    results = [[]]
    for pool in list(pools) * repeat:
        results = [x + [y] for x in results for y in pool]
    return (tuple(result) for result in results)
"""

_WRAPPERS = """\
def traced(label):
    def wrap(function):
        calls = 0

        def inner(*args, **kwargs):
            nonlocal calls
            calls += 1
            print(label, calls)
            return function(*args, **kwargs)

        return inner

    return wrap


def compose(*functions):
    def run(value):
        for function in functions:
            value = function(value)
        return value

    return run


def memoise(function):
    known = {}

    def inner(*args):
        if args not in known:
            known[args] = function(*args)
        return known[args]

    return inner
"""

LIBRARIES: dict[str, str] = {
    "collections": _COLLECTIONS,
    "logging": _LOGGING,
    "textwrap": _TEXTWRAP,
    "driver": _DRIVER,
    "generators": _GENERATORS,
    "wrappers": _WRAPPERS,
    "ram_heap": "def reachable(roots):\n    seen = set()\n    pending = list(roots)\n    while pending:\n"
    "        block = pending.pop()\n        if block not in seen:\n            seen.add(block)\n"
    "            pending.extend(block.refs)\n    return seen\n",
}

EXTREMES: dict[str, str] = {
    "empty": "",
    "one_name": "x = 1\n",
    "names_of_globals": _lines("global_name_@ = @\n", 150),
    "names_in_code": "def f(a):\n" + _lines("    a.attribute_@\n", 300),
    "long_names": "def f(a):\n" + _lines("    a." + "very_" * 20 + "long_name_@\n", 40),
    "functions": _lines("def f@(a, b):\n    return a + b\n", 120),
    "few_functions": _lines("def f@(a, b):\n    return a + b\n", 7),
    "defaults": _lines("def f@(a, b=1, c=(2, 3), *, d=4):\n    return a\n", 30),
    "lambdas": "table = [" + _lines("lambda a: a + @, ", 40) + "]\n",
    "generators_": _lines("def g@(a):\n    yield a\n", 30),
    "nested": "def f@(a):\n    def g(b):\n        def h(c):\n            return a + b + c\n        return h\n"
    "    return g\n".replace("@", "0"),
    "nested_many": _lines("def f@(a):\n    def g(b):\n        return a + b\n    return g\n", 25),
    "classes": _lines(
        "class C@:\n    def m(self):\n        return 1\n    def n(self):\n        return 2\n", 25
    ),
    "subclasses": "class A:\n    pass\nclass B:\n    x = 1\n" + _lines("class C@(A, B):\n    y = @\n", 20),
    "supers": "class A:\n    pass\n"
    + _lines("class C@(A):\n    def __init__(self):\n        super().__init__()\n", 12),
    "big_class": "class C:\n" + _lines("    def m@(self):\n        return @\n", 70),
    "inner_classes": "class A:\n  class B:\n    class C:\n      def m(self):\n        pass\n",
    "properties": "class C:\n"
    + _lines(
        "  ~property\n  def p@(self):\n    return @\n  ~staticmethod\n  def s@():\n    pass\n",
        15,
    ),
    "strings": _returning("'this is string number @, and nobody has interned it', ", 60),
    "bytes": _returning("b'these are bytes number @', ", 60),
    "floats": _returning("@.25, ", 60),
    "integers": _returning("12345678901234567890@, ", 40),
    "large_integers": _returning("1" + "0" * 300 + "@, ", 10),
    "tuples": _returning("(@, (1, 'a text in a tuple', None), 2.5, b'x'), ", 40),
    "long_string": "def f():\n    return '" + "a long text " * 400 + "'\n",
    "big_bytecode": "def f(a):\n" + _lines("    a = a * 3 + @ - a // 2\n", 600),
    "many_arguments": "def f(" + ", ".join(f"argument_{i}" for i in range(60)) + "):\n    pass\n",
    "displays": "a = [1, 2, 3]\nb = {'x': 1, 'y': 2}\nc = {1, 2, 3, 4}\nd = [[], {}, [1, 2]]\n"
    "e = [" + "0, " * 100 + "]\n",
    "branches": "import sys\nif sys.maxsize < 5:\n    f = None\nelse:\n    def f():\n        return 1\n"
    "for i in range(3):\n    pass\nwhile False:\n    pass\ntry:\n    x = 1\nexcept ValueError as error:\n"
    "    y = 2\nfinally:\n    z = 3\n",
    "deleted": "def f():\n    pass\ng = f\ndel f\nclass C:\n    pass\nC = 1\n",
}

SOURCES: dict[str, str] = LIBRARIES | EXTREMES
