"""The strict parser of policies: bytes in, a whole layer out, or the place of the mistake (docs/spec/policy.md D1-D11).

Every field is known or refused, never ignored; an empty list is a mistake,
not "all". Rules without an id are called `rule-<n>`, from 1, as they stand in their document; where a document that is
pulled in brings an id that is taken already, its own name comes in front (`team/rule-1`), and `combine` does the same for
layers. What a document extends lies above it: its rules come first, and the strictest of their defaults holds.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import InputError
from web4_governance.core.policy.condition import read_condition
from web4_governance.core.policy.decision import TRUSTED, Decision, LayerName, strictest
from web4_governance.core.policy.document import parse
from web4_governance.core.policy.layers import Layer
from web4_governance.core.policy.read import Wrong, items, mapping, named, number, text, texts, truth, word
from web4_governance.core.policy.rule import Rule
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object
    from web4_governance.core.policy.cases import Case
    from web4_governance.core.policy.read import Path

VERSION = 1
PRESETS = ("audit-only", "permissive", "safety", "strict")
MAX_DEPTH = 8
MAX_DOCUMENTS = 32
MAX_RULES = 2000
MAX_PATTERNS = 10_000
MAX_ID = 64
DOCUMENT_FIELDS = (
    "$schema", "version", "name", "description", "extends", "packs", "without", "rules", "defaultPolicy", "enforce", "tests",
)  # fmt: skip
RULE_FIELDS = ("id", "match", "except", "decision", "reason", "instead", "hostAllow", "overridable", "commitBeforeAct")
SYNONYMS = {"message": "reason"}
_ID_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-")
_RESERVED = tuple(f"{name}/" for name in LayerName)


@value
class Fetched:
    """What an `extends` led to: the bytes, the file's name for messages, and the format they are in.

    `sound` says that it ships with the program: its rules hold no mistake that somebody would have to hear of.
    """

    text: bytes
    file: str
    format: str = "json"
    sound: bool = False


@value
class _Part:
    """What one document (and all it extends) gives to its layer."""

    rules: tuple[Rule, ...]
    default: Decision | None
    enforce: bool | None
    only_observes: bool
    pins: tuple[tuple[str, str], ...]
    title: str = ""
    description: str = ""
    tests: tuple[Case, ...] = ()
    packs: tuple[Object, ...] = ()


def load(
    text: bytes,
    *,
    file: str,
    format: str,  # noqa: A002  the word that people use for it
    layer: LayerName,
    fetch: Callable[[str], Fetched],
    programs: Container[str] = (),
) -> Layer:
    """Parse a policy document and all it extends into one layer.

    Args:
        text: The bytes of the document.
        file: Its name, for messages.
        format: `json`, `yaml` or `toml`.
        layer: Which layer it speaks for; `project` and `session` cannot loosen.
        fetch: Gives what an `extends` names: a preset by its name, a file by its path from the document's directory
            (`./team.json`). It raises InputError for what is not there.
        programs: Further names that make a target pattern a command pattern, beside those that everybody knows.

    Raises:
        PolicyError: The document, or one it extends, is wrong; with file, line and column.
    """
    loading = _Loading(fetch, programs)
    part = loading.document(text, file, format, here="", chain=(), level=0)
    enforce = False if part.only_observes and part.enforce is None else part.enforce
    source = sha256_hex(text)
    files = [list(pin) for pin in part.pins if pin[0].startswith("./")]
    return _limited(
        Layer(
            name=layer,
            rules=part.rules,
            file=file,
            default=part.default,
            enforce=enforce,
            pins=part.pins,
            source="sha256:" + source,
            fingerprint="sha256:" + sha256_hex(encode([source, *files])),  # type: ignore[list-item]  # invariance of list
            title=part.title,
            description=part.description,
            tests=part.tests,
            packs=part.packs,
        )
    )


def preset(
    name: str, fetch: Callable[[str], Fetched], *, layer: LayerName = LayerName.USER, enforce: bool | None = None
) -> Layer:
    """Give a preset as a layer of its own; `audit-only` that is to be enforced is a PolicyError."""
    document: dict[str, Json] = {"extends": [name]}
    if enforce is not None:
        document["enforce"] = enforce
    return load(encode(document), file=f"preset {name}", format="json", layer=layer, fetch=fetch)


class _Loading:
    """One call of `load`: what was pulled in so far, and which ids are taken."""

    def __init__(self, fetch: Callable[[str], Fetched], programs: Container[str]) -> None:
        self.fetch = fetch
        self.programs = programs
        self.sound = False
        self.pulled: set[str] = set()
        self.ids: set[str] = set()

    def document(
        self,
        data: bytes,
        file: str,
        format: str,  # noqa: A002
        *,
        here: str,
        chain: tuple[str, ...],
        level: int,
    ) -> _Part:
        document = parse(data, file=file, format=format)
        try:
            return self._part(document.values, here, chain, level)
        except Wrong as wrong:
            raise document.error(wrong) from None

    def _part(self, values: Json, here: str, chain: tuple[str, ...], level: int) -> _Part:
        fields = _fields(mapping(values, (), what="a policy"), (), DOCUMENT_FIELDS, {}, "a policy")
        _check_head(fields)
        above = self._extended(fields, here, chain, level)
        packs, packed = self._packs(fields, here) if "packs" in fields else ((), ())
        own = self._rules(fields, chain, level)
        default = _decision(fields, "defaultPolicy", ())
        defaults = [part.default for part in above if part.default is not None] + ([default] if default else [])
        enforce = truth(fields["enforce"], ("enforce",)) if "enforce" in fields else None
        only_observes = any(part.only_observes for part in above)
        if enforce and only_observes:
            message = "the preset `audit-only` binds nothing, and cannot be enforced"
            raise Wrong(message, ("enforce",), hint="extend `safety`, which judges the same")
        rules = (*_without(fields, tuple(rule for part in above for rule in part.rules)), *own)
        _check_size(rules)
        return _Part(
            rules=rules,
            default=strictest(defaults) if defaults else None,
            enforce=enforce,
            only_observes=only_observes or (chain[-1:] == ("audit-only",)),
            pins=(*(pin for part in above for pin in part.pins), *packed),
            packs=(*(row for part in above for row in part.packs), *packs),
            title=_text(fields, "name", ()),
            description=_text(fields, "description", ()),
            tests=_tests(fields),
        )

    def _extended(self, fields: dict[str, Json], here: str, chain: tuple[str, ...], level: int) -> list[_Part]:
        if "extends" not in fields:
            return []
        names = texts(fields["extends"], ("extends",))
        return [
            part
            for n, name in enumerate(names)
            if (part := self._pull(name, ("extends", n), here, chain, level + 1)) is not None
        ]

    def _packs(self, fields: dict[str, Json], here: str) -> tuple[tuple[Object, ...], tuple[tuple[str, str], ...]]:
        """Give the rows of the packs that a document names, and their pins; each is read once."""
        from web4_governance.core.policy.packs import read_pack  # noqa: PLC0415  # most policies have none

        rows: list[Object] = []
        pins: list[tuple[str, str]] = []
        for n, name in enumerate(texts(fields["packs"], ("packs",))):
            path = ("packs", n)
            reference = _reference(name, path, here, presets=False)
            if reference in self.pulled:
                continue
            fetched = self._fetched(name, reference, path)
            document = parse(fetched.text, file=fetched.file, format=fetched.format)
            try:
                rows.extend(read_pack(document.values))
            except Wrong as wrong:
                raise document.error(wrong) from None
            pins.append((reference, "sha256:" + sha256_hex(fetched.text)))
        return tuple(rows), tuple(pins)

    def _fetched(self, name: str, reference: str, path: Path) -> Fetched:
        if len(self.pulled) >= MAX_DOCUMENTS:
            message = f"over {MAX_DOCUMENTS} documents are pulled in"
            raise Wrong(message, path)
        self.pulled.add(reference)
        try:
            return self.fetch(reference)
        except InputError as error:
            message = f"`{name}` cannot be pulled in: {error.message}"
            raise Wrong(message, path, hint=error.hint) from None

    def _pull(self, name: str, path: Path, here: str, chain: tuple[str, ...], level: int) -> _Part | None:
        reference = _reference(name, path, here)
        if reference in chain:
            message = f"`{name}` extends itself, by way of {' and '.join(f'`{link}`' for link in chain)}"
            raise Wrong(message, path)
        if level > MAX_DEPTH or len(self.pulled) >= MAX_DOCUMENTS:
            message = f"`extends` goes deeper than {MAX_DEPTH}, or over {MAX_DOCUMENTS} documents"
            raise Wrong(message, path)
        if reference in self.pulled:
            return None  # two ways to one document: it speaks once
        fetched = self._fetched(name, reference, path)
        outer, self.sound = self.sound, fetched.sound
        part = self.document(
            fetched.text,
            fetched.file,
            fetched.format,
            here=reference.rpartition("/")[0],
            chain=(*chain, reference),
            level=level,
        )
        self.sound = outer
        return replace(part, pins=((reference, "sha256:" + sha256_hex(fetched.text)), *part.pins))

    def _rules(self, fields: dict[str, Json], chain: tuple[str, ...], level: int) -> tuple[Rule, ...]:
        if "rules" not in fields:
            return ()
        rules: list[Rule] = []
        here: set[str] = set()
        for n, given in enumerate(items(fields["rules"], ("rules",))):
            rule = self._rule(given, ("rules", n), chain, level)
            if rule.id in here:
                message = f"the rule id `{rule.id}` is given twice"
                raise Wrong(message, ("rules", n, "id"))
            here.add(rule.id)
            rules.append(self._own_id(rule, chain))
        return tuple(rules)

    def _own_id(self, rule: Rule, chain: tuple[str, ...]) -> Rule:
        """Give the rule an id that no other document of the layer has taken."""
        stem = chain[-1].rpartition("/")[2].partition(".")[0] if chain else "policy"
        free, n = rule.id, 1
        while free in self.ids:
            free, n = (f"{stem}/{rule.id}" if n == 1 else f"{stem}-{n}/{rule.id}"), n + 1
        self.ids.add(free)
        return rule if free == rule.id else replace(rule, id=free)

    def _rule(self, given: Json, path: Path, chain: tuple[str, ...], level: int) -> Rule:
        fields = _fields(mapping(given, path, what="a rule"), path, RULE_FIELDS, SYNONYMS, "a rule")
        for name in ("match", "decision"):
            if name not in fields:
                message = f"the rule has no `{name}`"
                raise Wrong(message, path, hint='write {"match": {"tools": ["*"]}} for every call' * (name == "match"))
        decision = _decision(fields, "decision", path) or Decision.DENY
        match = read_condition(fields["match"], (*path, "match"), self.programs, sound=self.sound)
        exception = None
        if "except" in fields:
            exception = read_condition(fields["except"], (*path, "except"), self.programs, sound=self.sound)
        if exception is not None and exception.rate is not None:
            message = "`rateLimit` stands in `match`, not in `except`"
            raise Wrong(message, (*path, "except", "rateLimit"), on_key=True)
        if match.rate is not None and decision is Decision.ALLOW:
            message = "an allow with a `rateLimit` would allow only what is over the limit"
            raise Wrong(message, (*path, "match"), hint="write a deny, ask or warn with the limit")
        host_allow = _truth(fields, "hostAllow", path)
        if host_allow and decision is not Decision.ALLOW:
            message = "`hostAllow` belongs to an allow"
            raise Wrong(message, (*path, "hostAllow"), on_key=True)
        commit = _truth(fields, "commitBeforeAct", path)
        if commit and decision is Decision.DENY:
            message = "`commitBeforeAct` belongs to a rule that lets a call run"
            raise Wrong(message, (*path, "commitBeforeAct"), on_key=True)
        return Rule(
            id=_id(fields, path),
            match=match,
            decision=decision,
            exception=exception,
            reason=_text(fields, "reason", path),
            instead=_text(fields, "instead", path),
            host_allow=host_allow,
            overridable=_truth(fields, "overridable", path),
            commit=commit,
            level=level,
            origin=chain[-1] if chain else "",
        )


def _tests(fields: dict[str, Json]) -> tuple[Case, ...]:
    """Read the document's own tests, so that a broken one is refused like all else; judging never looks at them."""
    if "tests" not in fields:
        return ()
    from web4_governance.core.policy.cases import read_cases  # noqa: PLC0415  # most policies have none

    return read_cases(fields["tests"], ("tests",))


