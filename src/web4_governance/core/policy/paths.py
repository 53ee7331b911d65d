"""Which paths a pattern speaks of, seen from both sides (docs/spec/policy.md G3-G7).

One pattern, two questions. A rule that tightens asks whether a deed *touches* what the pattern names: in any spelling
(as given, resolved, behind symlinks, relative to project and working directory, below `~`), through any path a shell glob
may become, and by taking away a directory that holds it. A rule that loosens asks whether the pattern *covers* the deed:
every path that it may come to must be named, and the text as given proves nothing. No file is looked at: what lies behind
a symlink comes with the facts, and a path that was looked for and is not among them is unknown.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.policy.glob import Glob, ShellGlob, blurred, compile_glob, is_glob
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.action import Action, Target

# Taking away a directory takes away what lies in it.
SWEEPING = (Effect.FILE_DELETE, Effect.FILE_MODE, Effect.VCS_DISCARD)
# What is unpacked or copied into the working directory itself is not taken for a change of each directory in it.
WRITING = (Effect.FILE_WRITE,)


@value
class PathPattern:
    """A compiled path pattern: its glob, that of the directory itself (`d` for `d/**`), and its fixed leading part.

    `holder` is the glob of the directory that holds what is named, up to the last part that is fixed (`*/patient` for
    `*/patient/*`). `anchored` is true for `./...`, which speaks of paths in the project (or the working directory) only.
    """

    text: str
    glob: Glob
    itself: Glob | None
    holder: Glob | None
    base: str
    anchored: bool


@value
class Where:
    """The directories that relative patterns and `~` are seen from."""

    project: str
    cwd: str
    home: str


def compile_path(text: str) -> PathPattern:
    """Parse a path pattern; PolicyError says what is wrong with it."""
    anchored = text == "." or text.startswith("./")
    body = (text[2:] or "**") if anchored else text
    itself = compile_glob(body[:-3]) if body.endswith("/**") and len(body) > len("/**") else None
    return PathPattern(
        text=text, glob=compile_glob(body), itself=itself, holder=_holder(body), base=_base(body), anchored=anchored
    )


def where(action: Action) -> Where:
    """Give the directories that an action's paths are seen from."""
    return Where(project=action.project.rstrip("/"), cwd=action.cwd.rstrip("/"), home=action.home.rstrip("/"))


class Forms:
    """The spellings by which a target is known, worked out once for all patterns that are held against it.

    `anchored` are those seen from the project and the working directory, `every` those and all others; of both, what the
    shell expands is cut apart in `shells`.
    """

    __slots__ = ("anchored", "every", "paths", "roots", "shells")

    def __init__(self, target: Target | None, real: str, here: Where) -> None:
        given, resolved = (target.given, target.resolved) if target is not None else ("", "")
        self.roots = tuple(dict.fromkeys((here.project, here.cwd)))
        self.paths = tuple(path for path in (resolved, real) if path)
        inside = [_below(path, root) for path in self.paths for root in self.roots]
        homes = (_below(path, here.home, "~") for path in self.paths)
        loose = [given, given.removeprefix("./"), *self.paths, *homes]
        self.anchored = tuple(dict.fromkeys(form for form in inside if form))
        self.every = tuple(dict.fromkeys(form for form in (*inside, *loose) if form))
        self.shells: dict[str, ShellGlob] = {}
        if target is None or target.exact:
            return
        self.shells = {form: ShellGlob(form) for form in self.every if is_glob(form)}
        shape = shape_of(given)
        placed = shape.startswith(("/", "~", "*"))
        shapes = [one for one in (shape, "" if placed or not here.cwd else f"{here.cwd}/{shape}") if shape and one]
        self.shells |= {one: ShellGlob(one) for one in shapes}
        self.every = (*self.every, *shapes)
        self.anchored = self.anchored if shape.startswith(("/", "~")) else (*self.anchored, *shapes[:1])


