"""Conditions on what an entry says, in its bytes or in the openings that are still there: `FIELD=VALUE`, `FIELD~TEXT`.

A field is a dotted path into the entry; where it leads through a commitment, what was committed to is meant. Not a query
language: conditions are only ever combined by "and", and what is closed fits none.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from web4_governance.core.canonical import Json

ANYWHERE = "*"
IS, HAS = "=", "~"


@value
class Condition:
    """One condition: the field (`*` is any), how it is compared, and the text that it is compared with."""

    field: str
    how: str
    text: str

    def holds(self, body: Mapping[str, Json], opened: Mapping[str, Json]) -> bool:
        """Say whether an entry with these openings, by field, fits."""
        if self.field == ANYWHERE:
            return any(self._fits(one) for one in (*opened.values(), dict(body)))
        found = said(body, opened, self.field)
        return found is not None and self._fits(found)

    def _fits(self, found: Json) -> bool:
        if self.how == HAS:
            wanted = self.text.casefold()
            return any(wanted in word.casefold() for word in words(found))
        return (
            any(word == self.text for word in words(found)) if self.field == ANYWHERE else word_of(found) == self.text
        )


def condition(text: str) -> Condition:
    """Parse a condition; UsageError where it is none."""
    at_is, at_has = text.find(IS), text.find(HAS)
    place = min((n for n in (at_is, at_has) if n >= 0), default=-1)
    if place < 1 or place == len(text) - 1:
        message = f"`{text}` is no condition"
        raise UsageError(message, hint="say FIELD=VALUE, or FIELD~TEXT for a part of it; the field `*` is any")
    return Condition(field=text[:place], how=text[place], text=text[place + 1 :])


def said(body: Mapping[str, Json], opened: Mapping[str, Json], field: str) -> Json | None:
    """Give what an entry says at a dotted path, through an opening where one stands in the way; None where nothing does."""
    for name in opened:
        if field == name:
            return opened[name]
        if field.startswith(name + "."):
            return at(opened[name], field[len(name) + 1 :])
    return at(dict(body), field)


def words(content: Json) -> Iterator[str]:
    """Give every text and number in a content, keys left out, as text."""
    if isinstance(content, dict):
        for item in content.values():
            yield from words(item)
    elif isinstance(content, list):
        for item in content:
            yield from words(item)
    else:
        yield word_of(content)


def word_of(content: Json) -> str:
    """Give a content as one text: a text as it is, anything else as canonical JSON."""
    return content if isinstance(content, str) else encode(content).decode()
