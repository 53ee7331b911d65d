"""The field `state`: what the repository and its surroundings look like at the moment (docs/spec/policy.md F15, B1-B6).

Each condition is true, false or unknown for a deed. Nothing is looked up here: what was found comes with the facts, and
`wanted` says beforehand what has to be found. A deed whose repository its words do not surely name is unknown.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, TargetKind
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.policy.read import compiled, texts, word
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from web4_governance.core.action import Deed
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.glob import Glob
    from web4_governance.core.policy.read import Path
    from web4_governance.core.policy.seen import Seen
    from web4_governance.core.policy.verdict import Tree

STATES = (
    "dirty",
    "clean",
    "untracked",
    "tracked",
    "unpushed",
    "protected-branch",
    "production",
    "concurrent-edit",
    "test-database",
)
BRANCH = "branch:"
EDITED = "concurrent-edit"
TESTED = "test-database"
PROTECTED = tuple(
    compile_glob(name) for name in ("main", "master", "trunk", "prod", "production", "release", "release[/-]*")
)
ELSEWHERE = ("-C", "--git-dir", "--work-tree", "--namespace")
MOVES = ("cd", "pushd", "popd", "chdir")
EVERY_BRANCH = ("--all", "--branches", "--mirror")
_PRODUCTION = frozenset(("prod", "production", "prd", "live"))
_TESTS = frozenset(("test", "tests", "testing", "testdb", "e2e", "spec", "specs"))
_WHOLE = ("database", "dropdb", "schema")  # what a command says that drops all of one
_NOT_PRODUCTION = ("non-prod", "nonprod", "pre-prod", "preprod", "non_prod", "pre_prod", "not-prod")


@value
class Condition:
    """One item of the list: a word of `STATES`, or a glob over the branch's name."""

    name: str
    branch: Glob | None = None


def read_states(given: Json, path: Path, _programs: Container[str]) -> tuple[Condition, ...]:
    """Read a list of conditions."""
    items = texts(given, path)
    globs = compiled(tuple(item.removeprefix(BRANCH) for item in items), path, compile_glob)
    return tuple(
        Condition(name="branch", branch=glob)
        if item.startswith(BRANCH)
        else Condition(name=word(item, (*path, n), (*STATES, f"{BRANCH}NAME"), what="state"))
        for n, (item, glob) in enumerate(zip(items, globs, strict=True))
    )


def holds(conditions: tuple[Condition, ...], seen: Seen, cover: bool) -> bool:
    """Say whether one of the conditions may hold for the deed; with `cover`, whether one surely does."""
    return any((told is True) if cover else (told is not False) for told in (_told(one, seen) for one in conditions))


def tree_of(seen: Seen) -> str:
    """Give the path whose repository the deed is about; empty where its words do not surely name one."""
    deed = seen.deed
    if any(word is None or word.startswith(("--git-dir", "--work-tree", "--namespace")) for word in deed.argv):
        return ""
    target = deed.target
    if target is not None and target.kind is TargetKind.PATH:
        return target.resolved if target.exact else ""
    moved = any(other.argv[:1] and other.argv[0] in MOVES for other in seen.action.deeds)
    return "" if moved or any(word in ELSEWHERE for word in deed.argv) else seen.action.cwd


def asks_tree(conditions: tuple[Condition, ...]) -> bool:
    """Say whether the working tree has to be looked at."""
    return any(one.name in ("dirty", "clean", "untracked", "tracked", "unpushed") for one in conditions)


def asks_branch(conditions: tuple[Condition, ...]) -> bool:
    """Say whether the branch has to be known."""
    return any(one.name in ("branch", "protected-branch") for one in conditions)


def asks_production(conditions: tuple[Condition, ...]) -> bool:
    """Say whether the surroundings have to be looked through for a production database."""
    return any(one.name == "production" for one in conditions)


def asks_edits(conditions: tuple[Condition, ...]) -> bool:
    """Say whether it has to be known what other agents wrote."""
    return any(one.name == EDITED for one in conditions)


