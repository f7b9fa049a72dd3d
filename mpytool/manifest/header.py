"""What is known of the firmware that modules are frozen for."""

from __future__ import annotations

from mpytool.diagnostics import ToolError
from mpytool.errors import READ_FAILED
from mpytool.files import file_diagnostic, read_file
from mpytool.manifest.errors import BAD_HEADER, ManifestError, diagnostic_at
from mpytool.record import Record
from mpytool.values import decode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from mpytool.freezer import FreezeSettings


class Firmware(Record):
    """``longint``, ``mpz_dig_size`` and ``arch`` as in FreezeSettings; ``allow_empty`` too.

    ``header`` is the path of the build's ``qstrdefs.preprocessed.h``, None where its names are not known.
    """

    __slots__ = ("longint", "mpz_dig_size", "arch", "allow_empty", "header")

    def __init__(
        self, longint: str, mpz_dig_size: int, arch: str | None, allow_empty: bool, header: str | None
    ) -> None:
        self.longint: Final = longint
        self.mpz_dig_size: Final = mpz_dig_size
        self.arch: Final = arch
        self.allow_empty: Final = allow_empty
        self.header: Final = header

    def names(self) -> bytes:
        """The contents of the header. Raises ToolError if it cannot be read."""
        if self.header is None:
            return b""
        try:
            return read_file(self.header)
        except OSError as error:
            raise ToolError([file_diagnostic(READ_FAILED, self.header, error)]) from None

    def settings(self, names: bytes) -> FreezeSettings:
        """The settings, ``names`` being what is in the header. Raises ManifestError if that is no header."""
        from mpytool.freezer import FreezeSettings, QstrHeaderError, read_qstr_header

        longint: Any = self.longint  # FreezeSettings looks at it
        made = FreezeSettings(
            longint=longint,
            mpz_dig_size=self.mpz_dig_size,
            arch=self.arch,
            allow_empty=self.allow_empty,
        )
        if self.header is None:
            return made
        try:
            found = read_qstr_header(decode_text(names))
        except QstrHeaderError as error:
            raise ManifestError([diagnostic_at(None, BAD_HEADER, file=self.header, reason=error)]) from None
        return made.changed(
            qstr_bytes_in_len=found.bytes_in_len,
            qstr_bytes_in_hash=found.bytes_in_hash,
            known_qstrs=found.known,
        )