def _check_size(rules: tuple[Rule, ...]) -> None:
    """Bound what one call is judged by: a policy that takes longer than the deadline answers nothing."""
    if len(rules) > MAX_RULES:
        message = f"{len(rules)} rules are over {MAX_RULES}"
        raise Wrong(message, ("rules",))
    conditions = [one for rule in rules for one in (rule.match, rule.exception) if one is not None]
    patterns = sum(len(part.given) for one in conditions for part in one.parts if isinstance(part.given, list))
    if patterns > MAX_PATTERNS:
        message = f"{patterns} patterns are over {MAX_PATTERNS}"
        raise Wrong(message, ("rules",))


def _check_head(fields: dict[str, Json]) -> None:
    if "version" in fields:
        number(fields["version"], ("version",), least=VERSION, most=VERSION)
    _text(fields, "$schema", ())
    if not {"rules", "extends", "defaultPolicy"} & fields.keys():
        message = "the policy says nothing: it has no `rules`, no `extends` and no `defaultPolicy`"
        raise Wrong(message, ())


def _fields(
    given: dict[str, Json], path: Path, known: tuple[str, ...], synonyms: dict[str, str], what: str
) -> dict[str, Json]:
    return named(given, path, known, synonyms=synonyms, what=what)


def _without(fields: dict[str, Json], rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Leave out rules of what is extended, by their ids: the one way in which a document loosens what it pulls in."""
    if "without" not in fields:
        return rules
    left_out = texts(fields["without"], ("without",))
    for n, rule_id in enumerate(left_out):
        word(rule_id, ("without", n), (rule.id for rule in rules), what="rule of what is extended")
    return tuple(rule for rule in rules if rule.id not in left_out)


def _reference(name: str, path: Path, here: str, *, presets: bool = True) -> str:
    """Give the one name of what is extended: a preset's, or a path from the first document's directory (`./...`)."""
    if presets and "/" not in name and not name.startswith("."):
        return word(name, path, PRESETS, what="preset")
    if name.startswith(("/", "~")) or "\\" in name:
        message = f"`{name}` is no path beside the policy"
        raise Wrong(message, path, hint="write a path from the policy's own directory: `./team.json`")
    joined = _below(here, name)
    if not joined:
        message = f"`{name}` lies outside the policy's directory"
        raise Wrong(message, path, hint="what a policy extends stays beside it, where it is protected with it")
    return "./" + joined


def _below(here: str, name: str) -> str:
    """Join a path to the directory of the document that names it; empty where it leads out of the first one's."""
    parts: list[str] = []
    for part in [*here.split("/"), *name.split("/")]:
        if part == ".." and not parts:
            return ""
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _id(fields: dict[str, Json], path: Path) -> str:
    if "id" not in fields:
        return f"rule-{int(path[-1]) + 1}"
    given = text(fields["id"], (*path, "id"))
    if len(given) > MAX_ID or not _ID_SIGNS.issuperset(given):
        message = f"`{given[:MAX_ID]}` is no rule id: letters, digits and `. _ / -`, up to {MAX_ID}"
        raise Wrong(message, (*path, "id"))
    if given.startswith(_RESERVED):
        message = f"the rule id `{given}` begins with the name of a layer"
        raise Wrong(message, (*path, "id"))
    return given


def _decision(fields: dict[str, Json], name: str, path: Path) -> Decision | None:
    if name not in fields:
        return None
    return Decision(word(fields[name], (*path, name), tuple(Decision), what="decision"))


def _text(fields: dict[str, Json], name: str, path: Path) -> str:
    return text(fields[name], (*path, name)) if name in fields else ""


def _truth(fields: dict[str, Json], name: str, path: Path) -> bool:
    return truth(fields[name], (*path, name)) if name in fields else False


def _limited(layer: Layer) -> Layer:
    """Take from a layer that may come with a clone what would loosen, and say so."""
    rules = tuple(_keyed(layer.name, rule) for rule in layer.rules)
    if layer.name in TRUSTED:
        return replace(layer, rules=rules)
    warnings = [f"`hostAllow` of rule `{rule.id}` is ignored" for rule in rules if rule.host_allow]
    warnings += [f"`overridable` of rule `{rule.id}` is ignored" for rule in rules if rule.overridable]
    if layer.enforce is False:
        warnings.append("`enforce: false` is ignored: the layer binds where one above it does")
    return replace(
        layer,
        rules=tuple(replace(rule, host_allow=False, overridable=False) for rule in rules),
        enforce=layer.enforce or None,
        warnings=tuple(f"{warning} (only organisation and user may say it)" for warning in warnings),
    )


def _keyed(layer: LayerName, rule: Rule) -> Rule:
    """Give a rule with a limit the key it is counted under: of the rule as it is, so that a changed one counts anew.

    Made before `combine` settles ids across layers: what another layer calls its rules must not start a count anew.
    """
    if rule.match.rate is None:
        return rule
    return replace(rule, limit_key=f"{layer}/{rule.id}@{sha256_hex(encode(rule.as_json()))[:16]}")