def edited_path(seen: Seen) -> str:
    """Give the path whose other writers are asked about; empty where the deed's words do not surely name one."""
    target = seen.deed.target
    return target.resolved if target is not None and target.kind is TargetKind.PATH and target.exact else ""


def looks_like_production(text: str) -> bool:
    """Say whether a host, a URL or a name says `prod`, `production`, `prd` or `live` as a word of its own."""
    lowered = text.lower()
    for other in _NOT_PRODUCTION:
        lowered = lowered.replace(other, " ")
    parts = "".join(sign if sign.isalpha() else " " for sign in lowered).split()
    return not _PRODUCTION.isdisjoint(parts)


def looks_like_test(text: str) -> bool:
    """Say whether a name says `test`, `testing` or `e2e` as a word of its own."""
    parts = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return text == ":memory:" or any(part in _TESTS or part.rstrip("0123456789") in _TESTS for part in parts)


def _is_of_tests(seen: Seen) -> bool:
    """Say whether a deed is on a database of tests, here or beside; or all of one that the call names by an address here."""
    target = seen.deed.target
    if target is None or target.kind is not TargetKind.DATABASE or not target.exact:
        return False
    host, slash, name = target.resolved.rpartition("/")
    words = [word for word in seen.deed.argv if word is not None]
    if (slash and host != "localhost") or any(map(looks_like_production, (target.given, target.resolved, *words))):
        return False
    whole = any(said in word.lower() for word in words for said in _WHOLE)
    if target.given and whole and not (name and target.given == name):
        return looks_like_test(target.given)
    return looks_like_test(name) or (not target.given and host == "localhost")


def _told(one: Condition, seen: Seen) -> bool | None:
    if one.name == "production":
        return _is_production(seen)
    if one.name == TESTED:
        return _is_of_tests(seen)
    if one.name == EDITED:
        # Found in the record or not: where the record knows of no other writer, there is none to warn of.
        return edited_path(seen) in seen.call.facts.edited
    if one.name in ("branch", "protected-branch"):
        return _on_branch((one.branch,) if one.branch is not None else PROTECTED, seen)
    tree = _tree(seen)
    if tree is None:
        return None
    if one.name in ("dirty", "clean"):
        return _same(tree.dirty, one.name == "dirty")
    if one.name in ("untracked", "tracked"):
        return _same(tree.untracked, one.name == "untracked")
    return tree.unpushed


def _same(found: bool | None, wanted: bool) -> bool | None:
    return None if found is None else found is wanted


def _tree(seen: Seen) -> Tree | None:
    return seen.call.facts.trees.get(tree_of(seen))


def _on_branch(globs: tuple[Glob, ...], seen: Seen) -> bool | None:
    name = _pushed(seen) if seen.deed.effect is Effect.VCS_PUSH else _current(seen)
    return None if name is None else any(glob.matches(name) for glob in globs)


def _current(seen: Seen) -> str | None:
    tree = _tree(seen)
    return tree.branch if tree is not None and tree.branch else None


def _pushed(seen: Seen) -> str | None:
    """Give the branch that a push goes to; empty where it goes to none, None where that is not known."""
    deed = seen.deed
    if any(every in deed.argv for every in EVERY_BRANCH):
        return None
    target = deed.target
    if target is None or target.kind is not TargetKind.TEXT:
        named = "--tags" in deed.argv or any(_is_refspec(other, deed) for other in seen.action.deeds)
        return "" if named else _current(seen)
    if not target.exact:
        return None
    name = target.given.rpartition(":")[2].lstrip("+").removeprefix("refs/heads/")
    return _current(seen) if name in ("HEAD", "@", "") else name


def _is_refspec(other: Deed, deed: Deed) -> bool:
    """Say whether another deed of the same push names what is pushed, and where to."""
    return (
        other.effect is Effect.VCS_PUSH
        and other.argv == deed.argv
        and other.target is not None
        and other.target.kind is TargetKind.TEXT
    )


def _is_production(seen: Seen) -> bool | None:
    if any(looks_like_production(text) for text in (*seen.own_texts, *seen.call.strings)):
        return True
    found = seen.call.facts.production
    return None if found is None else bool(found)
