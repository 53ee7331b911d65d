"""What a person does with policies: put one in force, trust a project's, check one, see what is in force.

Nothing is recorded here: the next hook call sees another digest and writes the `policy` entry, in the ledger's order.
Every change is a whole file put in its place by a rename, after what it says was checked.
"""

from __future__ import annotations

import os

from web4_governance.app import packs, policies, policy_file
from web4_governance.app.atomic import write_bytes
from web4_governance.app.scope import projects_of
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import CanonicalError, PolicyError, UsageError
from web4_governance.core.policy import LayerName, combine, describe
from web4_governance.core.policy.document import parse
from web4_governance.core.policy.lint import lint
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.policies import Loaded
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import Fetched, Layer

OBSERVER = "audit-only"
KEPT = "used"


@value
class Checked:
    """A policy document that loads: where it lies, its layer, and how each target pattern is read.

    `warnings` say what it asks for that is not done, and what it may not mean as it is read.
    """

    file: str
    layer: Layer
    patterns: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    failures: tuple[packs.Failure, ...] = ()


@value
class Remark:
    """What is probably not meant, with its place in the file."""

    line: int
    column: int
    rule: str
    kind: str
    message: str


@value
class Used:
    """What `use` put in force: the file that it wrote, and whether decisions bind now."""

    file: str
    digest: str
    enforcing: bool


@value
class Trusted:
    """A project policy whose digest is pinned: what it and all it extends say, and what was pinned before."""

    file: str
    texts: tuple[tuple[str, str], ...]
    digest: str
    before: str


def check(
    path: str, layer_name: LayerName = LayerName.USER, *, above: tuple[Layer, ...] = (), presets: bool = False
) -> Checked:
    """Load one document for its layer; PolicyError says at which line and column it does not load.

    Args:
        path: Where it lies.
        layer_name: The layer that it speaks for.
        above: The layers above it that are in force with it.
        presets: Whether patterns and warnings of what ships with the program are given too.
    """
    source = source_at(path, layer_name)
    layer = policies.load_source(source)
    policy = combine((layer if presets else _own(layer),))
    patterns = tuple((use.rule, use.text, str(use.kind)) for use in describe.patterns(policy))
    return Checked(
        file=source.path,
        layer=layer,
        patterns=patterns,
        warnings=describe.warnings(policy),
        remarks=_remarks(source, layer, above),
        failures=packs.failures(layer.packs),
    )


def _own(layer: Layer) -> Layer:
    """Give a layer without the rules of presets."""
    known = policies.presets()
    return replace(layer, rules=tuple(rule for rule in layer.rules if rule.origin not in known))


def _remarks(source: policies.Source, layer: Layer, above: tuple[Layer, ...]) -> tuple[Remark, ...]:
    """Give each finding its place."""
    document = parse(policies.read(source.path), file=source.path, format=source.format)
    found = []
    for one in lint(layer, document.values, above):
        line, column = document.locate(one.path, False)
        found.append(Remark(line=line, column=column, rule=one.rule, kind=one.kind, message=one.message))
    return tuple(found)


def source_at(path: str, layer: LayerName) -> policies.Source:
    """Give the source for a policy file named by a person; its format is told by its name."""
    ending = path.rsplit(".", 1)[-1].lower()
    known = policies.FORMATS
    if ending not in known:
        message = f"`{path}` names no policy"
        raise UsageError(
            message, hint=f"give a preset ({', '.join(policies.presets())}) or a .json, .yaml or .toml file"
        )
    return policies.Source(layer=layer, path=os.path.abspath(path), format=known[ending])


def in_force(home: str, directory: str, *, organisation: str, user_home: str) -> Loaded:
    """Give what is in force for calls that run in a directory."""
    return policies.in_force(home, projects_of(directory, "", user_home=user_home), organisation=organisation)


def use(home: str, wanted: str, *, enforcing: bool | None) -> Used:
    """Write the user's policy: a preset, or a copy of a file.

    Whether it binds is said by `enforcing`, else by the file itself, else it stays as it is now. A file is copied, not
    pointed to: what binds lies in the home, where no call of an agent may change it.
    """
    _planned(home, wanted, enforcing=enforcing)  # what is refused leaves no home behind
    with policy_file.changing(home):
        files, layer = _planned(home, wanted, enforcing=enforcing)
        for part, content in files:
            write_bytes(os.path.join(home, part), content)
        name = files[-1][0]
        _take_away_others(home, name)
    return Used(file=os.path.join(home, name), digest=layer.source, enforcing=layer.enforce is True)


