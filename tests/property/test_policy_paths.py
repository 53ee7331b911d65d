"""Many path patterns at once touch what one of them alone touches, however they are sorted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from web4_governance.core.action import Effect, Target, TargetKind
from web4_governance.core.policy.paths import FEW, Forms, Where, compile_path, touches

HERE = Where(project="/p/shop", cwd="/p/shop/src", home="/p")
# Fixed at the end, in front, within, nowhere; with what is below, brackets, the project's own, a root's sign.
PATTERNS = (
    "a.py", "*.py", "**/a.py", "src/*", "src/**", "./src/a.py", "./*.py", "/etc/**", "/p/*", "~/.x/**", "~", "*/b/*",
    "*b*", "*", "**", "[ab]*", "*[ab]", "?", "**/?.py", "lib/[!b]/*", ".", "./**", "b/c", "*/c",
)  # fmt: skip
PATHS = (
    "a.py",
    "src/a.py",
    "/p/shop/src/a.py",
    "/p/shop/b/c",
    "/etc/x",
    "/p/.x/y",
    "/p",
    "/p/shop",
    "b",
    "/b/c",
    "lib/a/c",
    "",
)


targets = st.builds(
    lambda resolved, word, exact, deep: Target(
        kind=TargetKind.PATH, given=word, resolved=resolved, exact=exact, deep=deep
    ),
    st.sampled_from(PATHS),
    st.sampled_from(("a.py", "*.py", "b/*", "$X/a.py", "src/?.py", "~/.x/y", "/p/shop/src/a.py")),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(PATTERNS), min_size=FEW + 1, max_size=FEW + 8),
    targets,
    st.sampled_from(PATHS),
    st.sampled_from((None, Effect.FILE_READ, Effect.FILE_WRITE, Effect.FILE_DELETE)),
)
def test_many_patterns_touch_what_one_of_them_touches(
    texts: list[str], target: Target, real: str, effect: Effect | None
) -> None:
    """Which is what their order and their sorting must not change."""
    patterns = tuple(map(compile_path, texts))
    forms = Forms(target, real, HERE)
    alone = [touches((pattern,), target, forms, here=HERE, effect=effect) for pattern in patterns]
    assert touches(patterns, target, forms, here=HERE, effect=effect) is any(alone)
