"""The person's settings: `<home>/config.toml`, read through a compiled copy so that a hook needs no TOML parser.

Every setting, its values and its default stand in `SETTINGS`; an unknown one, or a value of the wrong kind, is an error
with its name. The compiled copy names the digest of the text it was made from and is made again when that differs.
"""

from __future__ import annotations

import os

from web4_governance.app.atomic import keep_copy
from web4_governance.app.regular import lies, read_regular
from web4_governance.core.canonical import decode, encode, to_profile
from web4_governance.core.closed import Closed
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError, UsageError
from web4_governance.core.record.keep import Privacy
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json


class Resident(Closed):
    """Whether hook lines ask a resident gate: where the native client is there, always, or never."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@value
class Settings:
    """What a person can set. `origin` is the file that set something, empty where all is default."""

    privacy: Privacy = Privacy.STANDARD
    words: bool = True
    session_notice: bool = True
    resident: Resident = Resident.AUTO
    anchors: Json = None  # tables by name, as they stand there: read by `app.anchors.configured` alone
    origin: str = ""


NONE_SET = Settings()
SETTINGS: dict[str, str] = {
    "privacy": "what is kept readable: metadata, standard or full",
    "words": "whether the agent's own words before a call are read from the transcript: true or false",
    "session_notice": "whether a session's start tells the agent that it is governed: true or false",
    "resident": "whether hooks ask a resident gate: auto (where the native client is there), on or off",
}

TABLES = ("anchors",)  # what stands in tables of its own, and is set by hand


def path_of(home: str) -> str:
    """Where the settings lie."""
    return os.path.join(home, "config.toml")


def settings(home: str) -> Settings:
    """Give the settings of a home; UsageError names what is wrong in the file."""
    path = path_of(home)
    if not lies(path):
        return NONE_SET
    try:
        text = read_regular(path)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        message = f"`{path}` cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None
    given = _compiled(home, text)
    return checked(given, origin=path)


def checked(given: dict[str, Json], *, origin: str) -> Settings:
    """Give settings from their names and values."""
    for name, held in given.items():
        if name in TABLES and isinstance(held, dict):
            continue
        if name not in SETTINGS:
            message = f"`{origin}`: there is no setting `{name}`"
            raise UsageError(message, hint=f"settings are {', '.join(SETTINGS)}")
    privacy = given.get("privacy", str(Privacy.STANDARD))
    if privacy not in [str(level) for level in Privacy]:
        message = f"`{origin}`: `privacy` is none of metadata, standard, full"
        raise UsageError(message)
    resident = given.get("resident", str(Resident.AUTO))
    if resident not in [str(how) for how in Resident]:
        message = f"`{origin}`: `resident` is none of auto, on, off"
        raise UsageError(message)
    flags = {name: given.get(name, True) for name in ("words", "session_notice")}
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            message = f"`{origin}`: `{name}` is neither true nor false"
            raise UsageError(message)
    return Settings(
        privacy=Privacy(str(privacy)),
        words=flags["words"] is True,
        session_notice=flags["session_notice"] is True,
        resident=Resident(str(resident)),
        anchors=given.get("anchors"),
        origin=origin,
    )


def _compiled(home: str, text: bytes) -> dict[str, Json]:
    digest = sha256_hex(text)
    copy = os.path.join(home, "cache", "config.json")
    try:
        kept = decode(read_regular(copy))
        if isinstance(kept, dict) and kept.get("of") == digest and isinstance(kept.get("settings"), dict):
            return kept["settings"]  # type: ignore[return-value]  # checked on the line above
    except (OSError, CanonicalError):
        pass
    given = _parse(text, path_of(home))
    keep_copy(copy, encode({"of": digest, "settings": given}))
    return given


def _parse(text: bytes, path: str) -> dict[str, Json]:
    import tomllib  # noqa: PLC0415  # only when the settings changed since the compiled copy was made

    try:
        parsed = to_profile(tomllib.loads(text.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"`{path}` is no TOML: {str(error).lower()}"
        raise UsageError(message) from None
    return parsed if isinstance(parsed, dict) else {}
