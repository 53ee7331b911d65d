"""What programs that only spell a text otherwise make of a text that is known: `base64 -d`, `xxd -r`, `rev`, `tr`.

None where it is not certain. Only options that are understood are taken; a text that comes out as no text is none.
"""

from __future__ import annotations

from web4_governance.core.shell.escapes import ansi_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 65536
DECODERS = frozenset({"base64", "base32", "xxd", "openssl", "rev", "tr", "tac"})
_DECODING = frozenset({"-d", "-D", "--decode", "-di", "-id", "--ignore-garbage", "-i"})
_HEX = frozenset("0123456789abcdefABCDEF")
_CLASSES = {
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
    "[:digit:]": "0123456789",
    "[:space:]": " \t\n\v\f\r",
    "[:blank:]": " \t",
}


def decoded(argv: Sequence[str], text: str) -> str | None:
    """Give what the program prints of the text; None where that is not certain."""
    program = argv[0].rsplit("/", 1)[-1]
    decode = _TABLE.get(program)
    return decode(list(argv[1:]), text) if decode is not None and len(text) <= MOST else None


def _base64(words: list[str], text: str) -> str | None:
    if not words or not _DECODING.issuperset(words) or not any("d" in word.lower() for word in words):
        return None
    from binascii import Error, a2b_base64  # noqa: PLC0415  only where a text is decoded

    try:
        return _text(a2b_base64("".join(text.split()).replace("-", "+").replace("_", "/") + "=="))
    except (Error, ValueError):
        return None


def _base32(words: list[str], text: str) -> str | None:
    if not words or not _DECODING.issuperset(words):
        return None
    number = bits = 0
    out = bytearray()
    for char in "".join(text.split()).rstrip("="):
        digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(char)
        if digit < 0:
            return None
        number, bits = (number << 5 | digit) & 0xFFFFFFFF, bits + 5
        if bits >= 8:  # noqa: PLR2004  a byte
            bits -= 8
            out.append(number >> bits & 0xFF)
    return _text(bytes(out))


def _xxd(words: list[str], text: str) -> str | None:
    """`xxd -r -p` takes plain hex; a dump with addresses is not read."""
    flags = {char for word in words if word.startswith("-") for char in word[1:]}
    if not {"r", "p"} <= flags or any(not word.startswith("-") for word in words):
        return None
    digits = "".join(char for char in text if char in _HEX)
    return _text(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _openssl(words: list[str], text: str) -> str | None:
    if words[:1] not in (["base64"], ["enc"]) or "-d" not in words:
        return None
    if not {"base64", "enc", "-d", "-a", "-A", "-base64"}.issuperset(words):
        return None
    return _base64(["-d"], text) if words[0] == "base64" or {"-a", "-base64"} & set(words) else None


def _rev(words: list[str], text: str) -> str | None:
    return "\n".join(line[::-1] for line in text.split("\n")) if not words else None


def _tac(words: list[str], text: str) -> str | None:
    return "".join(reversed(text.splitlines(keepends=True))) if not words else None


def _tr(words: list[str], text: str) -> str | None:
    """`tr SET1 SET2`, `tr -d SET1`."""
    if words[:1] == ["-d"] and len(words) == 2:  # noqa: PLR2004  the option and its set
        gone = _set(words[1])
        return None if gone is None else "".join(char for char in text if char not in gone)
    if len(words) != 2 or words[0].startswith("-"):  # noqa: PLR2004  the two sets
        return None
    one, other = _set(words[0]), _set(words[1])
    if not one or not other:
        return None
    other += other[-1] * (len(one) - len(other))
    table = dict(zip(one, other, strict=False))
    return "".join(table.get(char, char) for char in text)


def _set(given: str) -> str | None:
    """Give the characters of a set with its ranges and classes written out."""
    if given in _CLASSES:
        return _CLASSES[given]
    if "[:" in given or "[=" in given:
        return None
    out: list[str] = []
    given, at = ansi_text(given), 0
    while at < len(given):
        if given[at + 1 : at + 2] == "-" and at + 2 < len(given):
            low, high = ord(given[at]), ord(given[at + 2])
            if not 0 <= high - low < 256:  # noqa: PLR2004  as many as a byte has values
                return None
            out += map(chr, range(low, high + 1))
            at += 3
        else:
            out.append(given[at])
            at += 1
    return "".join(out)


def _text(made: bytes) -> str | None:
    try:
        text = made.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


_TABLE: dict[str, Callable[[list[str], str], str | None]] = {
    "base64": _base64,
    "base32": _base32,
    "xxd": _xxd,
    "openssl": _openssl,
    "rev": _rev,
    "tac": _tac,
    "tr": _tr,
}