def shape_of(given: str) -> str:
    """Give a word with a star for each part that nobody knows; empty where no part is unknown, or none is known.

    In front (`$DIR/src/a.py`) it stands for any directories of the project, later (`config/$ENV/app.toml`) for a name: what a
    variable holds could be more, and would then name something else than what stands around it says.
    """
    if "$" not in given and "`" not in given:
        return ""
    shape, known, at = "", False, 0
    while at < len(given):
        character = given[at]
        if character in "$`":
            at = _past(given, at)
            shape = shape.rstrip("*") + ("*" if shape.strip("*") else "**")
        else:
            at += 1
            shape += "" if character in "\"'" else character
            known = known or character.isalnum()
    return shape.removeprefix("./") if known else ""


def _past(given: str, at: int) -> int:
    """Give the place behind an expansion: `$NAME`, `${…}`, `$(…)`, or what stands in backquotes."""
    if given[at] == "`":
        close = given.find("`", at + 1)
        return close + 1 if close > 0 else len(given)
    opened = given[at + 1 : at + 2]
    if opened not in ("{", "("):
        at += 1
        while at < len(given) and (given[at].isalnum() or given[at] == "_"):
            at += 1
        return at
    depth = 0
    for place in range(at + 1, len(given)):
        depth += (given[place] == opened) - (given[place] == ("}" if opened == "{" else ")"))
        if not depth:
            return place + 1
    return len(given)


class Sorted:
    """Patterns by what each path that one of them names ends with, begins with, or holds: most paths meet none of it."""

    __slots__ = ("_always", "_heads", "_inner", "_tails", "heads", "tails")

    def __init__(self, patterns: tuple[PathPattern, ...]) -> None:
        self._tails: dict[str, list[PathPattern]] = {}
        self._heads: dict[str, list[PathPattern]] = {}
        self._inner: dict[str, list[PathPattern]] = {}
        self._always: list[PathPattern] = []
        for pattern in patterns:
            for glob in (pattern.glob, pattern.itself):
                if glob is not None:
                    self._keep(pattern, glob)
        self.tails, self.heads = tuple(self._tails), tuple(self._heads)

    def _keep(self, pattern: PathPattern, glob: Glob) -> None:
        if glob.ending:
            self._tails.setdefault(glob.ending, []).append(pattern)
        elif glob.beginning:
            self._heads.setdefault(glob.beginning, []).append(pattern)
        elif glob.longest:
            self._inner.setdefault(glob.longest, []).append(pattern)
        else:
            self._always.append(pattern)

    def near(self, forms: tuple[str, ...]) -> list[PathPattern]:
        """Give the patterns that could name one of the forms; one that is not given names none."""
        found = self._always
        for form in forms:
            if form.endswith(self.tails):
                found = [*found, *(one for tail, more in self._tails.items() if form.endswith(tail) for one in more)]
            if form.startswith(self.heads):
                found = [*found, *(one for head, more in self._heads.items() if form.startswith(head) for one in more)]
            for inner, more in self._inner.items():
                if inner in form:
                    found = [*found, *more]
        return found


# By the identity of the patterns, which are kept beside them: while they are here no others can have it.
_sorted: dict[int, tuple[tuple[PathPattern, ...], Sorted]] = {}
FEW = 4  # patterns, up to which sorting them gains nothing
MOST_SORTED = 4096


def _near(patterns: tuple[PathPattern, ...], forms: Forms) -> tuple[PathPattern, ...] | list[PathPattern]:
    if len(patterns) <= FEW:
        return patterns
    kept = _sorted.get(id(patterns))
    if kept is None:
        if len(_sorted) >= MOST_SORTED:
            _sorted.clear()
        kept = _sorted[id(patterns)] = (patterns, Sorted(patterns))
    return kept[1].near(forms.every)


def touches(
    patterns: tuple[PathPattern, ...], target: Target, forms: Forms, *, here: Where, effect: Effect | None
) -> bool:
    """Say whether a deed on `target` may touch what some pattern names."""
    for pattern in _near(patterns, forms):
        for form in forms.anchored if pattern.anchored else forms.every:
            if _named(pattern, form):
                return True
    if forms.shells:
        for pattern in patterns:
            for form in forms.anchored if pattern.anchored else forms.every:
                if form in forms.shells and _overlaps(pattern, forms.shells[form]):
                    return True
    if effect in SWEEPING or target.deep:
        return any(_taken(pattern, target, forms, here=here, effect=effect) for pattern in patterns)
    return False


