"""Strict readers of the small shapes a policy is made of: text, lists, words of a closed list.

Each either gives a fully valid value or raises `Wrong` with the path to the mistake; where in the file that is, the
document knows.
"""

from __future__ import annotations

from web4_governance.core.errors import InputError, PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias, TypeVar

    from web4_governance.core.canonical import Json

    T = TypeVar("T")
    Path: TypeAlias = "tuple[str | int, ...]"

MAX_ITEMS = 1000
MAX_TEXT = 4096


class Wrong(InputError):
    """A mistake in a document, with the path to it; `on_key` where the field itself is it, not what it holds."""

    def __init__(self, message: str, path: Path, *, on_key: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.on_key = on_key


def name_of(value: object) -> str:
    """Give the word for a value's kind, as people call it."""
    if value is None:
        return "null"
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"), (int, "a number"), (float, "a number with a fraction"), (str, "text"),
        (list, "a list"), (dict, "an object"),
    )  # fmt: skip
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")


def text(value: Json, path: Path) -> str:
    """Read text that is not empty."""
    if not isinstance(value, str):
        message = f"`{path[-1]}` must be text, not {name_of(value)}"
        raise Wrong(message, path)
    if not value.strip():
        message = "the text is empty"
        raise Wrong(message, path)
    if len(value) > MAX_TEXT:
        message = f"a text of {len(value)} characters is over {MAX_TEXT}"
        raise Wrong(message, path)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        message = "the text holds half a character (a lone surrogate)"
        raise Wrong(message, path)
    return value


def truth(value: Json, path: Path) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        message = f"`{path[-1]}` must be true or false, not {name_of(value)}"
        raise Wrong(message, path)
    return value


def number(value: Json, path: Path, *, least: int, most: int) -> int:
    """Read a whole number between two bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"`{path[-1]}` must be a whole number, not {name_of(value)}"
        raise Wrong(message, path)
    if not least <= value <= most:
        message = f"`{path[-1]}` must be between {least} and {most}"
        raise Wrong(message, path)
    return value


def items(value: Json, path: Path) -> list[Json]:
    """Read a list that is not empty."""
    if not isinstance(value, list):
        message = f"`{path[-1]}` must be a list, not {name_of(value)}"
        raise Wrong(message, path, hint="write it in brackets: [...]")
    if not value:
        message = f"`{path[-1]}` is an empty list, which would match nothing"
        raise Wrong(message, path, hint="leave the field out, or say what it is to hold")
    if len(value) > MAX_ITEMS:
        message = f"`{path[-1]}` holds {len(value)} items, over {MAX_ITEMS}"
        raise Wrong(message, path)
    return value


def texts(value: Json, path: Path) -> tuple[str, ...]:
    """Read a list of texts."""
    return tuple(text(item, (*path, n)) for n, item in enumerate(items(value, path)))


def mapping(value: Json, path: Path, *, what: str) -> dict[str, Json]:
    """Read an object."""
    if not isinstance(value, dict):
        message = f"{what} must be an object, not {name_of(value)}"
        raise Wrong(message, path)
    return value


def word(value: Json, path: Path, words: Iterable[str], *, what: str) -> str:
    """Read one word of a closed list."""
    given = text(value, path)
    known = tuple(words)
    if given not in known:
        message = f"`{given}` is no {what}"
        raise Wrong(message, path, hint=suggest(given, known))
    return given


def compiled(texts_given: tuple[str, ...], path: Path, make: Callable[[str], T]) -> tuple[T, ...]:
    """Compile each text of a list; a PolicyError becomes a mistake at its place."""
    done: list[T] = []
    for n, given in enumerate(texts_given):
        try:
            done.append(make(given))
        except PolicyError as error:
            raise Wrong(error.reason, (*path, n), hint=error.hint) from None
    return tuple(done)


def named(
    given: dict[str, Json], path: Path, known: tuple[str, ...], *, synonyms: dict[str, str], what: str
) -> dict[str, Json]:
    """Give an object's fields under their one name (camelCase); an unknown one, or one given twice, is a mistake."""
    found: dict[str, Json] = {}
    for key, value in given.items():
        name = key if key in known else _name(key, known, synonyms)
        if not name:
            message = f"{what} has no field `{key}`"
            words = (*known, *(snake(one) for one in known), *synonyms)
            raise Wrong(message, (*path, key), on_key=True, hint=suggest(key, words))
        if name in found:
            message = f"`{key}` is given twice, in two spellings"
            raise Wrong(message, (*path, key), on_key=True)
        found[name] = value
    return found


def _name(key: str, known: tuple[str, ...], synonyms: dict[str, str]) -> str:
    return synonyms.get(key) or next((name for name in known if snake(name) == key), "")


def snake(name: str) -> str:
    """Give a camelCase name in snake_case."""
    return "".join(f"_{character.lower()}" if character.isupper() else character for character in name)


def suggest(given: str, known: Iterable[str]) -> str:
    """Give a hint for a word that is not among the known ones: the nearest, or all of a short list."""
    from difflib import get_close_matches  # noqa: PLC0415  only for a mistake, which the hook's path has none of

    words = sorted(set(known))
    near = get_close_matches(given, words, n=1, cutoff=0.7)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known are {', '.join(f'`{word}`' for word in words)}"
