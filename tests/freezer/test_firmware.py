"""The firmware's names: which file says them, and how texts become C names."""

from __future__ import annotations

import pytest

from mpytool.freezer import QstrHeaderError, freeze, read_qstr_header
from mpytool.freezer.firmware import escape_qstr
from mpytool.freezer.readback import read_generated_qstrs
from mpytool.freezer.strings import qstr_hash
from tests.freezer.building import Configuration, Headers
from tests.freezer.modules import with_constants

_HEADER = """
# 1 "qstrdefs.collected.h"
QCFG(BYTES_IN_LEN, (1))
  QCFG(BYTES_IN_HASH, 2)
Q()
Q(print)
Q(wifi)
Q(a.b)
Q(a_dot_b)
Q(\\n)
Q(\\r\\n)
Q(f(x))
"""


def test_header() -> None:
    """Static names and second texts of one C name are not among them."""
    found = read_qstr_header(_HEADER)
    assert (found.bytes_in_len, found.bytes_in_hash) == (1, 2)
    assert found.known == {
        "wifi": "wifi",
        "a.b": "a_dot_b",
        "\r\n": "_0x0d__0x0a_",
        "f(x)": "f_paren_open_x_paren_close_",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"no line QCFG\(BYTES_IN_HASH"),
        ("QCFG(BYTES_IN_HASH, (1))", r"no line QCFG\(BYTES_IN_LEN"),
        ("QCFG(BYTES_IN_LEN, (X))", "'X', which is no number"),
    ],
)
def test_no_header(text: str, words: str) -> None:
    with pytest.raises(QstrHeaderError, match=words):
        read_qstr_header(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("__init__", "__init__"),
        ("<module>", "_lt_module_gt_"),
        ("a b", "a_space_b"),
        ("\n", "_0x0a_"),
        ("é", "_eacute_"),
        ("€", "_euro_"),
        ("\u4e00", "_0x4e00_"),
        ("~-|", "_tilde__hyphen__pipe_"),
    ],
)
def test_escape(text: str, name: str) -> None:
    assert escape_qstr(text) == name


def test_names_of_the_headers(headers: Headers) -> None:
    """MicroPython's own generator has the same C names, and our hashes."""
    generated = (headers.folder / "genhdr/qstrdefs.generated.h").read_text()
    texts = read_generated_qstrs(generated)
    for text in texts[2:]:
        assert f"(MP_QSTR_{escape_qstr(text)}, {qstr_hash(text.encode(), 2)}, " in generated
    assert len(texts) > 500


def test_known_names_cost_nothing() -> None:
    """A text that the firmware has is referred to by its C name."""
    settings = Configuration().freeze_settings
    module = with_constants(["a firmware has this text already"], ["wifi"])
    known = dict.fromkeys(["wifi", "a firmware has this text already"], "")
    settings = type(settings)(known_qstrs={text: escape_qstr(text) for text in known})
    image = freeze([module], [], settings)
    assert image.layout.qstrs.new == [b"m.py"]
    assert "MP_QSTR_wifi" in image.to_c()
    assert "MP_ROM_QSTR(MP_QSTR_a_space_firmware" in image.to_c()


@pytest.mark.parametrize(("n_bytes", "mask"), [(0, 0xFFFF), (1, 0xFF), (2, 0xFFFF)])
def test_hash(n_bytes: int, mask: int) -> None:
    """One byte after the other: times 33, exclusive or."""
    assert qstr_hash(b"abc", n_bytes) == ((((5381 * 33 ^ 97) * 33 ^ 98) * 33) ^ 99) & mask


def test_hash_is_never_0() -> None:
    """0 says that no hash is known."""
    hashes = {qstr_hash(bytes((first, second)), 1) for first in range(256) for second in range(256)}
    assert hashes == set(range(1, 256))
