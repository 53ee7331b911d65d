"""Finds the policy layers in their places on disk, loads them, and falls back to the last good copy of a broken one.

Places (docs/spec/policy.md L1-L6): organisation `/etc/web4/policy.*`, user `<home>/policy.*` (or the default preset),
project `<root>/.web4/policy.*` once its digest was pinned, session by the installed line. No judgement here: what a
layer may say is `core.policy`'s.
"""

from __future__ import annotations

import os

from web4_governance.app.atomic import keep_copy
from web4_governance.app.catalogs import Programs
from web4_governance.app.known_digest import combined
from web4_governance.app.regular import read_regular
from web4_governance.core.canonical import decode, encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError, PolicyError
from web4_governance.core.policy import Fetched, LayerName, PolicySet, load
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import Layer

FORMATS = {"json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml"}  # by the ending of the file
DEFAULT_PRESET = "audit-only"
MAX_POLICY = 1024 * 1024
PRESETS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "catalog", "presets")


@value
class Source:
    """One policy document on disk: which layer it is, its path, its format."""

    layer: LayerName
    path: str
    format: str


@value
class Loaded:
    """What is in force: the combined policy, what was found where, and what did not load (with the place)."""

    policy: PolicySet
    sources: tuple[Source, ...] = ()
    broken: tuple[str, ...] = ()
    untrusted: tuple[str, ...] = ()


def find(directory: str, layer: LayerName) -> Source | None:
    """Give the policy document of a directory; two documents side by side are a PolicyError."""
    here = [(format_, os.path.join(directory, f"policy.{ending}")) for ending, format_ in FORMATS.items()]
    there = [(format_, path) for format_, path in here if os.path.lexists(path)]
    if len(there) > 1:
        message = f"two policies lie side by side: `{there[0][1]}` and `{there[1][1]}`"
        raise PolicyError(message, hint="keep one of them")
    return Source(layer=layer, path=there[0][1], format=there[0][0]) if there else None


def format_of(path: str) -> str:
    """Give the format that a file's ending names; an ending that names none is a PolicyError."""
    ending = path.rsplit(".", 1)[-1]
    if ending not in FORMATS:
        raise PolicyError("is no policy document", file=path, hint=f"its ending is one of {', '.join(FORMATS)}")
    return FORMATS[ending]


def in_force(home: str, projects: tuple[str, ...], *, organisation: str, session_policy: str = "") -> Loaded:
    """Load every layer that speaks for these projects; a broken one is replaced by its last good copy.

    A broken layer without a last good copy is a PolicyError: nothing can then say what is allowed.
    """
    broken: list[str] = []
    untrusted: list[str] = []
    sources: list[Source] = []
    layers: list[Layer] = []

    def take(directory: str, layer: LayerName) -> bool:
        try:
            source = find(directory, layer)
        except PolicyError:
            if layer is not LayerName.PROJECT:
                raise
            # A clone brought two: nobody trusted that, and a clone must not be able to stop the gate from judging.
            untrusted.append(os.path.join(directory, "policy.*"))
            return True
        if source is None:
            return False
        if layer is LayerName.PROJECT and not _trusted(home, directory, source):
            untrusted.append(source.path)
            return True
        layers.append(_load_or_last_good(home, source, broken))
        sources.append(source)
        return True

    take(organisation, LayerName.ORGANISATION)
    if not take(home, LayerName.USER):
        layers.append(load_default())
    for project in projects:
        where = os.path.join(project, ".web4")
        if os.path.realpath(where) != os.path.realpath(home):
            take(where, LayerName.PROJECT)
    if session_policy:
        source = Source(layer=LayerName.SESSION, path=session_policy, format=format_of(session_policy))
        layers.append(_load_or_last_good(home, source, broken))
        sources.append(source)
    return Loaded(
        policy=combined(tuple(layers), home), sources=tuple(sources), broken=tuple(broken), untrusted=tuple(untrusted)
    )


def load_text(
    text: bytes,
    *,
    file: str,
    format: str,  # noqa: A002  # as `load` has it
    layer: LayerName,
    fetch: Callable[[str], Fetched],  # as `load`
) -> Layer:
    """Load one document with the catalog's programs known; PolicyError says where it does not load."""
    return load(text, file=file, format=format, layer=layer, fetch=fetch, programs=Programs())