def _taken(pattern: PathPattern, target: Target, forms: Forms, *, here: Where, effect: Effect | None) -> bool:
    """Say whether what is swept away, or gone through, may hold what the pattern names."""
    if target.deep and pattern.holder is not None:
        for form in forms.anchored if pattern.anchored else forms.every:
            if pattern.holder.matches(form):
                return True
    bases = _bases(pattern, forms.roots, here.home)
    roots = forms.roots if effect in WRITING else ()
    return any(_at_or_above(path, base, target) for path in forms.paths for base in bases if path not in roots)


def covers(patterns: tuple[PathPattern, ...], target: Target, real: str | None, *, here: Where) -> bool:
    """Say whether some pattern names every path that `target` may come to; `real` is None where nobody could tell."""
    if real is None or not target.resolved or _unknown(target):
        return False
    text = target.resolved if target.exact else blurred(target.resolved)
    return all(_covered(patterns, path, here) for path in dict.fromkeys((text, real or text)))


def real_path(target: Target, real: Mapping[str, str]) -> str | None:
    """Give the path behind symlinks, the empty string where nobody looked, None where somebody did and could not tell."""
    if target.resolved in real:
        return real[target.resolved] or None
    if target.real or not real or not target.exact:
        return target.real
    return None


def _covered(patterns: tuple[PathPattern, ...], path: str, here: Where) -> bool:
    inside = _below(path, here.project or here.cwd)
    forms = [form for form in (inside, path, _below(path, here.home, "~")) if form]
    return any(
        _named(pattern, form) for pattern in patterns for form in (forms[: bool(inside)] if pattern.anchored else forms)
    )


def _unknown(target: Target) -> bool:
    """A word with a part that nobody knows (a variable, a command's output), as against one with a shell glob."""
    return not target.exact and ("$" in target.given or "`" in target.given or not is_glob(target.given))


def _named(pattern: PathPattern, form: str) -> bool:
    return pattern.glob.matches(form) or (pattern.itself is not None and pattern.itself.matches(form))


def _overlaps(pattern: PathPattern, form: ShellGlob) -> bool:
    return pattern.glob.overlaps(form) or (pattern.itself is not None and pattern.itself.overlaps(form))


def _below(path: str, root: str, mark: str = "") -> str:
    """Give `path` as seen from `root`, `.` (or the mark) for the root itself, empty where it does not lie below."""
    if not root:
        return ""
    if path == root:
        return mark or "."
    if not path.startswith(root + "/"):
        return ""
    return (mark + "/" if mark else "") + path[len(root) + 1 :]


def _base(body: str) -> str:
    """The directories (or the whole path) in front of the first part that is not fixed."""
    fixed = body.split("/")
    for n, part in enumerate(fixed):
        if is_glob(part):
            return "/".join(fixed[:n]) or ("/" if body.startswith("/") else "")
    return body


def _holder(body: str) -> Glob | None:
    """Give the glob of the directories up to the last fixed one; None where no directory is fixed (`*.pem`)."""
    parts = body.split("/")[:-1]
    while parts and is_glob(parts[-1]):
        parts.pop()
    return compile_glob("/".join(parts)) if any(parts) else None


def _bases(pattern: PathPattern, roots: tuple[str, ...], home: str) -> list[str]:
    """Give where the pattern's fixed part may lie: what takes that away takes away what the pattern names."""
    if pattern.base.startswith("/"):
        return [pattern.base]
    if pattern.base == "~" or pattern.base.startswith("~/"):
        return [home + pattern.base[1:]] if home else []
    if pattern.base or pattern.anchored:
        return [f"{root}/{pattern.base}".rstrip("/") for root in roots if root]
    return []  # `**/*.pem` lies anywhere: no directory can be told to hold one


def _at_or_above(path: str, base: str, target: Target) -> bool:
    depth = path.rstrip("/").count("/")
    above = "/".join(base.split("/")[: depth + 1]) or "/"
    if not target.exact and is_glob(path) and not is_glob(above):
        return compile_glob(above).overlaps(path)
    return (path.rstrip("/") or "/") == above
