"""One spelling for an address: however a number is written, the same machine is reached.

IPv4 as inet_aton(3) reads it (one to four parts; decimal, octal, hexadecimal), IPv6 as RFC 5952 writes it, and the IPv4 address
in one that maps it (`::ffff:1.2.3.4`, `64:ff9b::…`). No lookup: a name stays a name.
"""

from __future__ import annotations

PARTS, GROUPS = 4, 8
LOWEST = 1 << 24  # a single number below is a port or a count in all that people write
MAPPED, WELL_KNOWN = (0, 0, 0, 0, 0, 0xFFFF), (0x64, 0xFF9B, 0, 0, 0, 0)
EMPTY = (0,) * 6
LOOPBACK = 1 << 16


def plain(host: str) -> str:
    """Give the one spelling of an address; a name as it is."""
    if ":" in host:
        return _six(host.partition("%")[0]) or host
    number = _aton(host.rstrip("."))
    return host if number is None else _dotted(number)


def _aton(host: str) -> int | None:
    parts = [_number(part) for part in host.split(".")]
    *high, low = parts
    if len(parts) > PARTS or low is None or (len(parts) == 1 and low < LOWEST):
        return None
    number = 0
    for part in high:
        if part is None or part > 0xFF:  # noqa: PLR2004  a byte
            return None
        number = number << 8 | part
    bits = 8 * (PARTS - len(high))
    return number << bits | low if low < 1 << bits else None


def _number(part: str) -> int | None:
    base = 16 if part.startswith("0x") else 8 if part.startswith("0") else 10
    digits = part[2:] if base == 16 else part  # noqa: PLR2004  hexadecimal
    if not digits or len(digits) > len("037777777777") or not digits.isascii() or not digits.isalnum():
        return None
    try:
        return int(digits, base)
    except ValueError:
        return None


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 0xFF) for shift in (24, 16, 8, 0))


def _six(host: str) -> str:
    """Give an IPv6 address in its one spelling, or the IPv4 address in it; empty where it is none."""
    head, gap, tail = host.partition("::")
    before, behind = _groups(head), _groups(tail)
    missing = GROUPS - len(before or ()) - len(behind or ())
    if before is None or behind is None or missing < bool(gap) or (missing and not gap):
        return ""
    groups = (*before, *(0,) * missing, *behind)
    low = groups[6] << 16 | groups[7]
    if groups[:6] in (MAPPED, WELL_KNOWN) or (groups[:6] == EMPTY and low >= LOOPBACK):
        return _dotted(low)
    return _written(groups)


def _groups(text: str) -> tuple[int, ...] | None:
    found: list[int] = []
    for part in text.split(":") if text else ():
        four = _aton(part) if "." in part else None
        if four is not None:
            found += [four >> 16, four & 0xFFFF]
        elif part and len(part) <= PARTS and all(char in "0123456789abcdefABCDEF" for char in part):
            found.append(int(part, 16))
        else:
            return None
    return tuple(found) if len(found) <= GROUPS else None


def _written(groups: tuple[int, ...]) -> str:
    """Write groups with the longest run of two zeros and more left out."""
    runs = [(at, end) for at in range(GROUPS) for end in range(at + 2, GROUPS + 1) if not any(groups[at:end])]
    at, end = max(runs, key=lambda run: (run[1] - run[0], -run[0]), default=(GROUPS, GROUPS))
    texts = [f"{group:x}" for group in groups]
    return ":".join(texts) if at == end else ":".join(texts[:at]) + "::" + ":".join(texts[end:])