def load_source(source: Source, *, note: Callable[[str, Fetched], None] | None = None) -> Layer:
    """Load one document from disk; PolicyError says where it does not."""
    text = read(source.path)

    def fetch(reference: str) -> Fetched:
        fetched = resolve(reference, base=os.path.dirname(source.path))
        if note is not None:
            note(reference, fetched)
        return fetched

    return load_text(text, file=source.path, format=source.format, layer=source.layer, fetch=fetch)


def load_default() -> Layer:
    """The user layer of a home without a policy: the default preset."""
    text = encode({"extends": [DEFAULT_PRESET]})
    return load_text(
        text, file="(default)", format="json", layer=LayerName.USER, fetch=lambda name: resolve(name, base="")
    )


def resolve(reference: str, *, base: str) -> Fetched:
    """Give what an `extends` names: a preset of ours, or a file beside the policy that names it."""
    if reference in presets():
        path = os.path.join(PRESETS, f"{reference}.json")
        return Fetched(text=read(path), file=f"preset:{reference}", format="json", sound=True)
    if not base or not reference.startswith(("./", "../", "/")):
        message = f"nothing is called `{reference}`"
        raise PolicyError(message, hint=f"presets are {', '.join(presets())}; a file starts with `./`")
    path = os.path.normpath(os.path.join(base, reference))
    return Fetched(text=read(path), file=path, format=format_of(path))


def presets() -> tuple[str, ...]:
    """The names of the presets that ship with the package."""
    return ("audit-only", "permissive", "safety", "strict")


def read(path: str) -> bytes:
    """Read a policy document; one that cannot be read is a PolicyError."""
    try:
        text = read_regular(path, MAX_POLICY + 1)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise PolicyError(message, file=path) from None
    if len(text) > MAX_POLICY:
        message = "is over 1 MiB"
        raise PolicyError(message, file=path)
    return text


def fingerprint(source: Source) -> str:
    """Give what trusting a project's policy pins: a digest over the document and every file it extends."""
    return load_source(source).fingerprint


def pinned(home: str, directory: str) -> str:
    """Give the digest that was pinned for a project's policy directory, or the empty string."""
    pins = _json_file(os.path.join(home, "trusted.json"))
    digest = pins.get(os.path.realpath(directory)) if isinstance(pins, dict) else None
    return digest if isinstance(digest, str) else ""


def _trusted(home: str, directory: str, source: Source) -> bool:
    pin = pinned(home, directory)
    try:
        return bool(pin) and fingerprint(source) == pin
    except PolicyError:
        return False  # nobody trusted what does not load


def _load_or_last_good(home: str, source: Source, broken: list[str]) -> Layer:
    key = sha256_hex(f"{source.layer}\0{source.path}".encode())[:32]
    path = os.path.join(home, "lastgood", f"{key}.json")
    fetched: dict[str, Json] = {}

    def note(reference: str, found: Fetched) -> None:
        if not found.file.startswith("preset:"):
            fetched[reference] = [found.file, found.format, found.text.decode("utf-8", "replace")]

    try:
        layer = load_source(source, note=note)
        text = read(source.path).decode("utf-8", "replace")
    except PolicyError as error:
        kept = _json_file(path)
        if not isinstance(kept, dict):
            raise
        broken.append(error.message)
        return _load_kept(kept, source)
    _keep(path, {"format": source.format, "text": text, "fetched": fetched})
    return layer


def _load_kept(kept: dict[str, Json], source: Source) -> Layer:
    fetched = kept.get("fetched")

    def fetch(reference: str) -> Fetched:
        found = fetched.get(reference) if isinstance(fetched, dict) else None
        if isinstance(found, list):
            return Fetched(text=str(found[2]).encode(), file=str(found[0]), format=str(found[1]))
        return resolve(reference, base="")

    text = str(kept.get("text")).encode()
    return load_text(text, file=source.path, format=str(kept.get("format")), layer=source.layer, fetch=fetch)


def _keep(path: str, bundle: dict[str, Json]) -> None:
    data = encode(bundle)
    try:
        if read_regular(path, listened=False) == data:
            return
    except OSError:
        pass
    keep_copy(path, data)


def _json_file(path: str) -> Json:
    try:
        return decode(read_regular(path).strip())
    except (OSError, CanonicalError):
        return None
