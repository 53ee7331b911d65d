"""What was installed where: one receipt a settings file, in `<home>/installed/`, so that it can be taken back exactly.

A receipt holds the file's bytes as they were and the digest of what we wrote. It is written before the file: a crash
between the two leaves a receipt whose file is still as it was, which taking back recognises.
"""

from __future__ import annotations

import base64
import os

from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.core.canonical import decode, encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError, UsageError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

PRIVATE_DIRECTORY = 0o700


@value
class Receipt:
    """One settings file that we wrote to.

    `original` is None where there was no file. `written` is the SHA-256 of what we wrote. `made` lists the directories
    that we made for it, the innermost first. `session_policy` is the policy document that the lines name, if any. `sandbox`
    says that the host sandbox's deny rules were written too.
    """

    agent: str
    scope: str
    path: str
    original: bytes | None
    written: str
    made: tuple[str, ...] = ()
    session_policy: str = ""
    sandbox: bool = False


def directory_of(home: str) -> str:
    """Where the receipts lie."""
    return os.path.join(home, "installed")


def keep(home: str, receipt: Receipt) -> None:
    """Write a receipt, replacing an earlier one for the same file."""
    body: dict[str, Json] = {
        "agent": receipt.agent,
        "scope": receipt.scope,
        "path": receipt.path,
        "original": None if receipt.original is None else base64.b64encode(receipt.original).decode(),
        "written": receipt.written,
        "made": list(receipt.made),
        "session_policy": receipt.session_policy,
        "sandbox": int(receipt.sandbox),
    }
    os.makedirs(directory_of(home), mode=PRIVATE_DIRECTORY, exist_ok=True)
    write_bytes(_file_of(home, receipt.path), encode(body))


def all_of(home: str) -> tuple[tuple[Receipt, ...], tuple[str, ...]]:
    """Give every receipt of a home, and the files among them that make no sense."""
    directory = directory_of(home)
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return (), ()
    receipts: list[Receipt] = []
    broken: list[str] = []
    for name in names:
        path = os.path.join(directory, name)
        found = _read(path)
        if found is None:
            broken.append(path)
        else:
            receipts.append(found)
    return tuple(receipts), tuple(broken)


def of_file(home: str, path: str) -> Receipt | None:
    """Give the receipt for a settings file."""
    return _read(_file_of(home, path))


def baseline(home: str, path: str, current: bytes | None) -> Receipt | None:
    """Give the receipt that still speaks for a file: None where there is none, or the file was changed since.

    A file that is as it was before us (a crash between receipt and file) is spoken for as well.
    """
    receipt = of_file(home, path)
    if receipt is None:
        return None
    if current == receipt.original:
        return receipt
    return receipt if current is not None and sha256_hex(current) == receipt.written else None


def forget(home: str, path: str) -> None:
    """Take a receipt away."""
    try:
        os.unlink(_file_of(home, path))
    except FileNotFoundError:
        return


def file_name(path: str) -> str:
    """Give the name of the receipt for a settings file."""
    return sha256_hex(path.encode("utf-8", "surrogateescape"))[:32] + ".json"


def _file_of(home: str, path: str) -> str:
    return os.path.join(directory_of(home), file_name(path))


def _read(path: str) -> Receipt | None:
    try:
        data = read_bytes(path)
        body = decode(data) if data is not None else None
        return _receipt(body) if isinstance(body, dict) else None
    except (CanonicalError, UsageError, ValueError, KeyError, TypeError):
        return None  # a damaged receipt is as good as none: the entries are then found by their look


def _receipt(body: dict[str, Json]) -> Receipt:
    original, made = body["original"], body["made"]
    return Receipt(
        agent=str(body["agent"]),
        scope=str(body["scope"]),
        path=str(body["path"]),
        original=None if original is None else base64.b64decode(str(original), validate=True),
        written=str(body["written"]),
        made=tuple(str(path) for path in made) if isinstance(made, list) else (),
        session_policy=str(body["session_policy"]),
        sandbox=bool(body.get("sandbox")),  # receipts of earlier versions have none
    )
