"""Lines of a file, and the keys by which equal paths, contents and lines are found: HMACs under the ledger's secret.

Not a reader of files: content comes as bytes. A key of a line is 8 bytes, enough to find it again and not to prove
anything. Line ends are LF here, so that a host which tells a text with other line ends than lie on the disk tells the same.
"""

from __future__ import annotations

from web4_governance.core.digest import BLOCK, sha256, sha256_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

KEY = 8
NO_KEY = bytes(KEY)  # of a line whose content was erased: it equals no other line
MAX_LINES = 20_000
MAX_BYTES = 4 * 1024 * 1024
ABSENT = b"\0"  # where a content's key stands: there was no file
UNKNOWN = b""
BOM = b"\xef\xbb\xbf"


def content_of(data: bytes) -> bytes:
    """Give a content as it is compared: a text has LF as line ends and no mark at its beginning; else as it is."""
    return data if b"\0" in data else data.removeprefix(BOM).replace(b"\r\n", b"\n")


def split(content: bytes) -> list[bytes] | None:
    """Give the lines of a content; None where it is no text, or too long for its lines to be followed."""
    if b"\0" in content or len(content) > MAX_BYTES or content.count(b"\n") > MAX_LINES:
        return None
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines if len(lines) <= MAX_LINES else None


def digest_of(content: bytes) -> str:
    """Give the SHA-256 of a content, as it stands in `result.files`."""
    return sha256_hex(content)


class Keys:
    """Makes keys under one secret; the two halves of HMAC (RFC 2104) are begun once."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        block = secret.ljust(BLOCK, b"\0")
        self._inner = bytes(b ^ 0x36 for b in block)
        self._outer = bytes(b ^ 0x5C for b in block)

    def path(self, path: str) -> bytes:
        """Give the key of an absolute path (32 bytes)."""
        return self._hmac(b"r6/path\0" + path.encode("utf-8", "surrogatepass"))

    def content(self, digest: str) -> bytes:
        """Give the key of a content by its digest (32 bytes)."""
        return self._hmac(b"r6/content\0" + digest.encode())

    def lines(self, lines: Iterable[bytes]) -> bytes:
        """Give the keys of lines, one after the other."""
        inner, outer = self._inner + b"r6/line\0", self._outer
        return b"".join([sha256(outer + sha256(inner + line))[:KEY] for line in lines])

    def _hmac(self, message: bytes) -> bytes:
        return sha256(self._outer + sha256(self._inner + message))