def _planned(home: str, wanted: str, *, enforcing: bool | None) -> tuple[list[tuple[str, bytes]], Layer]:
    """Give the files that put a policy in force, checked as they will lie there."""
    source = None if wanted in policies.presets() else source_at(wanted, LayerName.USER)
    if enforcing is None and source is not None:
        enforcing = policies.load_source(source).enforce
    if enforcing is None:
        enforcing = wanted != OBSERVER and _user_layer(home).enforce is True
    files = _of_preset(wanted, enforcing=enforcing) if source is None else _of_file(source, enforcing=enforcing)
    name, text = files[-1]
    layer = policies.load_text(
        text, file=name, format="json", layer=LayerName.USER, fetch=lambda said: _fetch(said, dict(files), home)
    )
    return files, layer


def trust(home: str, directory: str, *, user_home: str) -> Trusted:
    """Pin the digest of a project's policy, so that it counts from now on; it can only tighten."""
    where, source = project_policy(directory, user_home=user_home)
    texts = [(source.path, policies.read(source.path).decode("utf-8", "replace"))]

    def note(_reference: str, fetched: Fetched) -> None:
        if not fetched.file.startswith("preset:"):
            texts.append((fetched.file, fetched.text.decode("utf-8", "replace")))

    digest = policies.load_source(source, note=note).fingerprint
    with policy_file.changing(home):
        before = policies.pinned(home, where)
        _write_pins(home, {**_pins(home), os.path.realpath(where): digest})
    return Trusted(file=source.path, texts=tuple(texts), digest=digest, before=before)


def distrust(home: str, directory: str, *, user_home: str) -> str:
    """Take a project's pin away and give what was pinned, empty where nothing was."""
    where = policy_directory(directory, user_home=user_home)
    with policy_file.changing(home):
        before = policies.pinned(home, where)
        if before:
            _write_pins(home, {path: digest for path, digest in _pins(home).items() if path != os.path.realpath(where)})
    return before


def policy_directory(directory: str, *, user_home: str) -> str:
    """Give where the policy of the project around a directory lies, or would lie."""
    project = projects_of(os.path.abspath(directory), "", user_home=user_home)[0]
    return os.path.join(project, ".web4")


def project_policy(directory: str, *, user_home: str) -> tuple[str, policies.Source]:
    """Find the policy of the project around a directory."""
    where = policy_directory(directory, user_home=user_home)
    source = policies.find(where, LayerName.PROJECT)
    if source is None:
        message = f"the project `{os.path.dirname(where)}` has no policy"
        raise UsageError(message, hint=f"it would lie at `{os.path.join(where, 'policy.json')}`")
    return where, source


def _user_layer(home: str) -> Layer:
    source = policies.find(home, LayerName.USER)
    return policies.load_default() if source is None else policies.load_source(source)


def _of_preset(preset: str, *, enforcing: bool) -> list[tuple[str, bytes]]:
    if preset == OBSERVER and enforcing:
        message = f"`{OBSERVER}` binds nothing, so it cannot be enforced"
        raise UsageError(message, hint="use `safety --enforce`, or `audit-only --observe`")
    return [("policy.json", _document([preset], enforcing=enforcing))]


def _of_file(source: policies.Source, *, enforcing: bool) -> list[tuple[str, bytes]]:
    """Give the copy of the file, and the document that says whether it binds."""

    def refuse_neighbours(reference: str, fetched: Fetched) -> None:
        if not fetched.file.startswith("preset:"):
            message = f"it extends `{reference}`, which would not come along"
            raise PolicyError(message, file=source.path, hint="put its rules into the file itself")

    policies.load_source(source, note=refuse_neighbours)
    copy = f"{KEPT}.{source.format}"
    return [(copy, policies.read(source.path)), ("policy.json", _document([f"./{copy}"], enforcing=enforcing))]


def _document(extends: list[Json], *, enforcing: bool) -> bytes:
    return encode({"extends": extends, "enforce": enforcing}) + b"\n"


def _fetch(reference: str, files: dict[str, bytes], home: str) -> Fetched:
    name = reference.removeprefix("./")
    if name in files:
        from web4_governance.core.policy import Fetched  # noqa: PLC0415  # the same class that the annotations name

        return Fetched(text=files[name], file=os.path.join(home, name), format=name.rsplit(".", 1)[-1])
    return policies.resolve(reference, base="")


def _take_away_others(home: str, name: str) -> None:
    # After the new one is there: a crash in between leaves two policies, which is an error and not a hole.
    for ending in policies.FORMATS:
        path = os.path.join(home, f"policy.{ending}")
        if f"policy.{ending}" != name and os.path.lexists(path):
            os.replace(path, f"{path}.before")


def _pins(home: str) -> dict[str, Json]:
    try:
        with open(os.path.join(home, "trusted.json"), "rb") as file:
            found = decode(file.read().strip())
    except FileNotFoundError:
        return {}
    except (OSError, CanonicalError):
        message = f"`{os.path.join(home, 'trusted.json')}` cannot be read"
        raise UsageError(message, hint="take the file away and trust your projects again") from None
    return found if isinstance(found, dict) else {}


def _write_pins(home: str, pins: dict[str, Json]) -> None:
    write_bytes(os.path.join(home, "trusted.json"), encode(pins) + b"\n")
