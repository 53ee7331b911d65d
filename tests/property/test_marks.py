"""Looking marks up by an index gives what trying every pattern gives, in the same order."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from web4_governance.app.catalogs import catalog
from web4_governance.core.action import Place, Target, TargetKind
from web4_governance.core.effects.marks import MANY, SHARED, Mark, Marks
from web4_governance.core.effects.wildcard import GLOB, is_everything, matches, meets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

HOME = "/home/ann"


class Plain(Marks):
    """Marks that try every pattern."""

    def _named(self, name: str) -> list[Mark]:
        return [mark for _, pattern, mark in self.globs if matches(pattern, name)]

    def _named_by(self, glob: str) -> list[Mark]:
        every = [(name, mark) for name, marks in self.names.items() for mark in marks]
        every += [(pattern, mark) for _, pattern, mark in self.globs]
        return [mark for pattern, mark in every if sought(glob, pattern)]

    def _below(self, spelled: str) -> list[Mark]:
        return [mark for _, pattern, mark in self.paths if matches(pattern, spelled)]

    def _reached(self, glob: str) -> list[Mark]:
        return [mark for _, pattern, mark in self.paths if reached(glob, pattern)]


def sought(glob: str, pattern: str) -> bool:
    if is_everything(glob):
        return False
    if pattern[:1] == "*":
        return pattern.strip("*")[:SHARED] in glob and meets(glob, pattern)
    return glob[:1] not in GLOB and len(glob) - sum(map(glob.count, "*?")) >= SHARED and meets(glob, pattern)


def reached(glob: str, pattern: str) -> bool:
    directory = pattern.partition("*")[0].rpartition("/")[0]
    return len(directory) > 1 and glob.startswith(directory) and meets(glob, pattern)


ROWS = catalog().marks.paths
KNOWN = [*(pattern for _, pattern, _ in ROWS), *catalog().marks.names, *(p for _, p, _ in catalog().marks.globs)]
parts = st.sampled_from(
    [
        "a",
        "ab",
        ".ssh",
        "id_rsa",
        "x.pem",
        "b.json",
        "hooks",
        ".git",
        "*",
        "?",
        "a*",
        "*.pem",
        "?b",
        "",
        "[ab]",
        "a?c",
        "id_*",
        "**",
    ]
)
words = st.lists(parts, min_size=1, max_size=5).map("/".join)
rooted = st.builds(
    lambda root, rest: root + rest, st.sampled_from(["", "/", "~/", HOME + "/", "*/", "/root/", "c:/"]), words
)


@st.composite
def near_known(draw: st.DrawFn) -> str:
    """A path as a pattern of the catalog names it, and near misses."""
    pattern = draw(st.sampled_from(KNOWN))
    text = pattern.replace("*", draw(st.sampled_from(["", "a", "x/y", "*", "?"])))
    return draw(
        st.sampled_from(
            [text, text.replace("~", HOME), text + "/", text + "/z", text[:-1] + "*", text[:-1], "/q/" + text]
        )
    )


def target(text: str, *, exact: bool) -> Target:
    place = Place.HOME if text.startswith(HOME) else Place.PROJECT
    return Target(
        kind=TargetKind.PATH, given=text, resolved=text if text.startswith("/") else "", place=place, exact=exact
    )


@given(st.lists(rooted, min_size=1, max_size=12), st.lists(rooted, min_size=1, max_size=4), st.booleans())
@settings(max_examples=300)
@example(["*/a/*", "a/*", "?/a", "*?", "?*", "*"], ["x/a/b", "a", ""], False)
def test_an_index_finds_what_a_walk_over_any_patterns_finds(patterns: list[str], texts: list[str], exact: bool) -> None:
    """Patterns and paths from the same pieces, so that they meet often."""
    rows: tuple[dict[str, Json], ...] = tuple(
        {"paths": [pattern], "read": "secret.read", "why": str(n)} for n, pattern in enumerate(patterns)
    )
    fast, plain = Marks(rows, ()), Plain(rows, ())
    for _ in range(MANY):
        fast.of_path(target("a", exact=True), "")
    for text in texts:
        of = target(text, exact=exact)
        assert [m.why for m in fast.of_path(of, HOME)] == [m.why for m in plain.of_path(of, HOME)]


@given(st.lists(near_known(), min_size=1, max_size=10), st.booleans())
@settings(max_examples=100, deadline=None)
def test_an_index_finds_what_a_walk_over_the_catalog_finds(texts: list[str], exact: bool) -> None:
    """The catalog's own patterns, met and missed."""
    fast, plain = catalog().marks, PLAIN
    for _ in range(MANY):
        fast.of_path(target("a", exact=True), "")
    for text in texts:
        of = target(text, exact=exact)
        assert fast.of_path(of, HOME) == plain.of_path(of, HOME)


def _plain() -> Plain:
    fast, made = catalog().marks, Plain((), ())
    made.names, made.globs, made.paths, made.apps = fast.names, fast.globs, fast.paths, fast.apps
    return made


PLAIN = _plain()
